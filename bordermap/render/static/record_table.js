/** @file The records as a table: only the rows in sight are built, whatever their number. */

import { afterQuiet, element, scaled } from './dom.js';
import { paintMark, swatch } from './marks.js';
import { CARD_COLUMNS, COLUMNS, FIRST_COLUMNS, columnOf } from './record_columns.js';
import { RecordOrder } from './record_order.js';
import { formatNumber, readsRightToLeft, say } from './words.js';

const ROW_PX = 30;
const CARD_PX = 72;
/** Where a card says one thing a line, and how high it is then. */
const ONE_A_LINE = '(max-width: 18em)';
const TALL_CARD_PX = 116;
const NARROW_PX = 600;
/** Browsers draw nothing higher than some 17 million px; beyond this, scrolling goes faster. */
const MOST_PX = 15_000_000;
const SPARE_ROWS = 4;
const QUIET_MS = 40;
const HEAD_ROW = -1;

export class RecordTable {
  /** @param {object} page incidents, filters, map, styles, address, select, onSelect */
  constructor(page) {
    this.page = page;
    this.order = new RecordOrder(page);
    /** @type {Uint32Array} */
    this.rows = new Uint32Array(0);
    this.marked = -1;
    this.isNarrow = false;
    this.fillLater = afterQuiet(() => this.fillTexts(), QUIET_MS);
    /** Where the one tab stop is: a place in `rows` (or the head), and a column. */
    this.active = { at: HEAD_ROW, column: 0 };
    this.readAddress();
    this.buildNodes();
    this.buildHead();
    page.map.on('moveend', () => this.onlyInView.checked && this.isShown && this.update());
    page.onSelect((row) => this.mark(row));
    this.tellSorting();
    if (!this.order.isByDate) void this.sortBy(this.order.key, this.order.descending, false);
  }

  get isShown() {
    return this.scroller.clientHeight > 0;
  }

  /** Sorting and columns as the address says, where it says something that is. */
  readAddress() {
    const { address } = this.page;
    const sort = address.keep('sort', () => (
      this.order.key === 'date' && this.order.descending ? '' : `${this.order.descending ? '-' : ''}${this.order.key}`));
    if (columnOf(sort.replace(/^-/, ''))) {
      Object.assign(this.order, { key: sort.replace(/^-/, ''), descending: sort.startsWith('-') });
    }
    const keys = address.keep('columns', () => (
      this.keys.join() === FIRST_COLUMNS.join() ? '' : this.keys.join())).split(',');
    const asked = COLUMNS.filter(({ key }) => keys.includes(key)).map(({ key }) => key);
    this.keys = asked.length ? asked : [...FIRST_COLUMNS];
    this.startsInView = address.keep('rows', () => (this.onlyInView.checked ? 'view' : '')) === 'view';
  }

  buildNodes() {
    this.count = element('p', { class: 'record-count', role: 'status' });
    this.onlyInView = element('input', { type: 'checkbox', checked: this.startsInView });
    this.onlyInView.addEventListener('change', () => { this.scroller.scrollTop = 0; this.changed(); });
    this.head = element('div', { role: 'row', class: 'record-row record-head-row', 'aria-rowindex': 1 });
    this.body = element('div', { role: 'rowgroup', class: 'record-body' });
    this.scroller = element(
      'div',
      { class: 'record-scroll', role: 'grid', 'aria-label': say('table_label'), onkeydown: (event) => this.onKey(event), onscroll: () => this.paint(), onfocusin: (event) => this.onFocus(event) },
      element('div', { role: 'rowgroup', class: 'record-head' }, this.head),
      this.body,
    );
    const inView = element('label', { class: 'choice' }, this.onlyInView, element('span', { text: say('only_in_view') }));
    const tools = element('div', { class: 'record-tools' }, this.count, inView, this.buildSorter(), this.buildChooser());
    this.node = element('div', { class: 'record-table' }, tools, this.scroller);
  }

  /** On a phone the rows are cards without a head; they are sorted here. */
  buildSorter() {
    const option = ({ key }, descending) => element('option', {
      value: `${descending ? '-' : ''}${key}`, text: `${say(`column_${key}`)} ${descending ? '↓' : '↑'}`,
    });
    const options = COLUMNS.flatMap((column) => [option(column, false), option(column, true)]);
    this.sorter = element('select', { 'aria-label': say('sort_by') }, ...options);
    this.sorter.addEventListener('change', () => {
      void this.sortBy(this.sorter.value.replace(/^-/, ''), this.sorter.value.startsWith('-'));
    });
    return element('div', { class: 'record-sorter' }, this.sorter);
  }

