/** @file Where a kilometre along the line and a distance beside it stand in the unrolled border. */

import { niceStep } from './plot.js';

/** Shortest part of the line that fills the width. */
const CLOSEST_KM = 4;
/** Up to about this distance the compressed scale is even, beyond it ever closer. */
const EVEN_KM = 2;
const COMPRESSED_TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** Marks at the farthest distance keep clear of the edge. */
const PAD_PX = 11;

export const REACHES = /** @type {const} */ (['fit', '10', '25', '50', '100', 'all']);

export class StripScale {
  /** @param {number} lengthKm of the line @param {number} farthestKm of any incident from it */
  constructor(lengthKm, farthestKm) {
    this.lengthKm = lengthKm;
    this.farthestKm = Math.max(10, Math.ceil(farthestKm / 5) * 5);
    this.from = 0;
    this.to = lengthKm;
    this.box = { left: 0, top: 0, width: 1, height: 1 };
    this.setReach('fit');
  }

  /** @param {string} reach one of REACHES */
  setReach(reach) {
    this.reach = reach;
    this.isCompressed = reach === 'fit';
    this.most = reach === 'fit' || reach === 'all' ? this.farthestKm : Number(reach);
  }

  get span() {
    return this.to - this.from;
  }

  get isWhole() {
    return this.span >= this.lengthKm;
  }

  /** Show a part of the line; its length is kept where it would reach beyond an end. */
  look(from, to) {
    const span = Math.max(CLOSEST_KM, Math.min(this.lengthKm, to - from));
    const start = Math.max(0, Math.min(this.lengthKm - span, (from + to - span) / 2));
    [this.from, this.to] = [start, start + span];
  }

  /** @param {number} factor below 1 to go closer @param {number} km that stays where it is */
  zoom(factor, km = (this.from + this.to) / 2) {
    const span = Math.max(CLOSEST_KM, Math.min(this.lengthKm, this.span * factor));
    const from = km - (km - this.from) / this.span * span;
    this.look(from, from + span);
  }

  /** @param {number} km @returns {number} px in the plot */
  x(km) {
    return (km - this.from) / this.span * this.box.width;
  }

  /** @param {number} px in the plot */
  km(px) {
    return this.from + px / this.box.width * this.span;
  }

  /** @param {number} offset km, Pakistani side negative @returns {number} -1 to 1 within the scale */
  share(offset) {
    if (!this.isCompressed) return offset / this.most;
    return Math.asinh(offset / EVEN_KM) / Math.asinh(this.most / EVEN_KM);
  }

  /** @param {number} offset @returns {number} px in the plot; the Afghan side is above */
  y(offset) {
    return this.yOfShare(this.share(offset));
  }

  /** @param {number} share @returns {number} px in the plot */
  yOfShare(share) {
    return PAD_PX + (1 - share) / 2 * (this.box.height - 2 * PAD_PX);
  }

  /** @param {number} px in the plot @returns {number} km beside the line */
  offset(px) {
    const share = 1 - (px - PAD_PX) / (this.box.height - 2 * PAD_PX) * 2;
    if (!this.isCompressed) return share * this.most;
    return Math.sinh(share * Math.asinh(this.most / EVEN_KM)) * EVEN_KM;
  }

  /** Distances that are written on the axis, of one side. @param {number} room px between two */
  offsetTicks(room) {
    const ticks = [];
    let last = this.y(0);
    const step = niceStep(Math.max(1, this.most / Math.max(1, this.box.height / 2 / room)));
    const even = Array.from({ length: Math.floor(this.most / step) }, (_, at) => (at + 1) * step);
    for (const km of this.isCompressed ? COMPRESSED_TICKS : even) {
      const y = this.y(-km);
      if (km > this.most || y - last < room) continue;
      ticks.push(km);
      last = y;
    }
    return ticks;
  }

  /** Kilometres that are written on the axis. @param {number} room px between two */
  kmTicks(room) {
    const step = Math.max(1, niceStep(this.span / Math.max(1, this.box.width / room)));
    const ticks = [];
    for (let km = Math.ceil(this.from / step) * step; km <= this.to + 1e-6; km += step) ticks.push(km);
    return ticks;
  }
}
