/** @file Incidents on one canvas: footprints under marks, groups that never overlap, clicks. */

import { addCanvas } from './canvas_layer.js';
import { groupPlaces } from './cluster.js';
import { hatching, paintGroup, paintMark } from './marks.js';
import { worldLength } from './mercator.js';

const MOST_FOOTPRINTS = 400;
const MOST_AT_ONE_PLACE = 2000;
const REACH_PX = 12;
/** Footprints wider than this share of the map are outlined, and hatched only when read about. */
const WIDE_SHARE = 0.3;
const GROUND = '#55504a';

export class IncidentLayer {
  /**
   * @param {L.Map} map
   * @param {object} page incidents, filters, overlays, geometries, styles
   */
  constructor(map, page) {
    this.map = map;
    this.page = page;
    /** @type {import('./cluster.js').Group[]} */
    this.groups = [];
    this.selected = -1;
    /** @type {(() => void)[]} */
    this.listeners = [];
    /** By code of the type. */
    this.colours = Array.from({ length: page.incidents.type.size }, (_, code) => (
      page.styles.get(page.incidents.type.wordOfCode(code)).colour));
    this.kept = new Uint8Array(page.incidents.count);
    this.isMasked = false;
    const paintFootprints = (ctx, view) => this.paintFootprints(ctx, view);
    this.footprints = addCanvas(map, 'footprints', 250, paintFootprints, {
      follows: true, isEmpty: () => !this.hasFootprints(),
    });
    this.canvas = addCanvas(map, 'incidents', 450, (ctx, view) => this.paint(ctx, view));
    page.filters.onChange(() => {
      this.isMasked = false;
      this.canvas.redraw();
    });
    page.overlays.onChange(() => this.canvas.redraw());
    page.onSelect((row) => this.select(row));
  }

  /** @param {() => void} listener called after each painting */
  onPaint(listener) {
    this.listeners.push(listener);
  }

  /** What the filters keep, along the curve. */
  mask() {
    if (!this.isMasked) this.findMask();
    this.isMasked = true;
    return this.kept;
  }

  findMask() {
    const { incidents: { places, count }, filters } = this.page;
    if (filters.kept === count) this.kept.fill(1);
    else places.mask(filters.mask, this.kept);
  }

  paint(ctx, view) {
    const { incidents, overlays } = this.page;
    this.view = view;
    this.groups = overlays.isShown('incidents')
      ? groupPlaces(incidents.places, this.mask(), view) : [];
    for (const group of this.groups) this.paintOne(ctx, group);
    this.footprints.redraw();
    for (const listener of this.listeners) listener();
  }

  paintOne(ctx, group) {
    const { incidents, styles } = this.page;
    if (group.count > 1) {
      paintGroup(ctx, group, this.sharesOf(group));
      return;
    }
    const { row } = group;
    paintMark(ctx, group.x, group.y, styles.get(incidents.type.word(row)), {
      radius: 6.2,
      hollow: incidents.footprint(row).kind !== 'point',
      uncertain: incidents.isSideUncertain(row),
    });
  }

  /** How much of a group each colour has. @param {import('./cluster.js').Group} group */
  sharesOf(group) {
    const { types } = this.page.incidents.places;
    const counts = new Uint32Array(this.colours.length);
    group.countCodes(types, counts);
    const shares = new Map();
    counts.forEach((count, code) => {
      const colour = this.colours[code];
      if (count) shares.set(colour, (shares.get(colour) ?? 0) + count);
    });
    return [...shares].sort((a, b) => b[1] - a[1])
      .map(([colour, count]) => ({ colour, share: count / group.count }));
  }

  /** Groups of incidents at several places have none. */
  hasFootprints() {
    return this.selected >= 0 || (this.page.overlays.isShown('footprints')
      && this.groups.some(({ count, onePlace }) => count === 1 || onePlace));
  }

  /** Under the line: where vague incidents may be, above all the one that is being read about. */
  paintFootprints(ctx, view) {
    if (this.page.overlays.isShown('footprints')) this.paintAll(ctx, view);
    if (this.selected >= 0) this.paintFootprint(ctx, view, this.selected, true);
  }

