/** @file Names on the map, in Latin and local script; none overlaps another or a mark. */

import {
  graticuleLabels, isVaguePoint, showsCrossings, showsDistricts, smallestTown,
} from './basemap.js';
import { addCanvas } from './canvas_layer.js';
import { readsRightToLeft, wordFor } from './words.js';

const LATIN = '"Noto Sans", system-ui, "Segoe UI", Roboto, sans-serif';
const LOCAL = '"Noto Naskh Arabic", "Noto Sans Arabic", "Geeza Pro", Tahoma, sans-serif';
/** Px from a point to its name; the wider ones clear a group of incidents there. */
const GAPS = [7, 15, 24];
const ARABIC = /\p{Script=Arabic}/u;
const HALO = 'rgba(255, 255, 255, 0.92)';

/**
 * @typedef {object} Kind how one sort of name looks
 * @property {number} size px
 * @property {string} colour
 * @property {string} [weight]
 * @property {string} [spacing] between letters
 * @property {boolean} [upper]
 */

/** @type {Record<string, Kind>} */
const KINDS = {
  country: { size: 14, colour: '#6b6558', weight: '600', spacing: '4px', upper: true },
  province: { size: 11, colour: '#6b6456', weight: '600', spacing: '0.5px' },
  district: { size: 10.5, colour: '#6f685a', spacing: '0.2px' },
  town: { size: 11, colour: '#45413a' },
  crossing: { size: 11.5, colour: '#1d1d1b', weight: '700' },
  rough: { size: 11, colour: '#45413a', weight: '500' },
  degree: { size: 9.5, colour: '#6a6459' },
};

/**
 * @typedef {object} Label
 * @property {string} text
 * @property {string} [local]
 * @property {number} x px on the canvas
 * @property {number} y
 * @property {string} kind
 * @property {boolean} [beside] a point's name, which stands beside it
 * @property {number} [room] px that the area it names is wide
 */

/** Names of point features that are shown at this zoom. */
function pointLabels(geometry, view, kind, isShown) {
  const labels = [];
  for (const [row, feature] of geometry.inView(view)) {
    if (!isShown(row)) continue;
    const at = feature.rings[0][0];
    const x = geometry.x[at] * view.scale - view.left;
    const y = geometry.y[at] * view.scale - view.top;
    labels.push({ ...geometry.names[row], x, y, kind, beside: true });
  }
  return labels;
}

/** Names of areas, in their middles. */
function areaLabels(geometry, view, kind) {
  const labels = [];
  for (const [row, feature] of geometry.inView(view)) {
    const [x, y] = geometry.middles[row];
    const room = (feature.box[2] - feature.box[0]) * view.scale;
    labels.push({
      ...geometry.names[row], x: x * view.scale - view.left, y: y * view.scale - view.top, kind, room,
    });
  }
  return labels;
}

/** Every name that might be shown, the most important first. */
function candidates(geometries, overlays, view) {
  const shown = (name) => geometries.has(name) && overlays.isShown(name);
  const labels = [];
  if (geometries.has('neighbours') && view.zoom < 8) {
    labels.push(...areaLabels(geometries.get('neighbours'), view, 'country'));
  }
  if (geometries.has('map_provinces') && view.zoom < 7.5) {
    labels.push(...countryLabels(geometries.get('map_provinces'), view));
  }
  if (shown('crossings') && showsCrossings(view.zoom)) {
    const crossings = geometries.get('crossings');
    const isKnown = (row) => !isVaguePoint(crossings, row);
    labels.push(...pointLabels(crossings, view, 'crossing', isKnown));
    labels.push(...pointLabels(crossings, view, 'rough', (row) => !isKnown(row)));
  }
  if (shown('towns')) labels.push(...townLabels(geometries.get('towns'), view));
  if (shown('map_provinces') && view.zoom >= 5.5) {
    labels.push(...areaLabels(geometries.get('map_provinces'), view, 'province'));
  }
  if (shown('map_districts') && showsDistricts(view.zoom - 1)) {
    labels.push(...areaLabels(geometries.get('map_districts'), view, 'district'));
  }
  return labels;
}

/** The two countries, each in the middle of its provinces. */
function countryLabels(geometry, view) {
  const sums = new Map();
  for (const [row, { box }] of geometry.features.entries()) {
    const country = geometry.names[row].code.slice(0, 2);
    const weight = (box[2] - box[0]) * (box[3] - box[1]);
    const sum = sums.get(country) ?? { x: 0, y: 0, weight: 0 };
    sum.x += geometry.middles[row][0] * weight;
    sum.y += geometry.middles[row][1] * weight;
    sum.weight += weight;
    sums.set(country, sum);
  }
  return [...sums].filter(([country]) => country).map(([country, sum]) => ({
    text: wordFor('country', country),
    local: wordFor('country_local', country),
    x: sum.x / sum.weight * view.scale - view.left,
    y: sum.y / sum.weight * view.scale - view.top,
    kind: 'country',
  }));
}

