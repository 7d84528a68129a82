/** @file What the reader asked to see. One state; everything on the page follows it. */

import { JointCounts } from './counts.js';
import { Choices, Days, Range, Toll, Within, Words } from './filter_kinds.js';
import { foldText, searchTexts } from './search.js';
import { isoDay } from './words.js';

const LONGEST_QUERY = 200;
/** Facets that are always in sight. */
const FACETS_OPEN = new Set(['type', 'side', 'precision']);

export class Filters {
  /** @param {import('./records.js').Incidents} incidents */
  constructor(incidents) {
    this.incidents = incidents;
    const { table } = incidents;
    /** @type {Map<string, Choices>} */
    this.facets = new Map(Object.entries({
      type: ['event_type'],
      side: ['border_side'],
      precision: ['location_precision'],
      province: ['adm1'],
      actor: ['actor_a', 'actor_b'],
    }).map(([name, columns]) => (
      [name, new Choices(name, () => columns.map((column) => table.column(column)))])));
    this.days = new Days(table);
    this.within = new Within(incidents);
    this.km = new Range('km', () => incidents.kms);
    this.offset = new Range('off', () => incidents.offsets);
    this.toll = new Toll(table);
    this.words = new Words();
    /** Filters whose columns are read first. */
    this.atOnce = new Set([this.days, ...[...FACETS_OPEN].map((name) => this.facets.get(name))]);
    const others = [this.days, this.within, this.km, this.offset, this.toll, this.words];
    /** Each filter has the bit of its place in this list. */
    this.kinds = [...this.facets.values(), ...others];
    this.fails = new Uint16Array(incidents.count);
    /** 1 where a row is kept; renewed before the listeners are called. */
    this.mask = new Uint8Array(incidents.count).fill(1);
    /** How many these are. */
    this.kept = incidents.count;
    /** @type {JointCounts|null} made when first asked for */
    this.joint = null;
    this.isCounted = false;
    /** @type {(() => void)[]} */
    this.listeners = [];
    this.hasDates = this.days.isKnown;
  }

  /** True when anything is asked for that leaves incidents out. */
  get isActive() {
    return this.kinds.some((kind) => kind.isActive);
  }

  /** First and last day of the data. */
  get dayRange() {
    return this.days.range;
  }

  /** For messages. */
  get dates() {
    return { from: isoDay(this.days.from), to: isoDay(this.days.to) };
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.listeners.push(listener);
  }

  /** Back to everything. */
  reset() {
    for (const kind of this.kinds) kind.reset();
    this.apply(...this.kinds);
  }

  /** @param {string} facet @param {number} code @param {boolean} shown */
  show(facet, code, shown) {
    const kind = this.facets.get(facet);
    if (shown) kind.off.delete(code);
    else kind.off.add(code);
    this.apply(kind);
  }

  /** @param {string} facet @param {number[]} codes @param {boolean} shown */
  showAll(facet, codes, shown) {
    const kind = this.facets.get(facet);
    for (const code of codes) {
      if (shown) kind.off.delete(code);
      else kind.off.add(code);
    }
    this.apply(kind);
  }

  /** @param {number} from @param {number} to days since 1970, ends included */
  setDates(from, to) {
    this.days.set(from, to);
    this.apply(this.days);
  }

  /** @param {number} metres Infinity for any */
  setWithin(metres) {
    this.within.metres = metres;
    this.apply(this.within);
  }

  /** @param {number} from @param {number} to kilometres along the line; infinite for any */
  setKm(from, to) {
    this.km.set(from, to);
    this.apply(this.km);
  }

  /** @param {number} from @param {number} to km from the line, those on the Pakistani side negative */
  setOffset(from, to) {
    this.offset.set(from, to);
    this.apply(this.offset);
  }

  /**
   * @param {number} least deaths, 0 for any
   * @param {'low'|'best'|'high'} [figure]
   * @param {boolean} [withUnknown] keep rows that lack the figure
   */
  setToll(least, figure = 'best', withUnknown = false) {
    this.toll.set(least, figure, withUnknown);
    this.apply(this.toll);
  }

  /** Keep incidents whose texts hold every word. @param {string} query */
  async setQuery(query) {
    this.words.query = query.slice(0, LONGEST_QUERY);
    const asked = this.words.query;
    const wanted = foldText(asked).split(/\s+/).filter(Boolean);
    const isStale = () => this.words.query !== asked;
    const matches = wanted.length ? await searchTexts(this.incidents, wanted, isStale) : null;
    if (isStale()) return;
    this.words.matches = matches ?? new Uint8Array(0);
    this.apply(this.words);
  }

  /** Judge every row by the filters that changed, then tell everybody. */
  apply(...changed) {
    const { table } = this.incidents;
    // Right after opening, what the filters in sight need is there, and the rest on its way.
    if (!table.isWhole && changed.some((kind) => kind.isActive && !this.atOnce.has(kind))) {
      void table.whole().then(() => this.apply(...changed));
      return;
    }
    for (const kind of changed) this.judge(kind);
    const { fails, mask } = this;
    let kept = 0;
    for (let row = 0; row < mask.length; row++) {
      mask[row] = fails[row] === 0 ? 1 : 0;
      kept += mask[row];
    }
    this.kept = kept;
    this.isCounted = false;
    for (const listener of this.listeners) listener();
  }

  judge(kind) {
    const bit = 1 << this.kinds.indexOf(kind);
    if (kind.isActive) kind.mark(this.fails, bit);
    else for (let row = 0; row < this.fails.length; row++) this.fails[row] &= ~bit;
  }

  /** @param {number} row */
  keeps(row) {
    return this.mask[row] === 1;
  }

  /** Rows kept, by whether they are placed. */
  tally() {
    const { incidents, kept, mask } = this;
    let unplaced = 0;
    for (const row of incidents.places.unplaced) unplaced += mask[row];
    return { drawn: kept - unplaced, unplaced, kept, all: incidents.count };
  }

  /**
   * How many rows each value of a facet has or would bring, all other filters being as they are.
   * @param {string} facet
   * @param {boolean} [everything] whatever the filters leave out
   * @returns {Uint32Array} by code
   */
  counts(facet, everything = false) {
    const joint = this.counted();
    if (joint.parts.has(facet)) return joint.of(facet, everything);
    const kind = this.facets.get(facet);
    if (everything) return kind.counts(this.fails, 0);
    return kind.counts(this.fails, ~(1 << this.kinds.indexOf(kind)));
  }

  /** Counts of the small facets, once after each change. @returns {JointCounts} */
  counted() {
    const { fails, kinds } = this;
    if (!this.joint) {
      const facets = [...this.facets.values()].filter(({ name }) => FACETS_OPEN.has(name));
      this.joint = new JointCounts(facets, facets.map((kind) => 1 << kinds.indexOf(kind)), fails.length);
    }
    if (!this.isCounted) this.joint.count(fails, kinds.length);
    this.isCounted = true;
    return this.joint;
  }

  /** What is asked for, into an address. @param {URLSearchParams} state */
  writeState(state) {
    for (const kind of this.kinds) if (kind.isActive) kind.write(state);
  }

  /** What an address asks for; what it says wrongly is left out. @param {URLSearchParams} state */
  async readState(state) {
    await this.incidents.table.whole();
    for (const kind of this.kinds) kind.read(state);
    this.apply(...this.kinds);
    const query = state.get('q');
    if (query) await this.setQuery(query);
  }
}
