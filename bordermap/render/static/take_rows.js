/** @file Incidents as files: CSV and GeoJSON, piece by piece, so that a million do not freeze the page. */

import { isoDay } from './words.js';

/** Columns that only the page's drawing needs. */
const INTERNAL = new Set(['lon', 'lat', 'area', 'border_beside']);
const DAYS = new Set(['date_start', 'date_end']);
const PIECE_ROWS = 4096;

/** @typedef {string|number|null} Cell */
/** @typedef {{name: string, cell: (row: number, texts: string[][], at: number) => Cell}} FileColumn */

/** A stored number without the noise of binary fractions. @param {import('./table.js').Column} column */
function numberCell(column) {
  const digits = Math.max(0, Math.round(-Math.log10(column.scale)));
  return (row) => {
    const number = column.number(row);
    return number === null ? null : Number(number.toFixed(digits));
  };
}

function storedCell(name, column) {
  if (column.dictionary.length || column.prefix !== undefined) return (row) => column.word(row) || null;
  if (!DAYS.has(name)) return numberCell(column);
  return (row) => (column.values[row] === 0 ? null : isoDay(column.number(row)));
}

/** Coordinates count as reported only where they placed the incident: a footprint's middle is no report. */
function reportedCell(table, name) {
  const how = table.column('located_by');
  const cell = numberCell(table.column(name));
  return (row) => (how.word(row) === 'reported' ? cell(row) : null);
}

/**
 * Every column that the page holds, under the program's names and in its order.
 * @param {object} page incidents, settings
 * @returns {FileColumn[]}
 */
export function fileColumns({ incidents: { table }, settings }) {
  /** @type {Map<string, FileColumn['cell']>} */
  const cells = new Map();
  for (const { name } of table.meta.columns) {
    if (name && !INTERNAL.has(name)) cells.set(name, storedCell(name, table.column(name)));
  }
  table.meta.texts.forEach((name, number) => {
    cells.set(name, (_row, texts, at) => texts[number][at] || null);
  });
  cells.set('longitude', reportedCell(table, 'lon'));
  cells.set('latitude', reportedCell(table, 'lat'));
  const known = settings.ledger.filter((name) => cells.has(name));
  const names = [...known, ...[...cells.keys()].filter((name) => !known.includes(name))];
  return names.map((name) => ({ name, cell: cells.get(name) }));
}

/** By which spreadsheets know UTF-8: without it they garble Pashto, Dari and Urdu. */
export const BYTE_ORDER_MARK = '\ufeff';

/** A text that no spreadsheet takes for a formula; reading our own files takes the mark off again. */
export function guarded(text) {
  return /^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

/** @param {Cell} cell */
export function csvCell(cell) {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = guarded(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Where an incident was placed. @returns {(row: number) => [number, number]|null} */
function positionOf({ incidents: { table } }) {
  const lon = numberCell(table.column('lon'));
  const lat = numberCell(table.column('lat'));
  return (row) => (lon(row) === null ? null : [lon(row), lat(row)]);
}

/** Lines of a CSV file. @returns {{head: string, row: Function, between: string, end: string}} */
function csvWriter(page) {
  const columns = fileColumns(page);
  const position = positionOf(page);
  const line = (cells) => `${cells.map(csvCell).join(',')}\r\n`;
  return {
    head: `${BYTE_ORDER_MARK}${line([...columns.map(({ name }) => name), 'lon', 'lat'])}`,
    row: (row, texts, at) => line([
      ...columns.map(({ cell }) => cell(row, texts, at)), ...(position(row) ?? [null, null]),
    ]),
    between: '',
    end: '',
  };
}

/** Features of a GeoJSON file (RFC 7946); what is not placed has no geometry. */
function geojsonWriter(page, rows) {
  const columns = fileColumns(page).map(({ name, cell }) => ({ key: JSON.stringify(name), cell }));
  const position = positionOf(page);
  const geometry = (at) => (at ? `{"type":"Point","coordinates":[${at[0]},${at[1]}]}` : 'null');
  const box = boxOf(page, rows);
  return {
    head: `{"type":"FeatureCollection",${box ? `"bbox":[${box}],` : ''}"features":[\n`,
    row: (row, texts, at) => {
      const properties = columns.map(({ key, cell }) => `${key}:${JSON.stringify(cell(row, texts, at))}`);
      return `{"type":"Feature","geometry":${geometry(position(row))},"properties":{${properties}}}`;
    },
    between: ',\n',
    end: '\n]}\n',
  };
}

/** Least and greatest value of a column among rows. @returns {[number, number]|null} */
function extentOf({ values, base, scale }, rows) {
  let least = Infinity;
  let most = -Infinity;
  for (const row of rows) {
    const value = values[row];
    if (value === 0) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const number = (value) => Number(((base + value - 1) * scale).toFixed(5));
  return least <= most ? [number(least), number(most)] : null;
}

/** West, south, east, north. @returns {number[]|null} */
function boxOf({ incidents: { table } }, rows) {
  const lon = extentOf(table.column('lon'), rows);
  const lat = extentOf(table.column('lat'), rows);
  return lon && lat ? [lon[0], lat[0], lon[1], lat[1]] : null;
}

/** Columns are unpacked when they are first asked for: one at a time, so that the page lives on. */
async function unpackAll(table) {
  await table.whole();
  for (const { name } of table.meta.columns) {
    if (!name || INTERNAL.has(name)) continue;
    table.column(name);
    await new Promise((resume) => { setTimeout(resume); });
  }
}

const WRITERS = { csv: csvWriter, geojson: geojsonWriter };

/**
 * The text of a file, in pieces.
 * @param {object} page incidents, settings
 * @param {Uint32Array} rows ascending
 * @param {'csv'|'geojson'} format
 * @returns {AsyncGenerator<{text: string, done: number}>} done: rows so far
 */
export async function* filePieces(page, rows, format) {
  const { table } = page.incidents;
  await unpackAll(table);
  const writer = WRITERS[format](page, rows);
  const size = table.meta.chunks ? table.meta.chunkRows : PIECE_ROWS;
  yield { text: writer.head, done: 0 };
  for (let from = 0; from < rows.length;) {
    const chunk = Math.floor(rows[from] / size);
    const texts = table.meta.chunks ? await table.chunk(chunk) : [];
    const parts = [];
    let to = from;
    for (; to < rows.length && rows[to] < (chunk + 1) * size; to++) {
      parts.push(writer.row(rows[to], texts, rows[to] - chunk * size));
    }
    yield { text: (from ? writer.between : '') + parts.join(writer.between), done: to };
    from = to;
  }
  yield { text: writer.end, done: rows.length };
}
