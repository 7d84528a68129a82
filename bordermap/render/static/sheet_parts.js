/** @file What a picture and a printed page have in common: the map as drawn, its heading, legend and credits. */

import { drawing } from './canvas_layer.js';
import { filterWords } from './filter_words.js';
import { creditTexts } from './furniture.js';
import { signList } from './legend.js';
import { paintMark } from './marks.js';
import {
  formatNumber, readsRightToLeft, say, wordFor,
} from './words.js';

const SCALE_FONT = '400 11px system-ui, "Segoe UI", Roboto, sans-serif';

/** @typedef {{paint: (ctx: CanvasRenderingContext2D) => void, text: string, count?: string}} LegendItem */

/** Marks of the types that are shown, with their counts. */
function typeItems({ filters, styles, maps }) {
  const { column, off } = filters.facets.get('type');
  const counts = [...filters.counts('type')].map((count, code) => ({ code, count }))
    .filter(({ code, count }) => count > 0 && !off.has(code));
  counts.sort((a, b) => b.count - a.count);
  return counts.map(({ code, count }) => {
    const word = column.wordOfCode(code);
    const paint = (ctx) => paintMark(ctx, 0, 0, styles.get(word), { radius: 6 });
    return { paint, text: wordFor('type', word || 'unknown'), count: maps.length > 1 ? '' : formatNumber(count) };
  });
}

/** Layers that are switched on, as the list of layers shows them. */
export function layerItems({ overlays }) {
  return overlays.list.filter(({ name }) => (
    name !== 'incidents' && !name.startsWith('tiles:') && overlays.isShown(name)
  )).map(({ paint, title }) => ({ paint, text: title }));
}

/**
 * The legend: types, signs, layers; a page of counts has its own.
 * @param {object} page
 * @returns {{title: string, items: LegendItem[]}[]}
 */
export function legendParts(page) {
  return page.legendParts?.() ?? [
    { title: say('facet_type'), items: [...typeItems(page), ...signList()] },
    { title: say('picture_layers'), items: layerItems(page) },
  ];
}

/** What stands above the map; two maps have their periods and counts on them. @param {object} page */
export function headTexts({ settings, filters, maps }) {
  const text = (selector) => document.querySelector(selector)?.textContent ?? '';
  const isCompared = maps.length > 1;
  const asked = filterWords(filters, !isCompared);
  return {
    title: settings.title,
    caption: text('.caption'),
    status: isCompared ? '' : text('.status'),
    filters: asked.length ? say('filters_used', { filters: asked.join('; ') }) : '',
  };
}

/** What stands below it. @param {object} page @returns {string[]} */
export function footTexts({ settings, overlays, toldBelow = 'about_places' }) {
  const tiles = overlays.list.some(({ name }) => name.startsWith('tiles:') && overlays.isShown(name));
  return [say(toldBelow), ...(tiles ? [say('picture_without_tiles')] : []), ...creditTexts(settings)];
}

/** Canvases of a map, the lowest first. @param {L.Map} map @returns {HTMLCanvasElement[]} */
function canvasesOf(map) {
  const panes = Object.values(map.getPanes())
    .map((pane) => ({ pane, z: Number(getComputedStyle(pane).zIndex) || 0 }));
  panes.sort((a, b) => a.z - b.z);
  return panes.flatMap(({ pane }) => [...pane.children].filter((node) => node instanceof HTMLCanvasElement));
}

/** Where the maps stand on the screen; one, or two that are compared. @param {object} page @returns {DOMRect} */
export function frameOf({ maps }) {
  const boxes = maps.map(({ map }) => map.getContainer().getBoundingClientRect());
  const left = Math.min(...boxes.map((box) => box.left));
  const top = Math.min(...boxes.map((box) => box.top));
  const right = Math.max(...boxes.map((box) => box.right));
  const bottom = Math.max(...boxes.map((box) => box.bottom));
  return new DOMRect(left, top, right - left, bottom - top);
}

/**
 * The maps as they are drawn, side by side as on the screen.
 * @param {CanvasRenderingContext2D} ctx
 * @param {object} page
 * @param {number} left
 * @param {number} top
 */
export function paintMaps(ctx, page, left, top) {
  const frame = frameOf(page);
  for (const { map, label } of page.maps) {
    const box = map.getContainer().getBoundingClientRect();
    const at = { left: left + box.left - frame.left, top: top + box.top - frame.top };
    paintMap(ctx, map, at, box);
    if (label()) paintPeriod(ctx, label(), at.left + box.width / 2, at.top);
  }
}

/** Which period a map shows. */
function paintPeriod(ctx, text, x, top) {
  ctx.font = '600 12.5px system-ui, "Segoe UI", Roboto, "Noto Naskh Arabic", sans-serif';
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  const width = ctx.measureText(text).width + 16;
  ctx.fillStyle = 'rgba(255, 254, 251, .95)';
  ctx.fillRect(x - width / 2, top + 6, width, 24);
  ctx.fillStyle = '#1d1d1b';
  ctx.fillText(text, x, top + 18);
}

/** One map, cut to its frame. */
function paintMap(ctx, map, { left, top }, frame) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, frame.width, frame.height);
  ctx.clip();
  ctx.fillStyle = getComputedStyle(map.getContainer()).backgroundColor;
  ctx.fillRect(left, top, frame.width, frame.height);
  for (const canvas of canvasesOf(map)) {
    const box = canvas.getBoundingClientRect();
    ctx.globalAlpha = Number(getComputedStyle(canvas.parentElement).opacity);
    ctx.drawImage(canvas, left + box.left - frame.left, top + box.top - frame.top, box.width, box.height);
  }
  ctx.restore();
  ctx.strokeStyle = '#b9b3a6';
  ctx.lineWidth = 1;
  ctx.strokeRect(left, top, frame.width, frame.height);
  paintScale(ctx, map, left, top + frame.height);
}

/** The scale bar as it stands on the map. */
function paintScale(ctx, map, left, bottom) {
  const bar = map.getContainer().querySelector('.leaflet-control-scale-line');
  if (!bar) return;
  const width = bar.getBoundingClientRect().width;
  const [x, y] = [left + 10, bottom - 12];
  ctx.fillStyle = 'rgba(255, 255, 255, .8)';
  ctx.fillRect(x - 4, y - 17, width + 8, 22);
  ctx.strokeStyle = '#1d1d1b';
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.moveTo(x, y - 5);
  ctx.lineTo(x, y);
  ctx.lineTo(x + width, y);
  ctx.lineTo(x + width, y - 5);
  ctx.stroke();
  ctx.fillStyle = '#1d1d1b';
  ctx.font = SCALE_FONT;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.direction = readsRightToLeft() ? 'rtl' : 'ltr';
  ctx.fillText(bar.textContent, x + 4, y - 5);
}


/**
 * Draw the maps finely for a moment.
 * @param {object} page
 * @param {number} least pixels to a px, 0 for the screen's own
 */
export function redrawAt({ maps }, least) {
  drawing.leastRatio = least;
  for (const { map } of maps) map.fire('moveend');
}
