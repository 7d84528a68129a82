/** @file Features of reference layers, read from packed tables and traced on a canvas. */

import { worldX, worldY } from './mercator.js';
import { Table } from './table.js';

const FINEST_PX = 0.7;

/**
 * @typedef {object} Feature
 * @property {[number, number][]} rings first and last index of coordinates, half open
 * @property {[number, number, number, number]} box in the unit square: left, top, right, bottom
 */

export class Geometry {
  /** @param {import('./table.js').Table} table */
  constructor(table) {
    this.table = table;
    this.kind = table.meta.kind;
    this.x = project(table.column('x'), worldX);
    this.y = project(table.column('y'), worldY);
    this.features = this.gather();
    this.middles = this.findMiddles();
    /** @type {{row: number, text: string, local: string, code: string}[]} */
    this.names = [];
  }

  /** @param {string} id @returns {Promise<Geometry>} with its names */
  static async read(id) {
    const geometry = new Geometry(await Table.read(id));
    for (let row = 0; row < geometry.table.rows; row++) {
      const texts = await geometry.table.texts(row);
      geometry.names.push({
        row,
        text: texts.get('name') ?? '',
        local: texts.get('local') ?? '',
        code: texts.get('code') ?? '',
      });
    }
    return geometry;
  }

  /** Where the name of each feature stands. @returns {[number, number][]} */
  findMiddles() {
    const lon = this.table.column('label_x');
    const lat = this.table.column('label_y');
    return this.features.map(({ box }, row) => (lon.number(row) === null
      ? [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
      : [worldX(lon.number(row)), worldY(lat.number(row))]));
  }

  /** @returns {Feature[]} */
  gather() {
    const points = this.table.column('points');
    const rings = this.table.column('rings');
    const parts = this.table.column('parts');
    /** @type {Feature[]} */
    const features = [];
    let point = 0;
    let ring = 0;
    let part = 0;
    for (let row = 0; row < this.table.rows; row++) {
      /** @type {[number, number][]} */
      const own = [];
      for (let p = parts.number(row); p > 0; p--, part++) {
        for (let r = rings.number(part); r > 0; r--, ring++) {
          own.push([point, point + points.number(ring)]);
          point = own.at(-1)[1];
        }
      }
      features.push({ rings: own, box: this.boxOf(own) });
    }
    return features;
  }

  /** @param {[number, number][]} rings @returns {[number, number, number, number]} */
  boxOf(rings) {
    /** @type {[number, number, number, number]} */
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [first, end] of rings) {
      for (let i = first; i < end; i++) {
        box[0] = Math.min(box[0], this.x[i]);
        box[1] = Math.min(box[1], this.y[i]);
        box[2] = Math.max(box[2], this.x[i]);
        box[3] = Math.max(box[3], this.y[i]);
      }
    }
    return box;
  }

  /**
   * Add a feature's rings to the current path, without points closer than a pixel.
   * @param {CanvasRenderingContext2D} ctx
   * @param {Feature} feature
   * @param {import('./canvas_layer.js').View} view
   */
  trace(ctx, feature, view) {
    for (const [first, end] of feature.rings) {
      let lastX = this.x[first] * view.scale - view.left;
      let lastY = this.y[first] * view.scale - view.top;
      ctx.moveTo(lastX, lastY);
      for (let i = first + 1; i < end; i++) {
        const x = this.x[i] * view.scale - view.left;
        const y = this.y[i] * view.scale - view.top;
        if (i < end - 1 && Math.abs(x - lastX) + Math.abs(y - lastY) < FINEST_PX) continue;
        ctx.lineTo(x, y);
        lastX = x;
        lastY = y;
      }
    }
  }

  /**
   * Features that reach into the canvas.
   * @param {import('./canvas_layer.js').View} view
   * @returns {Generator<[number, Feature]>}
   */
  * inView(view) {
    for (const [row, feature] of this.features.entries()) {
      if (isInView(feature.box, view)) yield [row, feature];
    }
  }

  /** One path of all features in view, or of those rows. */
  path(ctx, view, rows = null) {
    ctx.beginPath();
    for (const [row, feature] of this.inView(view)) {
      if (!rows || rows.includes(row)) this.trace(ctx, feature, view);
    }
  }
}

/** @param {import('./table.js').Column} column @param {(degrees: number) => number} projection */
function project(column, projection) {
  const projected = new Float64Array(column.values.length);
  for (let row = 0; row < projected.length; row++) projected[row] = projection(column.number(row));
  return projected;
}

/** @param {[number, number, number, number]} box @param {import('./canvas_layer.js').View} view */
export function isInView([left, top, right, bottom], view) {
  return right * view.scale >= view.left && left * view.scale <= view.left + view.width
    && bottom * view.scale >= view.top && top * view.scale <= view.top + view.height;
}
