/** @file The page's filters with another period: what a second map shows. */

import { Days } from './filter_kinds.js';

export class OtherPeriod {
  /** @param {import('./filters.js').Filters} filters whose other choices hold here too */
  constructor(filters) {
    this.filters = filters;
    this.days = new Days(filters.incidents.table);
    this.outside = new Uint8Array(filters.mask.length);
    /** 1 where a row is kept; renewed before the listeners are called. */
    this.mask = new Uint8Array(filters.mask.length);
    /** How many these are. */
    this.kept = 0;
    /** @type {(() => void)[]} */
    this.listeners = [];
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.listeners.push(listener);
  }

  /** @param {number} from @param {number} to days since 1970, ends included */
  set(from, to) {
    this.days.set(from, to);
    this.days.mark(this.outside, 1);
    this.apply();
  }

  /** Judge every row by its day and the page's other filters, then tell everybody. */
  apply() {
    const { filters: { fails, kinds, days }, mask, outside } = this;
    const others = ~(1 << kinds.indexOf(days));
    this.kept = 0;
    for (let row = 0; row < mask.length; row++) {
      mask[row] = (fails[row] & others) === 0 && outside[row] === 0 ? 1 : 0;
      this.kept += mask[row];
    }
    for (const listener of this.listeners) listener();
  }

  /** @param {number} row */
  keeps(row) {
    return this.mask[row] === 1;
  }
}

/**
 * How many rows each value of a facet has in either period.
 * @param {import('./filter_kinds.js').Choices} facet
 * @param {Uint8Array} first mask
 * @param {Uint8Array} second mask
 * @returns {{code: number, first: number, second: number}[]} those that occur, the most frequent first
 */
export function countBoth(facet, first, second) {
  const counts = [first, second].map((mask) => {
    const found = new Uint32Array(facet.size);
    for (let row = 0; row < mask.length; row++) if (mask[row]) facet.count(found, row);
    return found;
  });
  const both = [...counts[0].keys()]
    .map((code) => ({ code, first: counts[0][code], second: counts[1][code] }))
    .filter((one) => one.first + one.second > 0);
  return both.sort((a, b) => (
    Number(a.code === 0) - Number(b.code === 0) || b.first + b.second - a.first - a.second));
}
