/** @file The incidents: where each is on the map, how vaguely, and everything known about it. */

import { worldX, worldY } from './mercator.js';
import { Places } from './places.js';

const ON_LINE_M = 1;
const MOST_READ = 5000;
const VAGUE = new Set(['area', 'district', 'province', 'country']);

/**
 * @typedef {{kind: 'point'} | {kind: 'circle', radius: number} | {kind: 'area', code: string}} Footprint
 */

/** Numbers of a column, NaN when missing. @param {import('./table.js').Column} column */
function numbersOf({ values, base, scale }) {
  const numbers = new Float64Array(values.length);
  for (let row = 0; row < numbers.length; row++) {
    numbers[row] = values[row] === 0 ? NaN : (base + values[row] - 1) * scale;
  }
  return numbers;
}

/** Columns that the first picture and the filters in sight are made of; the others are read after it. */
export const FIRST_READ = [
  'date_start', 'date_end', 'event_type', 'border_side', 'location_precision', 'location_radius_m', 'location_side', 'area',
];

export class Incidents {
  /**
   * @param {import('./table.js').Table} table
   * @param {number} largeFootprintM from this radius on a place is drawn as a circle
   */
  constructor(table, largeFootprintM) {
    this.table = table;
    this.count = table.rows;
    this.largeFootprintM = largeFootprintM;
    this.areas = new Map(Object.entries(table.meta.areas));
    this.type = table.column('event_type');
    this.side = table.column('border_side');
    this.precision = table.column('location_precision');
    this.places = new Places(table);
    this.uncertain = this.side.codeOfWord('uncertain');
    /** @type {{side: Int8Array, beside: Int8Array}|null} */
    this.knownSigns = null;
    /** @type {Float64Array|null} */
    this.knownKms = null;
    /** @type {Float64Array|null} */
    this.knownOffsets = null;
  }

  // Unpacked when first asked for.
  get lon() { return this.table.column('lon'); }

  get lat() { return this.table.column('lat'); }

  get radius() { return this.table.column('location_radius_m'); }

  get area() { return this.table.column('area'); }

  get footprintSide() { return this.table.column('location_side'); }

  get distance() { return this.table.column('border_distance_m'); }

  get kilometre() { return this.table.column('border_km'); }

  get beside() { return this.table.column('border_beside'); }

  /** +1 for codes that mean the Afghan side, -1 for the Pakistani one, by column and code. */
  get signs() {
    const sign = new Map([['AF', 1], ['PK', -1]]);
    const signs = (column) => Int8Array.from(
      { length: column.size }, (_, code) => sign.get(column.wordOfCode(code)) ?? 0);
    this.knownSigns ??= { side: signs(this.side), beside: signs(this.beside) };
    return this.knownSigns;
  }

  /** Kilometre along the line by row, NaN when not known. @returns {Float64Array} */
  get kms() {
    this.knownKms ??= numbersOf(this.kilometre);
    return this.knownKms;
  }

  /**
   * Distance from the line in km, on the Pakistani side negative, as `border_offset_m` has it; where
   * the side is uncertain or a third country's, by the side of the line on which the point lies.
   * @returns {Float64Array} by row, NaN when not known
   */
  get offsets() {
    this.knownOffsets ??= this.findOffsets();
    return this.knownOffsets;
  }

  findOffsets() {
    const offsets = numbersOf(this.distance);
    const { side, beside } = this.signs;
    const [sides, besides] = [this.side.values, this.beside.values];
    for (let row = 0; row < offsets.length; row++) {
      const sign = side[sides[row]] || beside[besides[row]];
      const isKnown = sign !== 0 || offsets[row] <= ON_LINE_M;
      offsets[row] = isKnown ? sign * offsets[row] / 1000 : NaN;
    }
    return offsets;
  }

  /** @param {number} row */
  isPlaced(row) {
    return this.lon.values[row] !== 0;
  }

  /** @param {number} row @returns {[number, number]} latitude, longitude; of a placed row */
  latLng(row) {
    return [this.lat.number(row), this.lon.number(row)];
  }

  /** @param {number} row @returns {[number, number]} in the unit square; of a placed row */
  world(row) {
    return [worldX(this.lon.number(row)), worldY(this.lat.number(row))];
  }

  /** @param {number} row @returns {Footprint} where the incident may be, as it is to be drawn */
  footprint(row) {
    const code = this.area.word(row);
    if (code) return { kind: 'area', code };
    const radius = this.radius.number(row) ?? 0;
    const vague = radius >= this.largeFootprintM || VAGUE.has(this.precision.word(row));
    return vague ? { kind: 'circle', radius } : { kind: 'point' };
  }

  /** @param {number} row */
  isSideUncertain(row) {
    return this.uncertain !== 0 && this.side.values[row] === this.uncertain;
  }

  /** Values of the columns of a row, without its texts. @param {number} row */
  record(row) {
    const number = (name) => this.table.column(name).number(row);
    const word = (name) => this.table.column(name).word(row);
    return {
      row,
      type: this.type.word(row),
      start: number('date_start'),
      end: number('date_end'),
      datePrecision: word('date_precision'),
      locatedBy: word('located_by'),
      status: word('location_status'),
      precision: word('location_precision'),
      radius: number('location_radius_m'),
      placeMatch: word('place_match'),
      score: number('match_score'),
      distance: number('border_distance_m'),
      distanceMin: number('border_distance_min_m'),
      distanceMax: number('border_distance_max_m'),
      side: word('border_side'),
      km: number('border_km'),
      stretch: word('border_stretch'),
      country: word('adm0'),
      province: word('adm1'),
      district: word('adm2'),
      crossing: word('crossing'),
      crossingDistance: number('crossing_distance_m'),
      low: number('fatalities_low'),
      best: number('fatalities_best'),
      high: number('fatalities_high'),
    };
  }

  /**
   * Texts as they are read: a browser stands still over a megabyte in one line.
   * @param {number} row @returns {Promise<Map<string, string>>}
   */
  async texts(row) {
    await this.table.whole();
    const texts = await this.table.texts(row);
    for (const [name, text] of texts) {
      if (text.length > MOST_READ) texts.set(name, `${text.slice(0, MOST_READ)}…`);
    }
    return texts;
  }
}
