/** @file The legend, which is the filter: what each mark means, how many there are, show or hide. */

import { afterQuiet, element } from './dom.js';
import { hatching, paintBadge, paintGroup, paintMark, swatch } from './marks.js';
import { formatNumber, isoDay, say, wordFor } from './words.js';

const SEARCH_DELAY_MS = 180;
const SEARCH_LENGTH = 200;
const FEW_VALUES = 14;
const GREY = { colour: '#6b665c', shape: 'circle' };

/** How an incident of that precision is drawn. @param {string} precision */
function precisionSwatch(precision) {
  const pin = precision === 'exact' || precision === 'place';
  return swatch((ctx) => {
    if (precision === 'none' || precision === '') return;
    if (pin) {
      paintMark(ctx, 0, 0, GREY, { radius: 5 });
      return;
    }
    ctx.beginPath();
    if (precision === 'area') ctx.arc(0, 0, 9, 0, 7);
    else ctx.rect(-10, -8, 20, 16);
    ctx.fillStyle = hatching(ctx, GREY.colour);
    ctx.fill();
    ctx.strokeStyle = GREY.colour;
    ctx.setLineDash(precision === 'area' ? [3, 2] : []);
    ctx.lineWidth = 0.8;
    ctx.stroke();
    ctx.setLineDash([]);
    paintMark(ctx, 0, 0, GREY, { radius: 3.6, hollow: true });
  });
}

/** One value of a facet: a box to tick, its mark, its name, its live count. */
class Choice {
  constructor(filters, facet, code, label, picture) {
    this.code = code;
    this.count = element('span', { class: 'count' });
    this.box = element('input', { type: 'checkbox', checked: true });
    this.box.addEventListener('change', () => filters.show(facet, code, this.box.checked));
    const name = element('span', { class: 'choice-name', dir: 'auto', text: label });
    this.node = element('label', { class: 'choice' }, this.box, picture, name, this.count);
  }

  /** @param {number} count @param {boolean} shown */
  update(count, shown) {
    this.count.textContent = formatNumber(count);
    this.node.classList.toggle('empty', count === 0);
    this.box.checked = shown;
  }
}

/** A group of choices over one column. */
class Facet {
  /**
   * @param {import('./filters.js').Filters} filters
   * @param {'type'|'side'|'precision'} name
   * @param {(word: string) => HTMLCanvasElement|null} picture
   * @param {number[]} codes in the order in which they are shown
   */
  constructor(filters, name, picture, codes) {
    this.filters = filters;
    this.name = name;
    const { column } = filters.facets.get(name);
    this.choices = codes.map((code) => {
      const word = column.wordOfCode(code);
      const label = wordFor(name, word || (name === 'precision' ? 'none' : 'unknown'));
      return new Choice(filters, name, code, label, picture(word));
    });
    const all = (shown) => filters.showAll(name, codes, shown);
    const button = (key, shown) => element('button', {
      type: 'button', class: 'quiet', text: say(key), 'aria-label': say(`${key}_of`, { what: say(`facet_${name}`) }),
      onclick: () => all(shown),
    });
    this.node = element(
      'fieldset',
      { class: `facet facet-${name}` },
      element('legend', { text: say(`facet_${name}`) }),
      codes.length > 2 ? element('span', { class: 'all-none' }, button('all', true), button('none', false)) : null,
      element(
        'div',
        { class: codes.length > FEW_VALUES ? 'choices scrolling' : 'choices' },
        ...this.choices.map((choice) => choice.node),
      ),
    );
  }

  update() {
    const counts = this.filters.counts(this.name);
    const { off } = this.filters.facets.get(this.name);
    for (const choice of this.choices) {
      choice.update(counts[choice.code], !off.has(choice.code));
    }
  }
}

/** Codes that occur in a column, the most frequent first, or in the dictionary's order. */
function codesOf(column, count, byFrequency) {
  const found = new Map();
  for (let row = 0; row < count; row++) {
    found.set(column.values[row], (found.get(column.values[row]) ?? 0) + 1);
  }
  const rank = (code) => (code === 0 ? Infinity : code);
  return [...found.keys()].sort((a, b) => (
    (byFrequency ? found.get(b) - found.get(a) : 0) || rank(a) - rank(b)));
}