function townLabels(geometry, view) {
  const rank = geometry.table.column('rank');
  const smallest = smallestTown(view.zoom);
  const population = (row) => rank.number(row) ?? 0;
  const labels = pointLabels(geometry, view, 'town', (row) => population(row) >= smallest);
  return labels.sort((a, b) => population(b.row) - population(a.row));
}

/** Which of its two names a label says first, and which below it when there is room. */
function namesOf(label) {
  const names = [label.text, label.local].filter(Boolean);
  return readsRightToLeft() ? names.sort((a, b) => Number(ARABIC.test(b)) - Number(ARABIC.test(a))) : names;
}

/** One name as it is drawn; letters of Arabic script are joined, so none is set apart. */
function lineOf(text, kind) {
  const local = ARABIC.test(text);
  const shown = kind.upper ? text.toUpperCase() : text;
  return { text: shown, font: fontOf(kind, local ? LOCAL : LATIN), local };
}

/** One or two lines of text: the first name, and the other script under it when there is room. */
function linesOf(ctx, label, view) {
  const kind = KINDS[label.kind];
  const [first, second] = namesOf(label);
  const withSecond = second && label.kind !== 'district' && (view.zoom >= 7 || label.kind === 'country');
  const lines = [lineOf(first, kind)];
  if (withSecond) lines.push(lineOf(second, { ...kind, weight: '400' }));
  for (const line of lines) {
    ctx.font = line.font;
    ctx.letterSpacing = line.local ? '0px' : kind.spacing ?? '0px';
    line.width = ctx.measureText(line.text).width;
    line.height = kind.size * (line.local ? 1.45 : 1.2);
  }
  return lines;
}

function fontOf(kind, family) {
  return `${kind.weight ?? '400'} ${kind.size}px ${family}`;
}

/** Boxes where a label may stand, the best first. */
function positions(label, width, height) {
  const centred = { left: label.x - width / 2, top: label.y - height / 2, align: 'center' };
  if (!label.beside) return [centred];
  return GAPS.flatMap((gap) => [
    { left: label.x + gap, top: label.y - height / 2, align: 'left' },
    { left: label.x - gap - width, top: label.y - height / 2, align: 'right' },
    { ...centred, top: label.y - gap - height },
    { ...centred, top: label.y + gap },
  ]);
}

const overlaps = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Names of areas are shown whole or not at all. */
function isInWindow(box, { width, height, margin }) {
  return box.left >= margin.x && box.right <= width - margin.x
    && box.top >= margin.y && box.bottom <= height - margin.y;
}

/**
 * Choose labels greedily, each where it covers nothing that is there already.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Label[]} labels the most important first
 * @param {{left: number, top: number, right: number, bottom: number}[]} taken boxes in px
 */
export function placeLabels(ctx, labels, taken, view) {
  const placed = [];
  for (const label of labels) {
    if (!label.text) continue;
    const lines = linesOf(ctx, label, view);
    const width = Math.max(...lines.map((line) => line.width));
    const height = lines.reduce((sum, line) => sum + line.height, 0);
    if (label.room !== undefined && width > label.room * 1.05) continue;
    for (const spot of positions(label, width, height)) {
      const box = {
        ...spot, left: spot.left - 2, right: spot.left + width + 2, bottom: spot.top + height,
      };
      if (!label.beside && !isInWindow(box, view)) continue;
      if (taken.some((other) => overlaps(box, other))) continue;
      taken.push(box);
      placed.push({ label, lines, spot, width });
      break;
    }
  }
  return placed;
}

function paintLabel(ctx, { label, lines, spot, width }) {
  const kind = KINDS[label.kind];
  const x = { left: spot.left, right: spot.left + width, center: spot.left + width / 2 }[spot.align];
  let { top } = spot;
  ctx.textAlign = spot.align;
  ctx.textBaseline = 'middle';
  ctx.lineJoin = 'round';
  for (const line of lines) {
    ctx.font = line.font;
    ctx.letterSpacing = line.local ? '0px' : kind.spacing ?? '0px';
    ctx.direction = line.local ? 'rtl' : 'ltr';
    ctx.lineWidth = 3.2;
    ctx.strokeStyle = HALO;
    ctx.strokeText(line.text, x, top + line.height / 2);
    ctx.fillStyle = kind.colour;
    ctx.fillText(line.text, x, top + line.height / 2);
    top += line.height;
  }
}

/**
 * @param {L.Map} map
 * @param {Map<string, import('./geometry.js').Geometry>} geometries
 * @param {import('./overlays.js').Overlays} overlays
 * @param {() => {left: number, top: number, right: number, bottom: number}[]} obstacles boxes of marks
 */
export function addLabels(map, geometries, overlays, obstacles) {
  return addCanvas(map, 'labels', 420, (ctx, view) => {
    const labels = candidates(geometries, overlays, view);
    if (overlays.isShown('graticule')) {
      labels.push(...graticuleLabels(view).map((label) => ({ ...label, kind: 'degree' })));
    }
    for (const placed of placeLabels(ctx, labels, [...obstacles()], view)) paintLabel(ctx, placed);
  }, { follows: true });
}
