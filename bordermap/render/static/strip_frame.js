/** @file What frames the unrolled border: units of either side, crossings, the line, both axes. */

import { hatching } from './marks.js';
import { PLOT, PLOT_FONT } from './plot.js';
import { formatNumber, say } from './words.js';

const TINTS = { AF: '#eef4f8', PK: '#fbf3eb' };
const CELLS = { AF: ['#d8e5ee', '#e7eff5'], PK: ['#f3dfcd', '#f9ebdf'] };
const NAMES = { AF: '#2f5068', PK: '#7a4a22' };
const DISPUTED = '#b0124f';
const GATE = '#1d1d1b';
const BAND = { provinces: 17, districts: 15 };
const GATES_PX = 15;
const AXIS_PX = 24;
const SIDES_ROOM = 52;
const RIGHT = 12;
/** Below this height the districts are left out. */
const LOW_PX = 190;
const VAGUE_GATE_KM = 5;
const TICK_ROOM = { km: 74, offset: 13 };
const HANDLE_PX = 10;

/** Rows of the picture from the top down, in px. */
export function layStrip(width, height) {
  const districts = height >= LOW_PX ? BAND.districts : 0;
  const rows = {
    AF: { provinces: [0, BAND.provinces], districts: [BAND.provinces, districts] },
    gates: BAND.provinces + districts,
  };
  const top = rows.gates + GATES_PX;
  const bottom = height - AXIS_PX - BAND.provinces - districts;
  rows.PK = { districts: [bottom, districts], provinces: [bottom + districts, BAND.provinces] };
  rows.axis = height - AXIS_PX;
  rows.box = { left: SIDES_ROOM, top, width: width - SIDES_ROOM - RIGHT, height: bottom - top };
  return rows;
}

/** Text cut to a width, or nothing where not even a few letters fit. */
function fitted(ctx, text, width) {
  if (ctx.measureText(text).width <= width) return text;
  for (let length = text.length - 1; length >= 4; length--) {
    const cut = `${text.slice(0, length).trimEnd()}…`;
    if (ctx.measureText(cut).width <= width) return cut;
  }
  return '';
}

/** @param {CanvasRenderingContext2D} ctx @param {object} rows @param {import('./strip_scale.js').StripScale} scale */
export function paintUnits(ctx, rows, scale, sides) {
  for (const [country, levels] of Object.entries(sides)) {
    for (const [level, units] of Object.entries(levels)) {
      const [top, height] = rows[country][level];
      if (height === 0) continue;
      units.forEach((unit, at) => paintUnit(ctx, { top, height, country, level, at, left: rows.box.left }, unit, scale));
    }
  }
}

