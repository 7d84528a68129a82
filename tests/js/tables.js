/** @file Packed tables for the tests, made as render/payload.py makes them. */

import { deflateSync } from 'node:zlib';

import { Incidents } from '../../bordermap/render/static/records.js';
import { Table } from '../../bordermap/render/static/table.js';

const WIDTHS = [[1, 255], [2, 65535], [4, 2 ** 32 - 1]];

/** Stored integers of a column: 0 is missing. */
function stored(values, dictionary) {
  const numbers = values.map((value) => {
    if (value === null || value === undefined || value === '') return null;
    return dictionary ? dictionary.indexOf(value) : value;
  });
  const known = numbers.filter((value) => value !== null);
  const base = known.length && !dictionary ? Math.min(...known) : 0;
  return { base, codes: numbers.map((value) => (value === null ? 0 : value - base + 1)) };
}

/** Bytes of a column, shuffled: all first bytes, then all second bytes. */
function shuffled(codes, width) {
  const bytes = [];
  for (let byte = 0; byte < width; byte++) {
    for (const code of codes) bytes.push(Math.floor(code / 256 ** byte) % 256);
  }
  return bytes;
}

function packed(name, { values, scale = 1, dictionary, steps = false }) {
  const { base, codes } = stored(values, dictionary);
  const [width] = WIDTHS.find(([, most]) => Math.max(0, ...codes) <= most);
  const range = 256 ** width;
  const differences = codes.map((code, row) => (code - (row ? codes[row - 1] : 0) + range) % range);
  return {
    meta: { name, block: 0, bytes: width, rows: codes.length, base, scale, steps },
    dictionary,
    bytes: shuffled(steps ? differences : codes, width),
  };
}

/** Bits of two numbers in turn. */
function placeOnCurve(x, y) {
  let place = 0;
  for (let bit = 25; bit >= 0; bit--) place = place * 4 + ((y >> bit) & 1) * 2 + ((x >> bit) & 1);
  return place;
}

/** Positions in the order in which a page stores them. */
function layAlongCurve(table) {
  const { columns } = table; // unpacked, before an order is known
  const [lon, lat] = ['lon', 'lat'].map((name) => columns.get(name));
  const places = Array.from(lon.values, (x, row) => placeOnCurve(x, lat.values[row]));
  table.along = Uint32Array.from(places.keys()).sort((a, b) => places[a] - places[b]);
  for (const [name, column] of [['lon', lon], ['lat', lat]]) {
    table.curve.set(name, { meta: column, values: Uint32Array.from(table.along, (row) => column.values[row]) });
  }
}

/**
 * @param {number} rows
 * @param {Record<string, {values: unknown[], scale?: number, dictionary?: string[], steps?: boolean}>} columns
 * @param {Record<string, string[]>} [texts]
 */
export function tableOf(rows, columns, texts = {}) {
  const parts = Object.entries(columns).map(([name, column]) => packed(name, column));
  parts.forEach(({ meta }, number) => { meta.dictionary = number; });
  const names = Object.keys(texts);
  const meta = {
    rows, columns: parts.map((part) => part.meta), texts: names, chunkRows: 4096, chunks: names.length ? 1 : 0, areas: {},
    order: '', wordTexts: [],
  };
  const table = new Table(
    'test', meta, parts.map((part) => part.dictionary),
    [Uint8Array.from(parts.flatMap((part) => part.bytes))],
  );
  if (names.length) table.chunks.set(0, Promise.resolve(Object.values(texts)));
  if (columns.lon) layAlongCurve(table);
  return table;
}

/** What stands in a page's block. @param {string} text */
export function deflated(text) {
  return deflateSync(Buffer.from(text, 'utf8')).toString('base64');
}

const TYPES = ['airstrike', 'protest', 'shelling'];
const SIDES = ['AF', 'PK', 'line', 'other', 'uncertain'];
const PRECISIONS = ['exact', 'place', 'area', 'district', 'province', 'country', 'none'];

/**
 * Incidents from plain records; a record without `lon` is unplaced.
 * @param {Record<string, any>[]} records
 */
export function incidentsOf(records) {
  const of = (key) => records.map((record) => record[key] ?? null);
  const degrees = (key) => of(key).map((value) => (value === null ? null : Math.round(value * 1e5)));
  const table = tableOf(records.length, {
    lon: { values: degrees('lon'), scale: 1e-5 },
    lat: { values: degrees('lat'), scale: 1e-5, steps: true },
    date_start: { values: of('start') },
    date_end: { values: of('end') },
    border_distance_m: { values: of('distance') },
    location_radius_m: { values: of('radius') },
    event_type: { values: of('type'), dictionary: TYPES },
    border_side: { values: of('side'), dictionary: SIDES },
    location_precision: { values: of('precision'), dictionary: PRECISIONS },
    area: { values: of('area'), dictionary: ['AF-KHO'] },
  }, { place: records.map((record) => record.place ?? ''), summary: records.map((record) => record.summary ?? '') });
  return new Incidents(table, 5000);
}

/** Numbers that look random and are the same every time. @param {number} seed */
export function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
