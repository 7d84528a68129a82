/** @file The unrolled border: kilometre along the line by distance to it, with every incident. */

import { blockJson, element } from './dom.js';
import { choiceBox, freshCanvas, niceStep, PLOT, Tip } from './plot.js';
import { RangeBrush } from './range_brush.js';
import {
  layStrip, paintGates, paintGround, paintKilometres, paintLine, paintSides, paintUnits, unitAt,
} from './strip_frame.js';
import { StripGestures } from './strip_gestures.js';
import { StripMarks } from './strip_marks.js';
import { REACHES, StripScale } from './strip_scale.js';
import { formatDates, formatLength, formatNumber, readsRightToLeft, say, wordFor } from './words.js';

/** Px at which it opens. */
export const STRIP_PX = 330;
const CLOSER = 0.5;
const VIEW = /^(\d{1,4})-(\d{1,4})(?:,(fit|10|25|50|100|all))?$/;
/** How finely an offset is chosen: from so many km on, so many parts of a km. */
const OFFSET_PARTS = [[20, 1], [5, 2], [0, 10]];
/** What a group's rows must be apart, in km, for going closer to part them. */
const PARTABLE_KM = 0.2;

/** What stands along the line, named in the reader's script where there is such a name. */
function readably(along) {
  if (!readsRightToLeft()) return along;
  const units = Object.values(along.sides).flatMap(({ provinces, districts }) => [...provinces, ...districts]);
  for (const one of [...units, ...along.crossings]) {
    if (one.local) [one.name, one.local] = [one.local, one.name];
  }
  return along;
}

class Unrolled {
  /** @param {object} page filters, incidents, styles, address, selection */
  constructor(page) {
    this.page = page;
    this.along = readably(blockJson('bordermap-along'));
    this.canvas = element('canvas', { class: 'strip-canvas', 'aria-hidden': 'true' });
    this.tip = new Tip();
    this.live = element('p', { class: 'unseen', 'aria-live': 'polite' });
    this.brushes = { km: this.kmBrush(), offset: this.offsetBrush() };
    this.field = element('div', {
      class: 'strip-field', role: 'group', tabindex: 0, 'aria-label': say('strip_help'), 'aria-roledescription': say('dock_strip'),
    });
    this.gestures = new StripGestures(this);
    this.node = element(
      'div',
      { class: 'unrolled' },
      this.buildTools(),
      element(
        'div',
        { class: 'strip-plot', dir: 'ltr' },
        this.canvas, this.field, this.brushes.km.node, this.brushes.offset.node, this.tip.node,
      ),
      this.buildFoot(),
      this.live,
    );
    new ResizeObserver(() => this.isShown() && this.update()).observe(this.canvas);
    page.onPoint(() => this.isShown() && this.paint());
    page.onSelect((row, by) => this.isShown() && this.follow(row, by));
  }

  /** What another view opens is brought into sight. */
  follow(row, by) {
    const km = row < 0 || !this.marks ? NaN : this.marks.km[row];
    const isOutside = km < this.scale?.from || km > this.scale?.to;
    if (by !== 'strip' && isOutside) this.look(km - this.scale.span / 2, km + this.scale.span / 2);
    else this.paint();
  }

  isShown() {
    return this.canvas.isConnected && this.canvas.clientWidth > 0;
  }

  /** Columns of kilometres and offsets, made when the view is first shown. */
  prepare() {
    if (this.marks) return;
    const { incidents } = this.page;
    let farthest = 0;
    for (const offset of incidents.offsets) farthest = Math.abs(offset) > farthest ? Math.abs(offset) : farthest;
    this.scale = new StripScale(this.along.lengthKm, farthest);
    this.marks = new StripMarks(this.page, this.scale);
    this.read(this.asked);
  }

  /** The part and the scale that the address asks for. @param {string} text */
  read(text) {
    const asked = VIEW.exec(text);
    if (!asked) return;
    const [from, to] = [Number(asked[1]), Number(asked[2])];
    if (from < to && to <= this.along.lengthKm + 1) this.scale.look(from, to);
    this.scale.setReach(asked[3] ?? 'fit');
    this.reach.value = this.scale.reach;
  }

