/** @file The vector basemap: land, water, units, zones, the line. Needs no network. */

import { addCanvas } from './canvas_layer.js';
import { worldLength, worldX, worldY } from './mercator.js';
import { formatNumber, say } from './words.js';

export const COLOURS = {
  land: '#fbfaf6',
  neighbour: '#eceae4',
  coast: '#d9d4c9',
  water: '#c3d9e6',
  waterEdge: '#9dbfd2',
  province: '#a79f90',
  district: '#d3ccbf',
  line: '#2b2a33',
  variant: '#8a1c5b',
  casing: '#ffffff',
  graticule: '#b8b3a8',
  extra: '#5d3fd3',
  zones: { AF: '#1f6f8b', PK: '#b3662a' },
};

/** Provinces and districts are simplified to this before they are shipped. */
const UNIT_TOLERANCE_M = 420;
const VAGUE_M = 5000;
const DISTRICTS_FROM_ZOOM = 6.75;
const CROSSINGS_FROM_ZOOM = 6.75;
const TOWN_RANKS = [[5, 400000], [6.25, 150000], [7.25, 50000], [8.25, 15000], [9, 0]];

/** @param {number} zoom @returns {number} population from which a town is shown */
export function smallestTown(zoom) {
  const step = TOWN_RANKS.findLast(([from]) => zoom >= from);
  return step ? step[1] : Infinity;
}

/** @param {number} zoom */
export function showsCrossings(zoom) {
  return zoom >= CROSSINGS_FROM_ZOOM;
}

/** @param {number} zoom */
export function showsDistricts(zoom) {
  return zoom >= DISTRICTS_FROM_ZOOM;
}

function strokePath(ctx, colour, width, dash = []) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** How thick the line is. @param {number} zoom */
function lineWidth(zoom) {
  return zoom < 7 ? 2 : zoom < 10 ? 2.6 : 3.2;
}

/**
 * Painters from the bottom up. Each gets the pen, the view and the layer's geometry.
 * @type {[string, (ctx: CanvasRenderingContext2D, view: object, geometry: object) => void][]}
 */
const PAINTERS = [
  ['neighbours', (ctx, view, geometry) => {
    geometry.path(ctx, view);
    ctx.fillStyle = COLOURS.neighbour;
    ctx.fill();
    strokePath(ctx, COLOURS.coast, 0.8);
  }],
  ['land', (ctx, view, geometry) => {
    geometry.path(ctx, view);
    ctx.fillStyle = COLOURS.land;
    ctx.fill();
    strokePath(ctx, COLOURS.land, 1);
  }],
  ['map_districts', (ctx, view, geometry) => {
    if (!showsDistricts(view.zoom)) return;
    geometry.path(ctx, view);
    strokePath(ctx, COLOURS.district, view.zoom < 9 ? 0.7 : 1.1);
  }],
  ['map_provinces', (ctx, view, geometry) => {
    geometry.path(ctx, view);
    strokePath(ctx, COLOURS.province, view.zoom < 8 ? 0.8 : 1.3);
  }],
  ['bed', paintBed],
  ['zones', paintZones],
  ['rivers', (ctx, view, geometry) => {
    geometry.path(ctx, view);
    strokePath(ctx, COLOURS.waterEdge, view.zoom < 7 ? 0.7 : 1.1);
  }],
  ['lakes', (ctx, view, geometry) => {
    geometry.path(ctx, view);
    ctx.fillStyle = COLOURS.water;
    ctx.fill();
    strokePath(ctx, COLOURS.waterEdge, 0.7);
  }],
  ['map_line', (ctx, view, geometry) => {
    ctx.lineJoin = 'round';
    geometry.path(ctx, view);
    strokePath(ctx, COLOURS.casing, lineWidth(view.zoom) + 2.5);
    strokePath(ctx, COLOURS.line, lineWidth(view.zoom));
  }],
  ['variants', (ctx, view, geometry) => {
    geometry.path(ctx, view);
    strokePath(ctx, COLOURS.casing, lineWidth(view.zoom) + 2);
    strokePath(ctx, COLOURS.variant, lineWidth(view.zoom), [6, 4]);
  }],
  ['towns', paintTowns],
  ['crossings', (ctx, view, geometry) => {
    if (!showsCrossings(view.zoom)) return;
    paintPoints(ctx, view, geometry, (pen, x, y, row) => {
      paintCrossing(pen, x, y, isVaguePoint(geometry, row));
    });
  }],
];

