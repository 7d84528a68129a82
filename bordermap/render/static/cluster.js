/** @file Which marks to draw: incidents whose marks would overlap become one group. */

const GAP = 3;
const SINGLE_RADIUS = 7;
const LARGEST_RADIUS = 25;
const CELL = 2 * LARGEST_RADIUS + GAP;
const CELL_ROW = 1 << 16;
const MAX_PASSES = 12;

/** @param {number} count */
export function groupRadius(count) {
  return count === 1 ? SINGLE_RADIUS : Math.min(LARGEST_RADIUS, 9.5 + 3.6 * Math.log2(count) * 0.62);
}

/** Incidents that are drawn as one mark: runs of places along the curve, as far as they are kept. */
export class Group {
  /**
   * @param {import('./places.js').Places} places
   * @param {Uint8Array} mask along the curve
   */
  constructor(places, mask) {
    this.places = places;
    this.mask = mask;
    /** First place of each run, and the one after its last. @type {number[]} */
    this.runs = [];
    /** Middle of its incidents: px on the canvas. */
    this.x = 0;
    this.y = 0;
    this.count = 0;
    this.radius = 0;
    /** All its incidents have the same position. */
    this.onePlace = true;
    /** The first of them along the curve. */
    this.first = -1;
  }

  /**
   * @param {import('./places.js').Places} places
   * @param {Uint8Array} mask along the curve
   * @param {number} from @param {number} to
   * @param {{scale: number, left: number, top: number}} view
   * @returns {Group|null} nothing when no incident of the run is kept
   */
  static ofRun(places, mask, from, to, view) {
    const { x, y } = places;
    let [count, sumX, sumY] = [0, 0, 0];
    for (let at = from; at < to; at++) {
      const isKept = mask[at];
      count += isKept;
      sumX += isKept * x[at];
      sumY += isKept * y[at];
    }
    if (count === 0) return null;
    const first = mask.indexOf(1, from);
    // Along the curve what lies between two of the same place is there, too.
    const onePlace = places.areOne(first, mask.lastIndexOf(1, to - 1));
    const group = new Group(places, mask);
    group.runs.push(from, to);
    group.x = (places.originX + sumX / count) * view.scale - view.left;
    group.y = (places.originY + sumY / count) * view.scale - view.top;
    return Object.assign(group, { count, first, onePlace, radius: groupRadius(count) });
  }

  /** Rows of its incidents, the earliest first. @returns {number[]} */
  get rows() {
    return this.someRows(Infinity).sort((a, b) => a - b);
  }

  /** The first row along the curve. */
  get row() {
    return this.places.rows[this.first];
  }

  /** @param {number} most @returns {number[]} */
  someRows(most) {
    const rows = [];
    for (let run = 0; run < this.runs.length; run += 2) {
      for (let at = this.runs[run]; at < this.runs[run + 1]; at++) {
        if (rows.length >= most) return rows;
        if (this.mask[at] === 1) rows.push(this.places.rows[at]);
      }
    }
    return rows;
  }

  /**
   * How many of its incidents have each code.
   * @param {Uint8Array|Uint16Array|Uint32Array} codes along the curve
   * @param {Uint32Array} counts by code
   */
  countCodes(codes, counts) {
    const { mask, runs } = this;
    for (let run = 0; run < runs.length; run += 2) {
      const end = runs[run + 1];
      for (let at = runs[run]; at < end; at++) counts[codes[at]] += mask[at];
    }
  }

  /** @param {Group} guest */
  absorb(guest) {
    const count = this.count + guest.count;
    this.onePlace = this.onePlace && guest.onePlace && this.places.areOne(this.first, guest.first);
    this.x += (guest.x - this.x) * guest.count / count;
    this.y += (guest.y - this.y) * guest.count / count;
    this.count = count;
    this.radius = groupRadius(count);
    for (const end of guest.runs) this.runs.push(end);
  }
}

/**
 * Groups for what is kept in the view; none overlaps another.
 * @param {import('./places.js').Places} places
 * @param {Uint8Array} mask along the curve
 * @param {import('./canvas_layer.js').View} view
 * @returns {Group[]} largest first
 */
export function groupPlaces(places, mask, view) {
  /** @type {Group[]} */
  let groups = [];
  places.forEachBin(view, (from, to) => {
    const group = Group.ofRun(places, mask, from, to, view);
    if (group) groups.push(group);
  });
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const merged = mergeOverlapping(groups);
    if (merged.length === groups.length) break;
    groups = merged;
  }
  return groups;
}

/** One pass: each group, largest first, joins the first accepted one that it would overlap. */
function mergeOverlapping(groups) {
  /** @type {Map<number, Group[]>} */
  const accepted = new Map();
  const result = [];
  const ordered = groups.slice().sort((a, b) => b.count - a.count || a.first - b.first);
  for (const group of ordered) {
    const key = Math.floor(group.y / CELL) * CELL_ROW + Math.floor(group.x / CELL);
    const host = overlapping(accepted, group, key);
    if (host) {
      host.absorb(group);
      continue;
    }
    const cell = accepted.get(key);
    if (cell) cell.push(group);
    else accepted.set(key, [group]);
    result.push(group);
  }
  return result;
}

/** @returns {Group|null} */
function overlapping(accepted, group, key) {
  for (let down = -CELL_ROW; down <= CELL_ROW; down += CELL_ROW) {
    for (let right = -1; right <= 1; right++) {
      for (const other of accepted.get(key + down + right) ?? []) {
        const distance = Math.hypot(other.x - group.x, other.y - group.y);
        if (distance < other.radius + group.radius + GAP) return other;
      }
    }
  }
  return null;
}
