/** @file The view as a picture: the map as drawn, heading, legend, scale and credits on one canvas. */

import {
  footTexts, frameOf, headTexts, legendParts, paintMaps, redrawAt,
} from './sheet_parts.js';
import { readsRightToLeft, say } from './words.js';

const RATIO = 2;
const PAD = 18;
const LEGEND_PX = 250;
const WIDE_PX = 620;
const ROW = 22;
/** A text whose first letter is of a script that is read from right to left. */
const STARTS_RTL = /^\P{L}*[\p{Script=Arabic}\p{Script=Hebrew}]/u;
const FONT = '"Noto Sans", system-ui, "Segoe UI", Roboto, "Noto Naskh Arabic", sans-serif';
const INK_COLOUR = '#1d1d1b';
const QUIET_COLOUR = '#5d584e';

/** What writes lines of text, from the top down, from the reader's first side. */
class Pen {
  /** @param {CanvasRenderingContext2D} ctx @param {number} left @param {number} top @param {number} width */
  constructor(ctx, left, top, width) {
    this.ctx = ctx;
    this.left = left;
    this.top = top;
    this.width = width;
    this.isRtl = readsRightToLeft();
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
    ctx.direction = STARTS_RTL.test(text) ? 'rtl' : 'ltr';
    ctx.textAlign = this.isRtl ? 'right' : 'left';
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

/** Write the legend. @returns {number} where it ends */
function writeLegend(pen, page) {
  for (const { title, items } of legendParts(page)) {
    pen.write(title.toLocaleUpperCase(), { size: 11, weight: '700', colour: QUIET_COLOUR });
    for (const { paint, text, count } of items) pen.item(paint, text, count);
    pen.top += 8;
  }
  return pen.top;
}

function writeHead(pen, page) {
  const { title, caption, status, filters } = headTexts(page);
  pen.write(title, { size: 21, weight: '700' });
  if (caption) pen.write(caption, { size: 12.5, colour: QUIET_COLOUR });
  if (status) pen.write(status, { size: 12.5, weight: '600' });
  if (filters) pen.write(filters, { size: 12 });
  return pen.top;
}

function writeFoot(pen, page) {
  for (const text of footTexts(page)) pen.write(text, { size: 10, colour: QUIET_COLOUR });
  return pen.top;
}

/** Put everything in its place. @returns {{width: number, height: number}} what it takes */
function layOut(ctx, page) {
  const { width: mapWidth, height: mapHeight } = frameOf(page);
  const isWide = mapWidth >= WIDE_PX;
  const width = mapWidth + 2 * PAD + (isWide ? LEGEND_PX + PAD : 0);
  const inner = width - 2 * PAD;
  const top = writeHead(new Pen(ctx, PAD, PAD, inner), page) + 10;
  paintMaps(ctx, page, PAD, top);
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

/**
 * The view as a PNG. Online tiles are left out: a browser lets no page save pictures of others.
 * @param {object} page
 * @returns {Promise<Blob>}
 */
export async function pictureOf(page) {
  await document.fonts.ready;
  redrawAt(page, RATIO);
  await frames();
  try {
    const size = layOut(sheet(1, 1, 1).ctx, page);
    const { canvas, ctx } = sheet(size.width, size.height, RATIO);
    layOut(ctx, page);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error(say('picture_failed')))));
    });
  } finally {
    redrawAt(page, 0);
  }
}
