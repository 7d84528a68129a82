/**
 * @file Where incidents are, as an index: stored along a Z-order curve, each square of the ground is
 * one run of them, found by halving.
 */

import { latitudeOf, longitudeOf, worldX, worldY } from './mercator.js';

const BIN_PX = 14;
const ALL_BITS = 26;
/** Latitudes are projected every 256 codes. */
const STEP_BITS = 8;
const STEP_MASK = (1 << STEP_BITS) - 1;

/** @typedef {import('./canvas_layer.js').View} View */

export class Places {
  /** @param {import('./table.js').Table} table */
  constructor(table) {
    this.table = table;
    this.count = table.rows;
    this.lon = table.stored('lon');
    this.lat = table.stored('lat');
    this.codesX = this.lon.values;
    this.codesY = this.lat.values;
    /** Row of each place along the curve. @type {Uint32Array} */
    this.rows = table.along ?? Uint32Array.from({ length: this.count }, (_, row) => row);
    this.first = this.codesX.findIndex((code) => code > 0);
    if (this.first < 0) this.first = this.count;
    /** @type {Uint8Array|Uint16Array|Uint32Array|null} */
    this.knownTypes = null;
    this.project();
  }

  /** Positions by row, and along the curve from a point in their midst: so floats are exact enough. */
  project() {
    const { count, first } = this;
    const middle = first + Math.floor((count - first) / 2);
    const [originX, originY] = middle < count ? this.positionAt(middle) : [0, 0];
    this.originX = originX;
    this.originY = originY;
    this.x = new Float32Array(count);
    this.y = new Float32Array(count);
    const perCode = this.lon.scale / 360;
    const startX = worldX((this.lon.base - 1) * this.lon.scale) - originX;
    const { codesX, codesY } = this;
    const { values, slopes } = this.tableOfY();
    for (let at = first; at < count; at++) {
      const code = codesY[at];
      const step = code >>> STEP_BITS;
      this.x[at] = startX + codesX[at] * perCode;
      this.y[at] = values[step] - originY + (code & STEP_MASK) * slopes[step];
    }
  }

  /** Every so many codes the projected latitude; straight between two it is 2 mm off at most. */
  tableOfY() {
    const { base, scale } = this.lat;
    let last = 0;
    for (let at = 0; at < this.count; at++) if (this.codesY[at] > last) last = this.codesY[at];
    const steps = (last >>> STEP_BITS) + 2;
    const values = Float64Array.from(
      { length: steps }, (_, step) => worldY((base + step * (STEP_MASK + 1) - 1) * scale));
    const slopes = values.map((value, step) => ((values[step + 1] ?? value) - value) / (STEP_MASK + 1));
    return { values, slopes };
  }

  /** @param {number} at along the curve @returns {[number, number]} in the unit square */
  positionAt(at) {
    const { lon, lat, codesX, codesY } = this;
    return [
      worldX((lon.base + codesX[at] - 1) * lon.scale), worldY((lat.base + codesY[at] - 1) * lat.scale),
    ];
  }

  /** Codes of the types along the curve. */
  get types() {
    this.knownTypes ??= along(this.table.column('event_type').values, this.rows);
    return this.knownTypes;
  }

  /** Rows without a place: they stand at the beginning of the curve. */
  get unplaced() {
    return this.rows.subarray(0, this.first);
  }

  /** True where two have the same position. @param {number} at @param {number} other */
  areOne(at, other) {
    const { codesX, codesY } = this;
    return codesX[at] === codesX[other] && codesY[at] === codesY[other];
  }

  /** @param {Uint8Array} mask by row @param {Uint8Array} into the same along the curve */
  mask(mask, into) {
    const { rows } = this;
    for (let at = 0; at < rows.length; at++) into[at] = mask[rows[at]];
  }

  /** @param {Uint8Array} mask by row @returns {Uint8Array} along the curve */
  masked(mask) {
    return along(mask, this.rows);
  }

  /**
   * Runs of places, one for each square of about 14 px that reaches into the view. Squares are fixed
   * to the ground, so that panning changes nothing.
   * @param {View} view
   * @param {(from: number, to: number) => void} tell
   */
  forEachBin(view, tell) {
    const pxOfCode = view.scale * this.lon.scale / 360;
    const leaf = Math.max(0, Math.min(ALL_BITS, Math.round(Math.log2(BIN_PX / pxOfCode))));
    const box = this.codesOfView(view);
    const visit = (from, to, bit, x, y) => {
      if (from === to) return;
      const size = 2 ** bit;
      if (x > box.right || y > box.top || x + size <= box.left || y + size <= box.bottom) return;
      if (bit <= leaf) {
        tell(from, to);
        return;
      }
      const next = bit - 1;
      const half = size / 2;
      const middle = firstWithBit(this.codesY, from, to, next);
      const low = firstWithBit(this.codesX, from, middle, next);
      const high = firstWithBit(this.codesX, middle, to, next);
      visit(from, low, next, x, y);
      visit(low, middle, next, x + half, y);
      visit(middle, high, next, x, y + half);
      visit(high, to, next, x + half, y + half);
    };
    visit(this.first, this.rows.length, ALL_BITS, 0, 0);
  }

  /** @param {View} view */
  codesOfView({ left, top, width, height, scale }) {
    const codeX = (px) => longitudeOf(px / scale) / this.lon.scale - this.lon.base + 1;
    const codeY = (px) => latitudeOf(px / scale) / this.lat.scale - this.lat.base + 1;
    return {
      left: codeX(left), right: codeX(left + width), top: codeY(top), bottom: codeY(top + height),
    };
  }
}

/** @template {Uint8Array|Uint16Array|Uint32Array} A @param {A} values @param {Uint32Array} rows @returns {A} */
function along(values, rows) {
  const ordered = /** @type {A} */ (values.slice());
  for (let at = 0; at < rows.length; at++) ordered[at] = values[rows[at]];
  return ordered;
}

/** First place of a run whose code has a bit; in a run of the curve all those stand last. */
function firstWithBit(codes, from, to, bit) {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((codes[middle] >>> bit) & 1) high = middle;
    else low = middle + 1;
  }
  return low;
}
