/** @file A page of counts, for more incidents than a page can hold. */

import { buildAbout } from './about.js';
import { AreaLayer, CLASS_ALPHA, classesOf } from './area_layer.js';
import { AREAS_HIGH_PX, buildAreaTable } from './area_table.js';
import { addBasemap } from './basemap.js';
import { binStart } from './bins.js';
import { CubeFilters } from './cube.js';
import { Dock } from './dock.js';
import { blockJson, element } from './dom.js';
import { Facet } from './facets.js';
import { addControls, addCredits, addTiles } from './furniture.js';
import { Geometry } from './geometry.js';
import { Address } from './kept.js';
import { addLabels } from './labels.js';
import { buildLayerList, registerOverlays } from './layer_list.js';
import { swatch, typeStyles } from './marks.js';
import { latitudeOf, longitudeOf } from './mercator.js';
import { Overlays } from './overlays.js';
import { Panel } from './panel.js';
import { followState, readAddress } from './permalink.js';
import { followPrinting } from './print.js';
import { buildSave } from './save.js';
import { AreaFiles } from './save_areas.js';
import { selectionOf } from './selection.js';
import { layerItems } from './sheet_parts.js';
import { Table } from './table.js';
import { buildTimeline, timelineHeight } from './timeline.js';
import {
  formatNumber, readsRightToLeft, say, useWords, wordFor,
} from './words.js';

/** What single incidents are drawn with. */
const OF_INCIDENTS = new Set(['incidents', 'footprints', 'heat']);

/** @param {string} colour @param {number} [alpha] */
const square = (colour, alpha = 1) => (/** @type {CanvasRenderingContext2D} */ ctx) => {
  ctx.globalAlpha = alpha;
  ctx.fillStyle = colour;
  ctx.fillRect(-9, -7, 18, 14);
  ctx.globalAlpha = 1;
};

/** Bands of distance in the reader's language. */
class BandFacet extends Facet {
  labelOf(code) {
    const numbers = this.facet.column.wordOfCode(code).match(/\d[\d.]*/g)?.map((text) => formatNumber(Number(text), 0, 3));
    if (!numbers) return say('side_unknown');
    return numbers.length > 1 ? say('cube_band', { from: numbers[0], to: numbers[1] }) : say('cube_band_over', { km: numbers[0] });
  }
}

/** The name of an area, in the reader's script where it has one. */
function nameOf({ text, local, code }) {
  return (readsRightToLeft() && local) || text || code;
}

/** Everything the parts of the page share. */
async function readCubePage(map) {
  const settings = blockJson('bordermap-settings');
  useWords(settings.words);
  const names = settings.layers.map(({ name }, number) => [name, `bordermap-layer-${number}`]);
  names.push(['zones', 'bordermap-zones']);
  const [table, areas, ...read] = await Promise.all([
    Table.read('bordermap-cube'), Geometry.read('bordermap-areas'), ...names.map(([, id]) => Geometry.read(id)),
  ]);
  const overlays = new Overlays(settings.hidden);
  registerOverlays(overlays, settings);
  overlays.list = overlays.list.filter(({ name }) => !OF_INCIDENTS.has(name));
  overlays.list.unshift({ name: 'counts', group: 'overlays_incidents', title: say('cube_classes'), paint: square('#f39c3c') });
  const filters = new CubeFilters(table, areas.features.length);
  const { column: type } = filters.facets.get('type');
  return {
    /** @type {() => object[]} */
    legendParts: () => [],
    map,
    settings,
    areas,
    filters,
    overlays,
    incidents: { count: table.rows, type },
    geometries: new Map(names.map(([name], number) => [name, read[number]])),
    styles: typeStyles(['', ...type.dictionary], settings.events),
    address: new Address(),
    dockName: say('cube_dock'),
    toldBelow: 'cube_about',
    maps: [{ map, label: () => '' }],
    sheetExtras: [],
    areaName: (area) => nameOf(areas.names[area]),
    latLngOf: (x, y) => L.latLng(latitudeOf(y), longitudeOf(x)),
    ...selectionOf(),
  };
}

/** How many there are, and by what they are counted. */
function cubeCaption({ settings: { cube, caption }, filters }) {
  const said = say(`cube_by_${cube.by}`, {
    n: formatNumber(filters.all), km: formatNumber(cube.stretchKm), km2: formatNumber(cube.hexagonKm2), level: cube.hexagonLevel,
  });
  return [said, caption, say('caption_line')].filter(Boolean).join(' ');
}

/** One line that adds up: in areas, in none, left out, in all. */
function cubeStatus(filters) {
  const { drawn, unplaced, kept, all } = filters.tally();
  const values = { drawn, nowhere: unplaced, left: all - kept, all };
  for (const [name, value] of Object.entries(values)) values[name] = formatNumber(value);
  return say(kept < all ? 'cube_status_filtered' : 'cube_status', values);
}

/** First and last year, as numbers to type. */
function yearBoxes(filters) {
  const yearOf = (day) => new Date(day * 864e5).getUTCFullYear();
  const dayOfYear = (text, fallback) => {
    const year = Number(text);
    return Number.isInteger(year) && year > 0 && year < 10000 ? binStart(Math.round(Date.UTC(2000, 0, 1) / 864e5), 'year', 1, year - 2000) : fallback;
  };
  const [first, last] = filters.dayRange;
  const input = (key) => element('input', {
    type: 'number', min: yearOf(first), max: yearOf(last), step: 1, 'aria-label': say(key), onchange: () => change(),
  });
  const [from, to] = [input('date_from'), input('date_to')];
  const change = () => filters.setDates(dayOfYear(from.value, first), dayOfYear(to.value, last));
  const node = element(
    'fieldset',
    { class: 'facet facet-year' },
    element('legend', { text: say('cube_year') }),
    element('div', { class: 'date-boxes' }, from, element('span', { text: say('to') }), to),
  );
  const update = () => {
    from.value = String(yearOf(filters.days.from));
    to.value = String(yearOf(filters.days.to));
  };
  return { node, update };
}

