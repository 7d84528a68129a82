/** @file Putting the page together. */

import { buildAbout } from './about.js';
import { buildCompare } from './compare.js';
import { buildCubePage } from './cube_page.js';
import { Dock } from './dock.js';
import { blockJson } from './dom.js';
import { Filters } from './filters.js';
import { addControls, addCredits, addTiles } from './furniture.js';
import { Geometry } from './geometry.js';
import { Address } from './kept.js';
import { buildLayerList, registerOverlays } from './layer_list.js';
import { buildLegend } from './legend.js';
import { drawMap } from './map_view.js';
import { typeStyles } from './marks.js';
import { latitudeOf, longitudeOf } from './mercator.js';
import { Overlays } from './overlays.js';
import { Panel } from './panel.js';
import { followState, readAddress } from './permalink.js';
import { followPrinting } from './print.js';
import { buildRecordTable } from './record_table.js';
import { FIRST_READ, Incidents } from './records.js';
import { buildSave } from './save.js';
import { selectionOf } from './selection.js';
import { Table } from './table.js';
import { buildTimeline, timelineHeight } from './timeline.js';
import { buildUnrolled, STRIP_PX } from './unrolled.js';
import { formatLongDay, formatNumber, readsRightToLeft, say, useWords } from './words.js';

/** Far enough for a popup to be moved clear of the edge on the smallest screen. */
/** @type {[[number, number], [number, number]]} */
const FARTHEST = [[-30, 5], [72, 130]];
/** Windows that nobody sees are not painted. */
const UNSEEN_MS = 200;
const root = document.documentElement;

/** True when the browser has what the page needs; else the plain table stays. */
function isCapable() {
  return typeof DecompressionStream === 'function' && typeof Array.prototype.findLast === 'function';
}

/** Everything the parts of the page share. */
async function readPage(map) {
  const settings = blockJson('bordermap-settings');
  useWords(settings.words);
  const names = settings.layers.map(({ name }, number) => [name, `bordermap-layer-${number}`]);
  names.push(['zones', 'bordermap-zones'], ['strips', 'bordermap-strips']);
  const [table, ...read] = await Promise.all([
    Table.read('bordermap-incidents', FIRST_READ), ...names.map(([, id]) => Geometry.read(id)),
  ]);
  const incidents = new Incidents(table, settings.largeFootprintM);
  const overlays = new Overlays(settings.hidden);
  registerOverlays(overlays, settings);
  const filters = new Filters(incidents);
  const types = ['', ...incidents.type.dictionary];
  return {
    map,
    settings,
    incidents,
    filters,
    overlays,
    geometries: new Map(names.map(([name], number) => [name, read[number]])),
    styles: typeStyles(types, settings.events),
    address: new Address(),
    /** What a picture or a printed page shows. */
    maps: [{ map, label: () => '' }],
    sheetExtras: [],
    ...selectionOf(),
  };
}

/** Bounds of the line, or of the incidents where there is no line. */
function wholeView({ geometries, incidents }) {
  const bounds = L.latLngBounds([]);
  for (const { box: [left, top, right, bottom] } of geometries.get('map_line')?.features ?? []) {
    bounds.extend([latitudeOf(top), longitudeOf(left)]);
    bounds.extend([latitudeOf(bottom), longitudeOf(right)]);
  }
  if (bounds.isValid()) return bounds;
  for (let row = 0; row < incidents.count; row++) {
    if (incidents.isPlaced(row)) bounds.extend(incidents.latLng(row));
  }
  return bounds.isValid() ? bounds : L.latLngBounds([[29, 60], [39, 75]]);
}

/** What the incidents are, from when to when, and whose line it is. */
function captionOf({ settings, filters, incidents }) {
  const [first, last] = filters.dayRange;
  const values = { n: formatNumber(incidents.count), from: formatLongDay(first), to: formatLongDay(last) };
  const caption = settings.caption || say(filters.hasDates ? 'caption' : 'caption_undated', values);
  return `${caption} ${say('caption_line')}`;
}