  /** For the address; what it asked for is kept until the view is first shown. */
  text() {
    const { scale } = this;
    if (!scale) return VIEW.test(this.asked) ? this.asked : '';
    if (scale.isWhole && scale.reach === 'fit') return '';
    const part = `${Math.floor(scale.from)}-${Math.ceil(scale.to)}`;
    return scale.reach === 'fit' ? part : `${part},${scale.reach}`;
  }

  buildTools() {
    this.asked = this.page.address.keep('unrolled', () => this.text());
    const button = (text, key, action) => element('button', {
      type: 'button', text, 'aria-label': say(key), title: say(key), onclick: action,
    });
    this.reach = choiceBox('strip_reach', REACHES.map((reach) => [reach, say(`strip_reach_${reach}`)]), 'fit', (reach) => {
      this.scale.setReach(reach);
      this.seen();
    });
    return element(
      'div',
      { class: 'dock-tools' },
      this.reach,
      button('−', 'strip_farther', () => this.zoom(1 / CLOSER)),
      button('+', 'strip_closer', () => this.zoom(CLOSER)),
      button('‹', 'strip_back', () => this.pan(-0.3)),
      button('›', 'strip_on', () => this.pan(0.3)),
      button(say('strip_whole'), 'strip_whole', () => this.look(0, this.scale.lengthKm)),
    );
  }

  buildFoot() {
    this.place = element('span', { class: 'strip-place', dir: 'auto', text: say('strip_legend') });
    this.chosen = element('output', { class: 'dock-chosen' });
    this.clearing = element('button', { type: 'button', class: 'quiet', text: say('strip_clear'), onclick: () => this.clear() });
    this.notes = element('span');
    return element(
      'div',
      { class: 'dock-foot' },
      this.place,
      this.notes,
      this.chosen,
      this.clearing,
    );
  }

  kmBrush() {
    return new RangeBrush({
      axis: 'x',
      labels: [say('strip_km_from'), say('strip_km_to')],
      text: (km) => say('strip_km', { km: formatNumber(km, 0, 1) }),
      step: (km, steps) => km + steps * this.kmStep(),
      snap: (km) => Math.round(km / this.kmStep()) * this.kmStep(),
      onChange: (from, to) => this.brushKm(from, to),
      onClear: () => this.clear(),
    });
  }

  offsetBrush() {
    return new RangeBrush({
      axis: 'y',
      labels: [say('strip_off_from'), say('strip_off_to')],
      text: (offset) => this.offsetWords(offset),
      step: (offset, steps) => offset + steps,
      snap: (offset) => this.rounded(offset),
      onChange: (from, to) => this.brushOffset(from, to),
      onClear: () => this.clear(),
    });
  }

  kmStep() {
    return niceStep(Math.max(0.1, this.scale.span / 280));
  }

  /** To a tenth of a km near the line, to whole ones far from it. */
  rounded(offset) {
    const parts = OFFSET_PARTS.find(([least]) => Math.abs(offset) >= least)[1];
    return Math.round(offset * parts) / parts;
  }

  offsetWords(offset) {
    const side = offset < 0 ? 'PK' : 'AF';
    return offset === 0 ? say('strip_off_zero') : say('strip_off', { km: formatNumber(Math.abs(offset), 0, 1), side: say(`side_${side}`) });
  }

  /** A range that reaches to the ends of the axis asks for nothing. */
  brushKm(from, to) {
    const { lengthKm } = this.scale;
    this.page.filters.setKm(from <= 0 ? -Infinity : from, to >= lengthKm ? Infinity : to);
  }

  brushOffset(from, to) {
    const { most } = this.scale;
    this.page.filters.setOffset(from <= -most ? -Infinity : from, to >= most ? Infinity : to);
  }

  clear() {
    const { filters } = this.page;
    if (filters.km.isActive) filters.setKm(-Infinity, Infinity);
    if (filters.offset.isActive) filters.setOffset(-Infinity, Infinity);
  }

  look(from, to) {
    this.scale.look(from, to);
    this.seen();
  }

  zoom(factor, km) {
    this.scale.zoom(factor, km);
    this.seen();
  }

  /** @param {number} share of what is shown */
  pan(share) {
    const by = this.scale.span * share;
    this.look(this.scale.from + by, this.scale.to + by);
  }

