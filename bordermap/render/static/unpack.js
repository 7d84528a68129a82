/** @file What render/packing.py does to arrays of integers, undone. */

const DIGIT = 1 << 16;
const DIGIT_MASK = DIGIT - 1;
const HALF_BITS = 26;
const HALF_MASK = (1 << HALF_BITS) - 1;

/** The smallest array of unsigned integers that holds a value. @param {number} largest */
function arrayFor(largest, rows) {
  if (largest < 1 << 8) return new Uint8Array(rows);
  return largest < DIGIT ? new Uint16Array(rows) : new Uint32Array(rows);
}

/** @param {number} width bytes a value */
function arrayOf(width, rows) {
  return arrayFor(2 ** (8 * width) - 1, rows);
}

/**
 * Undo the shuffling of bytes, then the steps.
 * @param {Uint8Array} bytes of the column
 * @param {{bytes: 1|2|4, rows: number, steps: boolean}} meta
 */
export function unpackColumn(bytes, { bytes: width, rows, steps }) {
  const values = width === 1 ? bytes.slice(0, rows) : arrayOf(width, rows);
  for (let byte = width - 1; byte >= 0 && width > 1; byte--) {
    const plane = bytes.subarray(byte * rows, (byte + 1) * rows);
    for (let row = 0; row < rows; row++) values[row] = (values[row] << 8) | plane[row];
  }
  if (steps) for (let row = 1; row < rows; row++) values[row] += values[row - 1];
  return values;
}

/** Ranks become what they stand for. @param {Uint8Array|Uint16Array|Uint32Array} ranks @param {number[]} meaning */
export function lookedUp(ranks, meaning) {
  const values = arrayFor(Math.max(...meaning), ranks.length);
  for (let row = 0; row < values.length; row++) values[row] = meaning[ranks[row]];
  return values;
}

/** Differences become values, in the smallest array: 0, 1, 2, 3, 4 stand for 0, -1, 1, -2, 2. */
export function nearTo(near, differences) {
  const values = new Uint32Array(near.length);
  let largest = 0;
  for (let row = 0; row < values.length; row++) {
    const code = differences[row];
    const value = near[row] + (code & 1 ? -((code >>> 1) + 1) : code >>> 1);
    if (value > largest) largest = value;
    values[row] = value;
  }
  if (largest >= DIGIT) return values;
  const small = arrayFor(largest, values.length);
  small.set(values);
  return small;
}

/** Every second bit of a number of 26 bits. @param {number} bits */
function everySecond(bits) {
  let kept = bits & 0x1555555;
  kept = (kept | (kept >> 1)) & 0x3333333;
  kept = (kept | (kept >> 2)) & 0x30f0f0f;
  kept = (kept | (kept >> 4)) & 0x0ff00ff;
  return (kept | (kept >> 8)) & 0x1fff;
}

/**
 * Gaps between places on a Z-order curve become two coordinates.
 * @param {Uint8Array} bytes shuffled, seven a place
 * @param {number} rows
 * @returns {[Uint32Array, Uint32Array]}
 */
export function unpackCurve(bytes, rows) {
  const x = new Uint32Array(rows);
  const y = new Uint32Array(rows);
  const [a, b, c, d, e, f, g] = Array.from(
    { length: 7 }, (_, byte) => bytes.subarray(byte * rows, (byte + 1) * rows));
  let [upper, lower, knownUpper, upperX, upperY] = [0, 0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    lower += a[row] | (b[row] << 8) | (c[row] << 16) | ((d[row] & 3) << 24);
    upper += ((d[row] >>> 2) | (e[row] << 6) | (f[row] << 14) | (g[row] << 22)) + (lower >>> HALF_BITS);
    lower &= HALF_MASK;
    // Neighbours on the curve mostly lie in the same large square.
    if (upper !== knownUpper) {
      [knownUpper, upperX, upperY] = [upper, everySecond(upper) << 13, everySecond(upper >> 1) << 13];
    }
    x[row] = upperX | everySecond(lower);
    y[row] = upperY | everySecond(lower >> 1);
  }
  return [x, y];
}

/**
 * The place of each row when sorted by its value, missing ones last, otherwise as they are: a
 * radix sort by two digits.
 * @param {Uint8Array|Uint16Array|Uint32Array} values
 * @returns {Uint32Array}
 */
export function rowsBy(values) {
  const rows = values.length;
  const places = new Uint32Array(rows);
  const starts = startsOf(values, 0);
  if (!(values instanceof Uint32Array)) {
    for (let row = 0; row < rows; row++) places[row] = starts[(values[row] - 1) & DIGIT_MASK]++;
    return places;
  }
  const order = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) order[starts[(values[row] - 1) & DIGIT_MASK]++] = row;
  const later = startsOf(values, 16);
  for (const row of order) places[row] = later[(values[row] - 1) >>> 16]++;
  return places;
}

/** Where rows with each 16 bits of their value begin, when sorted by these. */
function startsOf(values, shift) {
  const starts = new Uint32Array(DIGIT + 1);
  for (let row = 0; row < values.length; row++) starts[(((values[row] - 1) >>> shift) & DIGIT_MASK) + 1] += 1;
  for (let key = 0; key < DIGIT; key++) starts[key + 1] += starts[key];
  return starts;
}

/** @param {Uint8Array|Uint16Array|Uint32Array} values @param {Uint32Array} places of each */
export function inOrder(values, places) {
  const sorted = arrayOf(values.BYTES_PER_ELEMENT, values.length);
  for (let at = 0; at < values.length; at++) sorted[places[at]] = values[at];
  return sorted;
}
