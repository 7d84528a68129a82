/** @file What the reader asked to see. One state; everything on the page follows it. */

import { isoDay } from './words.js';

const FAILS = { type: 1, side: 2, precision: 4, distance: 8, date: 16, text: 32 };

/** Spellings that differ only in form are searched as one. @param {string} text */
export function foldText(text) {
  return text.normalize('NFKD').replace(/\p{M}|\u200c|\u200d/gu, '').toLowerCase()
    .replace(/[يىې]/g, 'ی').replace(/ك/g, 'ک').replace(/ہ|ة/g, 'ه');
}

export class Filters {
  /** @param {import('./records.js').Incidents} incidents */
  constructor(incidents) {
    this.incidents = incidents;
    const { table } = incidents;
    this.facets = new Map([
      ['type', incidents.type], ['side', incidents.side], ['precision', incidents.precision],
    ]);
    this.start = table.column('date_start');
    this.end = table.column('date_end');
    this.distance = table.column('border_distance_m');
    this.fails = new Uint8Array(incidents.count);
    /** @type {Uint8Array} */
    this.matches = new Uint8Array(0);
    /** @type {(() => void)[]} */
    this.listeners = [];
    this.hasDates = this.start.values.some((value) => value > 0);
    this.dayRange = this.findDayRange();
    this.reset();
  }

  /** Back to everything. */
  reset() {
    this.off = { type: new Set(), side: new Set(), precision: new Set() };
    this.from = this.dayRange[0];
    this.to = this.dayRange[1];
    this.within = Infinity;
    this.query = '';
    this.apply();
  }

  /** @returns {[number, number]} first and last day of the data; [0, 0] without any date */
  findDayRange() {
    let first = Infinity;
    let last = -Infinity;
    for (let row = 0; row < this.incidents.count; row++) {
      const start = this.start.number(row);
      if (start === null) continue;
      first = Math.min(first, start);
      last = Math.max(last, this.end.number(row) ?? start, start);
    }
    return first <= last ? [first, last] : [0, 0];
  }

  get narrowsDates() {
    return this.from > this.dayRange[0] || this.to < this.dayRange[1];
  }

  /** True when anything is asked for that leaves incidents out. */
  get isActive() {
    return this.narrowsDates || this.within < Infinity || this.query !== ''
      || Object.values(this.off).some((codes) => codes.size > 0);
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.listeners.push(listener);
  }

  /** @param {'type'|'side'|'precision'} facet @param {number} code @param {boolean} shown */
  show(facet, code, shown) {
    if (shown) this.off[facet].delete(code);
    else this.off[facet].add(code);
    this.apply();
  }

  /** @param {'type'|'side'|'precision'} facet @param {number[]} codes @param {boolean} shown */
  showAll(facet, codes, shown) {
    this.off[facet] = new Set(shown ? [] : codes);
    this.apply();
  }

  /** @param {number} from @param {number} to days, ends included */
  setDates(from, to) {
    const [first, last] = this.dayRange;
    this.from = Math.max(first, Math.min(from, last));
    this.to = Math.min(last, Math.max(to, first));
    this.apply();
  }

  /** @param {number} metres Infinity for any */
  setWithin(metres) {
    this.within = metres;
    this.apply();
  }

  /** Keep incidents whose texts hold every word. @param {string} query */
  async setQuery(query) {
    this.query = query;
    const wanted = foldText(query).split(/\s+/).filter(Boolean);
    const matches = wanted.length ? await this.search(wanted) : new Uint8Array(0);
    if (this.query !== query) return;
    this.matches = matches;
    this.apply();
  }

  /** @param {string[]} wanted @returns {Promise<Uint8Array>} 1 where a row holds every word */
  async search(wanted) {
    const { table, count } = this.incidents;
    const named = ['place_match', 'adm1', 'adm2', 'crossing'].map((name) => table.column(name));
    const found = new Uint8Array(count);
    for (let number = 0; number < table.meta.chunks; number++) {
      const chunk = await table.chunk(number);
      const first = number * table.meta.chunkRows;
      for (let at = 0; at < chunk[0].length; at++) {
        const texts = [...chunk.map((column) => column[at]), ...named.map((c) => c.word(first + at))];
        const text = foldText(texts.join('\n'));
        found[first + at] = wanted.every((word) => text.includes(word)) ? 1 : 0;
      }
    }
    return found;
  }

  /** Judge every row, then tell everybody. */
  apply() {
    const { count } = this.incidents;
    for (let row = 0; row < count; row++) this.fails[row] = this.judge(row);
    for (const listener of this.listeners) listener();
  }

  /** @param {number} row @returns {number} one bit for each filter that the row fails */
  judge(row) {
    let fails = 0;
    for (const [name, column] of this.facets) {
      if (this.off[name].has(column.values[row])) fails |= FAILS[name];
    }
    if (this.within < Infinity) {
      const distance = this.distance.number(row);
      if (distance === null || distance > this.within) fails |= FAILS.distance;
    }
    if (this.narrowsDates && !this.overlapsDates(row)) fails |= FAILS.date;
    if (this.query !== '' && this.matches.length && !this.matches[row]) fails |= FAILS.text;
    return fails;
  }

  /** @param {number} row */
  overlapsDates(row) {
    const start = this.start.number(row);
    if (start === null) return false;
    return start <= this.to && (this.end.number(row) ?? start) >= this.from;
  }

  /** @param {number} row */
  keeps(row) {
    return this.fails[row] === 0;
  }

  /** Rows kept, by whether they are placed. */
  tally() {
    let drawn = 0;
    let unplaced = 0;
    for (let row = 0; row < this.incidents.count; row++) {
      if (this.fails[row]) continue;
      if (this.incidents.isPlaced(row)) drawn += 1;
      else unplaced += 1;
    }
    return { drawn, unplaced, kept: drawn + unplaced, all: this.incidents.count };
  }

  /**
   * How many rows each value of a facet has or would bring, all other filters being as they are.
   * @param {'type'|'side'|'precision'} facet
   * @returns {Map<number, number>} by code
   */
  counts(facet) {
    const others = ~FAILS[facet];
    const { values } = this.facets.get(facet);
    const counts = new Map();
    for (let row = 0; row < this.incidents.count; row++) {
      if (this.fails[row] & others) continue;
      counts.set(values[row], (counts.get(values[row]) ?? 0) + 1);
    }
    return counts;
  }

  /** For messages. */
  get dates() {
    return { from: isoDay(this.from), to: isoDay(this.to) };
  }
}
