/** @file Two periods side by side: a second map of the same view, and what differs. */

import { dayOf } from './address.js';
import { element } from './dom.js';
import { drawMap } from './map_view.js';
import { countBoth, OtherPeriod } from './other_period.js';
import { selectionOf } from './selection.js';
import {
  formatLongDay, formatNumber, isoDay, say, wordFor,
} from './words.js';

const FACETS_COMPARED = /** @type {const} */ (['type', 'side', 'province']);
const RATE_DAYS = 30;
const FOLLOWS_AT_ONCE = 20000;
const MAP_OPTIONS = ['minZoom', 'maxZoom', 'zoomSnap', 'zoomDelta', 'wheelPxPerZoomLevel', 'worldCopyJump', 'maxBounds'];
const comparingRoot = document.documentElement;

const lengthOf = ({ from, to }) => to - from + 1;

class Compare {
  /** @param {object} page */
  constructor(page) {
    this.page = page;
    this.isOn = false;
    this.onStart = () => {};
    this.other = new OtherPeriod(page.filters);
    this.labels = [element('p', { class: 'period-label' }), element('p', { class: 'period-label' })];
    this.asked = page.address.keep('compare', () => (
      this.isOn ? `${isoDay(this.other.days.from)},${isoDay(this.other.days.to)}` : ''));
    this.buildNode();
    page.sheetExtras.push(() => (this.isOn ? this.table.cloneNode(true) : null));
    page.filters.onChange(() => this.isOn && this.other.apply());
    this.other.onChange(() => this.tell());
  }

  buildNode() {
    const { filters } = this.page;
    this.first = this.dateBoxes('first', (from, to) => filters.setDates(from, to));
    this.second = this.dateBoxes('second', (from, to) => this.setOther(from, to));
    const button = (key, onclick) => element('button', { type: 'button', class: 'save-button', text: say(key), onclick });
    this.toggle = button('compare_start', () => (this.isOn ? this.stop() : this.start()));
    this.before = button('compare_before', () => this.shiftBack(lengthOf(filters.days)));
    this.yearEarlier = button('compare_year', () => this.shiftBack());
    this.table = element('table', { class: 'compare-table' });
    this.note = element('p', { class: 'layer-note' });
    this.details = element(
      'div',
      { hidden: true },
      this.first.node,
      this.second.node,
      element('div', { class: 'save-buttons' }, this.before, this.yearEarlier, button('compare_swap', () => this.swap())),
      this.table,
      this.note,
    );
    this.node = element(
      'div',
      { class: 'compare' },
      element('p', { class: 'layer-note', text: say('compare_note') }),
      this.toggle,
      this.details,
    );
  }

  /** Two boxes for the ends of a period. */
  dateBoxes(name, onChange) {
    const [least, most] = this.page.filters.dayRange;
    const box = (end) => element('input', {
      type: 'date', min: isoDay(least), max: isoDay(most), 'aria-label': `${say(`compare_${name}`)}: ${say(`date_${end}`)}`,
    });
    const [from, to] = [box('from'), box('to')];
    const change = () => onChange(dayOf(from.value, least), dayOf(to.value, most));
    from.addEventListener('change', change);
    to.addEventListener('change', change);
    const boxes = element('div', { class: 'date-boxes' }, from, element('span', { text: say('to') }), to);
    const node = element('fieldset', { class: 'facet' }, element('legend', { text: say(`compare_${name}`) }), boxes);
    const show = (days) => {
      from.value = isoDay(days.from);
      to.value = isoDay(days.to);
    };
    return { node, show };
  }

  /** The second map, made when it is first wanted. */
  buildMap() {
    if (this.map) return;
    const { map } = this.page;
    const node = element('div', { id: 'map-other', role: 'region', 'aria-label': say('compare_map') });
    map.getContainer().after(node);
    const options = Object.fromEntries(MAP_OPTIONS.map((name) => [name, map.options[name]]));
    this.map = L.map(node, {
      ...options, zoomControl: false, attributionControl: false, center: map.getCenter(), zoom: map.getZoom(),
    });
    for (const [number, one] of [map, this.map].entries()) one.getContainer().append(this.labels[number]);
    drawMap({ ...this.page, ...selectionOf(), map: this.map, filters: this.other });
    new ResizeObserver(() => this.isOn && this.map.invalidateSize({ animate: false })).observe(node);
    this.follow(map, this.map);
    this.follow(this.map, map);
  }

  /** One map goes where the other one is moved. */
  follow(leader, follower) {
    const copy = () => {
      if (!this.isOn || this.isCopying) return;
      this.isCopying = true;
      follower.setView(leader.getCenter(), leader.getZoom(), { animate: false });
      this.isCopying = false;
    };
    leader.on('moveend', copy);
    if (this.page.incidents.count <= FOLLOWS_AT_ONCE) leader.on('drag', copy);
  }

  /** By the reader: with sensible periods, and the same country in view. */
  async start() {
    const { filters, map, incidents } = this.page;
    await incidents.table.whole();
    const [least, most] = filters.dayRange;
    const middle = Math.floor((least + most) / 2);
    const bounds = map.getBounds();
    if (!filters.days.isActive) filters.setDates(middle + 1, most);
    this.show(...this.periodBefore(lengthOf(filters.days)));
    this.fit(bounds);
    this.onStart();
    this.page.address.changed();
  }

  /** Keep in view what was, but from no farther than shows the whole line. */
  fit(bounds) {
    const { map, showAll } = this.page;
    showAll();
    if (map.getBoundsZoom(bounds) > map.getZoom()) map.fitBounds(bounds, { animate: false });
  }

