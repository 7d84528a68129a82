/** @file The timeline: incidents by day, week, month or year, a range of dates drawn on it, and play. */

import { Bins, chooseBins, fillBins, layRows, UNITS } from './bins.js';
import { element } from './dom.js';
import { Player } from './play.js';
import { chip, choiceBox, freshCanvas, PLOT, Tip } from './plot.js';
import { RangeBrush } from './range_brush.js';
import { axisTicks, paintBars, paintSpans, paintTimeAxis, plotBox } from './time_paint.js';
import { formatLongDay, formatNumber, formatUnit, say, wordFor } from './words.js';

const OPENS_AT_PX = 214;
const MOST_COLOURS = 9;
/** Bars of what the other filters keep fill at least this share of the height. */
const LEAST_FILL = 0.2;

class Timeline {
  /** @param {object} page filters, incidents, styles, address */
  constructor(page) {
    this.page = page;
    this.canvas = element('canvas', { class: 'time-canvas', role: 'img' });
    this.tip = new Tip();
    /** By row, where bars are parted by type. @type {Uint8Array|null} */
    this.groupOf = null;
    /** Of a page of counts: how many incidents a row stands for, and the one unit that it can tell. */
    this.weights = page.filters.weights;
    this.units = page.filters.units ?? ['auto', ...UNITS];
    this.read();
    this.brush = new RangeBrush({
      axis: 'x',
      labels: [say('date_from'), say('date_to')],
      text: (day, isEnd) => formatLongDay(isEnd ? day - 1 : day),
      step: (day, steps) => this.bins.step(day, steps),
      snap: (day) => this.bins.nearest(day),
      onChange: (from, to) => this.choose(from, to),
      onClear: () => this.clear(),
      onTap: (day) => this.tap(day),
    });
    this.brush.node.addEventListener('pointermove', (event) => this.hover(event));
    this.brush.node.addEventListener('pointerleave', () => this.tip.show([]));
    this.player = new Player(page, () => this.bins);
    this.chosen = element('output', { class: 'dock-chosen' });
    this.whole = element('button', { type: 'button', class: 'quiet', text: say('time_whole'), onclick: () => this.clear() });
    this.undated = element('span');
    this.node = element(
      'div',
      { class: 'timeline' },
      element('div', { class: 'dock-tools' }, this.player.node, ...this.boxes()),
      element('div', { class: 'time-plot', dir: 'ltr' }, this.canvas, this.brush.node, this.tip.node),
      this.buildFoot(),
    );
    this.withoutDate = page.filters.days.start.values.reduce((sum, value, row) => sum + (value === 0 ? this.weights?.[row] ?? 1 : 0), 0);
    new ResizeObserver(() => this.update()).observe(this.canvas);
    for (const listen of [page.onSelect, page.onPoint]) listen(() => this.canvas.isConnected && this.paint());
  }

  /** How the bars are drawn, as the address says. */
  read() {
    const { address } = this.page;
    const asked = /^(auto|day|week|month|year)(-type)?$/.exec(address.keep('bars', () => this.text()));
    this.unit = this.units.find((unit) => unit === asked?.[1]) ?? this.units[0];
    this.byType = asked?.[2] !== undefined;
  }

  text() {
    return this.unit === this.units[0] && !this.byType ? '' : `${this.unit}${this.byType ? '-type' : ''}`;
  }

  boxes() {
    const change = (set) => (value) => { set(value); this.page.address.changed(); this.update(); };
    const units = this.units.map((unit) => /** @type {[string, string]} */ ([unit, say(`time_by_${unit}`)]));
    return [
      choiceBox('time_by', units, this.unit, change((unit) => { this.unit = unit; })),
      choiceBox(
        'time_colours',
        [['plain', say('time_plain')], ['type', say('time_types')]],
        this.byType ? 'type' : 'plain',
        change((value) => { this.byType = value === 'type'; }),
      ),
    ];
  }

  buildFoot() {
    this.chips = {
      kept: chip('kept', 'chip_kept'), vague: chip('vague', 'chip_vague_date'), left: chip('left', 'chip_left'),
    };
    return element(
      'div',
      { class: 'dock-foot' },
      ...Object.values(this.chips),
      this.undated,
      element('span', { class: 'dock-gap' }),
      this.chosen,
      this.whole,
    );
  }

  choose(from, to) {
    this.player.pause();
    this.page.filters.setDates(from, to - 1);
  }

  clear() {
    this.player.pause();
    const [first, last] = this.page.filters.dayRange;
    this.page.filters.setDates(first, last);
  }

