/** @file The view as a picture: the map as drawn, heading, legend, scale and credits on one canvas. */

import { drawing } from './canvas_layer.js';
import { filterWords } from './filter_words.js';
import { creditTexts } from './furniture.js';
import { paintMark } from './marks.js';
import { formatNumber, say, wordFor } from './words.js';

const RATIO = 2;
const PAD = 18;
const LEGEND_PX = 250;
const WIDE_PX = 620;
const ROW = 22;
const FONT = '"Noto Sans", system-ui, "Segoe UI", Roboto, "Noto Naskh Arabic", sans-serif';
const INK_COLOUR = '#1d1d1b';
const QUIET_COLOUR = '#5d584e';

/** What writes lines of text, from the top down, from the reader's first side. */
class Pen {
  /** @param {CanvasRenderingContext2D} ctx @param {number} left @param {number} top @param {number} width */
  constructor(ctx, left, top, width) {
    Object.assign(this, { ctx, left, top, width });
    this.isRtl = document.documentElement.dir === 'rtl';
  }

  /**
   * @param {string} text wrapped at the width
   * @param {{size: number, weight?: string, colour?: string, indent?: number}} how
   */
  write(text, { size, weight = '400', colour = INK_COLOUR, indent = 0 }) {
    const { ctx } = this;
    ctx.font = `${weight} ${size}px ${FONT}`;
    ctx.fillStyle = colour;
    ctx.textBaseline = 'middle';
    ctx.direction = this.isRtl ? 'rtl' : 'ltr';
    ctx.textAlign = 'start';
    const x = this.isRtl ? this.left + this.width - indent : this.left + indent;
    const height = size * 1.4;
    for (const line of wrapped(ctx, text, this.width - indent)) {
      ctx.fillText(line, x, this.top + height / 2);
      this.top += height;
    }
  }

  /** A picture with its name beside it. */
  item(paint, text, count = '') {
    const { ctx } = this;
    const top = this.top + ROW / 2;
    ctx.save();
    ctx.translate(this.isRtl ? this.left + this.width - 17 : this.left + 17, top);
    paint(ctx);
    ctx.restore();
    if (count) {
      ctx.font = `400 12px ${FONT}`;
      ctx.fillStyle = QUIET_COLOUR;
      ctx.textAlign = this.isRtl ? 'left' : 'right';
      ctx.textBaseline = 'middle';
      ctx.fillText(count, this.isRtl ? this.left : this.left + this.width, top);
    }
    const before = this.top;
    this.top += (ROW - 12.5 * 1.4) / 2;
    this.write(text, { size: 12.5, indent: 42 });
    this.top = Math.max(before + ROW, this.top + 2);
  }
}

