/** @file How many rows each value of a facet has or would bring: of all facets in one pass. */

/** Cells that stay near the processor. */
const MOST_CELLS = 4096;

/**
 * Rows alike in every facet are counted together, in one table for what is kept and one for what
 * each facet alone leaves out; the counts of a facet are sums over these.
 */
export class JointCounts {
  /**
   * @param {import('./filter_kinds.js').Choices[]} facets of one column each
   * @param {number[]} bits of each
   * @param {number} rows
   */
  constructor(facets, bits, rows) {
    this.size = 1;
    this.cells = new Uint16Array(rows);
    /** @type {Map<string, {bit: number, stride: number, size: number, part: number}>} */
    this.parts = new Map();
    facets.forEach((facet, at) => {
      if (facet.columns.length > 1 || this.size * facet.size > MOST_CELLS) return;
      this.add(facet, bits[at]);
    });
    this.counts = new Uint32Array((this.parts.size + 2) * this.size);
  }

  /** @param {import('./filter_kinds.js').Choices} facet @param {number} bit */
  add(facet, bit) {
    const { cells, size: stride } = this;
    const [{ values }] = facet.columns;
    for (let row = 0; row < cells.length; row++) cells[row] += stride * values[row];
    this.parts.set(facet.name, { bit, stride, size: facet.size, part: this.parts.size + 1 });
    this.size *= facet.size;
  }

  /** @param {Uint16Array} fails @param {number} kinds of filters */
  count(fails, kinds) {
    const { cells, counts, size } = this;
    const starts = new Uint32Array(2 ** kinds).fill((this.parts.size + 1) * size);
    starts[0] = 0;
    for (const { bit, part } of this.parts.values()) starts[bit] = part * size;
    counts.fill(0);
    for (let row = 0; row < cells.length; row++) counts[starts[fails[row]] + cells[row]] += 1;
  }

  /**
   * @param {string} name of a facet
   * @param {boolean} everything whatever the filters leave out
   * @returns {Uint32Array} by code
   */
  of(name, everything) {
    const { stride, size, part } = this.parts.get(name);
    const parts = [...Array(this.parts.size + 2).keys()];
    const sums = new Uint32Array(size);
    for (const one of everything ? parts : [0, part]) {
      const start = one * this.size;
      for (let cell = 0; cell < this.size; cell++) {
        sums[Math.floor(cell / stride) % size] += this.counts[start + cell];
      }
    }
    return sums;
  }
}