  /** As the address says. */
  startAsAsked() {
    const found = /^(\d{4}-\d{2}-\d{2}),(\d{4}-\d{2}-\d{2})$/.exec(this.asked);
    const [from, to] = found ? found.slice(1).map((day) => dayOf(day, NaN)) : [NaN, NaN];
    if (from <= to) this.show(from, to);
  }

  show(from, to) {
    this.isOn = true;
    comparingRoot.classList.add('comparing');
    this.page.map.invalidateSize({ animate: false });
    this.buildMap();
    this.map.invalidateSize({ animate: false });
    this.map.setView(this.page.map.getCenter(), this.page.map.getZoom(), { animate: false });
    this.page.maps = [this.page.map, this.map].map((map, number) => (
      { map, label: () => this.labels[number].textContent }));
    this.details.hidden = false;
    this.toggle.textContent = say('compare_stop');
    this.other.set(from, to);
  }

  stop() {
    const { map } = this.page;
    const bounds = map.getBounds();
    this.isOn = false;
    comparingRoot.classList.remove('comparing');
    this.page.maps = [{ map, label: () => '' }];
    this.details.hidden = true;
    this.toggle.textContent = say('compare_start');
    map.invalidateSize({ animate: false });
    this.fit(bounds);
    this.page.address.changed();
  }

  /** As many days right before the first period, as far as the data goes. */
  periodBefore(days) {
    const { from } = this.page.filters.days;
    const [least] = this.page.filters.dayRange;
    return [Math.max(least, from - days), Math.max(least, from - 1)];
  }

  /** @param {number} [days] how far back the second period lies; without it a calendar year */
  shiftBack(days) {
    const { from, to } = this.page.filters.days;
    if (days) this.setOther(...this.periodBefore(days));
    else this.setOther(yearEarlier(from), yearEarlier(to));
  }

  setOther(from, to) {
    this.other.set(Math.min(from, to), Math.max(from, to));
    this.page.address.changed();
  }

  swap() {
    const { from, to } = this.other.days;
    const { days } = this.page.filters;
    this.other.days.set(days.from, days.to);
    this.other.days.mark(this.other.outside, 1);
    this.page.filters.setDates(from, to);
  }

  /** Periods, counts and differences, wherever they are shown. */
  tell() {
    const { filters } = this.page;
    const periods = [filters.days, this.other.days];
    const kept = [filters.kept, this.other.kept];
    periods.forEach((days, number) => {
      this.labels[number].textContent = say('compare_label', { period: periodWords(days), n: formatNumber(kept[number]) });
    });
    this.first.show(filters.days);
    this.second.show(this.other.days);
    const [least] = filters.dayRange;
    this.before.disabled = filters.days.from <= least;
    this.yearEarlier.disabled = yearEarlier(filters.days.to) < least;
    this.fillTable(periods, kept);
    this.note.textContent = noteOf(periods, kept);
  }

  fillTable(periods, kept) {
    const { filters } = this.page;
    const head = (text) => element('th', { scope: 'col', text });
    const sections = FACETS_COMPARED.map((name) => {
      const facet = filters.facets.get(name);
      const rows = countBoth(facet, filters.mask, this.other.mask);
      return element(
        'tbody',
        {},
        element('tr', {}, element('th', { scope: 'rowgroup', colspan: 4, text: say(`facet_${name}`) })),
        ...rows.map(({ code, first, second }) => countRow(
          wordFor(name, facet.column.wordOfCode(code) || 'unknown'), first, second)),
      );
    });
    this.table.replaceChildren(
      element('caption', { text: say('compare_caption', { first: periodWords(periods[0]), second: periodWords(periods[1]) }) }),
      element('thead', {}, element('tr', {}, head(say('compare_what')), head(say('compare_1')), head(say('compare_2')), head(say('compare_change')))),
      element('tbody', {}, countRow(say('compare_all'), ...kept)),
      ...sections,
    );
  }
}

/** One line of the table; the change leads from the second period to the first. */
function countRow(name, first, second) {
  const change = first - second;
  const sign = change > 0 ? '+' : change < 0 ? '−' : '';
  return element(
    'tr',
    {},
    element('th', { scope: 'row', dir: 'auto', text: name }),
    ...[first, second].map((count) => element('td', { text: formatNumber(count) })),
    element('td', {}, element('bdi', { dir: 'ltr', text: `${sign}${formatNumber(Math.abs(change))}` })),
  );
}

const periodWords = ({ from, to }) => say('date_range', { start: formatLongDay(from), end: formatLongDay(to) });

/** The same day a year earlier; the last of February where there is no 29th. */
function yearEarlier(day) {
  const date = new Date(day * 864e5);
  const [year, month] = [date.getUTCFullYear() - 1, date.getUTCMonth()];
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(date.getUTCDate(), last)) / 864e5;
}

/** What must be said so that nobody compares what cannot be compared. */
function noteOf(periods, kept) {
  const days = periods.map(lengthOf);
  const note = say('compare_both');
  if (days[0] === days[1]) return note;
  const rates = kept.map((count, number) => formatNumber(count * RATE_DAYS / days[number], 0, 1));
  const lengths = say('compare_lengths', {
    first: formatNumber(days[0]), second: formatNumber(days[1]), rate1: rates[0], rate2: rates[1],
  });
  return `${lengths} ${note}`;
}

/** @param {object} page @returns {Compare|null} nothing when no incident has a date */
export function buildCompare(page) {
  return page.filters.hasDates ? new Compare(page) : null;
}
