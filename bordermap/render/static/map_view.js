/** @file One map with everything on it: reference layers, heat, incidents, names, popups. */

import { addBasemap } from './basemap.js';
import { addHeat } from './heat.js';
import { IncidentLayer } from './incident_layer.js';
import { addLabels } from './labels.js';
import { addPointerRing } from './pointer_ring.js';
import { Popups } from './popup.js';

const CLOSEST_JUMP = 13;

/** A click opens what is there, or parts a group by going closer. */
function followClicks({ map, incidents }, layer, popups) {
  map.on('click', ({ latlng }) => {
    const group = layer.hit(latlng);
    if (!group) return;
    const bounds = L.latLngBounds(group.rows.map((row) => incidents.latLng(row)));
    const zoom = Math.min(CLOSEST_JUMP, map.getBoundsZoom(bounds.pad(0.3)));
    if (group.count === 1 || group.onePlace || map.getZoom() >= CLOSEST_JUMP) popups.open(group.rows);
    else map.setView(bounds.getCenter(), Math.max(zoom, map.getZoom() + 1));
  });
  map.on('mousemove', ({ latlng }) => {
    map.getContainer().classList.toggle('over-mark', layer.hit(latlng) !== null);
  });
}

/** Draw everything that a page has on its map. @param {object} page */
export function drawMap(page) {
  const { map, geometries, overlays } = page;
  addBasemap(map, geometries, overlays);
  addHeat(map, page);
  const layer = new IncidentLayer(map, page);
  addPointerRing(map, page);
  const labels = addLabels(map, geometries, overlays, () => layer.boxes());
  layer.onPaint(() => labels.redraw());
  followClicks(page, layer, new Popups(map, page));
}
