/** @file A choropleth: areas coloured by how many incidents the filters keep in each. */

import { addCanvas } from './canvas_layer.js';
import { classEdges } from './cube.js';
import { element } from './dom.js';
import { isInView } from './geometry.js';
import { worldX, worldY } from './mercator.js';
import { formatNumber, say, wordFor } from './words.js';

const CLASS_COLOURS = ['#fdebb3', '#fbcb6b', '#f39c3c', '#dd5f27', '#a92f35', '#5c1836'];
const AREA_EDGE = '#8a8172';
const AREA_CHOSEN = '#0b5cad';
export const CLASS_ALPHA = 0.82;
const MOST_TYPES = 12;

/** @param {number[]} edges @returns {{colour: string, text: string}[]} how each class is drawn and said */
export function classesOf(edges) {
  return edges.map((edge, at) => {
    const last = at + 1 < edges.length ? edges[at + 1] - 1 : Infinity;
    const values = { n: formatNumber(edge), from: formatNumber(edge), to: formatNumber(last) };
    const text = last === Infinity ? say('cube_class_over', values) : last === edge ? values.n : say('cube_class', values);
    return { colour: CLASS_COLOURS[Math.floor(at * CLASS_COLOURS.length / edges.length)], text };
  });
}

/** Whether a place is inside a feature: a ray to the east crosses its rings an odd number of times. */
function isInside({ x, y }, { rings, box }, atX, atY) {
  if (atX < box[0] || atX > box[2] || atY < box[1] || atY > box[3]) return false;
  let inside = false;
  for (const [first, end] of rings) {
    for (let at = first, before = end - 1; at < end; before = at++) {
      const crosses = (y[at] > atY) !== (y[before] > atY);
      if (crosses && atX < x[at] + (atY - y[at]) / (y[before] - y[at]) * (x[before] - x[at])) inside = !inside;
    }
  }
  return inside;
}

/** Types by name, the rarest of very many together. @param {[string, number][]} types @returns {[string, number][]} */
function commonest(types) {
  const rest = types.slice(MOST_TYPES).reduce((sum, [, count]) => sum + count, 0);
  const named = types.slice(0, MOST_TYPES).map(([type, count]) => (
    /** @type {[string, number]} */ ([wordFor('type', type || 'unknown'), count])));
  return rest > 0 ? [...named, [say('type_other'), rest]] : named;
}

export class AreaLayer {
  /** @param {L.Map} map @param {object} page filters, areas, overlays @param {() => void} onPaint */
  constructor(map, page, onPaint) {
    this.map = map;
    this.page = page;
    /** Where the focus was when the table opened an area. @type {HTMLElement|null} */
    this.opener = null;
    const { filters } = page;
    const inAreas = filters.incidentsByArea(true).subarray(0, filters.areas);
    this.edges = classEdges(inAreas.reduce((most, count) => Math.max(most, count), 0), CLASS_COLOURS.length);
    this.chosen = -1;
    this.counts = filters.incidentsByArea();
    this.layer = addCanvas(map, 'areas', 250, (ctx, view) => {
      this.paint(ctx, view);
      onPaint();
    });
    const redraw = () => this.layer.redraw();
    filters.onChange(() => {
      this.counts = filters.incidentsByArea();
      redraw();
      if (this.popup?.isOpen()) this.fill();
    });
    page.overlays.onChange((name) => name === 'counts' && redraw());
    this.popup = L.popup({ className: 'incident-popup', maxWidth: 300, minWidth: 180 });
    this.box = element('div', {
      class: 'incident', onkeydown: (event) => event.key === 'Escape' && map.closePopup(this.popup),
    });
    map.on('click', ({ latlng }) => this.open(this.at(latlng), latlng));
    map.on('mousemove', ({ latlng }) => map.getContainer().classList.toggle('over-mark', this.at(latlng) >= 0));
    map.on('popupclose', ({ popup }) => popup === this.popup && this.closed());
  }

  /** @param {L.LatLng} latlng @returns {number} the area there, -1 for none */
  at({ lat, lng }) {
    const { areas } = this.page;
    const [x, y] = [worldX(lng), worldY(lat)];
    return areas.features.findLastIndex((feature) => isInside(areas, feature, x, y));
  }

  paint(ctx, view) {
    if (!this.page.overlays.isShown('counts')) return;
    const { areas } = this.page;
    const classes = classesOf(this.edges);
    ctx.lineJoin = 'round';
    areas.features.forEach((feature, area) => {
      if (!isInView(feature.box, view)) return;
      ctx.beginPath();
      areas.trace(ctx, feature, view);
      const at = this.edges.findLastIndex((edge) => this.counts[area] >= edge);
      ctx.globalAlpha = CLASS_ALPHA;
      if (at >= 0) {
        ctx.fillStyle = classes[at].colour;
        ctx.fill('evenodd');
      }
      ctx.globalAlpha = 1;
      ctx.strokeStyle = area === this.chosen ? AREA_CHOSEN : AREA_EDGE;
      ctx.lineWidth = area === this.chosen ? 2.5 : 0.5;
      ctx.stroke();
    });
  }

  /** Tell about an area. @param {number} area -1 for none @param {L.LatLng} [latlng] */
  open(area, latlng) {
    if (area < 0) return;
    this.chosen = area;
    this.layer.redraw();
    this.fill();
    const [left, top, right, bottom] = this.page.areas.features[area].box;
    const place = latlng ?? this.page.latLngOf((left + right) / 2, (top + bottom) / 2);
    this.popup.setLatLng(place).setContent(this.box).openOn(this.map);
    this.popup.getElement()?.querySelector('.leaflet-popup-close-button')?.setAttribute('aria-label', say('close'));
    this.box.querySelector('h2').focus({ preventScroll: true });
  }

  fill() {
    const { filters, areaName } = this.page;
    const area = this.chosen;
    const all = filters.incidentsByArea(true)[area];
    const values = { n: formatNumber(this.counts[area]), all: formatNumber(all) };
    this.box.replaceChildren(
      element('h2', { class: 'incident-type', tabindex: -1, dir: 'auto', text: areaName(area) }),
      element('p', { class: 'cube-count', text: say('cube_of_all', values) }),
      element('dl', { class: 'facts' }, ...commonest(filters.typesOf(area)).flatMap(([name, count]) => [
        element('dt', { dir: 'auto', text: name }), element('dd', { text: formatNumber(count) })])),
    );
  }

  closed() {
    this.chosen = -1;
    this.layer.redraw();
    this.opener?.focus({ preventScroll: true });
    this.opener = null;
  }

  /** From the table: go there, tell about it, and return the focus afterwards. @param {number} area */
  show(area) {
    this.opener = /** @type {HTMLElement|null} */ (document.activeElement);
    const [left, top, right, bottom] = this.page.areas.features[area].box;
    const bounds = L.latLngBounds([this.page.latLngOf(left, top), this.page.latLngOf(right, bottom)]);
    if (!this.map.getBounds().contains(bounds)) this.map.fitBounds(bounds, { maxZoom: 9, animate: false });
    this.open(area);
  }
}
