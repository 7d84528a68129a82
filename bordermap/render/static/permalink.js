/** @file The state of the page in its address, read back with suspicion. */

import { numberIn } from './address.js';
import { afterQuiet } from './dom.js';

const WRITE_DELAY_MS = 300;
const LONGEST_HASH = 16000;

/** The state as it stands in the address. @param {object} page @returns {string} */
export function stateText({ map, filters, overlays, address }) {
  const center = map.getCenter();
  const state = new URLSearchParams({
    at: `${center.lat.toFixed(4)},${center.lng.toFixed(4)},${map.getZoom().toFixed(2)}`,
  });
  filters.writeState(state);
  for (const name of overlays.changed) state.append('switch', name);
  address.writeState(state);
  return state.toString();
}

function readView(state, map) {
  const parts = (state.get('at') ?? '').split(',');
  if (parts.length !== 3) return false;
  const lat = numberIn(parts[0], -85, 85, null);
  const lng = numberIn(parts[1], -180, 180, null);
  const zoom = numberIn(parts[2], map.getMinZoom(), map.getMaxZoom(), null);
  if (lat === null || lng === null || zoom === null) return false;
  map.setView([lat, lng], zoom, { animate: false });
  return true;
}

/**
 * Apply what the address says; what it says wrongly is left out.
 * @param {{map: L.Map, filters: object, overlays: object}} page
 * @returns {Promise<boolean>} true when it says where to look
 */
export async function readAddress(page) {
  const { map, filters, overlays } = page;
  const text = location.hash.slice(1);
  if (!text || text.length > LONGEST_HASH) return false;
  const state = new URLSearchParams(text);
  const seen = readView(state, map);
  const known = new Set(overlays.list.map(({ name }) => name));
  for (const name of new Set(state.getAll('switch'))) {
    if (known.has(name)) overlays.show(name, !overlays.atFirst.has(name) ? false : true);
  }
  await filters.readState(state);
  return seen;
}

/** Keep the address up to date. @param {object} page map, filters, overlays, address */
export function followState(page) {
  const write = afterQuiet(() => {
    try {
      history.replaceState(null, '', `#${stateText(page)}`);
    } catch {
      // Some browsers refuse this for files; the page works without it.
    }
  }, WRITE_DELAY_MS);
  page.map.on('moveend', write);
  page.filters.onChange(write);
  page.overlays.onChange(write);
  page.address.changed = write;
}
