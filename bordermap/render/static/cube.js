/** @file Counts by area, type, year, side and band: filters keep or drop whole cells, so that every sum is exact. */

import { binStart } from './bins.js';
import { Choices, Days, TOLLS } from './filter_kinds.js';
import { Filters } from './filters.js';

const CUBE_FACETS = { type: 'event_type', side: 'border_side', band: 'band' };

/** Whole years, of which a cell is one. */
class Years extends Days {
  set(from, to) {
    super.set(binStart(from, 'year', 1), binStart(to, 'year', 1, 1) - 1);
  }
}

/** Numbers of a column by row, NaN where missing. @param {import('./table.js').Column} column */
function cellNumbers({ values, base, scale }) {
  return Float64Array.from(values, (value) => (value === 0 ? NaN : (base + value - 1) * scale));
}

/**
 * Least numbers of classes: 1, 2, 5, 10, ... thinned out to so many at most.
 * @param {number} most the largest number @param {number} classes
 */
export function classEdges(most, classes) {
  const steps = [];
  for (let ten = 1; ten <= Math.max(1, most); ten *= 10) steps.push(ten, 2 * ten, 5 * ten);
  const known = steps.filter((step) => step <= Math.max(1, most));
  const every = Math.ceil(known.length / classes);
  return known.filter((_, at) => at % every === 0);
}

/** The filters of a page of counts; each cell weighs as many incidents as it counts. */
export class CubeFilters extends Filters {
  /** @param {import('./table.js').Table} table of cells @param {number} areas how many there are */
  constructor(table, areas) {
    super(/** @type {any} */ ({ table, count: table.rows }));
    this.facets = new Map(Object.entries(CUBE_FACETS).map(([name, column]) => (
      [name, new Choices(name, () => [table.column(column)])])));
    this.days = new Years(table);
    this.kinds = [...this.facets.values(), this.days];
    this.hasDates = this.days.isKnown;
    this.weights = cellNumbers(table.column('incidents'));
    /** Place of each cell's area in the list of areas; the place after the last for none. */
    this.areaOf = Uint32Array.from(cellNumbers(table.column('area')), (area) => (Number.isNaN(area) ? areas : area));
    this.areas = areas;
    /** Figures of fatalities of which something is known, by name. @type {Map<string, Float64Array>} */
    this.tolls = new Map(TOLLS.filter((name) => table.has(`fatalities_${name}`))
      .map((name) => [name, cellNumbers(table.column(`fatalities_${name}`))]));
    this.all = this.weights.reduce((sum, weight) => sum + weight, 0);
    this.units = ['year'];
    this.kept = this.all;
  }

  /** Judge the cells by the filters that changed, then tell everybody. */
  apply(...changed) {
    for (const kind of changed) if (this.kinds.includes(kind)) this.judge(kind);
    this.kept = this.weights.reduce((sum, weight, cell) => sum + (this.fails[cell] === 0 ? weight : 0), 0);
    for (const listener of this.listeners) listener();
  }

  /** @param {number} cell */
  keeps(cell) {
    return this.fails[cell] === 0;
  }

  /**
   * Sums of what is kept by area, what is in none last; NaN where nothing is known.
   * @param {Float64Array} numbers by cell
   * @param {boolean} [everything] whatever the filters leave out
   */
  byArea(numbers, everything = false) {
    const sums = new Float64Array(this.areas + 1).fill(NaN);
    for (let cell = 0; cell < numbers.length; cell++) {
      if (Number.isNaN(numbers[cell]) || !(everything || this.keeps(cell))) continue;
      const area = this.areaOf[cell];
      sums[area] = (Number.isNaN(sums[area]) ? 0 : sums[area]) + numbers[cell];
    }
    return sums;
  }

  /** Incidents by area, what is in none last. @param {boolean} [everything] */
  incidentsByArea(everything = false) {
    return this.byArea(this.weights, everything).map((sum) => sum || 0);
  }

  /** Incidents of an area that are kept, by type, the most first. @param {number} area @returns {[string, number][]} */
  typesOf(area) {
    const { column } = this.facets.get('type');
    const counts = new Map();
    for (let cell = 0; cell < this.areaOf.length; cell++) {
      if (this.areaOf[cell] !== area || !this.keeps(cell)) continue;
      const word = column.word(cell);
      counts.set(word, (counts.get(word) ?? 0) + this.weights[cell]);
    }
    return [...counts].sort((a, b) => b[1] - a[1]);
  }

  /** Incidents kept, by whether they are in an area. */
  tally() {
    const nowhere = this.incidentsByArea()[this.areas];
    return { drawn: this.kept - nowhere, unplaced: nowhere, kept: this.kept, all: this.all };
  }

  /** Incidents of each value of a facet, all other filters being as they are. @returns {any} by code */
  counts(facet, everything = false) {
    const kind = this.facets.get(facet);
    const others = everything ? 0 : ~(1 << this.kinds.indexOf(kind));
    const counts = new Float64Array(kind.size);
    const [{ values }] = kind.columns;
    for (let cell = 0; cell < values.length; cell++) {
      if ((this.fails[cell] & others) === 0) counts[values[cell]] += this.weights[cell];
    }
    return counts;
  }

  /** What an address asks for; single incidents cannot be searched. @param {URLSearchParams} state */
  async readState(state) {
    for (const kind of this.kinds) kind.read(state);
    this.apply(...this.kinds);
  }
}
