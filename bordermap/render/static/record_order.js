/** @file Which records the table shows and in what order: the filters, the map's view, a column. */

import { columnOf } from './record_columns.js';
import { directedKeys, ranksOf, sortedRows, TextNumbers } from './sorting.js';
import { wordFor } from './words.js';

const KEY_CHARACTERS = 80;

export class RecordOrder {
  /** @param {object} page incidents, filters, map */
  constructor(page) {
    this.page = page;
    this.key = 'date';
    this.descending = true;
    /** The column of texts that was ranked last: going through all texts takes a while. */
    this.ranked = { by: '', ranks: new Uint32Array(0) };
    /** @type {Uint32Array|null} */
    this.sorted = null;
    this.room = new Uint32Array(page.incidents.count);
  }

  /** As at first. */
  get isByDate() {
    return this.key === 'date' && this.descending;
  }

  /** Rows in order: the latest first until another column is chosen. */
  get all() {
    const { table } = this.page.incidents;
    this.sorted ??= sortedRows(directedKeys(table.column('date_start').values, true));
    return this.sorted;
  }

  /**
   * Sort by a column.
   * @param {string} key
   * @param {boolean} descending
   */
  async sortBy(key, descending) {
    Object.assign(this, { key, descending });
    const values = await this.valuesOf(columnOf(key));
    if (this.key !== key || this.descending !== descending) return;
    this.sorted = sortedRows(directedKeys(values, descending));
  }

  /** @param {import('./record_columns.js').RecordColumn} column @returns {Promise<ArrayLike<number>>} */
  async valuesOf({ by, group }) {
    const { table } = this.page.incidents;
    if (table.has(by)) {
      const column = table.column(by);
      return column.dictionary.length ? wordRanks(column, group) : column.values;
    }
    if (this.ranked.by !== by) this.ranked = { by, ranks: await textRanks(table, by) };
    return this.ranked.ranks;
  }

  /**
   * Rows that are kept, in order.
   * @param {boolean} onlyInView
   * @returns {Uint32Array}
   */
  rows(onlyInView) {
    const { incidents, filters: { mask } } = this.page;
    const { all, room } = this;
    const [x, y] = [incidents.lon.values, incidents.lat.values];
    const [left, bottom, right, top] = onlyInView ? this.box() : [];
    let count = 0;
    for (let at = 0; at < all.length; at++) {
      const row = all[at];
      if (mask[row] === 0) continue;
      if (onlyInView && !(x[row] >= left && x[row] <= right && y[row] >= bottom && y[row] <= top)) continue;
      room[count++] = row;
    }
    return room.subarray(0, count);
  }

  /** What is in view on the map. */
  box() {
    return viewBox(this.page);
  }
}

/**
 * Codes of positions in view; above 0, which is no place.
 * @param {object} page map, incidents
 * @returns {[number, number, number, number]} west, south, east, north
 */
export function viewBox({ map, incidents: { lon, lat } }) {
  const bounds = map.getBounds();
  const code = ({ base, scale }, degrees) => Math.max(0.5, degrees / scale - base + 1);
  return [
    code(lon, bounds.getWest()), code(lat, bounds.getSouth()),
    code(lon, bounds.getEast()), code(lat, bounds.getNorth()),
  ];
}

/** Rows by what their words are called on the page. */
function wordRanks(column, group) {
  const words = Array.from({ length: column.size }, (_, code) => column.wordOfCode(code));
  const ranks = ranksOf(words.map((word) => (word && group ? wordFor(group, word) : word)), sortingLocale());
  return Uint32Array.from(column.values, (code) => ranks[code]);
}

/** Rows by a text that lies in chunks. */
async function textRanks(table, name) {
  const at = table.meta.texts.indexOf(name);
  const numbers = new Uint32Array(table.rows);
  if (at < 0) return numbers;
  const known = new TextNumbers();
  for (let chunk = 0; chunk < table.meta.chunks; chunk++) {
    const texts = (await table.chunk(chunk))[at];
    const first = chunk * table.meta.chunkRows;
    texts.forEach((text, index) => { numbers[first + index] = known.of(text.slice(0, KEY_CHARACTERS)); });
  }
  const ranks = ranksOf([...known.numbers.keys()], sortingLocale());
  return numbers.map((number) => ranks[number]);
}

function sortingLocale() {
  return document.documentElement.lang || 'en';
}