  buildChooser() {
    const boxes = COLUMNS.map(({ key }) => {
      const box = element('input', { type: 'checkbox', checked: this.keys.includes(key) });
      box.addEventListener('change', () => this.show(key, box.checked));
      return element('label', { class: 'choice' }, box, element('span', { text: say(`column_${key}`) }));
    });
    const chooser = element(
      'details',
      { class: 'record-chooser' },
      element('summary', { text: say('choose_columns') }),
      element('div', { class: 'record-choices' }, ...boxes),
    );
    chooser.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !chooser.open) return;
      chooser.open = false;
      chooser.querySelector('summary').focus();
    });
    return chooser;
  }

  /** @param {string} key @param {boolean} shown at least one column stays */
  show(key, shown) {
    const keys = COLUMNS.map((column) => column.key)
      .filter((one) => (one === key ? shown : this.keys.includes(one)));
    this.keys = keys.length ? keys : ['date'];
    this.active.column = 0;
    this.buildHead();
    this.changed();
  }

  /** Columns that are built: those chosen, or what a card shows. */
  get columns() {
    return (this.isNarrow ? CARD_COLUMNS : this.keys).map(columnOf);
  }

  buildHead() {
    const { columns } = this;
    const widths = columns.map(({ width }) => `${width / 16}rem`).join(' ');
    this.scroller.style.setProperty('--columns', widths);
    this.scroller.style.setProperty('--width', `${columns.reduce((sum, { width }) => sum + width, 0) / 16}rem`);
    this.scroller.setAttribute('aria-colcount', String(columns.length));
    this.head.replaceChildren(...columns.map(({ key, number }, index) => element(
      'div',
      { role: 'columnheader', class: number ? 'number' : null, 'aria-colindex': index + 1, 'data-key': key },
      element('button', {
        type: 'button', tabindex: -1, text: say(`column_${key}`), onclick: () => this.pressHead(key),
      }),
    )));
    /** @type {HTMLElement[]} recycled */
    this.pool = [];
    this.body.replaceChildren();
    this.tellSorting();
  }

  tellSorting() {
    const { key, descending } = this.order;
    for (const head of this.head.children) {
      const sorted = head.getAttribute('data-key') === key;
      head.setAttribute('aria-sort', sorted ? (descending ? 'descending' : 'ascending') : 'none');
    }
    this.sorter.value = `${descending ? '-' : ''}${key}`;
  }

  /** A first press sorts upwards, a second downwards. @param {string} key */
  pressHead(key) {
    void this.sortBy(key, this.order.key === key && !this.order.descending);
  }

  async sortBy(key, descending, byReader = true) {
    await this.order.sortBy(key, descending);
    this.tellSorting();
    if (!byReader) return this.isShown ? this.update() : undefined;
    this.scroller.scrollTop = 0;
    return this.changed();
  }

  /** The reader changed something that the address keeps. */
  changed() {
    this.update();
    this.page.address.changed();
  }

  /** Choose the rows anew, then show those in sight. */
  update() {
    const hasView = this.page.map.getZoom() !== undefined;
    if (!hasView) return;
    this.rows = this.order.rows(this.onlyInView.checked);
    if (this.active.at >= this.rows.length) this.active.at = HEAD_ROW;
    this.tellCount();
    this.scroller.setAttribute('aria-rowcount', String(this.rows.length + 1));
    this.paint();
  }

  tellCount() {
    const { incidents } = this.page;
    let placed = 0;
    for (const row of this.rows) if (incidents.isPlaced(row)) placed += 1;
    const values = { n: this.rows.length, unplaced: this.rows.length - placed, all: incidents.count };
    for (const name of Object.keys(values)) values[name] = formatNumber(values[name]);
    this.count.textContent = say(placed < this.rows.length ? 'table_count_unplaced' : 'table_count', values);
  }

  /** Cards where there is no room for columns. */
  fold() {
    const isNarrow = this.scroller.clientWidth < scaled(NARROW_PX);
    if (isNarrow === this.isNarrow) return;
    this.isNarrow = isNarrow;
    this.node.classList.toggle('narrow', isNarrow);
    this.active.column = 0;
    this.buildHead();
  }

  /** Heights of everything, in px. */
  measure() {
    const card = matchMedia(ONE_A_LINE).matches ? TALL_CARD_PX : CARD_PX;
    const row = scaled(this.isNarrow ? card : ROW_PX);
    const head = this.head.parentElement.offsetHeight;
    const window = Math.max(0, this.scroller.clientHeight - head);
    const total = this.rows.length * row;
    const body = Math.min(total, MOST_PX);
    const speed = body > window ? (total - window) / (body - window) : 1;
    return { row, window, body, speed };
  }

  /** Put the rows in sight into the recycled nodes. */
  paint() {
    if (!this.isShown) return;
    this.fold();
    const sizes = this.measure();
    this.body.style.height = `${sizes.body}px`;
    const from = this.scroller.scrollTop * sizes.speed;
    const first = Math.max(0, Math.floor(from / sizes.row) - SPARE_ROWS);
    const last = Math.min(this.rows.length, Math.ceil((from + sizes.window) / sizes.row) + SPARE_ROWS);
    this.fitPool(Math.ceil(sizes.window / sizes.row) + 2 * SPARE_ROWS + 2);
    const shift = this.scroller.scrollTop - from;
    for (const [index, node] of this.pool.entries()) {
      const at = first + ((index - first) % this.pool.length + this.pool.length) % this.pool.length;
      node.hidden = at >= last;
      if (node.hidden) continue;
      node.style.transform = `translateY(${at * sizes.row + shift}px)`;
      this.fill(node, at);
    }
    this.setTabStop();
  }

  fitPool(size) {
    while (this.pool.length < size) {
      const cells = this.columns.map(({ key, number }, index) => element('div', {
        role: 'gridcell', class: `cell-${key}${number ? ' number' : ''}`, 'aria-colindex': index + 1, tabindex: -1, dir: 'auto',
      }));
      const node = element('div', { role: 'row', class: 'record-row' }, ...cells);
      node.addEventListener('click', (event) => this.press(node, event));
      this.pool.push(node);
      this.body.append(node);
    }
    while (this.pool.length > size) this.pool.pop().remove();
  }

  /** @param {HTMLElement} node @param {number} at place in `rows` */
  fill(node, at) {
    const row = this.rows[at];
    node.dataset.at = String(at);
    node.setAttribute('aria-rowindex', String(at + 2));
    node.setAttribute('aria-selected', String(row === this.marked));
    if (node.dataset.row === String(row)) return;
    node.dataset.row = String(row);
    this.fillCells(node, this.page.incidents.record(row), new Map());
    node.dataset.lacks = 'texts';
    this.fillLater();
  }

  /** Texts are inflated for the rows at which scrolling comes to rest. */
  async fillTexts() {
    const { incidents } = this.page;
    const lacking = this.pool.filter((node) => !node.hidden && node.dataset.lacks);
    await Promise.all(lacking.map(async (node) => {
      const row = Number(node.dataset.row);
      const texts = await incidents.texts(row);
      if (node.dataset.row !== String(row)) return;
      delete node.dataset.lacks;
      this.fillCells(node, incidents.record(row), texts);
    }));
    this.setTabStop();
  }

  fillCells(node, record, texts) {
    this.columns.forEach(({ key, cell }, index) => {
      const content = cell(record, texts);
      const box = node.children[index];
      if (content instanceof Node) {
        const hasFocus = box.contains(document.activeElement);
        box.replaceChildren(content);
        if (content instanceof HTMLAnchorElement) content.tabIndex = -1;
        if (hasFocus) focusable(box).focus({ preventScroll: true });
        return;
      }
      const words = element('span', { text: content });
      box.replaceChildren(...(key === 'type' ? [this.picture(record)] : []), words);
    });
  }

  picture(record) {
    const { incidents, styles } = this.page;
    const hollow = incidents.footprint(record.row).kind !== 'point';
    return swatch((ctx) => paintMark(ctx, 0, 0, styles.get(record.type), { radius: 5.4, hollow }));
  }

  /** A click anywhere in a row opens its incident; a link is followed. */
  press(node, event) {
    const cell = event.target.closest('[role="gridcell"]');
    this.activate(Number(node.dataset.at), cell ? [...node.children].indexOf(cell) : 0);
    if (!event.target.closest('a')) this.page.select(Number(node.dataset.row));
  }

  /** The incident that is being read about, wherever that was said. @param {number} row -1 for none */
  mark(row) {
    this.marked = row;
    const at = row < 0 ? -1 : this.rows.indexOf(row);
    if (at >= 0 && this.isShown) {
      this.active.at = at;
      this.scrollTo(at);
    }
    this.paint();
  }

  /** The tab stop is where the focus was last. @param {any} event */
  onFocus({ target }) {
    const cell = target.closest('[aria-colindex]');
    if (!cell) return;
    const row = cell.parentElement;
    const at = row === this.head ? HEAD_ROW : Number(row.dataset.at);
    this.activate(at, [...row.children].indexOf(cell));
  }

  /** @param {number} at @param {number} column */
  activate(at, column) {
    this.active = { at, column };
    this.setTabStop();
  }

  nodeAt(at) {
    return at === HEAD_ROW ? this.head : this.pool.find((node) => !node.hidden && Number(node.dataset.at) === at);
  }

  /** One stop for the Tab key: the active cell, or the first in sight of its column. */
  setTabStop() {
    for (const stop of this.scroller.querySelectorAll('[tabindex="0"]')) stop.setAttribute('tabindex', '-1');
    const headless = this.isNarrow && this.active.at === HEAD_ROW;
    const row = headless ? this.pool.find((node) => !node.hidden) : this.nodeAt(this.active.at);
    const cell = (row ?? (this.isNarrow ? null : this.head))?.children[this.active.column];
    if (cell) focusable(cell).tabIndex = 0;
    this.scroller.tabIndex = cell ? -1 : 0;
  }

  /** @param {number} at bring this place of `rows` into sight */
  scrollTo(at) {
    const { row, window, speed } = this.measure();
    const from = this.scroller.scrollTop * speed;
    if (at * row < from) this.scroller.scrollTop = at * row / speed;
    else if ((at + 1) * row > from + window) {
      this.scroller.scrollTop = Math.ceil(((at + 1) * row - window) / speed);
    }
  }

  /** Arrow keys go from cell to cell, Enter opens. @param {any} event */
  onKey(event) {
    if (event.target.closest('a') && event.key === 'Enter') return;
    if ((event.key === 'Enter' || event.key === ' ') && this.active.at !== HEAD_ROW) {
      event.preventDefault();
      this.page.select(this.rows[this.active.at]);
      return;
    }
    const next = this.step(event);
    if (!next) return;
    event.preventDefault();
    this.go(next);
  }

  /** Where a key leads. @returns {{at: number, column: number}|null} */
  step({ key, ctrlKey }) {
    const { at, column } = this.active;
    const page = Math.max(1, Math.floor(this.measure().window / this.measure().row) - 1);
    const across = readsRightToLeft() ? -1 : 1;
    const steps = {
      ArrowUp: [-1, 0], ArrowDown: [1, 0], PageUp: [-page, 0], PageDown: [page, 0],
      ArrowRight: [0, across], ArrowLeft: [0, -across], Home: [0, -Infinity], End: [0, Infinity],
    };
    if (!(key in steps)) return null;
    const [down, right] = ctrlKey ? steps[key].map((step) => step * Infinity || 0) : steps[key];
    const least = this.isNarrow ? 0 : HEAD_ROW;
    return {
      at: Math.max(least, Math.min(at + down, this.rows.length - 1)),
      column: Math.max(0, Math.min(column + right, this.columns.length - 1)),
    };
  }

  /** @param {{at: number, column: number}} next */
  go(next) {
    this.active = next;
    if (next.at !== HEAD_ROW) this.scrollTo(next.at);
    this.paint();
    const cell = this.nodeAt(next.at)?.children[next.column];
    if (!cell) return;
    focusable(cell).focus({ preventScroll: true });
    cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
}

/** What takes the focus for a cell: its button or link, else itself. @param {any} cell @returns {HTMLElement} */
function focusable(cell) {
  return cell.querySelector('a, button') ?? cell;
}

/** @param {object} page @returns {import('./dock.js').View} */
export function buildRecordTable(page) {
  const table = new RecordTable(page);
  return { node: table.node, update: () => table.update(), onShow: () => table.update() };
}
