/** @file The incidents: where each is on the map, how vaguely, and everything known about it. */

import { latitudeOf, longitudeOf } from './mercator.js';
import { Places } from './places.js';

const ON_LINE_M = 1;
const MOST_READ = 5000;
const VAGUE = new Set(['area', 'district', 'province', 'country']);

/**
 * @typedef {{kind: 'point'} | {kind: 'circle', radius: number} | {kind: 'area', code: string}} Footprint
 */

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
    /** In the unit square; NaN where a row is unplaced. */
    this.x = this.places.worldX;
    this.y = this.places.worldY;
    this.uncertain = this.side.codeOfWord('uncertain');
    /** @type {{side: Int8Array, beside: Int8Array}|null} */
    this.knownSigns = null;
  }

  // Unpacked when first asked for.
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

  /** @param {number} row @returns {number} kilometre along the line, NaN when not known */
  km(row) {
    const { values, base, scale } = this.kilometre;
    return values[row] === 0 ? NaN : (base + values[row] - 1) * scale;
  }

  /**
   * Distance from the line in km, on the Pakistani side negative, as `border_offset_m` has it; where
   * the side is uncertain or a third country's, by the side of the line on which the point lies.
   * @param {number} row @returns {number} NaN when not known
   */
  offset(row) {
    const { values, base, scale } = this.distance;
    if (values[row] === 0) return NaN;
    const { side, beside } = this.signs;
    const sign = side[this.side.values[row]] || beside[this.beside.values[row]];
    const metres = (base + values[row] - 1) * scale;
    if (sign === 0 && metres > ON_LINE_M) return NaN;
    return sign * metres / 1000;
  }

  /** @param {number} row */
  isPlaced(row) {
    return this.x[row] === this.x[row];
  }

  /** @param {number} row @returns {[number, number]} latitude, longitude */
  latLng(row) {
    return [latitudeOf(this.y[row]), longitudeOf(this.x[row])];
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
    const texts = await this.table.texts(row);
    for (const [name, text] of texts) {
      if (text.length > MOST_READ) texts.set(name, `${text.slice(0, MOST_READ)}…`);
    }
    return texts;
  }
}