  /** A tap on a bar takes its dates. */
  tap(day) {
    const bin = this.bins.at(Math.floor(day));
    this.choose(this.bins.edges[bin], this.bins.edges[bin + 1]);
  }

  /** Count and draw anew. */
  update() {
    const { filters } = this.page;
    this.box = plotBox(this.canvas.clientWidth, this.canvas.clientHeight);
    if (this.box.width < 20 || this.box.height < 10) return;
    this.layBins(filters.dayRange);
    this.count();
    this.paint();
    this.showBrush();
    this.tellUndated();
    this.canvas.setAttribute('aria-label', this.words());
  }

  layBins([first, last]) {
    const size = chooseBins(first, last, this.box.width, this.unit);
    const { bins } = this;
    if (!bins || bins.unit !== size.unit || bins.years !== size.years) {
      this.bins = new Bins(first, last, size);
      this.laid = layRows(this.bins, this.page.filters.days);
    }
    const { edges } = this.bins;
    const [start, end] = [edges[0], edges.at(-1)];
    const perDay = this.box.width / (end - start);
    /** @type {import('./range_brush.js').Axis} */
    this.axis = {
      domain: [start, end],
      px: (day) => (day - start) * perDay,
      value: (px) => start + px / perDay,
    };
  }

  /** Groups: kept by type or together, left out by the dates alone, left out otherwise. */
  count() {
    const { fails } = this.page.filters;
    this.groups = this.byType ? this.typeGroups() : [{ code: -1, colour: PLOT.kept, name: '' }];
    const kept = this.groups.length;
    const groupOfFails = this.groupOfFails();
    if (!this.byType) {
      this.counts = fillBins(this.laid, fails, groupOfFails, kept + 2, this.weights);
      return;
    }
    const groupOfType = this.groupOfType();
    const type = this.page.incidents.type.values;
    this.groupOf ??= new Uint8Array(fails.length);
    const { groupOf } = this;
    for (let row = 0; row < fails.length; row++) {
      groupOf[row] = fails[row] === 0 ? groupOfType[type[row]] : groupOfFails[fails[row]];
    }
    this.counts = fillBins(this.laid, groupOf, Uint8Array.from({ length: kept + 2 }, (_, group) => group), kept + 2, this.weights);
  }

  /** The group of rows that fail these filters, the first one where they fail none. */
  groupOfFails() {
    const { days, kinds } = this.page.filters;
    const kept = this.groups.length;
    const groups = new Uint8Array(2 ** kinds.length).fill(kept + 1);
    groups[0] = 0;
    groups[1 << kinds.indexOf(days)] = kept;
    return groups;
  }

  /** The commonest types each in their colour, the rest together. */
  typeGroups() {
    if (this.commonest) return this.commonest;
    const { incidents, styles } = this.page;
    const counts = new Uint32Array(incidents.type.dictionary.length + 1);
    incidents.type.values.forEach((code, row) => { counts[code] += this.weights?.[row] ?? 1; });
    const codes = [...counts.keys()].filter((code) => counts[code]).sort((a, b) => counts[b] - counts[a]);
    const named = codes.slice(0, MOST_COLOURS).map((code) => {
      const word = incidents.type.wordOfCode(code);
      return { code, colour: styles.get(word).colour, name: wordFor('type', word || 'unknown') };
    });
    const rest = codes.length > MOST_COLOURS ? [{ code: -1, colour: PLOT.kept, name: say('type_other') }] : [];
    this.commonest = [...named, ...rest];
    return this.commonest;
  }

  groupOfType() {
    const codes = this.page.incidents.type.dictionary.length + 1;
    const groups = new Uint16Array(codes).fill(this.groups.length - 1);
    this.groups.forEach(({ code }, group) => { if (code >= 0) groups[code] = group; });
    return groups;
  }

  /** Incidents in a bin: `kept`, by the other filters (`others`), `all`. */
  totals(bin) {
    const { sure, spread } = this.counts;
    const n = this.bins.count;
    const of = (group) => sure[group * n + bin] + spread[group * n + bin];
    let kept = 0;
    for (let group = 0; group < this.groups.length; group++) kept += of(group);
    const others = kept + of(this.groups.length);
    return { kept, others, all: others + of(this.groups.length + 1) };
  }

  /** The count that fills the height. */
  most() {
    let most = { others: 0, all: 0 };
    for (let bin = 0; bin < this.bins.count; bin++) {
      const { others, all } = this.totals(bin);
      most = { others: Math.max(most.others, others), all: Math.max(most.all, all) };
    }
    if (most.others === 0) return Math.max(1, most.all);
    return Math.max(1, most.others >= most.all * LEAST_FILL ? most.all : most.others / 0.9);
  }

