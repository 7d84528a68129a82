/** @file Incidents on the unrolled border: marks while there are few, dots, then a picture of their density. */

import { element } from './dom.js';
import { hatching, paintGroup, paintMark } from './marks.js';
import { PLOT } from './plot.js';

const FEW = 400;
/** Dots as long as each has this many px of the plot. */
const DOT_ROOM = 110;
const CELL_PX = 3;
const TOGETHER_PX = 11;
const MARK_PX = 5.4;
const HIT_PX = 13;
/** Rings may cover each other by the rest of their radii. */
const COVER_SHARE = 0.8;
/** A bar says how far an incident may be where the bounds differ by more than this. */
const BAR_KM = 0.2;
/** Footprints that reach this far along the line are drawn pale. */
const PALE_M = 25000;
/** @type {[number, number[]][]} */
const DENSE = [[0, [243, 222, 184]], [0.4, [222, 150, 88]], [0.75, [160, 60, 58]], [1, [72, 18, 48]]];
const SCARCE = [226, 220, 208];

/** @param {number} share 0 to 1 @returns {number[]} red, green, blue */
function rampColour(share) {
  const at = Math.max(1, DENSE.findIndex(([end]) => share <= end));
  const [[a, from], [b, to]] = [DENSE[at - 1], DENSE[at]];
  return from.map((value, part) => value + (to[part] - value) * (share - a) / (b - a));
}

/** @param {number} count */
function radiusOf(count) {
  return count > 1 ? 8.5 + Math.min(5, Math.log2(count)) : MARK_PX;
}

export class StripMarks {
  /** @param {object} page incidents, filters, styles @param {import('./strip_scale.js').StripScale} scale */
  constructor(page, scale) {
    this.page = page;
    this.scale = scale;
    const { incidents } = page;
    this.km = incidents.kms;
    this.offset = incidents.offsets;
    this.least = incidents.table.column('border_distance_min_m');
    this.most = incidents.table.column('border_distance_max_m');
    /** @type {{x: number, y: number, radius: number, count: number, onePlace: boolean, rows: number[]}[]} */
    this.groups = [];
  }

  /** Shares of the offsets in the scale, which cost a logarithm a row, are kept until it changes. */
  layShares() {
    const { scale, offset } = this;
    if (this.reach === scale.reach) return;
    this.reach = scale.reach;
    this.shares = new Float32Array(offset.length);
    for (let row = 0; row < offset.length; row++) this.shares[row] = scale.share(offset[row]);
  }

  /** True where a row stands in the part that is shown. */
  isShown(row) {
    const { from, to } = this.scale;
    return this.km[row] >= from && this.km[row] <= to && this.shares[row] >= -1 && this.shares[row] <= 1;
  }

  x(row) {
    return this.scale.x(this.km[row]);
  }

  y(row) {
    return this.scale.yOfShare(this.shares[row]);
  }

  /** @param {CanvasRenderingContext2D} ctx with the plot's corner as its origin */
  paint(ctx, box) {
    this.layShares();
    const cells = this.count(box);
    this.tallied = cells;
    this.groups = [];
    /** True where marks would hide the line, which is then drawn over them. */
    this.isCrowded = cells.shown > FEW;
    if (cells.leftOut > FEW * 5) this.drawCells(ctx, cells, cells.left, () => SCARCE);
    else this.paintLeftOut(ctx);
    if (cells.shown > box.width * box.height / DOT_ROOM) {
      const most = cells.kept.reduce((a, b) => Math.max(a, b), 1);
      this.drawCells(ctx, cells, cells.kept, (count) => rampColour(Math.log(count) / Math.log(most + 1)));
    } else if (cells.shown > FEW) this.paintDots(ctx);
    else this.paintMarks(ctx);
  }

  /** Rows in cells of a few px, kept and left out; of the kept ones those that have no cell. */
  count(box) {
    const { scale, km, shares, page: { filters: { mask } } } = this;
    const [columns, lines] = [box.width, box.height].map((px) => Math.max(1, Math.ceil(px / CELL_PX)));
    const kept = new Uint32Array(columns * lines);
    const left = new Uint32Array(columns * lines);
    const tally = { shown: 0, leftOut: 0, beyond: 0, placeless: 0 };
    for (let row = 0; row < km.length; row++) {
      if (km[row] < scale.from || km[row] > scale.to) continue;
      const share = shares[row];
      if (!(km[row] >= 0) || !(share >= -1 && share <= 1)) {
        if (mask[row]) tally[km[row] >= 0 && share === share ? 'beyond' : 'placeless'] += 1;
        continue;
      }
      const cell = Math.min(lines - 1, Math.floor(scale.yOfShare(share) / CELL_PX)) * columns
        + Math.min(columns - 1, Math.floor(scale.x(km[row]) / CELL_PX));
      if (mask[row]) kept[cell] += 1;
      else left[cell] += 1;
      if (mask[row]) tally.shown += 1;
      else tally.leftOut += 1;
    }
    return { ...tally, kept, left, columns, lines };
  }

