/** @file Drawing the timeline: bars, axis, and when the incident that is read about was. */

import { binStart } from './bins.js';
import { niceStep, PLOT, PLOT_FONT } from './plot.js';
import { formatBrief, formatUnit } from './words.js';

const MARGIN = { left: 38, right: 12, top: 8, bottom: 20 };
const LABEL_PX = 52;
/** Unit, how many of them, days. @type {[string, number, number][]} */
const TICKS = [
  ['day', 1, 1], ['day', 2, 2], ['week', 1, 7], ['week', 2, 14], ['month', 1, 30], ['month', 3, 91], ['month', 6, 182],
  ['year', 1, 365], ['year', 2, 730], ['year', 5, 1826], ['year', 10, 3652], ['year', 20, 7305], ['year', 50, 18262],
  ['year', 100, 36524], ['year', 500, 182621], ['year', 1000, 365242],
];

/** Where the bars stand in the canvas. */
export function plotBox(width, height) {
  return {
    left: MARGIN.left,
    top: MARGIN.top,
    width: width - MARGIN.left - MARGIN.right,
    height: height - MARGIN.top - MARGIN.bottom,
    bottom: height - MARGIN.bottom,
  };
}

/** @returns {{day: number, text: string, strong: boolean}[]} */
export function axisTicks(axis, width) {
  const [first, last] = axis.domain;
  const perDay = width / (last - first);
  const [unit, step] = TICKS.find(([, , days]) => days * perDay >= LABEL_PX) ?? TICKS.at(-1);
  const ticks = [];
  let day = startOf(first, unit, step);
  while (day < last) {
    if (day >= first) ticks.push({ day, ...tickWords(day, unit) });
    day = unit === 'year' || step === 1 ? binStart(day, unit, step, 1) : binStart(day, unit, 1, step);
  }
  return ticks;
}

/** Quarters and half years begin with a year, so that its name is there to be read. */
function startOf(first, unit, step) {
  if (unit === 'month') return binStart(first, 'year', 1);
  return binStart(first, unit, unit === 'year' ? step : 1);
}

function tickWords(day, unit) {
  const isNewYear = binStart(day, 'year', 1) === day;
  if (unit === 'year' || (unit === 'month' && isNewYear)) return { text: formatUnit(day, 'year'), strong: unit !== 'year' };
  return { text: formatUnit(day, unit === 'month' ? 'month' : 'day'), strong: false };
}

/** @param {CanvasRenderingContext2D} ctx */
export function paintTimeAxis(ctx, box, axis, ticks, most) {
  ctx.font = `11px ${PLOT_FONT}`;
  ctx.textBaseline = 'alphabetic';
  paintCounts(ctx, box, most);
  ctx.fillStyle = PLOT.rule;
  ctx.fillRect(box.left, box.bottom, box.width, 1);
  ctx.textAlign = 'left';
  let free = -Infinity;
  for (const { day, text, strong } of ticks) {
    const x = box.left + axis.px(day);
    ctx.fillStyle = '#b9b3a6';
    ctx.fillRect(Math.round(x), box.bottom, 1, 5);
    ctx.font = `${strong ? '600 ' : ''}11px ${PLOT_FONT}`;
    const width = ctx.measureText(text).width;
    if (x < free || x + 3 + width > box.left + box.width + MARGIN.right) continue;
    ctx.fillStyle = strong ? PLOT.ink : PLOT.quiet;
    ctx.fillText(text, x + 3, box.bottom + 14);
    free = x + width + 9;
  }
}

/** Lines and numbers across. */
function paintCounts(ctx, box, most) {
  const step = Math.max(1, niceStep(most / Math.max(1, Math.floor(box.height / 26))));
  ctx.textAlign = 'right';
  for (let count = step; count <= most * 1.001; count += step) {
    const y = Math.round(box.bottom - count / most * box.height);
    ctx.fillStyle = '#efebe2';
    ctx.fillRect(box.left, y, box.width, 1);
    ctx.fillStyle = PLOT.quiet;
    ctx.fillText(formatBrief(count), box.left - 5, y + 4);
  }
}

/** @param {CanvasRenderingContext2D} ctx */
export function paintBars(ctx, box, { bins, counts, groups, axis }, most) {
  const { sure, spread } = counts;
  const perBin = box.width / bins.count;
  const gap = perBin >= 5 ? 1 : 0;
  for (let bin = 0; bin < bins.count; bin++) {
    const x = box.left + axis.px(bins.edges[bin]);
    const width = Math.max(1, box.left + axis.px(bins.edges[bin + 1]) - x - gap);
    const bar = (from, count, colour) => {
      if (count <= 0) return from;
      const top = Math.min(from + count, most);
      ctx.fillStyle = colour;
      ctx.fillRect(x, box.bottom - top / most * box.height, width, (top - Math.min(from, most)) / most * box.height);
      return from + count;
    };
    paintBar(bar, groups, (group) => sure[group * bins.count + bin], (group) => spread[group * bins.count + bin]);
  }
}

/** From the ground up: known and kept, kept but vague in time, left out. */
function paintBar(bar, groups, sure, spread) {
  const kept = groups.length;
  let top = 0;
  groups.forEach(({ colour }, group) => { top = bar(top, sure(group), colour); });
  groups.forEach(({ colour }, group) => {
    top = bar(top, spread(group), colour === PLOT.kept ? PLOT.vague : `${colour}80`);
  });
  for (const group of [kept, kept + 1]) top = bar(top, sure(group) + spread(group), PLOT.left);
}

/** When the incidents were that are pointed at and read about: under the axis. */
export function paintSpans(ctx, box, axis, spans) {
  for (const [start, end] of spans) {
    const [a, b] = [box.left + axis.px(start), box.left + axis.px(end)];
    ctx.fillStyle = PLOT.accent;
    ctx.fillRect(a, box.bottom - 1, Math.max(3, b - a), 3);
    ctx.beginPath();
    const middle = (a + Math.max(a + 3, b)) / 2;
    ctx.moveTo(middle, box.bottom);
    ctx.lineTo(middle - 5, box.bottom + 8);
    ctx.lineTo(middle + 5, box.bottom + 8);
    ctx.fill();
  }
}