  /** Footprints of single marks and of places with several incidents; an area is hatched once. */
  paintAll(ctx, view) {
    const { incidents } = this.page;
    const drawn = new Set();
    for (const group of this.groups) {
      if (group.count > 1 && !group.onePlace) continue;
      for (const row of group.someRows(MOST_AT_ONE_PLACE)) {
        const footprint = incidents.footprint(row);
        const key = footprint.code ?? `${group.first} ${footprint.radius}`;
        if (footprint.kind === 'point' || drawn.has(key)) continue;
        if (drawn.size >= MOST_FOOTPRINTS) return;
        drawn.add(key);
        this.paintFootprint(ctx, view, row, false);
      }
    }
  }

  /** @param {number} row @param {boolean} strong for the incident that is being read about */
  paintFootprint(ctx, view, row, strong) {
    const { incidents, styles } = this.page;
    const footprint = incidents.footprint(row);
    const path = footprint.kind === 'area'
      ? this.areaPath(view, footprint.code) : this.circlePath(view, row, strong);
    if (!path || (!strong && path.reach > Math.max(view.width, view.height))) return;
    const { colour } = styles.get(incidents.type.word(row));
    const isWide = path.reach > Math.min(view.width, view.height) * WIDE_SHARE;
    ctx.save();
    this.clipToSide(ctx, view, incidents.footprintSide.word(row));
    if (strong || !isWide) {
      ctx.globalAlpha = strong ? 0.7 : 0.38;
      ctx.fillStyle = hatching(ctx, colour === '#f0e442' ? '#a89b00' : colour);
      ctx.fill(path.outline);
    }
    ctx.globalAlpha = strong ? 0.95 : 0.6;
    ctx.strokeStyle = strong ? GROUND : colour;
    ctx.lineWidth = strong ? 1.8 : 1.1;
    ctx.setLineDash([5, 3]);
    ctx.stroke(path.outline);
    ctx.restore();
  }

  /** Where the record says on which side of the line it happened, the rest is not drawn. */
  clipToSide(ctx, view, side) {
    const provinces = this.page.geometries.get('map_provinces');
    if (!side || !provinces) return;
    const country = new Path2D();
    for (const [row, feature] of provinces.inView(view)) {
      if (provinces.names[row].code.startsWith(side)) provinces.trace(country, feature, view);
    }
    ctx.clip(country);
  }

  areaPath(view, code) {
    const { incidents, geometries } = this.page;
    const outline = new Path2D();
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [layer, row] of incidents.areas.get(code)) {
      const geometry = geometries.get(layer);
      const feature = geometry.features[row];
      geometry.trace(outline, feature, view);
      for (const at of [0, 1]) box[at] = Math.min(box[at], feature.box[at]);
      for (const at of [2, 3]) box[at] = Math.max(box[at], feature.box[at]);
    }
    return { outline, reach: Math.max(box[2] - box[0], box[3] - box[1]) / 2 * view.scale };
  }

  /** @returns {{outline: Path2D, reach: number}|null} nothing when the mark would hide it */
  circlePath(view, row, strong) {
    const { incidents } = this.page;
    const metres = incidents.radius.number(row) ?? 0;
    const [worldX, worldY] = incidents.world(row);
    const reach = worldLength(metres, worldY) * view.scale;
    if (reach < (strong ? 2 : 9)) return null;
    const outline = new Path2D();
    const [x, y] = [worldX * view.scale - view.left, worldY * view.scale - view.top];
    outline.arc(x, y, reach, 0, 2 * Math.PI);
    return { outline, reach };
  }

  /** Boxes of what is drawn, for the labels to keep clear of. */
  boxes() {
    return this.groups.map(({ x, y, radius }) => ({
      left: x - radius - 2, right: x + radius + 2, top: y - radius - 2, bottom: y + radius + 2,
    }));
  }

  /** @param {L.LatLng} latLng @returns {import('./cluster.js').Group|null} the mark there */
  hit(latLng) {
    const corner = L.DomUtil.getPosition(this.canvas.canvas);
    const point = this.map.latLngToLayerPoint(latLng).subtract(corner);
    let best = null;
    let least = Infinity;
    for (const group of this.groups) {
      const distance = Math.hypot(group.x - point.x, group.y - point.y);
      if (distance < Math.max(group.radius, REACH_PX) && distance < least) {
        best = group;
        least = distance;
      }
    }
    return best;
  }

  /** @param {number} row -1 for none */
  select(row) {
    this.selected = row;
    this.canvas.redraw();
  }
}