function paintUnit(ctx, { top, height, country, level, at, left }, unit, scale) {
  const x = left + Math.max(0, scale.x(unit.from));
  const end = left + Math.min(scale.box.width, scale.x(unit.to));
  if (end <= left || x >= left + scale.box.width) return;
  ctx.fillStyle = CELLS[country][at % 2];
  ctx.fillRect(x, top, end - x, height);
  ctx.fillStyle = PLOT.paper;
  ctx.fillRect(end - 0.5, top, 1, height);
  ctx.font = `${level === 'provinces' ? '600 11.5px' : '11px'} ${PLOT_FONT}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillStyle = NAMES[country];
  const isFull = ctx.measureText(unit.name).width <= end - x - 6;
  const text = isFull || level === 'provinces' ? fitted(ctx, unit.name, end - x - 6) : '';
  if (text) ctx.fillText(text, (x + end) / 2, top + height / 2 + 0.5);
}

/** Both sides in their tints, distances across, and which side is which. */
export function paintGround(ctx, rows, scale) {
  const { left, top, width, height } = rows.box;
  const middle = top + scale.y(0);
  ctx.fillStyle = TINTS.AF;
  ctx.fillRect(left, top, width, middle - top);
  ctx.fillStyle = TINTS.PK;
  ctx.fillRect(left, middle, width, top + height - middle);
  ctx.font = `11px ${PLOT_FONT}`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  for (const km of scale.offsetTicks(TICK_ROOM.offset)) {
    for (const sign of [-1, 1]) {
      const y = Math.round(top + scale.y(sign * km));
      ctx.fillStyle = 'rgba(70, 60, 40, .13)';
      ctx.fillRect(left, y, width, 1);
      ctx.fillStyle = PLOT.quiet;
      ctx.fillText(formatNumber(km), left - 5, y);
    }
  }
  ctx.fillText(formatNumber(0), left - 5, middle);
}

/** Names of the sides, over everything, in the corners of the plot. */
export function paintSides(ctx, rows) {
  const { left, top, height } = rows.box;
  ctx.font = `600 11px ${PLOT_FONT}`;
  ctx.textAlign = 'left';
  ctx.lineWidth = 3;
  for (const [country, y] of [['AF', top + 9], ['PK', top + height - 9]]) {
    const text = say('strip_side', { side: say(`side_${country}`) });
    ctx.textBaseline = 'middle';
    ctx.strokeStyle = TINTS[country];
    ctx.strokeText(text, left + 6, y);
    ctx.fillStyle = NAMES[country];
    ctx.fillText(text, left + 6, y);
  }
}

/** The line, and where its editions differ by how much. */
export function paintLine(ctx, rows, scale, disputed) {
  const { left, top, width } = rows.box;
  const y = Math.round(top + scale.y(0));
  ctx.fillStyle = PLOT.ink;
  ctx.fillRect(left, y - 1, width, 2);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, rows.box.height);
  ctx.clip();
  for (const { from, to, uncertaintyKm } of disputed) {
    const x = left + scale.x(from);
    const length = Math.max(3, scale.x(to) - scale.x(from));
    const [high, low] = [-uncertaintyKm, uncertaintyKm].map((km) => top + scale.y(km));
    ctx.fillStyle = hatching(ctx, DISPUTED);
    ctx.globalAlpha = 0.5;
    ctx.fillRect(x, high, length, low - high);
    ctx.globalAlpha = 1;
    ctx.fillStyle = DISPUTED;
    ctx.fillRect(x, y - 1.5, length, 3);
  }
  ctx.restore();
}

/** Crossings: a sign on the line, a name above the plot where there is room. */
export function paintGates(ctx, rows, scale, gates) {
  const { left, top, width } = rows.box;
  const inView = gates.filter(({ km }) => km >= scale.from && km <= scale.to);
  for (const { km, radiusKm } of inView) paintGate(ctx, left + scale.x(km), top + scale.y(0), radiusKm > VAGUE_GATE_KM);
  ctx.font = `11px ${PLOT_FONT}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  const taken = [];
  for (const { km, name } of [...inView].sort((a, b) => a.radiusKm - b.radiusKm)) {
    const half = ctx.measureText(name).width / 2;
    const x = left + scale.x(km);
    const middle = Math.max(left + half, Math.min(left + width - half, x));
    if (taken.some(([a, b]) => middle - half < b + 10 && middle + half > a - 10)) continue;
    taken.push([middle - half, middle + half]);
    ctx.fillStyle = GATE;
    ctx.fillText(name, middle, rows.gates + GATES_PX / 2);
    ctx.fillStyle = 'rgba(29, 29, 27, .28)';
    ctx.fillRect(Math.round(x), top - 2, 1, scale.y(0) + 2);
  }
}

function paintGate(ctx, x, y, isVague) {
  ctx.beginPath();
  ctx.moveTo(x, y - 5);
  ctx.lineTo(x + 4, y);
  ctx.lineTo(x, y + 5);
  ctx.lineTo(x - 4, y);
  ctx.closePath();
  ctx.fillStyle = isVague ? PLOT.paper : GATE;
  ctx.strokeStyle = isVague ? GATE : PLOT.paper;
  ctx.lineWidth = 1.2;
  ctx.fill();
  ctx.stroke();
}

/** Kilometres along the foot. */
export function paintKilometres(ctx, rows, scale) {
  const { left, width } = rows.box;
  ctx.font = `11px ${PLOT_FONT}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'center';
  for (const km of scale.kmTicks(TICK_ROOM.km)) {
    const x = left + scale.x(km);
    ctx.fillStyle = '#b9b3a6';
    ctx.fillRect(Math.round(x), rows.axis, 1, 4);
    ctx.fillStyle = PLOT.quiet;
    const text = km === 0 ? say('strip_start') : formatNumber(km);
    const half = ctx.measureText(text).width / 2;
    ctx.fillText(text, Math.max(left + half + HANDLE_PX, Math.min(left + width - half - HANDLE_PX, x)), rows.axis + 13);
  }
  ctx.textAlign = 'right';
  ctx.fillText(say('strip_unit'), left - 6, rows.axis + 13);
}

/** The unit of a level that borders the line at a kilometre. */
export function unitAt(units, km) {
  return units.find(({ from, to }) => km >= from && km < to) ?? units.at(-1);
}
