/**
 * @file The filters that there are. Each marks the rows that fail it with its own bit, and says in
 * the address what it asks for.
 */

import { dayOf, numberIn, rangeOf, rangeText } from './address.js';
import { isoDay } from './words.js';

/** Set or clear a bit in every row. */
function markAll(fails, bit, isFailing) {
  const keep = ~bit;
  for (let row = 0; row < fails.length; row++) {
    fails[row] = (fails[row] & keep) | (isFailing(row) ? bit : 0);
  }
}

/** Rows whose stored number is not between two codes fail; so do those without it, if asked. */
function markOutside(fails, bit, values, [least, most], isMissingFailing = true) {
  const keep = ~bit;
  const missing = isMissingFailing ? bit : 0;
  for (let row = 0; row < fails.length; row++) {
    const value = values[row];
    const failing = value === 0 ? missing : value < least || value > most ? bit : 0;
    fails[row] = (fails[row] & keep) | failing;
  }
}

/**
 * The first code whose number has grown so far.
 * @param {import('./table.js').Column} column
 * @param {(number: number) => boolean} isReached
 */
function firstCode({ base, scale }, isReached) {
  let [low, high] = [1, 2 ** 32];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isReached((base + middle - 1) * scale)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function largest(values) {
  let most = 0;
  for (let row = 0; row < values.length; row++) if (values[row] > most) most = values[row];
  return most;
}

/** Values of one column, or of two that mean the same (the parties of an incident). */
export class Choices {
  /**
   * @param {string} name as in the address: `no_NAME`, or `only_NAME` where that is shorter
   * @param {() => import('./table.js').Column[]} columns with one dictionary between them
   */
  constructor(name, columns) {
    this.name = name;
    this.columnsOf = columns;
    /** @type {import('./table.js').Column[]|null} */
    this.known = null;
    /** @type {Set<number>} codes that the reader does not want */
    this.off = new Set();
  }

  get columns() {
    this.known ??= this.columnsOf();
    return this.known;
  }

  /** The first of them, for what codes mean. */
  get column() {
    return this.columns.find(({ dictionary }) => dictionary.length > 0) ?? this.columns[0];
  }

  get isActive() {
    return this.off.size > 0;
  }

  reset() {
    this.off = new Set();
  }

  /** How many codes there can be, 0 (missing) included. */
  get size() {
    return Math.max(...this.columns.map((column) => column.size));
  }

  /** A row fails when none of its values is wanted. @param {Uint16Array} fails @param {number} bit */
  mark(fails, bit) {
    const unwanted = new Uint8Array(this.size);
    for (const code of this.off) unwanted[code] = 1;
    const [{ values }, other] = this.columns;
    if (!other) {
      const keep = ~bit;
      for (let row = 0; row < fails.length; row++) {
        fails[row] = (fails[row] & keep) | (unwanted[values[row]] * bit);
      }
      return;
    }
    const others = other.values;
    markAll(fails, bit, (row) => (others[row] === 0
      ? unwanted[values[row]] === 1
      : unwanted[others[row]] === 1 && (values[row] === 0 || unwanted[values[row]] === 1)));
  }

  /** Add a row to the counts of its values. @param {Uint32Array} counts @param {number} row */
  count(counts, row) {
    const [{ values }, other] = this.columns;
    const code = values[row];
    const second = other ? other.values[row] : 0;
    if (code !== 0 || second === 0) counts[code] += 1;
    if (second !== 0 && second !== code) counts[second] += 1;
  }

  /** Counts of each value over the rows that fail none of these filters, by code. */
  counts(fails, others) {
    const counts = new Uint32Array(this.size);
    const [{ values }, other] = this.columns;
    const { length } = fails;
    if (other) {
      for (let row = 0; row < length; row++) if ((fails[row] & others) === 0) this.count(counts, row);
    } else {
      for (let row = 0; row < length; row++) if ((fails[row] & others) === 0) counts[values[row]] += 1;
    }
    return counts;
  }

  /** @param {URLSearchParams} state */
  write(state) {
    const known = [...Array(this.size).keys()];
    const few = this.off.size <= this.size / 2;
    const codes = few ? this.off : known.filter((code) => !this.off.has(code));
    for (const code of codes) {
      state.append(`${few ? 'no' : 'only'}_${this.name}`, this.column.wordOfCode(code));
    }
  }

  /** @param {URLSearchParams} state */
  read(state) {
    const codes = new Map([['', 0]]);
    for (let code = 1; code < this.size; code++) codes.set(this.column.wordOfCode(code), code);
    const named = (key) => state.getAll(`${key}_${this.name}`)
      .map((word) => codes.get(word)).filter((code) => code !== undefined);
    const only = new Set(named('only'));
    this.off = only.size > 0
      ? new Set([...codes.values()].filter((code) => !only.has(code)))
      : new Set(named('no'));
  }
}

/** Days, of which an incident must share one. */
export class Days {
  /** @param {import('./table.js').Table} table */
  constructor(table) {
    this.start = table.column('date_start');
    this.end = table.column('date_end');
    /** Whether any incident has a date. */
    this.isKnown = false;
    this.range = this.findRange();
    this.reset();
  }

  /** @returns {[number, number]} first and last day of the data; [0, 0] without any date */
  findRange() {
    const lastStart = largest(this.start.values);
    const lastEnd = largest(this.end.values);
    this.isKnown = lastStart > 0;
    if (!this.isKnown) return [0, 0];
    const last = this.start.base + lastStart - 1;
    const lastOfEnds = lastEnd === 0 ? last : this.end.base + lastEnd - 1;
    return [this.start.base, Math.max(last, lastOfEnds)];
  }

  get isActive() {
    return this.from > this.range[0] || this.to < this.range[1];
  }

  reset() {
    [this.from, this.to] = this.range;
  }

  /** @param {number} from @param {number} to days, ends included */
  set(from, to) {
    const [first, last] = this.range;
    this.from = Math.max(first, Math.min(from, last));
    this.to = Math.min(last, Math.max(to, first));
  }

  mark(fails, bit) {
    const starts = this.start.values;
    const ends = this.end.values;
    const lastStart = this.to - this.start.base + 1;
    const firstStart = this.from - this.start.base + 1;
    const firstEnd = this.from - this.end.base + 1;
    const keep = ~bit;
    for (let row = 0; row < fails.length; row++) {
      const start = starts[row];
      const end = ends[row];
      const isFailing = start === 0 || start > lastStart || (end === 0 ? start < firstStart : end < firstEnd);
      fails[row] = (fails[row] & keep) | (isFailing ? bit : 0);
    }
  }

  write(state) {
    if (!this.isActive) return;
    state.set('from', isoDay(this.from));
    state.set('to', isoDay(this.to));
  }

  read(state) {
    this.set(dayOf(state.get('from'), this.range[0]), dayOf(state.get('to'), this.range[1]));
  }
}

/** Numbers between two ends, both included; a row without the number fails. */
export class Range {
  /** @param {string} key in the address @param {() => Float64Array} numbersOf by row, NaN when missing */
  constructor(key, numbersOf) {
    this.key = key;
    this.numbersOf = numbersOf;
    this.reset();
  }

  get isActive() {
    return this.from > -Infinity || this.to < Infinity;
  }

  reset() {
    this.set(-Infinity, Infinity);
  }

  set(from, to) {
    this.from = Math.min(from, to);
    this.to = Math.max(from, to);
  }

  mark(fails, bit) {
    const { from, to } = this;
    const numbers = this.numbersOf();
    const keep = ~bit;
    for (let row = 0; row < fails.length; row++) {
      const isKept = numbers[row] >= from && numbers[row] <= to;
      fails[row] = (fails[row] & keep) | (isKept ? 0 : bit);
    }
  }

  write(state) {
    if (this.isActive) state.set(this.key, rangeText(this.from, this.to));
  }

  read(state) {
    this.set(...rangeOf(state.get(this.key)));
  }
}

/** At most so far from the line. */
export class Within {
  /** @param {import('./records.js').Incidents} incidents */
  constructor(incidents) {
    this.incidents = incidents;
    this.reset();
  }

  get isActive() {
    return this.metres < Infinity;
  }

  reset() {
    this.metres = Infinity;
  }

  mark(fails, bit) {
    const { distance } = this.incidents;
    const farther = firstCode(distance, (metres) => metres > this.metres);
    markOutside(fails, bit, distance.values, [1, farther - 1]);
  }

  write(state) {
    if (this.isActive) state.set('within', String(this.metres / 1000));
  }

  read(state) {
    this.metres = numberIn(state.get('within'), 0.001, 20000, Infinity) * 1000;
  }
}

export const TOLLS = /** @type {const} */ (['low', 'best', 'high']);

/** At least so many deaths, by one of the figures that sources keep apart. */
export class Toll {
  /** @param {import('./table.js').Table} table */
  constructor(table) {
    this.table = table;
    this.reset();
  }

  get isActive() {
    return this.least > 0;
  }

  reset() {
    this.set(0, 'best', false);
  }

  /**
   * @param {number} least 0 for any
   * @param {string} figure one of TOLLS
   * @param {boolean} withUnknown keep rows that lack the figure
   */
  set(least, figure, withUnknown) {
    this.least = Math.max(0, Math.min(1e6, Math.round(least) || 0));
    this.figure = TOLLS.find((one) => one === figure) ?? 'best';
    this.withUnknown = Boolean(withUnknown);
  }

  mark(fails, bit) {
    const column = this.table.column(`fatalities_${this.figure}`);
    const enough = firstCode(column, (deaths) => deaths >= this.least);
    markOutside(fails, bit, column.values, [enough, 2 ** 32 - 1], !this.withUnknown);
  }

  write(state) {
    if (!this.isActive) return;
    state.set('toll', `${this.figure}-${this.least}${this.withUnknown ? '-or-unknown' : ''}`);
  }

  read(state) {
    const found = /^(low|best|high)-(\d{1,6})(-or-unknown)?$/.exec(state.get('toll') ?? '');
    if (found) this.set(Number(found[2]), found[1], found[3] !== undefined);
    else this.reset();
  }
}

/** Rows whose texts hold every word of a query; what they are is found elsewhere. */
export class Words {
  constructor() {
    this.reset();
  }

  get isActive() {
    return this.query !== '';
  }

  reset() {
    this.query = '';
    /** @type {Uint8Array} */
    this.matches = new Uint8Array(0);
  }

  mark(fails, bit) {
    const { matches } = this;
    markAll(fails, bit, (row) => matches.length > 0 && matches[row] === 0);
  }

  write(state) {
    if (this.query) state.set('q', this.query);
  }

  read() {}
}
