/** @file The incidents as a list: those in view, and those that could not be placed, with the reason. */

import { factList, typeWords } from './details.js';
import { afterQuiet, element } from './dom.js';
import { paintMark, swatch } from './marks.js';
import { formatDates, formatLength, formatNumber, formatShortDate, say, wordFor } from './words.js';

const STEP = 100;
const QUIET_MS = 120;

/** @param {object} record */
function whereWords(record) {
  if (record.distance === null) return '';
  return `${formatLength(record.distance)} · ${wordFor('side', record.side || 'unknown')}`;
}

export class IncidentList {
  /**
   * @param {L.Map} map
   * @param {object} page incidents, filters, styles
   * @param {import('./popup.js').Popups} popups
   */
  constructor(map, page, popups) {
    this.map = map;
    this.page = page;
    this.popups = popups;
    /** @type {(() => void)|undefined} */
    this.onVisit = undefined;
    this.limit = STEP;
    this.onlyInView = element('input', { type: 'checkbox', checked: true });
    this.placedHead = element('h2', { id: 'placed-head' });
    this.placed = element('ol', { class: 'rows', 'aria-labelledby': 'placed-head' });
    this.more = element('button', { type: 'button', class: 'quiet', onclick: () => this.showMore() });
    this.unplacedHead = element('h2', { id: 'unplaced-head' });
    this.unplaced = element('ul', { class: 'rows', 'aria-labelledby': 'unplaced-head' });
    this.unplacedNote = element('p', { class: 'layer-note', text: say('unplaced_note') });
    this.node = element(
      'div',
      { class: 'incident-list' },
      this.placedHead,
      element('label', { class: 'choice' }, this.onlyInView, element('span', { text: say('only_in_view') })),
      this.placed,
      this.more,
      this.unplacedHead,
      this.unplacedNote,
      this.unplaced,
    );
    const refresh = afterQuiet(() => this.visited < 0 && this.refresh(), QUIET_MS);
    this.onlyInView.addEventListener('change', () => this.restart());
    this.visited = -1;
    map.on('moveend', refresh);
    page.filters.onChange(() => { this.limit = STEP; refresh(); });
    this.refresh();
  }

  restart() {
    this.limit = STEP;
    this.refresh();
  }

  async showMore() {
    const from = this.limit;
    this.limit += STEP;
    await this.refresh();
    this.placed.children[from]?.querySelector('button')?.focus();
  }

  /** Rows kept, the latest first. @returns {{placed: number[], unplaced: number[]}} */
  rows() {
    const { incidents, filters } = this.page;
    const bounds = this.onlyInView.checked ? this.map.getBounds() : null;
    const rows = { placed: [], unplaced: [] };
    for (let row = incidents.count - 1; row >= 0; row--) {
      if (!filters.keeps(row)) continue;
      if (!incidents.isPlaced(row)) rows.unplaced.push(row);
      else if (!bounds || bounds.contains(incidents.latLng(row))) rows.placed.push(row);
    }
    return rows;
  }

  async refresh() {
    const { placed, unplaced } = this.rows();
    const turn = Symbol('refresh');
    this.turn = turn;
    const placedItems = await Promise.all(placed.slice(0, this.limit).map((row) => this.placedItem(row)));
    const unplacedItems = await Promise.all(unplaced.slice(0, this.limit).map((row) => this.unplacedItem(row)));
    if (this.turn !== turn) return;
    const focused = this.focusedRow();
    const key = this.onlyInView.checked ? 'list_in_view' : 'list_all';
    this.placedHead.textContent = say(key, { n: formatNumber(placed.length) });
    this.placed.replaceChildren(...placedItems);
    const left = Math.max(placed.length, unplaced.length) - this.limit;
    this.more.hidden = left <= 0;
    this.more.textContent = say('show_more', { n: formatNumber(Math.max(0, Math.min(STEP, left))) });
    this.unplacedHead.textContent = say('list_unplaced', { n: formatNumber(unplaced.length) });
    this.unplacedNote.hidden = unplaced.length === 0;
    this.unplaced.replaceChildren(...unplacedItems);
    if (focused) this.focusRow(focused);
  }

  /** Row whose item has the focus. @returns {string} empty for none */
  focusedRow() {
    const activeElement = /** @type {HTMLElement} */ (document.activeElement);
    return this.node.contains(activeElement) ? activeElement.dataset.row ?? '' : '';
  }

  /** @param {number|string} row */
  focusRow(row) {
    /** @type {HTMLElement|null} */
    const item = this.node.querySelector(`[data-row="${row}"]`);
    item?.focus();
  }

  mark(record, hollow) {
    const style = this.page.styles.get(record.type);
    return swatch((ctx) => paintMark(ctx, 0, 0, style, { radius: 6, hollow }));
  }

  /** @param {number} row */
  async placedItem(row) {
    const { incidents } = this.page;
    const record = incidents.record(row);
    const texts = await incidents.texts(row);
    const hollow = incidents.footprint(row).kind !== 'point';
    return element('li', {}, element(
      'button',
      { type: 'button', class: 'row', 'data-row': row, onclick: () => this.visit(row) },
      this.mark(record, hollow),
      ...this.rowWords(record, texts),
      element('span', { class: 'row-where', text: whereWords(record) }),
    ));
  }

  rowWords(record, texts) {
    return [
      element('span', { class: 'row-date', text: formatShortDate(record) }),
      element('span', { class: 'row-type', dir: 'auto', text: typeWords(record, texts) }),
      element('span', { class: 'row-place', dir: 'auto', text: texts.get('place') || record.district || record.province || '' }),
    ];
  }

  /** An unplaced incident says everything on the spot, the reason first. @param {number} row */
  async unplacedItem(row) {
    const { incidents } = this.page;
    const record = incidents.record(row);
    const texts = await incidents.texts(row);
    const reason = texts.get('location_note') || say('reason_unknown');
    return element(
      'li',
      {},
      element(
        'details',
        {},
        element(
          'summary',
          { class: 'row', 'data-row': row },
          this.mark(record, true),
          ...this.rowWords(record, texts),
          element('span', { class: 'row-where', dir: 'auto', text: reason }),
        ),
        element('p', { class: 'incident-date', text: formatDates(record) }),
        element('p', { class: 'incident-summary', dir: 'auto', text: texts.get('summary') || say('no_summary') }),
        factList(record, texts, false),
      ),
    );
  }

  /** Show an incident on the map; the list waits until its popup is closed. @param {number} row */
  async visit(row) {
    const position = this.page.incidents.latLng(row);
    if (!this.map.getBounds().pad(-0.1).contains(position)) {
      this.map.setView(position, this.map.getZoom(), { animate: false });
    }
    this.onVisit?.();
    await this.popups.open([row]);
    this.visited = row;
  }

  /** Back from the map: the focus returns to where it was in the list. */
  leave() {
    if (this.visited < 0) return;
    this.focusRow(this.visited);
    this.visited = -1;
    this.refresh();
  }
}