function searchBox(filters) {
  const input = element('input', {
    type: 'search', id: 'search', maxlength: SEARCH_LENGTH, placeholder: say('search_hint'),
    autocomplete: 'off', dir: 'auto',
  });
  input.addEventListener('input', afterQuiet(() => filters.setQuery(input.value.trim()), SEARCH_DELAY_MS));
  const node = element('div', { class: 'search' }, element('label', { for: 'search', text: say('search') }), input);
  const update = () => {
    if (document.activeElement !== input) input.value = filters.words.query;
  };
  return { node, update };
}

function dateRange(filters) {
  const [first, last] = filters.dayRange;
  const input = (name) => element('input', {
    type: 'date', min: isoDay(first), max: isoDay(last), 'aria-label': say(`date_${name}`),
  });
  const [from, to] = [input('from'), input('to')];
  const dayOf = (box, fallback) => {
    const time = Date.parse(box.value);
    return Number.isFinite(time) ? Math.round(time / 864e5) : fallback;
  };
  const change = () => filters.setDates(dayOf(from, first), dayOf(to, last));
  from.addEventListener('change', change);
  to.addEventListener('change', change);
  const node = element(
    'fieldset',
    { class: 'facet facet-date' },
    element('legend', { text: say('facet_date') }),
    element('div', { class: 'date-boxes' }, from, element('span', { text: say('to') }), to),
  );
  const update = () => {
    from.value = filters.dates.from;
    to.value = filters.dates.to;
  };
  return { node, update };
}

function distanceBox(filters, bandsKm) {
  const option = (km, text) => element('option', { value: km, text });
  const select = element(
    'select',
    { id: 'within' },
    option('', say('any_distance')),
    ...bandsKm.map((km) => option(km, say('within', { km: formatNumber(km) }))),
  );
  select.addEventListener('change', () => filters.setWithin(select.value ? Number(select.value) * 1000 : Infinity));
  const node = element('div', { class: 'facet distance' }, element('label', { for: 'within', text: say('facet_distance') }), select);
  const update = () => {
    const { metres } = filters.within;
    select.value = metres < Infinity ? String(metres / 1000) : '';
  };
  return { node, update };
}

/** Signs that are not filters: groups, several at one place, a side that cannot be told. */
export function signList() {
  const group = (onePlace) => (ctx) => paintGroup(
    ctx,
    { x: 0, y: 0, radius: 9, count: onePlace ? 3 : 8, onePlace },
    [{ colour: '#0072b2', share: 0.6 }, { colour: '#d55e00', share: 0.4 }],
  );
  const uncertain = (ctx) => {
    paintMark(ctx, -3, -1, GREY, { radius: 5.5 });
    paintBadge(ctx, 6, 5, '?');
  };
  return [
    { paint: group(false), text: say('sign_group') },
    { paint: group(true), text: say('sign_one_place') },
    { paint: uncertain, text: say('sign_uncertain') },
  ];
}

function signs() {
  return element('ul', { class: 'signs' }, ...signList().map(({ paint, text }) => element(
    'li', {}, swatch(paint, 28), element('span', { text }))));
}

/**
 * @param {object} page filters, incidents, settings, styles
 * @returns {HTMLElement}
 */
export function buildLegend({ filters, incidents, settings, styles }) {
  const mark = (word) => swatch((ctx) => paintMark(ctx, 0, 0, styles.get(word), { radius: 6 }));
  const codes = (name, byFrequency) => codesOf(filters.facets.get(name).column, incidents.count, byFrequency);
  const parts = [
    searchBox(filters),
    new Facet(filters, 'type', mark, codes('type', true)),
    ...(filters.hasDates ? [dateRange(filters)] : []),
    new Facet(filters, 'side', () => null, codes('side', false)),
    new Facet(filters, 'precision', precisionSwatch, codes('precision', false)),
    distanceBox(filters, settings.bandsKm),
  ];
  const reset = element('button', {
    type: 'button', class: 'reset', text: say('reset'), onclick: () => filters.reset(),
  });
  const update = () => {
    for (const part of parts) part.update();
    reset.disabled = !filters.isActive;
  };
  filters.onChange(update);
  update();
  return element(
    'form',
    { class: 'legend', onsubmit: (event) => event.preventDefault() },
    ...parts.map((part) => part.node),
    reset,
    signs(),
  );
}
