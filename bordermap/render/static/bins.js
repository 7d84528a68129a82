/** @file Days sorted into days, weeks, months or years, and incidents spread over them. */

const MS_PER_DAY = 864e5;
const LEAST_BIN_PX = 3;
const LONGEST_BINS = 6000;
/** 1970-01-05, a Monday. */
const MONDAY = 4;

export const UNITS = /** @type {const} */ (['day', 'week', 'month', 'year']);
/** Years that go together where single ones would be too narrow. */
const YEAR_STEPS = [1, 2, 5, 10, 20, 50, 100, 1000];
const UNIT_DAYS = { day: 1, week: 7, month: 30.4, year: 365.2 };

/** @param {number} day since 1970 @returns {[number, number]} year, month from 0 */
function yearMonth(day) {
  const date = new Date(day * MS_PER_DAY);
  return [date.getUTCFullYear(), date.getUTCMonth()];
}

/** @returns {number} first day of a month; months beyond 11 are those of later years */
function firstOfMonth(year, month) {
  const date = new Date(0);
  date.setUTCFullYear(year, month, 1);
  return Math.round(date.getTime() / MS_PER_DAY);
}

/**
 * First day of the bin a day is in, some bins on.
 * @param {number} day @param {string} unit @param {number} years in a bin of years @param {number} on
 */
export function binStart(day, unit, years, on = 0) {
  if (unit === 'day') return day + on;
  if (unit === 'week') return day - ((((day - MONDAY) % 7) + 7) % 7) + 7 * on;
  const [year, month] = yearMonth(day);
  if (unit === 'month') return firstOfMonth(year, month + on);
  return firstOfMonth((Math.floor(year / years) + on) * years, 0);
}

/** The finest unit whose bins are wide enough, or the one that was asked for where it fits. */
export function chooseBins(first, last, width, asked) {
  const days = last - first + 1;
  const room = Math.max(10, width / LEAST_BIN_PX);
  const fits = (unit, most) => days / UNIT_DAYS[unit] <= most;
  if (asked !== 'year' && UNITS.includes(asked) && fits(asked, LONGEST_BINS)) return { unit: asked, years: 1 };
  const unit = asked === 'year' ? 'year' : UNITS.find((name) => fits(name, room)) ?? 'year';
  const years = YEAR_STEPS.find((step) => days / (UNIT_DAYS.year * step) <= room) ?? YEAR_STEPS.at(-1);
  return { unit, years: unit === 'year' ? years : 1 };
}

export class Bins {
  /** @param {number} first @param {number} last days since 1970 @param {{unit: string, years: number}} size */
  constructor(first, last, size) {
    this.unit = size.unit;
    this.years = size.years;
    const edges = [];
    for (let day = binStart(first, this.unit, this.years); day <= last; day = this.next(day)) edges.push(day);
    edges.push(this.next(edges.at(-1)));
    /** First days of the bins, and the day after the last bin. */
    this.edges = edges;
    this.count = edges.length - 1;
    this.first = edges[0];
    /** Bin of each day. */
    this.binOf = new Uint16Array(edges.at(-1) - this.first);
    for (let bin = 0; bin < this.count; bin++) {
      this.binOf.fill(bin, edges[bin] - this.first, edges[bin + 1] - this.first);
    }
  }

  /** @param {number} edge @param {number} [on] bins */
  next(edge, on = 1) {
    return binStart(edge, this.unit, this.years, on);
  }

  /** The nearest edge. @param {number} day may have a fraction */
  nearest(day) {
    const bin = this.at(Math.floor(day));
    const [a, b] = [this.edges[bin], this.edges[bin + 1]];
    return day - a < b - day ? a : b;
  }

  /** @param {number} day @returns {number} its bin, or the first or last one */
  at(day) {
    return this.binOf[Math.max(0, Math.min(this.binOf.length - 1, day - this.first))];
  }

  /** An edge some bins before or after a day. @param {number} day @param {number} steps */
  step(day, steps) {
    const { edges } = this;
    const bin = day >= edges.at(-1) ? this.count : this.at(day);
    const back = steps < 0 && day > edges[bin] ? 1 : 0;
    return edges[Math.max(0, Math.min(this.count, bin + steps + back))];
  }
}

/**
 * The bin of each row; those that reach over several, and those without a date, have none.
 * @param {Bins} bins
 * @param {{start: import('./table.js').Column, end: import('./table.js').Column}} days
 * @returns {{bins: Bins, binOfRow: Uint16Array, spans: {row: number, start: number, end: number}[]}}
 */
export function layRows(bins, { start, end }) {
  const binOfRow = new Uint16Array(start.values.length);
  const spans = [];
  for (let row = 0; row < binOfRow.length; row++) {
    const code = start.values[row];
    const first = start.base + code - 1;
    const last = end.values[row] === 0 ? first : end.base + end.values[row] - 1;
    const bin = bins.at(first);
    const isSure = last < bins.edges[bin + 1];
    binOfRow[row] = code === 0 || !isSure ? bins.count : bin;
    if (code !== 0 && !isSure) spans.push({ row, start: first, end: last });
  }
  return { bins, binOfRow, spans };
}

/**
 * How many incidents there are in each bin. One known to lie between two days is spread evenly
 * over them, so that the bins add up to the incidents.
 * @param {ReturnType<typeof layRows>} laid
 * @param {Uint8Array|Uint16Array} codes of the rows
 * @param {Uint8Array} groupOf group in which rows with each code are counted
 * @param {number} groups
 * @param {Float64Array} [weights] how many incidents each row stands for; one where not given
 * @returns {{sure: Float64Array, spread: Float64Array}} by group and bin: known to be in the bin; shares
 */
export function fillBins({ bins, binOfRow, spans }, codes, groupOf, groups, weights = undefined) {
  const width = bins.count + 1;
  const starts = Uint32Array.from(groupOf, (group) => group * width);
  const counts = new Uint32Array(width * groups);
  if (weights) for (let row = 0; row < binOfRow.length; row++) counts[starts[codes[row]] + binOfRow[row]] += weights[row];
  else for (let row = 0; row < binOfRow.length; row++) counts[starts[codes[row]] + binOfRow[row]] += 1;
  const sure = new Float64Array(bins.count * groups);
  for (let group = 0; group < groups; group++) {
    sure.set(counts.subarray(group * width, (group + 1) * width - 1), group * bins.count);
  }
  const spread = new Float64Array(bins.count * groups);
  for (const { row, start, end } of spans) spreadOver(bins, start, end, spread, groupOf[codes[row]] * bins.count);
  return { sure, spread };
}

function spreadOver(bins, start, end, into, offset) {
  const length = end - start + 1;
  for (let bin = bins.at(start); bin <= bins.at(end); bin++) {
    const from = Math.max(start, bins.edges[bin]);
    const to = Math.min(end + 1, bins.edges[bin + 1]);
    into[offset + bin] += (to - from) / length;
  }
}