/**
 * Ground under the line. Units are drawn more simply than the line; where their edges follow it,
 * they are painted over, so that it is not seen twice.
 */
function paintBed(ctx, view, geometry) {
  const latitude = geometry.features[0]?.box[1] ?? 0.4;
  geometry.path(ctx, view);
  ctx.lineJoin = 'round';
  strokePath(ctx, COLOURS.land, Math.max(3, 2 * worldLength(UNIT_TOLERANCE_M, latitude) * view.scale));
}

/** Bands on either side, fainter with distance, so that they read as one glow along the line. */
function paintZones(ctx, view, geometry, overlays) {
  const to = geometry.table.column('to_km');
  const side = geometry.table.column('side');
  const bands = [...new Set(Array.from(to.values, (_, row) => to.number(row)))];
  for (const [row, feature] of geometry.inView(view)) {
    const km = Math.round(to.number(row) * 10) / 10;
    if (!overlays.isShown(`band:${km}`)) continue;
    const rank = bands.indexOf(to.number(row)) / Math.max(1, bands.length - 1);
    ctx.beginPath();
    geometry.trace(ctx, feature, view);
    ctx.fillStyle = COLOURS.zones[side.word(row)] ?? COLOURS.line;
    ctx.globalAlpha = 0.17 - 0.12 * rank;
    ctx.fill('evenodd');
    ctx.globalAlpha = view.zoom < 6.75 ? 0.18 : 0.32;
    strokePath(ctx, COLOURS.zones[side.word(row)] ?? COLOURS.line, 0.6);
    ctx.globalAlpha = 1;
  }
}

/** @param {(ctx: CanvasRenderingContext2D, x: number, y: number, row: number) => void} paint */
function paintPoints(ctx, view, geometry, paint) {
  for (const [row, feature] of geometry.inView(view)) {
    const at = feature.rings[0][0];
    paint(ctx, geometry.x[at] * view.scale - view.left, geometry.y[at] * view.scale - view.top, row);
  }
}

/** A point of a layer that is known only roughly. */
export function isVaguePoint(geometry, row) {
  return (geometry.table.column('radius_m').number(row) ?? 0) >= VAGUE_M;
}

/** A crossing: a small gate, white with a dark edge; with a dashed edge where it is known roughly. */
export function paintCrossing(ctx, x, y, isVague = false) {
  ctx.fillStyle = COLOURS.casing;
  ctx.strokeStyle = COLOURS.line;
  ctx.lineWidth = isVague ? 1 : 1.6;
  ctx.setLineDash(isVague ? [2, 2] : []);
  ctx.beginPath();
  ctx.rect(x - 3.5, y - 3.5, 7, 7);
  ctx.fill();
  ctx.stroke();
  ctx.setLineDash([]);
}

function paintTowns(ctx, view, geometry) {
  const rank = geometry.table.column('rank');
  const smallest = smallestTown(view.zoom);
  paintPoints(ctx, view, geometry, (pen, x, y, row) => {
    if ((rank.number(row) ?? 0) < smallest) return;
    pen.beginPath();
    pen.arc(x, y, 2.2, 0, 2 * Math.PI);
    pen.fillStyle = COLOURS.casing;
    pen.fill();
    strokePath(pen, '#6b665c', 1.1);
  });
}

/** A layer of the reader's own. */
function paintExtra(ctx, view, geometry) {
  if (geometry.kind === 'point') {
    paintPoints(ctx, view, geometry, (pen, x, y) => {
      pen.beginPath();
      pen.arc(x, y, 3.5, 0, 2 * Math.PI);
      pen.fillStyle = COLOURS.extra;
      pen.fill();
    });
    return;
  }
  geometry.path(ctx, view);
  strokePath(ctx, COLOURS.extra, 1.5);
}

/** @param {number} zoom @returns {number} degrees between lines of the graticule */
function graticuleStep(zoom) {
  return zoom < 5.5 ? 5 : zoom < 7 ? 2 : zoom < 8.5 ? 1 : zoom < 10 ? 0.5 : 0.25;
}

