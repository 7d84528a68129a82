/** @file Rows in the order of a column, by typed keys: no comparisons, a million rows in a blink. */

const DIGIT_BITS = 16;
const DIGITS = 1 << DIGIT_BITS;

/** One pass over 16 bits of the keys; stable. */
function sortedByDigit(keys, rows, shift) {
  const starts = new Uint32Array(DIGITS + 1);
  for (let row = 0; row < keys.length; row++) starts[((keys[row] >>> shift) & (DIGITS - 1)) + 1] += 1;
  for (let digit = 0; digit < DIGITS; digit++) starts[digit + 1] += starts[digit];
  const sorted = new Uint32Array(rows.length);
  for (let at = 0; at < rows.length; at++) {
    sorted[starts[(keys[rows[at]] >>> shift) & (DIGITS - 1)]++] = rows[at];
  }
  return sorted;
}

/**
 * Rows by key; equal keys stay as they came.
 * @param {Uint32Array} keys one for each row
 * @returns {Uint32Array}
 */
export function sortedRows(keys) {
  let most = 0;
  let rows = new Uint32Array(keys.length);
  for (let row = 0; row < keys.length; row++) {
    if (keys[row] > most) most = keys[row];
    rows[row] = row;
  }
  rows = sortedByDigit(keys, rows, 0);
  return most < DIGITS ? rows : sortedByDigit(keys, rows, DIGIT_BITS);
}

/**
 * Keys that put missing values (0) last in either direction.
 * @param {ArrayLike<number>} values 0 is missing, greater is later
 * @param {boolean} descending
 * @returns {Uint32Array}
 */
export function directedKeys(values, descending) {
  let most = 0;
  for (let row = 0; row < values.length; row++) if (values[row] > most) most = values[row];
  const keys = new Uint32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === 0) keys[row] = most + 1;
    else keys[row] = descending ? most - value : value - 1;
  }
  return keys;
}

/**
 * The place of each text among all of them, as readers of a language sort; 0 for an empty one.
 * @param {string[]} texts distinct
 * @param {string} locale
 * @returns {Uint32Array}
 */
export function ranksOf(texts, locale) {
  const { compare } = new Intl.Collator(locale, { numeric: true });
  const order = texts.map((_, index) => index).filter((index) => texts[index] !== '');
  order.sort((a, b) => compare(texts[a], texts[b]));
  const ranks = new Uint32Array(texts.length);
  let rank = 0;
  order.forEach((index, at) => {
    if (at === 0 || compare(texts[order[at - 1]], texts[index]) !== 0) rank += 1;
    ranks[index] = rank;
  });
  return ranks;
}

/** Distinct texts, each with a number. */
export class TextNumbers {
  constructor() {
    /** @type {Map<string, number>} */
    this.numbers = new Map();
  }

  /** @param {string} text @returns {number} */
  of(text) {
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(text, number);
    }
    return number;
  }
}