  /** Another part is shown. */
  seen() {
    this.page.address.changed();
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.update();
    });
  }

  update() {
    this.prepare();
    const { clientWidth, clientHeight } = this.canvas;
    this.rows = layStrip(clientWidth, clientHeight);
    const { box } = this.rows;
    if (box.width < 20 || box.height < 20) return;
    this.scale.box = box;
    this.paint();
    this.placeBrushes();
    this.tell();
  }

  paint() {
    if (!this.rows) return;
    const { rows, scale, along, marks } = this;
    const { box } = rows;
    const { ctx } = freshCanvas(this.canvas);
    paintGround(ctx, rows, scale);
    this.paintRange(ctx, box);
    paintLine(ctx, rows, scale, along.disputed);
    paintGates(ctx, rows, scale, along.crossings);
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.left, box.top, box.width, box.height);
    ctx.clip();
    ctx.translate(box.left, box.top);
    marks.paint(ctx, box);
    ctx.restore();
    if (marks.isCrowded) {
      paintLine(ctx, rows, scale, along.disputed);
      paintGates(ctx, rows, scale, along.crossings);
    }
    paintSides(ctx, rows);
    this.paintChosen(ctx, box);
    paintUnits(ctx, rows, scale, along.sides);
    paintKilometres(ctx, rows, scale);
  }

  paintChosen(ctx, box) {
    const { selected, pointed } = this.page.selection;
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.left - 8, box.top - 8, box.width + 16, box.height + 16);
    ctx.clip();
    ctx.translate(box.left, box.top);
    for (const row of new Set([selected, pointed])) this.marks.paintChosen(ctx, row);
    ctx.restore();
  }

  /** What is asked for, light; the rest is shaded. */
  paintRange(ctx, box) {
    const { km, offset } = this.page.filters;
    if (!km.isActive && !offset.isActive) return;
    const [a, b] = [this.scale.x(Math.max(0, km.from)), this.scale.x(Math.min(this.scale.lengthKm, km.to))];
    const most = this.scale.most;
    const [c, d] = [this.scale.y(Math.min(most, offset.to)), this.scale.y(Math.max(-most, offset.from))];
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.left, box.top, box.width, box.height);
    ctx.clip();
    ctx.fillStyle = 'rgba(11, 92, 173, .1)';
    ctx.strokeStyle = PLOT.accent;
    ctx.lineWidth = 1;
    ctx.fillRect(box.left + a, box.top + c, b - a, d - c);
    ctx.strokeRect(Math.round(box.left + a) + 0.5, Math.round(box.top + c) + 0.5, Math.round(b - a) - 1, Math.round(d - c) - 1);
    ctx.restore();
  }

  placeBrushes() {
    const { rows: { box, axis }, scale, page: { filters: { km, offset } } } = this;
    const place = (node, left, top, width, height) => Object.assign(node.style, {
      left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px`,
    });
    place(this.field, box.left, 0, box.width, axis);
    place(this.brushes.km.node, box.left, axis, box.width, 24);
    place(this.brushes.offset.node, 0, box.top, box.left, box.height);
    const { lengthKm, most } = scale;
    /** @type {import('./range_brush.js').Axis} */
    const alongAxis = { domain: [0, lengthKm], px: (value) => scale.x(value), value: (px) => scale.km(px) };
    /** @type {import('./range_brush.js').Axis} */
    const besideAxis = { domain: [-most, most], px: (value) => scale.y(value), value: (px) => scale.offset(px) };
    this.brushes.km.show(alongAxis, Math.max(0, km.from), Math.min(lengthKm, km.to));
    this.brushes.offset.show(besideAxis, Math.max(-most, offset.from), Math.min(most, offset.to));
  }

  /** In words: what is chosen, and what cannot be shown. */
  tell() {
    const { km, offset } = this.page.filters;
    const parts = [];
    const end = (value, limit) => Math.max(-limit, Math.min(limit, value));
    if (km.isActive) {
      const values = [Math.max(0, km.from), Math.min(this.scale.lengthKm, km.to)].map((value) => formatNumber(value, 0, 1));
      parts.push(say('strip_km_range', { from: values[0], to: values[1] }));
    }
    if (offset.isActive) {
      const values = [offset.from, offset.to].map((value) => this.offsetWords(end(value, this.scale.farthestKm)));
      parts.push(say('strip_off_range', { from: values[0], to: values[1] }));
    }
    this.chosen.textContent = parts.join('; ');
    this.clearing.hidden = parts.length === 0;
    this.chosen.hidden = parts.length === 0;
    const { beyond, placeless } = this.marks.tallied;
    const note = (key, n) => (n ? say(key, { n: formatNumber(n) }) : '');
    this.notes.textContent = [note('strip_beyond', beyond), note('strip_placeless', placeless)].filter(Boolean).join(' · ');
  }

  /** Where along the line that is. @param {number} km */
  placeWords(km) {
    const { AF, PK } = this.along.sides;
    const name = (units) => unitAt(units, km)?.name ?? '';
    return say('strip_place', {
      km: formatNumber(km, 0, this.scale.span < 100 ? 1 : 0),
      af: `${name(AF.districts)}, ${name(AF.provinces)}`,
      pk: `${name(PK.districts)}, ${name(PK.provinces)}`,
    });
  }

  /** The unit that borders the line at a kilometre. */
  unitAt(units, km) {
    return unitAt(units, km);
  }

  /** @param {number[]} rows @returns {string[]} */
  rowWords([row, ...others]) {
    const record = this.page.incidents.record(row);
    const bounds = this.marks.bounds(row);
    const side = record.side ? wordFor('side', record.side) : '';
    const lines = [
      `${wordFor('type', record.type || 'unknown')}, ${formatDates(record)}`,
      [formatLength(record.distance), side].filter(Boolean).join(' · '),
    ];
    if (bounds) lines.push(say('strip_bounds', { least: this.offsetWords(bounds[0]), most: this.offsetWords(bounds[1]) }));
    lines.push([record.district, record.province].filter(Boolean).join(', '));
    if (others.length) lines.push(say('strip_more', { n: formatNumber(others.length) }));
    return lines.filter(Boolean);
  }

  /** Mark what is under the pointer, or nothing. @param {number} x @param {number} y px in the plot */
  hover(x, y) {
    const { box } = this.rows;
    const rows = y >= 0 && y <= box.height ? this.marks.hit(x, y) : [];
    this.tip.show(rows.length ? this.rowWords(rows) : [], box.left + x, box.top + y);
    this.place.textContent = this.placeWords(Math.max(0, Math.min(this.scale.lengthKm - 0.001, this.scale.km(x))));
    this.field.classList.toggle('over-mark', rows.length > 0);
    this.page.point(rows.length ? rows[0] : -1, 'strip');
  }

  leave() {
    this.tip.show([]);
    this.place.textContent = say('strip_legend');
    this.page.point(-1, 'strip');
  }

  /** A click opens an incident, or parts a group by going closer. */
  press(x, y) {
    const rows = this.marks.hit(x, y);
    if (!rows.length) return;
    const kms = rows.map((row) => this.marks.km[row]);
    const [least, most] = [Math.min(...kms), Math.max(...kms)];
    const room = (most - least) * 1.6;
    if (most - least > PARTABLE_KM && room < this.scale.span * 0.8) this.look((least + most - room) / 2, (least + most + room) / 2);
    else this.page.select(rows[0], 'strip', rows);
  }

  /** From incident to incident by the arrow keys. @param {1|-1} step */
  go(step) {
    const { pointed, selected } = this.page.selection;
    const row = this.marks.next(pointed >= 0 ? pointed : selected, step);
    if (row < 0) return;
    const km = this.marks.km[row];
    if (km < this.scale.from || km > this.scale.to) this.look(km - this.scale.span / 2, km + this.scale.span / 2);
    this.page.point(row, 'strip');
    const words = this.rowWords([row]);
    this.tip.show(words, this.rows.box.left + this.marks.x(row), this.rows.box.top + this.marks.y(row));
    this.live.textContent = words.join('. ');
  }
}

/** @param {object} page @returns {import('./dock.js').View} */
export function buildUnrolled(page) {
  const unrolled = new Unrolled(page);
  return { node: unrolled.node, update: () => unrolled.update() };
}
