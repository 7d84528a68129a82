/** @file What is drawn for incidents: a shape and a colour for each type, rings for groups. */

import { element } from './dom.js';
import { formatNumber } from './words.js';

const INK = '#1d1d1b';
const PAPER = '#ffffff';

/** @param {CanvasRenderingContext2D} ctx @param {number[][]} points */
function tracePolygon(ctx, points) {
  points.forEach(([x, y], index) => (index ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  ctx.closePath();
}

/** @param {number} corners @param {(index: number) => number} radiusOf @param {number} turn radians */
function around(corners, radiusOf, turn) {
  return Array.from({ length: corners }, (_, index) => {
    const angle = turn + index * 2 * Math.PI / corners;
    return [Math.cos(angle) * radiusOf(index), Math.sin(angle) * radiusOf(index)];
  });
}

const UP = -Math.PI / 2;
const ARM = 0.42;
const PLUS = [
  [-ARM, -1.15], [ARM, -1.15], [ARM, -ARM], [1.15, -ARM], [1.15, ARM], [ARM, ARM],
  [ARM, 1.15], [-ARM, 1.15], [-ARM, ARM], [-1.15, ARM], [-1.15, -ARM], [-ARM, -ARM],
];
const HALF = Math.SQRT1_2;

/** Outlines at radius 1, by the names that render/style.py allows. @type {Map<string, number[][]>} */
const OUTLINES = new Map([
  ['circle', around(24, () => 1, 0)],
  ['triangle', around(3, () => 1.3, UP)],
  ['triangle_down', around(3, () => 1.3, -UP)],
  ['square', around(4, () => 1.25, UP / 2)],
  ['diamond', around(4, () => 1.3, UP)],
  ['star', around(10, (index) => (index % 2 ? 0.62 : 1.42), UP)],
  ['hexagon', around(6, () => 1.15, 0)],
  ['plus', PLUS],
  ['pentagon', around(5, () => 1.2, UP)],
  ['cross', PLUS.map(([x, y]) => [(x - y) * HALF, (x + y) * HALF])],
]);

/**
 * Colour and shape of each code of the type column; types that the style does not name take what
 * is left over, in turn.
 * @param {string[]} types
 * @param {Record<string, {colour: string, shape: string}>} events
 * @returns {Map<string, {colour: string, shape: string}>}
 */
export function typeStyles(types, events) {
  const named = new Map(Object.entries(events));
  const spare = [...named.values()];
  const shapes = [...OUTLINES.keys()];
  const styles = new Map();
  let turn = 0;
  for (const type of types) {
    const style = named.get(type);
    const { colour } = spare[turn % spare.length] ?? { colour: INK };
    const shape = shapes[(turn + Math.floor(turn / spare.length) + 1) % shapes.length];
    styles.set(type, style ?? { colour, shape });
    if (!style) turn += 1;
  }
  return styles;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x
 * @param {number} y
 * @param {{colour: string, shape: string}} style
 * @param {{radius: number, hollow?: boolean, uncertain?: boolean, draft?: boolean}} how a draft is
 *   hollow and dashed
 */
export function paintMark(ctx, x, y, style, how) {
  if (how.draft) {
    paintDraft(ctx, x, y, style, how);
    return;
  }
  ctx.save();
  ctx.translate(x, y);
  const outline = OUTLINES.get(style.shape).map(([a, b]) => [a * how.radius, b * how.radius]);
  ctx.lineJoin = 'round';
  ctx.beginPath();
  tracePolygon(ctx, outline);
  ctx.strokeStyle = PAPER;
  ctx.lineWidth = how.hollow ? 5 : 3.5;
  ctx.stroke();
  ctx.fillStyle = how.hollow ? PAPER : style.colour;
  ctx.fill();
  if (how.hollow) {
    ctx.strokeStyle = INK;
    ctx.lineWidth = 3;
    ctx.stroke();
  }
  ctx.strokeStyle = how.hollow ? style.colour : INK;
  ctx.lineWidth = how.hollow ? 1.8 : 1;
  ctx.stroke();
  ctx.restore();
  if (how.uncertain) paintBadge(ctx, x + how.radius + 2, y + how.radius, '?');
}

/** What nobody has reviewed: empty, with a dashed edge. */
function paintDraft(ctx, x, y, style, { radius }) {
  ctx.save();
  ctx.translate(x, y);
  ctx.lineJoin = 'round';
  ctx.beginPath();
  // A dashed edge needs more room to show its shape.
  const reach = radius * 1.25;
  tracePolygon(ctx, OUTLINES.get(style.shape).map(([a, b]) => [a * reach, b * reach]));
  ctx.fillStyle = PAPER;
  ctx.fill();
  ctx.setLineDash([3.5, 2.5]);
  ctx.strokeStyle = INK;
  ctx.lineWidth = 2.6;
  ctx.stroke();
  ctx.strokeStyle = style.colour;
  ctx.lineWidth = 1.5;
  ctx.stroke();
  ctx.restore();
}

/** A small sign beside a mark: a question mark, or a count. */
export function paintBadge(ctx, x, y, text) {
  ctx.save();
  ctx.font = '700 11px system-ui, sans-serif';
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.lineWidth = 3.5;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = PAPER;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = INK;
  ctx.fillText(text, x, y);
  ctx.restore();
}

/** @param {number} count @returns {string} at most four characters */
function shortCount(count) {
  if (count < 1000) return formatNumber(count);
  if (count < 999500) return `${formatNumber(count / 1000, count < 9950 ? 1 : 0)}k`;
  return `${formatNumber(count / 1e6, 1)}M`;
}

/**
 * A group of incidents: a ring with a share for each type, and the count. Dark inside when all
 * are at one place, so that zooming in cannot part them.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{x: number, y: number, radius: number, count: number, onePlace: boolean}} group
 * @param {{colour: string, share: number}[]} shares
 * @param {boolean} [withDrafts] some of them nobody has reviewed: dashed
 */
export function paintGroup(ctx, group, shares, withDrafts = false) {
  const { x, y, radius, count, onePlace } = group;
  ctx.save();
  ctx.beginPath();
  ctx.arc(x, y, radius + 1.5, 0, 2 * Math.PI);
  ctx.fillStyle = PAPER;
  ctx.fill();
  let angle = UP;
  for (const { colour, share } of shares) {
    const end = angle + share * 2 * Math.PI;
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.arc(x, y, radius, angle, end);
    ctx.closePath();
    ctx.fillStyle = colour;
    ctx.fill();
    angle = end;
  }
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.strokeStyle = INK;
  ctx.lineWidth = withDrafts ? 1.8 : 0.8;
  ctx.setLineDash(withDrafts ? [3, 2] : []);
  ctx.stroke();
  ctx.beginPath();
  ctx.arc(x, y, radius * 0.7, 0, 2 * Math.PI);
  ctx.fillStyle = onePlace ? INK : PAPER;
  ctx.fill();
  ctx.fillStyle = onePlace ? PAPER : INK;
  ctx.font = `600 ${radius < 13 ? 10.5 : 12}px system-ui, sans-serif`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillText(shortCount(count), x, y + 0.5);
  ctx.restore();
}

const patterns = new Map();

/**
 * Diagonal hatching in a colour.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} colour
 */
export function hatching(ctx, colour) {
  if (!patterns.has(colour)) {
    const tile = /** @type {HTMLCanvasElement} */ (element('canvas', { width: 8, height: 8 }));
    const pen = tile.getContext('2d');
    pen.strokeStyle = colour;
    pen.lineWidth = 1.1;
    pen.beginPath();
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift - 1, 9);
      pen.lineTo(shift + 9, -1);
    }
    pen.stroke();
    patterns.set(colour, ctx.createPattern(tile, 'repeat'));
  }
  return patterns.get(colour);
}

/**
 * A small picture for the legend.
 * @param {(ctx: CanvasRenderingContext2D) => void} paint with the origin at the middle
 * @param {number} [width] px
 * @returns {HTMLCanvasElement}
 */
export function swatch(paint, width = 22) {
  const ratio = 2;
  const height = 20;
  const attributes = { width: width * ratio, height: height * ratio, 'aria-hidden': 'true' };
  const canvas = /** @type {HTMLCanvasElement} */ (element('canvas', attributes));
  canvas.className = width > 22 ? 'swatch swatch-wide' : 'swatch';
  const ctx = canvas.getContext('2d');
  ctx.scale(ratio, ratio);
  ctx.translate(width / 2, height / 2);
  paint(ctx);
  return canvas;
}
