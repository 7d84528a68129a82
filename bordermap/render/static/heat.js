/** @file Where reports are dense: a heat layer of what the filters keep. */

import { addCanvas } from './canvas_layer.js';
import { element } from './dom.js';

const RADIUS = 26;
/** @type {[number, string][]} */
const RAMP = [[0, '#fff7bc'], [0.35, '#fec44f'], [0.65, '#e8601c'], [1, '#7f1d3a']];

/** A soft round spot. */
function spot() {
  const canvas = element('canvas', { width: 2 * RADIUS, height: 2 * RADIUS });
  const ctx = canvas.getContext('2d');
  const fade = ctx.createRadialGradient(RADIUS, RADIUS, 0, RADIUS, RADIUS, RADIUS);
  fade.addColorStop(0, 'rgba(0, 0, 0, 1)');
  fade.addColorStop(0.5, 'rgba(0, 0, 0, 0.4)');
  fade.addColorStop(1, 'rgba(0, 0, 0, 0)');
  ctx.fillStyle = fade;
  ctx.fillRect(0, 0, 2 * RADIUS, 2 * RADIUS);
  return canvas;
}

/** 256 colours from pale to dark. @returns {Uint8ClampedArray} */
function ramp() {
  const canvas = element('canvas', { width: 256, height: 1 });
  const ctx = canvas.getContext('2d', { willReadFrequently: true });
  const colours = ctx.createLinearGradient(0, 0, 256, 0);
  for (const [at, colour] of RAMP) colours.addColorStop(at, colour);
  ctx.fillStyle = colours;
  ctx.fillRect(0, 0, 256, 1);
  return ctx.getImageData(0, 0, 256, 1).data;
}

/** Spots added up, their darkness as alpha. */
function addSpots(ctx, view, page, stamp) {
  const { incidents, filters } = page;
  const share = Math.max(0.04, Math.min(0.45, 12 / Math.sqrt(incidents.count + 1)));
  ctx.globalAlpha = share;
  for (let row = 0; row < incidents.count; row++) {
    if (!filters.keeps(row) || !incidents.isPlaced(row)) continue;
    const x = incidents.x[row] * view.scale - view.left - RADIUS;
    const y = incidents.y[row] * view.scale - view.top - RADIUS;
    if (x > -2 * RADIUS && y > -2 * RADIUS && x < view.width && y < view.height) {
      ctx.drawImage(stamp, x, y);
    }
  }
  ctx.globalAlpha = 1;
}

/** Turn darkness into the ramp's colours. */
function colourise(ctx, colours) {
  const { width, height } = ctx.canvas;
  const image = ctx.getImageData(0, 0, width, height);
  const { data } = image;
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3];
    if (alpha === 0) continue;
    data[at] = colours[alpha * 4];
    data[at + 1] = colours[alpha * 4 + 1];
    data[at + 2] = colours[alpha * 4 + 2];
    data[at + 3] = Math.min(205, alpha * 1.6);
  }
  ctx.putImageData(image, 0, 0);
}

/** @param {L.Map} map @param {object} page incidents, filters, overlays */
export function addHeat(map, page) {
  const stamp = spot();
  const colours = ramp();
  const layer = addCanvas(map, 'heat', 350, (ctx, view) => {
    if (!page.overlays.isShown('heat')) return;
    addSpots(ctx, view, page, stamp);
    colourise(ctx, colours);
  });
  page.filters.onChange(() => layer.redraw());
  page.overlays.onChange((name) => name === 'heat' && layer.redraw());
  return layer;
}

/** For the list of layers. @param {CanvasRenderingContext2D} ctx */
export function paintHeatSwatch(ctx) {
  const colours = ctx.createLinearGradient(-14, 0, 14, 0);
  for (const [at, colour] of RAMP) colours.addColorStop(at, colour);
  ctx.fillStyle = colours;
  ctx.fillRect(-14, -5, 28, 10);
}