  /** Rows that the filters leave out, pale. */
  paintLeftOut(ctx) {
    const { mask } = this.page.filters;
    ctx.fillStyle = '#cfc8ba';
    for (let row = 0; row < mask.length; row++) {
      if (!mask[row] && this.isShown(row)) ctx.fillRect(this.x(row) - 1.5, this.y(row) - 1.5, 3, 3);
    }
  }

  paintDots(ctx) {
    const { filters: { mask }, incidents, styles } = this.page;
    for (let row = 0; row < mask.length; row++) {
      if (!mask[row] || !this.isShown(row)) continue;
      ctx.fillStyle = styles.get(incidents.type.word(row)).colour;
      ctx.fillRect(this.x(row) - 1.5, this.y(row) - 1.5, 3, 3);
    }
  }

  /** A picture of the cells, coloured by how many rows are in each. */
  drawCells(ctx, { columns, lines }, counts, colourOf) {
    const canvas = element('canvas', { width: columns, height: lines });
    const pen = canvas.getContext('2d');
    const image = pen.createImageData(columns, lines);
    counts.forEach((count, cell) => {
      if (count) image.data.set([...colourOf(count), 255], cell * 4);
    });
    pen.putImageData(image, 0, 0);
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(canvas, 0, 0, columns * CELL_PX, lines * CELL_PX);
  }

  paintMarks(ctx) {
    const { mask } = this.page.filters;
    const rows = [];
    for (let row = 0; row < mask.length; row++) if (mask[row] && this.isShown(row)) rows.push(row);
    for (const row of rows) this.paintBar(ctx, row, 0.45);
    this.groups = this.together(rows);
    for (const group of this.groups) this.paintGroup(ctx, group);
  }

  /** Rows whose marks would cover each other stand as one. */
  together(rows) {
    let groups = [];
    for (const row of rows) {
      const [x, y] = [this.x(row), this.y(row)];
      const near = groups.find((group) => Math.hypot(group.x - x, group.y - y) < TOGETHER_PX);
      if (near) near.rows.push(row);
      else groups.push({ x, y, rows: [row] });
    }
    for (let before = Infinity; groups.length < before;) {
      before = groups.length;
      for (const group of groups) group.radius = radiusOf(group.rows.length);
      groups = this.joined(groups);
    }
    for (const group of groups) Object.assign(group, { count: group.rows.length, onePlace: this.isOnePlace(group.rows) });
    return groups;
  }

  /** Groups whose rings would cover each other, joined where the larger one is. */
  joined(groups) {
    const joined = [];
    for (const group of [...groups].sort((a, b) => b.rows.length - a.rows.length)) {
      const covers = (other) => Math.hypot(other.x - group.x, other.y - group.y) < (other.radius + group.radius) * COVER_SHARE;
      const near = group.rows.length > 1 ? joined.find((other) => other.rows.length > 1 && covers(other)) : null;
      if (near) near.rows.push(...group.rows);
      else joined.push(group);
    }
    return joined;
  }

  isOnePlace([first, ...others]) {
    return others.every((row) => this.km[row] === this.km[first] && this.offset[row] === this.offset[first]);
  }

  paintGroup(ctx, group) {
    const { incidents, styles } = this.page;
    const [row] = group.rows;
    if (group.count > 1) {
      paintGroup(ctx, group, this.sharesOf(group), group.rows.some((own) => incidents.isDraft(own)));
      return;
    }
    ctx.globalAlpha = this.isWide(row) ? 0.55 : 1;
    paintMark(ctx, group.x, group.y, styles.get(incidents.type.word(row)), {
      radius: MARK_PX, hollow: incidents.footprint(row).kind !== 'point', uncertain: incidents.isSideUncertain(row), draft: incidents.isDraft(row),
    });
    ctx.globalAlpha = 1;
  }