/** What the colours mean, and how many are in no area. */
function classList(page, edges) {
  const nowhere = element('p', { class: 'layer-note cube-nowhere' });
  const node = element(
    'fieldset',
    { class: 'facet cube-classes' },
    element('legend', { text: say('cube_classes') }),
    element('ul', {}, ...classesOf(edges).map(({ colour, text }) => element('li', {}, swatch(square(colour, CLASS_ALPHA)), element('span', { text })))),
    nowhere,
  );
  const update = () => {
    const { unplaced } = page.filters.tally();
    nowhere.textContent = say('cube_nowhere_note', { n: formatNumber(unplaced) });
  };
  return { node, update };
}

/** Classes, types and layers, for paper. */
function printedLegend(page, edges) {
  const { filters, styles } = page;
  const { column, off } = filters.facets.get('type');
  const counts = filters.counts('type');
  const types = [...counts.keys()].filter((code) => counts[code] > 0 && !off.has(code))
    .sort((a, b) => counts[b] - counts[a])
    .map((code) => ({ word: column.wordOfCode(code), count: formatNumber(counts[code]) }));
  return [
    { title: say('cube_classes'), items: classesOf(edges).map(({ colour, text }) => ({ paint: square(colour, CLASS_ALPHA), text })) },
    {
      title: say('facet_type'),
      items: types.map(({ word, count }) => ({
        paint: square(styles.get(word).colour), text: wordFor('type', word || 'unknown'), count,
      })),
    },
    { title: say('picture_layers'), items: layerItems(page).filter(({ text }) => text !== say('cube_classes')) },
  ];
}

/** The legend, which is the filter. */
function buildCubeLegend(page, edges) {
  const { filters, styles } = page;
  const parts = [
    classList(page, edges),
    new Facet(filters, 'type', (word) => swatch(square(styles.get(word).colour)), { byFrequency: true }),
    ...(filters.hasDates ? [yearBoxes(filters)] : []),
    new Facet(filters, 'side', () => null, {}),
    new BandFacet(filters, 'band', () => null, {}),
  ];
  const reset = element('button', { type: 'button', class: 'reset', text: say('reset'), onclick: () => filters.reset() });
  const update = () => {
    for (const part of parts) part.update();
    reset.disabled = !filters.isActive;
  };
  filters.onChange(update);
  update();
  return element(
    'form',
    { class: 'legend cube-legend', onsubmit: (event) => event.preventDefault() },
    ...parts.map((part) => part.node),
    reset,
  );
}

function buildCubePanel(page, edges) {
  const caption = cubeCaption(page);
  const panel = new Panel({ title: page.settings.title, caption });
  panel.add('legend', buildCubeLegend(page, edges));
  panel.add('layers', buildLayerList(page.overlays));
  panel.add('save', buildSave(page, (save) => new AreaFiles(save)));
  panel.add('about', buildAbout(page.settings, caption, ['about_line', 'cube_about']));
  const tell = () => { panel.status.textContent = cubeStatus(page.filters); };
  page.filters.onChange(tell);
  tell();
  document.body.prepend(panel.node);
}

/** A function that shows the line as a whole, or the areas where there is no line. */
function lookerAtAll({ map, geometries, areas, latLngOf }) {
  const bounds = L.latLngBounds([]);
  const line = geometries.get('map_line')?.features ?? [];
  for (const { box: [left, top, right, bottom] } of line.length ? line : areas.features) {
    bounds.extend(latLngOf(left, top)).extend(latLngOf(right, bottom));
  }
  return () => {
    const narrow = map.getSize().x < 600;
    const [start, end] = [12, narrow ? 12 : 56];
    const [left, right] = readsRightToLeft() ? [end, start] : [start, end];
    map.fitBounds(bounds.isValid() ? bounds : [[29, 60], [39, 75]], {
      paddingTopLeft: [left, narrow ? 66 : 12], paddingBottomRight: [right, 24], animate: false,
    });
  };
}

/** @param {L.Map} map */
export async function buildCubePage(map) {
  const page = await readCubePage(map);
  map.getContainer().setAttribute('aria-label', say('cube_map'));
  const dock = new Dock(page, [{ key: 'time', height: timelineHeight(page) }, { key: 'areas', height: AREAS_HIGH_PX }]);
  document.body.append(dock.node);
  dock.add('time', buildTimeline(page));
  dock.add('areas', buildAreaTable(page, (area) => layer.show(area)));
  map.invalidateSize({ animate: false });
  const showAll = lookerAtAll(page);
  if (!(await readAddress(page))) showAll();
  addBasemap(map, page.geometries, page.overlays);
  const labels = addLabels(map, page.geometries, page.overlays, () => []);
  const layer = new AreaLayer(map, page, () => labels.redraw());
  addControls(map, showAll);
  addCredits(map, page.settings);
  addTiles(map, page.settings, page.overlays);
  buildCubePanel(page, layer.edges);
  page.legendParts = () => printedLegend(page, layer.edges);
  followState(page);
  followPrinting(page);
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
}
