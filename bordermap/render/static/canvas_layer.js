/** @file A Leaflet layer that is one canvas. Follows Leaflet 1.9.4, some of it private. */

const PADDING = 0.25;

/** Pixels to a px, at least; a picture of the map is drawn finer than the screen for a moment. */
export const drawing = { leastRatio: 0 };

/**
 * @typedef {object} View
 * @property {number} zoom
 * @property {number} scale px across the unit square
 * @property {number} left px of the canvas's corner in the unit square
 * @property {number} top
 * @property {number} width px
 * @property {number} height
 * @property {L.Point} margin px that the canvas reaches beyond the window
 */

const CanvasLayer = L.Layer.extend({
  initialize(pane, paint, { follows = false, isEmpty = () => false }) {
    L.Util.setOptions(this, { pane, follows });
    this.paint = paint;
    this.isEmpty = isEmpty;
    this.isBlank = true;
  },

  onAdd() {
    this.canvas = L.DomUtil.create('canvas', 'leaflet-zoom-animated', this.getPane());
    this.canvas.setAttribute('aria-hidden', 'true');
    this.context = this.canvas.getContext('2d');
    this.redraw();
  },

  onRemove() {
    this.canvas.remove();
  },

  getEvents() {
    const events = { zoom: this.followZoom };
    if (!this.options.follows) events.moveend = this.redraw;
    if (this._zoomAnimated) events.zoomanim = this.animateZoom;
    return events;
  },

  redraw() {
    if (!this._map) return;
    const view = this.measure();
    this.view = view;
    const isEmpty = this.isEmpty();
    // An empty canvas costs as much as a full one.
    if (isEmpty && this.isBlank) return;
    this.isBlank = isEmpty;
    const ratio = Math.max(window.devicePixelRatio || 1, drawing.leastRatio);
    const width = Math.round(view.width * ratio);
    const height = Math.round(view.height * ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.canvas.style.width = `${view.width}px`;
      this.canvas.style.height = `${view.height}px`;
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, view.width, view.height);
    if (!isEmpty) this.paint(this.context, view);
  },

  /** Put the canvas around what is in view. @returns {View} */
  measure() {
    const map = this._map;
    const size = map.getSize();
    const margin = size.multiplyBy(PADDING).round();
    const corner = map.containerPointToLayerPoint(margin.multiplyBy(-1)).round();
    L.DomUtil.setPosition(this.canvas, corner);
    this.cornerLatLng = map.layerPointToLatLng(corner);
    const origin = map.getPixelOrigin();
    return {
      zoom: map.getZoom(),
      scale: 256 * 2 ** map.getZoom(),
      left: corner.x + origin.x,
      top: corner.y + origin.y,
      width: size.x + 2 * margin.x,
      height: size.y + 2 * margin.y,
      margin,
    };
  },

  followZoom() {
    this.stretch(this._map.getZoom(), this._map.latLngToLayerPoint(this.cornerLatLng));
  },

  animateZoom({ zoom, center }) {
    this.stretch(zoom, this._map._latLngToNewLayerPoint(this.cornerLatLng, zoom, center));
  },

  stretch(zoom, corner) {
    L.DomUtil.setTransform(this.canvas, corner, this._map.getZoomScale(zoom, this.view.zoom));
  },
});

/**
 * A canvas in a pane of its own.
 * @param {L.Map} map
 * @param {string} name of the pane
 * @param {number} zIndex
 * @param {(ctx: CanvasRenderingContext2D, view: View) => void} paint
 * @param {{follows?: boolean, isEmpty?: () => boolean}} [options] follows: another canvas tells this
 *   one when to redraw; isEmpty: there is nothing to paint
 */
export function addCanvas(map, name, zIndex, paint, options = {}) {
  const pane = map.createPane(name);
  pane.style.zIndex = String(zIndex);
  pane.style.pointerEvents = 'none';
  const Layer = /** @type {new (...given: unknown[]) => L.Layer & {canvas: HTMLCanvasElement, redraw(): void}} */ (
    /** @type {unknown} */ (CanvasLayer));
  return new Layer(name, paint, options).addTo(map);
}