  sharesOf({ rows, count }) {
    const { incidents, styles } = this.page;
    const counts = new Map();
    for (const row of rows) {
      const { colour } = styles.get(incidents.type.word(row));
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1]).map(([colour, n]) => ({ colour, share: n / count }));
  }

  /** True where the footprint spans much of the line. */
  isWide(row) {
    return (this.page.incidents.radius.number(row) ?? 0) >= PALE_M;
  }

  /**
   * Offsets between which an incident may lie. Where its side cannot be told it may lie on either:
   * a circle reaches as far beyond the line as its radius allows, an area at most as far as on its own side.
   * @returns {[number, number]|null} km, the Pakistani side negative; null where the place is known
   */
  bounds(row) {
    const { incidents } = this.page;
    const least = this.least.number(row);
    const most = this.most.number(row);
    if (least === null || most === null || (most - least) / 1000 < BAR_KM) return null;
    const sign = this.offset[row] < 0 ? -1 : 1;
    const [near, far] = [least / 1000, most / 1000];
    const isArea = incidents.footprint(row).kind === 'area';
    const across = isArea ? far : Math.max(0, far - 2 * Math.abs(this.offset[row]));
    const ends = [sign * far, incidents.isSideUncertain(row) ? -sign * across : sign * near];
    return [Math.min(...ends), Math.max(...ends)];
  }

  paintBar(ctx, row, alpha) {
    const bounds = this.bounds(row);
    if (!bounds) return;
    const { incidents, styles } = this.page;
    const [a, b] = bounds.map((offset) => this.scale.y(offset));
    const x = this.x(row);
    ctx.globalAlpha = alpha * (this.isWide(row) ? 0.6 : 1);
    ctx.strokeStyle = styles.get(incidents.type.word(row)).colour;
    ctx.lineWidth = 1.4;
    ctx.beginPath();
    ctx.moveTo(x, a);
    ctx.lineTo(x, b);
    for (const y of [a, b]) {
      ctx.moveTo(x - 2.5, y);
      ctx.lineTo(x + 2.5, y);
    }
    ctx.stroke();
    ctx.globalAlpha = 1;
  }

  /** The incident that is pointed at or read about: where along and beside the line it may be. */
  paintChosen(ctx, row) {
    if (row < 0 || Number.isNaN(this.km[row]) || Number.isNaN(this.offset[row])) return;
    const { incidents, styles } = this.page;
    const reach = (incidents.radius.number(row) ?? 0) / 1000;
    const bounds = this.bounds(row);
    if (bounds) {
      const [a, b] = bounds.map((offset) => this.scale.y(offset));
      const [from, to] = [this.scale.x(this.km[row] - reach), this.scale.x(this.km[row] + reach)];
      ctx.fillStyle = hatching(ctx, PLOT.quiet);
      ctx.globalAlpha = 0.6;
      ctx.fillRect(from, Math.min(a, b), to - from, Math.abs(b - a));
      ctx.globalAlpha = 1;
      ctx.strokeStyle = PLOT.quiet;
      ctx.setLineDash([4, 3]);
      ctx.lineWidth = 1;
      ctx.strokeRect(from, Math.min(a, b), to - from, Math.abs(b - a));
      ctx.setLineDash([]);
    }
    const [x, y] = [this.x(row), this.y(row)];
    paintMark(ctx, x, y, styles.get(incidents.type.word(row)), { radius: MARK_PX, hollow: incidents.footprint(row).kind !== 'point', draft: incidents.isDraft(row) });
    ctx.beginPath();
    ctx.arc(x, y, MARK_PX + 5, 0, 2 * Math.PI);
    ctx.strokeStyle = PLOT.accent;
    ctx.lineWidth = 2.5;
    ctx.stroke();
  }

  /** Rows of the mark nearest to a place in the plot. @returns {number[]} empty for none */
  hit(x, y) {
    if (this.groups.length === 0) return this.hitRow(x, y);
    let best = [];
    let least = Infinity;
    for (const group of this.groups) {
      const distance = Math.hypot(group.x - x, group.y - y);
      if (distance < Math.max(group.radius, HIT_PX) && distance < least) [best, least] = [group.rows, distance];
    }
    return best;
  }

  hitRow(x, y) {
    const { mask } = this.page.filters;
    let best = -1;
    let least = HIT_PX;
    for (let row = 0; row < mask.length; row++) {
      if (!mask[row] || !this.isShown(row)) continue;
      const distance = Math.hypot(this.x(row) - x, this.y(row) - y);
      if (distance < least) [best, least] = [row, distance];
    }
    return best < 0 ? [] : [best];
  }

  /** The kept row that comes next along the line. @param {number} row -1 for none @param {1|-1} step */
  next(row, step) {
    const { mask } = this.page.filters;
    const here = row < 0 ? -step * Infinity : this.km[row];
    const isAfter = (a, b, kmA, kmB) => (kmA - kmB || a - b) * step > 0;
    let best = -1;
    for (let other = 0; other < mask.length; other++) {
      const km = this.km[other];
      if (!mask[other] || Number.isNaN(km) || Number.isNaN(this.offset[other])) continue;
      if (!isAfter(other, row, km, here)) continue;
      if (best < 0 || isAfter(best, other, this.km[best], km)) best = other;
    }
    return best;
  }
}
