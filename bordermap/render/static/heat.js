/** @file Where reports are dense: a heat layer of what the filters and the dates keep. */

import { addCanvas } from './canvas_layer.js';
import { element } from './dom.js';

const SQUARE_PX = 4;
const BLUR_SQUARES = 3;
const FAINTEST = 0.06;
const LEAST_DENSITY = 0.02;
/** @type {[number, string][]} */
const RAMP = [[0, '#fff7bc'], [0.35, '#fec44f'], [0.65, '#e8601c'], [1, '#7f1d3a']];

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

/**
 * Incidents that are kept, counted in squares of some pixels.
 * @param {object} page incidents
 * @param {Uint8Array} mask along the curve
 * @param {import('./canvas_layer.js').View} view
 */
function countSquares({ incidents: { places } }, mask, view) {
  const columns = Math.ceil(view.width / SQUARE_PX);
  const rows = Math.ceil(view.height / SQUARE_PX);
  const counts = new Float32Array(columns * rows);
  const scale = view.scale / SQUARE_PX;
  const left = view.left / SQUARE_PX - places.originX * scale;
  const top = view.top / SQUARE_PX - places.originY * scale;
  places.forEachBin(view, (from, to) => {
    for (let at = from; at < to; at++) {
      if (mask[at] === 0) continue;
      const column = Math.floor(places.x[at] * scale - left);
      const row = Math.floor(places.y[at] * scale - top);
      if (column >= 0 && row >= 0 && column < columns && row < rows) counts[row * columns + column] += 1;
    }
  });
  return { counts, columns, rows };
}

/** One pass of a box blur along lines of an array. */
function blurLines(from, to, { lines, length, step, next }) {
  const width = 2 * BLUR_SQUARES + 1;
  for (let line = 0; line < lines; line++) {
    const start = line * next;
    let sum = 0;
    for (let at = 0; at < BLUR_SQUARES; at++) sum += at < length ? from[start + at * step] : 0;
    for (let at = 0; at < length; at++) {
      if (at + BLUR_SQUARES < length) sum += from[start + (at + BLUR_SQUARES) * step];
      if (at > BLUR_SQUARES) sum -= from[start + (at - BLUR_SQUARES - 1) * step];
      to[start + at * step] = sum / width;
    }
  }
}

/** Three box blurs each way are nearly a Gaussian one, whatever the number of incidents. */
function blurred({ counts, columns, rows }) {
  const spare = new Float32Array(counts.length);
  for (let pass = 0; pass < 3; pass++) {
    blurLines(counts, spare, { lines: rows, length: columns, step: 1, next: columns });
    blurLines(spare, counts, { lines: columns, length: rows, step: columns, next: 1 });
  }
  return counts;
}

/** Density as the ramp's colours; the square root lets thin places be seen beside dense ones. */
function colourise(density, most, colours) {
  const image = new Uint8ClampedArray(density.length * 4);
  for (let at = 0; at < density.length; at++) {
    const share = Math.sqrt(Math.min(1, density[at] / most));
    if (share < FAINTEST) continue;
    const colour = Math.round(share * 255) * 4;
    image.set(colours.subarray(colour, colour + 3), at * 4);
    image[at * 4 + 3] = Math.min(205, 40 + share * 260);
  }
  return image;
}

/** Paint a small picture over the whole canvas, smoothed. */
function paintImage(ctx, view, image, columns) {
  const small = /** @type {HTMLCanvasElement} */ (element('canvas', { width: columns, height: image.length / 4 / columns }));
  small.getContext('2d').putImageData(new ImageData(image, columns), 0, 0);
  ctx.imageSmoothingEnabled = true;
  ctx.drawImage(small, 0, 0, small.width * SQUARE_PX, small.height * SQUARE_PX);
}

/**
 * The darkest colour stands for the densest place of all incidents in the view, whichever are kept:
 * so dates and other filters can be compared, and play is not a flicker.
 * @param {L.Map} map
 * @param {object} page incidents, filters, overlays
 */
export function addHeat(map, page) {
  const colours = ramp();
  const { places } = page.incidents;
  const everything = new Uint8Array(page.incidents.count).fill(1);
  let scaled = { key: '', most: 1 };
  const mostOf = (view) => {
    const key = [view.scale, view.left, view.top, view.width, view.height].join();
    if (scaled.key !== key) {
      const all = blurred(countSquares(page, everything, view));
      scaled = { key, most: all.reduce((most, value) => Math.max(most, value), LEAST_DENSITY) };
    }
    return scaled.most;
  };
  const layer = addCanvas(map, 'heat', 350, (ctx, view) => {
    const squares = countSquares(page, places.masked(page.filters.mask), view);
    paintImage(ctx, view, colourise(blurred(squares), mostOf(view), colours), squares.columns);
  }, { isEmpty: () => !page.overlays.isShown('heat') });
  page.filters.onChange(() => page.overlays.isShown('heat') && layer.redraw());
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
