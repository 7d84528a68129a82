/** @file What stands on the map's edge: zoom buttons, the whole line, scale, credits, tiles. */

import { element } from './dom.js';
import { formatLength, readsRightToLeft, say } from './words.js';

/** Leaflet's own controls, in the page's words. */
export function addControls(map, showAll) {
  const mirrored = readsRightToLeft();
  const position = mirrored ? 'topleft' : 'topright';
  L.control.zoom({ position, zoomInTitle: say('zoom_in'), zoomOutTitle: say('zoom_out') }).addTo(map);
  const home = new L.Control({ position });
  home.onAdd = () => {
    const button = element('button', {
      type: 'button', class: 'home', title: say('whole_line'), 'aria-label': say('whole_line'), text: '⤢', onclick: showAll,
    });
    const box = element('div', { class: 'leaflet-bar' }, button);
    L.DomEvent.disableClickPropagation(box);
    return box;
  };
  home.addTo(map);
  new Scale({ position: mirrored ? 'bottomright' : 'bottomleft', imperial: false, maxWidth: 120 }).addTo(map);
}

/** Whom to credit, each once. @param {object} settings @returns {string[]} */
export function creditTexts(settings) {
  const texts = [...settings.layers.map(({ attribution }) => attribution), ...settings.credits];
  return [...new Set(texts)].filter(Boolean);
}

/** Leaflet's scale, in the page's words. */
const Scale = /** @type {typeof L.Control.Scale} */ (L.Control.Scale.extend(/** @type {any} */ ({
  /** @this {any} @param {number} most metres */
  _updateMetric(most) {
    const metres = this._getRoundNum(most);
    this._updateScale(this._mScale, formatLength(metres), metres / most);
  },
})));

/** Credits of the layers that are shown, on the map where they belong. */
export function addCredits(map, settings) {
  const control = new L.Control({ position: readsRightToLeft() ? 'bottomleft' : 'bottomright' });
  control.onAdd = () => element(
    'details',
    { class: 'credits', open: false },
    element('summary', { text: say('credits') }),
    ...creditTexts(settings).map((text) => element('p', { dir: 'auto', text })),
  );
  control.addTo(map);
  const box = control.getContainer();
  L.DomEvent.disableClickPropagation(box);
  L.DomEvent.disableScrollPropagation(box);
}

/** Online tiles ask for nothing until a reader switches them on. */
export function addTiles(map, settings, overlays) {
  settings.tiles.forEach((tile, number) => {
    const layer = L.tileLayer(tile.url, { maxZoom: tile.maxZoom });
    const follow = () => (overlays.isShown(`tiles:${number}`) ? layer.addTo(map) : layer.remove());
    overlays.onChange((name) => name === `tiles:${number}` && follow());
  });
}
