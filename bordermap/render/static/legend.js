/** @file The legend, which is the filter: what each mark means, how many there are, show or hide. */

import { afterQuiet, element } from './dom.js';
import { Facet } from './facets.js';
import { TOLLS } from './filter_kinds.js';
import { hatching, paintBadge, paintGroup, paintMark, swatch } from './marks.js';
import { formatNumber, isoDay, say } from './words.js';

const SEARCH_DELAY_MS = 180;
const SEARCH_LENGTH = 200;
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

/** At least so many deaths by one of the figures; what lacks the figure is kept only if asked for. */
function tollBox(filters) {
  const least = element('input', { type: 'number', id: 'toll', min: 0, max: 1000000, step: 1, inputmode: 'numeric' });
  const figure = element(
    'select',
    { 'aria-label': say('toll_figure') },
    ...TOLLS.map((name) => element('option', { value: name, text: say(`toll_${name}`) })),
  );
  const withUnknown = element('input', { type: 'checkbox' });
  const change = () => filters.setToll(Number(least.value), figure.value, withUnknown.checked);
  for (const input of [least, figure, withUnknown]) input.addEventListener('change', change);
  const node = element(
    'fieldset',
    { class: 'facet facet-toll' },
    element('legend', { text: say('facet_toll') }),
    element('div', { class: 'toll-boxes' }, element('label', { for: 'toll', text: say('toll_least') }), least, figure),
    element('label', { class: 'choice' }, withUnknown, element('span', { text: say('toll_with_unknown') })),
  );
  const update = () => {
    const { toll } = filters;
    if (document.activeElement !== least) least.value = toll.isActive ? String(toll.least) : '';
    figure.value = toll.figure;
    withUnknown.checked = toll.withUnknown;
    withUnknown.disabled = !toll.isActive;
  };
  return { node, update };
}

/**
 * Signs that are not filters: groups, several at one place, a side that cannot be told, drafts.
 * @param {object} page incidents
 */
export function signList({ incidents }) {
  const group = (onePlace) => (ctx) => paintGroup(
    ctx,
    { x: 0, y: 0, radius: 9, count: onePlace ? 3 : 8, onePlace },
    [{ colour: '#0072b2', share: 0.6 }, { colour: '#d55e00', share: 0.4 }],
  );
  const uncertain = (ctx) => {
    paintMark(ctx, -3, -1, GREY, { radius: 5.5 });
    paintBadge(ctx, 6, 5, '?');
  };
  const draft = (ctx) => paintMark(ctx, 0, 0, GREY, { radius: 6, draft: true });
  return [
    ...(incidents.hasDrafts ? [{ paint: draft, text: say('sign_draft') }] : []),
    { paint: group(false), text: say('sign_group') },
    { paint: group(true), text: say('sign_one_place') },
    { paint: uncertain, text: say('sign_uncertain') },
  ];
}

function signs(page) {
  return element('ul', { class: 'signs' }, ...signList(page).map(({ paint, text }) => element(
    'li', {}, swatch(paint, 28), element('span', { text }))));
}

/**
 * @param {object} page filters, incidents, settings, styles
 * @returns {HTMLElement}
 */
export function buildLegend({ filters, incidents, settings, styles }) {
  const mark = (word) => swatch((ctx) => paintMark(ctx, 0, 0, styles.get(word), { radius: 6 }));
  const { table } = incidents;
  const has = (...names) => names.some((name) => table.has(name));
  const most = { byFrequency: true };
  const parts = [
    searchBox(filters),
    new Facet(filters, 'type', mark, most),
    ...(filters.hasDates ? [dateRange(filters)] : []),
    new Facet(filters, 'side', () => null, {}),
    new Facet(filters, 'precision', precisionSwatch, {}),
    distanceBox(filters, settings.bandsKm),
    ...(has('adm1') ? [new Facet(filters, 'province', () => null, { ...most, folded: true })] : []),
    ...(has('actor_a', 'actor_b') ? [new Facet(filters, 'actor', () => null, { ...most, folded: true })] : []),
    ...(has(...TOLLS.map((name) => `fatalities_${name}`)) ? [tollBox(filters)] : []),
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
    signs({ incidents }),
  );
}
