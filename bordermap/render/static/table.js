/** @file Packed tables, as render/payload.py writes them, read back. */

import { blockJson, blockText } from './dom.js';
import { inOrder, lookedUp, nearTo, rowsBy, unpackColumn, unpackCurve } from './unpack.js';

const CHUNKS_KEPT = 16;
const NOTHING = { base: 0, scale: 1 };

/**
 * @param {string} text base64
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = raw.charCodeAt(at);
  return bytes;
}

/**
 * @param {Uint8Array<ArrayBuffer>} packed zlib stream
 * @returns {Promise<Uint8Array>}
 */
export async function inflate(packed) {
  const { readable, writable } = new DecompressionStream('deflate');
  const writer = writable.getWriter();
  // What goes wrong here is told where the bytes are read.
  writer.write(packed).catch(() => {});
  writer.close().catch(() => {});
  return new Uint8Array(await new Response(readable).arrayBuffer());
}

/** @param {string} id of a block that holds packed JSON */
async function inflatedJson(id) {
  return JSON.parse(new TextDecoder().decode(await inflate(fromBase64(blockText(id)))));
}

/** @param {string} id of a table @param {number} number of a block */
function inflatedColumns(id, number) {
  return inflate(fromBase64(blockText(`${id}-columns-${number}`)));
}

/** One column: 0 is missing, k stands for base + k - 1. */
export class Column {
  /**
   * @param {{base: number, scale: number, prefix?: string, digits?: number}} meta
   * @param {Uint8Array|Uint16Array|Uint32Array} values
   * @param {string[]} [dictionary]
   */
  constructor(meta, values, dictionary = []) {
    this.values = values;
    this.base = meta.base;
    this.scale = meta.scale;
    this.prefix = meta.prefix;
    this.digits = meta.digits ?? 0;
    this.dictionary = dictionary;
  }

  /** @param {number} row @returns {number|null} */
  number(row) {
    const value = this.values[row];
    return value === 0 ? null : (this.base + value - 1) * this.scale;
  }

  /** @param {number} row @returns {string} empty when missing */
  word(row) {
    return this.wordOfCode(this.values[row]);
  }

  /** @param {number} code as stored @returns {string} */
  wordOfCode(code) {
    if (code === 0) return '';
    const number = this.base + code - 1;
    if (this.prefix !== undefined) return this.prefix + String(number).padStart(this.digits, '0');
    return this.dictionary[number] ?? '';
  }

  /** @param {string} word @returns {number} the stored code, 0 when the dictionary lacks it */
  codeOfWord(word) {
    const index = this.dictionary.indexOf(word);
    return index + 1;
  }

  /** Codes of words are below this. */
  get size() {
    return this.dictionary.length + 1;
  }
}

/** A table: columns when they are first asked for, texts by chunk. */
export class Table {
  /**
   * @param {string} id of its blocks
   * @param {string[]} [first] columns whose blocks are inflated now, the others when `whole` is called; all when left out
   * @returns {Promise<Table>}
   */
  static async read(id, first) {
    const meta = blockJson(id);
    const wanted = new Set(meta.columns
      .filter(({ name }) => !first || name === '' || first.includes(name)).map(({ block }) => block));
    const numbers = [...Array(meta.blocks).keys()];
    const [dictionaries, ...blocks] = await Promise.all([
      meta.hasWords ? inflatedJson(`${id}-words`) : [],
      ...numbers.map((number) => (wanted.has(number) ? inflatedColumns(id, number) : null)),
    ]);
    return new Table(id, meta, dictionaries, blocks);
  }

  /**
   * @param {string} id
   * @param {object} meta
   * @param {string[][]} dictionaries
   * @param {(Uint8Array|null)[]} blocks null for those to be inflated later
   */
  constructor(id, meta, dictionaries, blocks) {
    this.id = id;
    this.meta = meta;
    this.rows = meta.rows;
    this.dictionaries = dictionaries;
    /** @type {Map<string, Column>} */
    this.unpacked = new Map();
    /** @type {Map<number, Promise<string[][]>>} */
    this.chunks = new Map();
    /** Coordinates along the curve. @type {Map<string, {meta: object, values: Uint32Array}>} */
    this.curve = new Map();
    /** Columns that are not unpacked yet. @type {Map<string, {meta: object, bytes: Uint8Array}>} */
    this.packed = new Map();
    this.left = [...blocks.keys()].filter((number) => !blocks[number]);
    /** @type {Promise<void>|null} */
    this.rest = null;
    blocks.forEach((block, number) => block && this.take(number, block));
    this.sort();
  }