  paint() {
    if (!this.bins) return;
    const { ctx, width, height } = freshCanvas(this.canvas);
    this.box = plotBox(width, height);
    const most = this.most();
    paintTimeAxis(ctx, this.box, this.axis, axisTicks(this.axis, this.box.width), most);
    paintBars(ctx, this.box, this, most);
    const { selected, pointed } = this.page.selection;
    const spans = [...new Set([pointed, selected])].map((row) => this.span(row)).filter(Boolean);
    paintSpans(ctx, this.box, this.axis, spans);
  }

  /** From when to when an incident may have been. */
  span(row) {
    const { days } = this.page.filters;
    const start = row < 0 ? null : days.start.number(row);
    return start === null ? null : [start, (days.end.number(row) ?? start) + 1];
  }

  showBrush() {
    const { days, dates } = this.page.filters;
    const [start, end] = this.axis.domain;
    const [first, last] = days.range;
    this.brush.show(this.axis, days.from <= first ? start : days.from, days.to >= last ? end : days.to + 1);
    this.whole.hidden = !days.isActive;
    this.chosen.hidden = !days.isActive;
    this.chosen.textContent = say('date_range', { start: formatUnit(days.from, 'fullDay'), end: formatUnit(days.to, 'fullDay') });
    this.chosen.title = `${dates.from} / ${dates.to}`;
  }

  /** Only what there is needs a word: pale bars, vague dates, incidents without any. */
  tellUndated() {
    const { sure, spread } = this.counts;
    const some = (counts, groups) => counts.subarray(groups[0] * this.bins.count, groups[1] * this.bins.count).some(Boolean);
    const kept = this.groups.length;
    this.chips.vague.hidden = !some(spread, [0, kept]);
    this.chips.left.hidden = !some(sure, [kept, kept + 2]) && !some(spread, [kept, kept + 2]);
    const without = this.withoutDate;
    this.undated.textContent = without ? say('time_undated', { n: formatNumber(without) }) : '';
  }

  binName(bin) {
    const { unit, years, edges } = this.bins;
    const [from, to] = [edges[bin], edges[bin + 1] - 1];
    if (unit === 'day') return formatUnit(from, 'fullDay');
    if (unit === 'month') return formatUnit(from, 'fullMonth');
    if (unit === 'year' && years === 1) return formatUnit(from, 'year');
    const part = unit === 'year' ? 'year' : 'fullDay';
    return say('date_range', { start: formatUnit(from, part), end: formatUnit(to, part) });
  }

  /** @param {PointerEvent} event */
  hover(event) {
    if (!this.bins || event.pointerType === 'touch') return;
    const bin = this.bins.at(Math.floor(this.axis.value(this.brush.positionOf(event))));
    const { kept, all } = this.totals(bin);
    const count = (n) => formatNumber(n, 0, Number.isInteger(n) ? 0 : 1);
    const lines = [this.binName(bin), say('time_count', { kept: count(kept), all: count(all) })];
    if (this.byType) lines.push(...this.typeLines(bin, count));
    this.tip.show(lines, event.clientX - this.canvas.getBoundingClientRect().left, this.box.height / 2);
  }

  typeLines(bin, count) {
    const { sure, spread } = this.counts;
    return this.groups.map(({ name }, group) => {
      const at = group * this.bins.count + bin;
      const n = sure[at] + spread[at];
      return n > 0 ? `${name}: ${count(n)}` : '';
    }).filter(Boolean);
  }

  /** The histogram in a sentence. */
  words() {
    let best = 0;
    for (let bin = 1; bin < this.bins.count; bin++) if (this.totals(bin).kept > this.totals(best).kept) best = bin;
    const n = formatNumber(this.totals(best).kept, 0, 1);
    return say('time_words', { unit: say(`time_by_${this.bins.unit}`), n, when: this.binName(best) });
  }
}

/** Px at which the timeline opens. @param {object} page */
export function timelineHeight({ filters }) {
  return filters.hasDates ? OPENS_AT_PX : 96;
}

/** @param {object} page @returns {import('./dock.js').View} */
export function buildTimeline(page) {
  if (!page.filters.hasDates) {
    return { node: element('p', { class: 'dock-empty', text: say('time_no_dates') }), update() {} };
  }
  const timeline = new Timeline(page);
  return { node: timeline.node, update: () => timeline.update() };
}