/** Degrees with the letter of the hemisphere. */
function degreeLabel(degrees, positive, negative) {
  return `${formatNumber(Math.abs(degrees), 0, 2)}°${say(degrees < 0 ? negative : positive)}`;
}

function paintGraticule(ctx, view) {
  const step = graticuleStep(view.zoom);
  ctx.font = '10px system-ui, sans-serif';
  ctx.fillStyle = '#6f6a60';
  ctx.globalAlpha = 0.55;
  for (let lon = -180; lon <= 180; lon += step) {
    const x = Math.round(worldX(lon) * view.scale - view.left) + 0.5;
    if (x < 0 || x > view.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, 0);
    ctx.lineTo(x, view.height);
    strokePath(ctx, COLOURS.graticule, 0.6, [1, 3]);
  }
  for (let lat = -85; lat <= 85; lat += step) {
    const y = Math.round(worldY(lat) * view.scale - view.top) + 0.5;
    if (y < 0 || y > view.height) continue;
    ctx.beginPath();
    ctx.moveTo(0, y);
    ctx.lineTo(view.width, y);
    strokePath(ctx, COLOURS.graticule, 0.6, [1, 3]);
  }
  ctx.globalAlpha = 1;
}

/** Where the graticule's degrees are written: along the lower and right edge of the window. */
export function graticuleLabels(view) {
  const step = graticuleStep(view.zoom);
  const bottom = view.height - view.margin.y - 8;
  const right = view.width - view.margin.x - 26;
  const labels = [];
  for (let lon = -180; lon <= 180; lon += step) {
    const x = worldX(lon) * view.scale - view.left;
    if (x > view.margin.x + 30 && x < right - 60) {
      labels.push({ x, y: view.margin.y + 9, text: degreeLabel(lon, 'east', 'west') });
    }
  }
  for (let lat = -85; lat <= 85; lat += step) {
    const y = worldY(lat) * view.scale - view.top;
    if (y > view.margin.y + 30 && y < bottom - 40) {
      labels.push({ x: right, y, text: degreeLabel(lat, 'north', 'south') });
    }
  }
  return labels;
}

/** What is always painted unless online tiles lie below, and the layer that it is painted from. */
const GROUND_LAYERS = new Map([
  ['neighbours', 'neighbours'], ['land', 'map_provinces'], ['bed', 'map_line'],
]);

/** What the hatching of footprints must not cover. */
const ABOVE_FOOTPRINTS = new Set(['map_line', 'variants', 'towns', 'crossings']);

/**
 * @param {L.Map} map
 * @param {Map<string, import('./geometry.js').Geometry>} geometries by layer name,
 *   `zones`, and `strips`, which only incidents are drawn with
 * @param {import('./overlays.js').Overlays} overlays
 */
export function addBasemap(map, geometries, overlays) {
  const known = new Map(PAINTERS);
  const extras = [...geometries.keys()].filter((name) => name !== 'strips' && !known.has(name));
  const isTiled = () => overlays.list.some(
    ({ name }) => name.startsWith('tiles:') && overlays.isShown(name),
  );
  const paintSome = (ctx, view, painters) => {
    const tiled = isTiled();
    for (const [name, paint] of painters) {
      const geometry = geometries.get(GROUND_LAYERS.get(name) ?? name);
      const isOff = GROUND_LAYERS.has(name) ? tiled : !overlays.isShown(name);
      if (geometry && !isOff) paint(ctx, view, geometry, overlays);
    }
  };
  const ground = addCanvas(map, 'ground', 210, (ctx, view) => {
    paintSome(ctx, view, PAINTERS.filter(([name]) => !ABOVE_FOOTPRINTS.has(name)));
    if (overlays.isShown('graticule')) paintGraticule(ctx, view);
  });
  const above = addCanvas(map, 'lines', 300, (ctx, view) => {
    paintSome(ctx, view, PAINTERS.filter(([name]) => ABOVE_FOOTPRINTS.has(name)));
    for (const name of extras) {
      if (overlays.isShown(name)) paintExtra(ctx, view, geometries.get(name));
    }
  });
  overlays.onChange(() => {
    ground.redraw();
    above.redraw();
  });
}