  /** True when every column can be asked for. */
  get isWhole() {
    return this.left.length === 0;
  }

  /** Inflate what was left for later, block by block, so that the page lives on. */
  whole() {
    this.rest ??= this.inflateRest();
    return this.rest;
  }

  async inflateRest() {
    while (this.left.length) {
      const [number] = this.left;
      this.take(number, await inflatedColumns(this.id, number));
      this.left.shift();
    }
  }

  /** Find the columns of a block. @param {number} number @param {Uint8Array} block */
  take(number, block) {
    let start = 0;
    for (const column of this.meta.columns.filter((one) => one.block === number)) {
      const bytes = block.subarray(start, start + column.rows * column.bytes);
      start += bytes.length;
      if (column.axes) this.readCurve(column, bytes);
      else this.packed.set(column.name, { meta: column, bytes });
    }
  }

  /** Two columns that are one. */
  readCurve({ axes, rows }, bytes) {
    const [x, y] = unpackCurve(bytes, rows);
    this.curve.set(axes.x.name, { meta: axes.x, values: x });
    this.curve.set(axes.y.name, { meta: axes.y, values: y });
  }

  /** Rows are stored along a curve, and read in the order of one column. */
  sort() {
    if (!this.meta.order) return;
    const column = this.column(this.meta.order);
    /** The row of each stored row: rows near each other on the ground are near each other here. */
    this.along = rowsBy(column.values);
    column.values = inOrder(column.values, this.along);
  }

  /** A column in the order in which it is stored. @param {string} name */
  stored(name) {
    const { meta, values } = this.curve.get(name) ?? { meta: NOTHING, values: new Uint8Array(this.rows) };
    return new Column(meta, values);
  }

  /** @param {string} name @returns {Column} missing values throughout where the table has none */
  column(name) {
    const known = this.unpacked.get(name);
    if (known) return known;
    const column = this.unpack(name);
    this.unpacked.set(name, column);
    return column;
  }

  unpack(name) {
    const ofCurve = this.curve.get(name);
    if (ofCurve) return new Column(ofCurve.meta, inOrder(ofCurve.values, this.along));
    if (!this.packed.has(name)) {
      if (!this.isWhole && this.has(name)) throw new Error(`column ${name} is still packed`);
      return new Column(NOTHING, new Uint8Array(this.rows));
    }
    const { meta, bytes } = this.packed.get(name);
    this.packed.delete(name);
    let values = /** @type {any} */ (unpackColumn(bytes, meta));
    if (meta.ranks) values = lookedUp(values, meta.ranks);
    if (this.along) values = inOrder(values, this.along);
    if (meta.near) values = nearTo(this.column(meta.near).values, values);
    return new Column(meta, values, this.dictionaries[meta.dictionary]);
  }

  /** All columns of which something is known. @returns {Map<string, Column>} */
  get columns() {
    return new Map(this.meta.columns
      .flatMap(({ name, axes }) => (axes ? [axes.x.name, axes.y.name] : [name]))
      .map((name) => [name, this.column(name)]));
  }

  /** @param {string} name */
  has(name) {
    return this.meta.columns.some(({ name: one, axes }) => (
      axes ? name === axes.x.name || name === axes.y.name : name === one));
  }

  /** @param {number} number @returns {Promise<string[][]>} one list of texts for each text column */
  chunk(number) {
    let chunk = this.chunks.get(number);
    if (!chunk) {
      if (this.chunks.size >= CHUNKS_KEPT) this.chunks.clear();
      chunk = inflatedJson(`${this.id}-texts-${number}`);
      this.chunks.set(number, chunk);
    }
    return chunk;
  }

  /** @param {number} row @returns {Promise<Map<string, string>>} texts by column */
  async texts(row) {
    const texts = new Map(this.meta.wordTexts.map((name) => [name, this.column(name).word(row)]));
    if (this.meta.chunks === 0) return texts;
    const chunk = await this.chunk(Math.floor(row / this.meta.chunkRows));
    const at = row % this.meta.chunkRows;
    this.meta.texts.forEach((name, column) => texts.set(name, chunk[column][at]));
    return texts;
  }
}
