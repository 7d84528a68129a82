/** @file Packed tables, as render/payload.py writes them, read back. */

import { blockJson, blockText } from './dom.js';

const ARRAYS = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array };
const CHUNKS_KEPT = 16;

/**
 * @param {string} text base64
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}

/**
 * @param {Uint8Array<ArrayBuffer>} packed zlib stream
 * @returns {Promise<Uint8Array>}
 */
export async function inflate(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Undo the shuffling of bytes, then the differences.
 * @param {Uint8Array} bytes of the whole table
 * @param {number} offset of this column
 * @param {{bytes: 1|2|4, rows: number, steps: boolean}} meta
 */
export function unpackColumn(bytes, offset, meta) {
  const { bytes: width, rows } = meta;
  const plain = new Uint8Array(rows * width);
  for (let byte = 0; byte < width; byte++) {
    const from = offset + byte * rows;
    for (let row = 0; row < rows; row++) plain[row * width + byte] = bytes[from + row];
  }
  const values = new ARRAYS[width](plain.buffer);
  if (meta.steps) for (let row = 1; row < rows; row++) values[row] += values[row - 1];
  return values;
}

/** One column: 0 is missing, k stands for base + k - 1. */
export class Column {
  /**
   * @param {{base: number, scale: number, dictionary?: string[]}} meta
   * @param {Uint8Array|Uint16Array|Uint32Array} values
   */
  constructor(meta, values) {
    this.values = values;
    this.base = meta.base;
    this.scale = meta.scale;
    this.dictionary = meta.dictionary ?? [];
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
    return code === 0 ? '' : this.dictionary[this.base + code - 1] ?? '';
  }

  /** @param {string} word @returns {number} the stored code, 0 when the dictionary lacks it */
  codeOfWord(word) {
    const index = this.dictionary.indexOf(word);
    return index < 0 ? 0 : Math.max(0, index - this.base + 1);
  }
}

/** A table: columns at once, texts by chunk when asked for. */
export class Table {
  /** @param {string} id of its blocks @returns {Promise<Table>} */
  static async read(id) {
    const meta = blockJson(id);
    const bytes = await inflate(fromBase64(blockText(`${id}-columns`)));
    return new Table(id, meta, bytes);
  }

  constructor(id, meta, bytes) {
    this.id = id;
    this.meta = meta;
    this.rows = meta.rows;
    /** @type {Map<string, Column>} */
    this.columns = new Map();
    /** @type {Map<number, Promise<string[][]>>} */
    this.chunks = new Map();
    let offset = 0;
    for (const column of meta.columns) {
      this.columns.set(column.name, new Column(column, unpackColumn(bytes, offset, column)));
      offset += column.rows * column.bytes;
    }
  }

  /** @param {string} name @returns {Column} a column of missing values where the table has none */
  column(name) {
    return this.columns.get(name)
      ?? new Column({ base: 0, scale: 1 }, new Uint8Array(this.rows));
  }

  /** @param {number} number @returns {Promise<string[][]>} one list of texts for each text column */
  chunk(number) {
    let chunk = this.chunks.get(number);
    if (!chunk) {
      if (this.chunks.size >= CHUNKS_KEPT) this.chunks.clear();
      chunk = inflate(fromBase64(blockText(`${this.id}-texts-${number}`)))
        .then((bytes) => JSON.parse(new TextDecoder().decode(bytes)));
      this.chunks.set(number, chunk);
    }
    return chunk;
  }

  /** @param {number} row @returns {Promise<Map<string, string>>} texts by column */
  async texts(row) {
    if (this.meta.chunks === 0) return new Map();
    const chunk = await this.chunk(Math.floor(row / this.meta.chunkRows));
    const at = row % this.meta.chunkRows;
    return new Map(this.meta.texts.map((name, column) => [name, chunk[column][at]]));
  }
}
