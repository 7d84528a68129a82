/** @file The state of the page in its address, read back with suspicion. */

import { afterQuiet } from './dom.js';

const WRITE_DELAY_MS = 300;
const LONGEST_HASH = 4000;
const LONGEST_QUERY = 200;
const FACETS = /** @type {const} */ (['type', 'side', 'precision']);

/** A finite number within bounds, or the fallback. */
function numberIn(text, least, most, fallback) {
  const value = text === null || text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(value) && value >= least && value <= most ? value : fallback;
}

/** A day since 1970 from a date as it stands in the address. */
function dayOf(text, fallback) {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text ?? '') ? Date.parse(text) : NaN;
  return Number.isFinite(time) ? Math.round(time / 864e5) : fallback;
}

/** The state as it stands in the address. */
function stateText({ map, filters, overlays, address }) {
  const center = map.getCenter();
  const state = new URLSearchParams({
    at: `${center.lat.toFixed(4)},${center.lng.toFixed(4)},${map.getZoom().toFixed(2)}`,
  });
  for (const facet of FACETS) {
    const column = filters.facets.get(facet);
    for (const code of filters.off[facet]) state.append(`no_${facet}`, column.wordOfCode(code));
  }
  if (filters.narrowsDates) {
    state.set('from', filters.dates.from);
    state.set('to', filters.dates.to);
  }
  if (filters.within < Infinity) state.set('within', String(filters.within / 1000));
  if (filters.query) state.set('q', filters.query);
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

function readFacets(state, filters) {
  for (const facet of FACETS) {
    const column = filters.facets.get(facet);
    const words = new Map(column.dictionary.map((word) => [word, column.codeOfWord(word)]));
    words.set('', 0);
    const codes = state.getAll(`no_${facet}`).map((word) => words.get(word));
    filters.off[facet] = new Set(codes.filter((code) => code !== undefined));
  }
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
  readFacets(state, filters);
  filters.within = numberIn(state.get('within'), 0.001, 20000, Infinity / 1000) * 1000;
  const known = new Set(overlays.list.map(({ name }) => name));
  for (const name of new Set(state.getAll('switch'))) {
    if (known.has(name)) overlays.show(name, !overlays.atFirst.has(name) ? false : true);
  }
  filters.setDates(dayOf(state.get('from'), filters.dayRange[0]), dayOf(state.get('to'), filters.dayRange[1]));
  const query = state.get('q');
  if (query) await filters.setQuery(query.slice(0, LONGEST_QUERY));
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