/** One line that adds up: drawn, unplaced, left out, in all. */
function statusText(filters) {
  const { drawn, unplaced, kept, all } = filters.tally();
  const values = { drawn, unplaced, kept, left: all - kept, all };
  for (const [name, value] of Object.entries(values)) values[name] = formatNumber(value);
  return say(kept < all ? 'status_filtered' : 'status', values);
}

function buildPanel(page) {
  const panel = new Panel({ title: page.settings.title, caption: captionOf(page) });
  panel.add('legend', buildLegend(page));
  panel.add('layers', buildLayerList(page.overlays));
  const compare = buildCompare(page);
  if (compare) panel.add('compare', compare.node);
  panel.add('save', buildSave(page));
  panel.add('about', buildAbout(page.settings, captionOf(page)));
  const tell = () => { panel.status.textContent = statusText(page.filters); };
  page.filters.onChange(tell);
  tell();
  document.body.prepend(panel.node);
  if (compare) compare.onStart = () => panel.narrow.matches && panel.setOpen(false);
  return compare;
}

/** Resolved when what is there has been painted; in a window that nobody sees, a little later. */
function painted() {
  return new Promise((resume) => {
    requestAnimationFrame(() => setTimeout(resume));
    setTimeout(resume, UNSEEN_MS);
  });
}

/** The whole line, clear of what stands on the map's edges. */
function showWhole(page) {
  const { map } = page;
  const narrow = map.getSize().x < 600;
  const [start, end] = [12, narrow ? 12 : 56];
  const [left, right] = readsRightToLeft() ? [end, start] : [start, end];
  map.fitBounds(wholeView(page), { paddingTopLeft: [left, narrow ? 66 : 12], paddingBottomRight: [right, 24], animate: false });
}

/** The map with its incidents, and the filters. @param {object} page */
async function buildFirst(page) {
  const { map } = page;
  map.getContainer().setAttribute('aria-label', say('map'));
  page.showAll = () => showWhole(page);
  map.setMaxBounds(FARTHEST);
  const dock = new Dock(page, [{ key: 'time', height: timelineHeight(page) }, { key: 'strip', height: STRIP_PX }, { key: 'table' }]);
  document.body.append(dock.node);
  map.invalidateSize({ animate: false });
  if (!(await readAddress(page))) page.showAll();
  drawMap(page);
  addControls(map, page.showAll);
  addCredits(map, page.settings);
  addTiles(map, page.settings, page.overlays);
  return { dock, compare: buildPanel(page) };
}

/** What else is to be seen, from the columns that are left. */
async function buildRest(page, { dock, compare }) {
  await page.incidents.table.whole();
  dock.add('time', buildTimeline(page));
  dock.add('strip', buildUnrolled(page));
  dock.add('table', buildRecordTable(page));
  compare?.startAsAsked();
  followState(page);
  followPrinting(page);
  new ResizeObserver(() => page.map.invalidateSize({ animate: false })).observe(page.map.getContainer());
}

/** Show the plain table, with the reason why there is no map. */
function giveUp(error) {
  root.classList.remove('app');
  const reason = document.getElementById('fallback-reason');
  reason.textContent = `${reason.textContent} (${error.message})`;
}

if (isCapable()) root.classList.add('app');

/** Called by the map's own script. @param {L.Map} map */
window.bordermapStart = async function bordermapStart(map) {
  if (!isCapable()) return;
  try {
    if (document.getElementById('bordermap-cube')) {
      await buildCubePage(map);
    } else {
      const page = await readPage(map);
      const first = await buildFirst(page);
      await painted();
      performance.mark('bordermap-usable');
      await buildRest(page, first);
    }
    root.dataset.bordermapReady = String(Math.round(performance.now()));
  } catch (error) {
    giveUp(error);
  }
};