/** Lines that fit a width; a word that is too long is cut. */
function wrapped(ctx, text, width) {
  const lines = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line ? `${line} ${word}` : word;
    if (ctx.measureText(longer).width <= width || !line) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** Marks of the types that are shown, with their counts. */
function typeItems({ filters, styles }) {
  const { column, off } = filters.facets.get('type');
  const counts = [...filters.counts('type')].map((count, code) => ({ code, count }))
    .filter(({ code, count }) => count > 0 && !off.has(code));
  counts.sort((a, b) => b.count - a.count);
  return counts.map(({ code, count }) => {
    const word = column.wordOfCode(code);
    const paint = (ctx) => paintMark(ctx, 0, 0, styles.get(word), { radius: 6 });
    return [paint, wordFor('type', word || 'unknown'), formatNumber(count)];
  });
}

/** Layers that are switched on, as the list of layers shows them. */
function layerItems({ overlays }) {
  return overlays.list.filter(({ name }) => (
    name !== 'incidents' && !name.startsWith('tiles:') && overlays.isShown(name)
  )).map(({ paint, title }) => [paint, title]);
}

/** Write the legend. @returns {number} where it ends */
function writeLegend(pen, page) {
  const head = { size: 11, weight: '700', colour: QUIET_COLOUR };
  pen.write(say('facet_type').toLocaleUpperCase(), head);
  for (const item of typeItems(page)) pen.item(...item);
  pen.top += 8;
  pen.write(say('picture_layers').toLocaleUpperCase(), head);
  for (const item of layerItems(page)) pen.item(...item);
  return pen.top;
}

function writeHead(pen, { settings, filters }) {
  const text = (selector) => document.querySelector(selector)?.textContent ?? '';
  pen.write(settings.title, { size: 21, weight: '700' });
  pen.write(text('.caption'), { size: 12.5, colour: QUIET_COLOUR });
  pen.write(text('.status'), { size: 12.5, weight: '600' });
  const asked = filterWords(filters);
  if (asked.length) pen.write(say('filters_used', { filters: asked.join('; ') }), { size: 12 });
  return pen.top;
}

function writeFoot(pen, { settings, overlays }) {
  const tiles = overlays.list.some(({ name }) => name.startsWith('tiles:') && overlays.isShown(name));
  const notes = [...(tiles ? [say('picture_without_tiles')] : []), ...creditTexts(settings)];
  for (const note of notes) pen.write(note, { size: 10, colour: QUIET_COLOUR });
  return pen.top;
}

/** Canvases of a map, the lowest first. @param {L.Map} map @returns {HTMLCanvasElement[]} */
function canvasesOf(map) {
  const panes = Object.values(map.getPanes())
    .map((pane) => ({ pane, z: Number(getComputedStyle(pane).zIndex) || 0 }));
  panes.sort((a, b) => a.z - b.z);
  return panes.flatMap(({ pane }) => [...pane.children].filter((node) => node instanceof HTMLCanvasElement));
}

/** The map as it is drawn, cut to its frame. */
function paintMap(ctx, map, left, top) {
  const frame = map.getContainer().getBoundingClientRect();
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
  ctx.strokeStyle = INK_COLOUR;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.moveTo(x, y - 5);
  ctx.lineTo(x, y);
  ctx.lineTo(x + width, y);
  ctx.lineTo(x + width, y - 5);
  ctx.stroke();
  ctx.fillStyle = INK_COLOUR;
  ctx.font = `400 11px ${FONT}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.direction = 'ltr';
  ctx.fillText(bar.textContent, x + 4, y - 5);
}

/** Put everything in its place. @returns {{width: number, height: number}} what it takes */
function layOut(ctx, page) {
  const { x: mapWidth, y: mapHeight } = page.map.getSize();
  const isWide = mapWidth >= WIDE_PX;
  const width = mapWidth + 2 * PAD + (isWide ? LEGEND_PX + PAD : 0);
  const inner = width - 2 * PAD;
  const top = writeHead(new Pen(ctx, PAD, PAD, inner), page) + 10;
  paintMap(ctx, page.map, PAD, top);
  const below = top + mapHeight + 12;
  const legend = isWide
    ? new Pen(ctx, mapWidth + 2 * PAD, top, LEGEND_PX) : new Pen(ctx, PAD, below, inner);
  const end = Math.max(below, writeLegend(legend, page) + 10);
  const height = writeFoot(new Pen(ctx, PAD, end, inner), page) + PAD;
  return { width, height };
}

/** A canvas with its pen. */
function sheet(width, height, ratio) {
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width * ratio);
  canvas.height = Math.ceil(height * ratio);
  const ctx = canvas.getContext('2d');
  ctx.scale(ratio, ratio);
  ctx.fillStyle = '#fffefb';
  ctx.fillRect(0, 0, width, height);
  return { canvas, ctx };
}

const frames = () => new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(resolve));
});

/** The map drawn finely for a moment. @param {L.Map} map @param {number} least pixels to a px */
async function redrawAt(map, least) {
  drawing.leastRatio = least;
  map.fire('moveend');
  await frames();
}

/**
 * The view as a PNG. Online tiles are left out: a browser lets no page save pictures of others.
 * @param {object} page
 * @returns {Promise<Blob>}
 */
export async function pictureOf(page) {
  await document.fonts.ready;
  await redrawAt(page.map, RATIO);
  try {
    const size = layOut(sheet(1, 1, 1).ctx, page);
    const { canvas, ctx } = sheet(size.width, size.height, RATIO);
    layOut(ctx, page);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error(say('picture_failed')))));
    });
  } finally {
    await redrawAt(page.map, 0);
  }
}
