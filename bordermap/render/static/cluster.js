/** @file Which marks to draw: incidents whose marks would overlap become one group. */

const BIN = 14;
const GAP = 3;
const SINGLE_RADIUS = 7;
const MAX_PASSES = 12;

/**
 * @typedef {object} Group
 * @property {number} x px on the canvas
 * @property {number} y
 * @property {number} count
 * @property {number} radius px
 * @property {boolean} onePlace all its incidents have the same position
 * @property {number[]} rows
 * @property {number} wx position of its first incident, in the unit square
 * @property {number} wy
 */

/** @param {number} count */
export function groupRadius(count) {
  return count === 1 ? SINGLE_RADIUS : Math.min(25, 9.5 + 3.6 * Math.log2(count) * 0.62);
}

/**
 * Groups for the rows to be shown; none overlaps another.
 * @param {Iterable<number>} rows
 * @param {{x: Float64Array, y: Float64Array}} position in the unit square
 * @param {{scale: number, left: number, top: number}} view
 * @returns {Group[]} largest first
 */
export function groupRows(rows, position, view) {
  let groups = binned(rows, position, view);
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const merged = mergeOverlapping(groups);
    if (merged.length === groups.length) break;
    groups = merged;
  }
  return groups;
}

/** One group for each bin of a grid that is fixed to the ground, so that panning changes nothing. */
function binned(rows, position, view) {
  /** @type {Map<number, Group>} */
  const bins = new Map();
  for (const row of rows) {
    const wx = position.x[row];
    const wy = position.y[row];
    const key = Math.floor(wy * view.scale / BIN) * 2 ** 22 + Math.floor(wx * view.scale / BIN);
    const bin = bins.get(key);
    if (!bin) {
      const x = wx * view.scale - view.left;
      const y = wy * view.scale - view.top;
      bins.set(key, { x, y, wx, wy, count: 1, radius: SINGLE_RADIUS, onePlace: true, rows: [row] });
      continue;
    }
    bin.onePlace &&= bin.wx === wx && bin.wy === wy;
    bin.count += 1;
    bin.x += (wx * view.scale - view.left - bin.x) / bin.count;
    bin.y += (wy * view.scale - view.top - bin.y) / bin.count;
    bin.rows.push(row);
  }
  for (const bin of bins.values()) bin.radius = groupRadius(bin.count);
  return [...bins.values()];
}

/** One pass: each group, largest first, joins the first accepted one that it would overlap. */
function mergeOverlapping(groups) {
  const cell = 2 * 25 + GAP;
  /** @type {Map<string, Group[]>} */
  const accepted = new Map();
  const result = [];
  const ordered = groups.slice().sort((a, b) => b.count - a.count || a.rows[0] - b.rows[0]);
  for (const group of ordered) {
    const cx = Math.floor(group.x / cell);
    const cy = Math.floor(group.y / cell);
    const host = overlapping(accepted, group, cx, cy);
    if (host) {
      absorb(host, group);
      continue;
    }
    const key = `${cx},${cy}`;
    if (!accepted.has(key)) accepted.set(key, []);
    accepted.get(key).push(group);
    result.push(group);
  }
  return result;
}

function overlapping(accepted, group, cx, cy) {
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      for (const other of accepted.get(`${cx + dx},${cy + dy}`) ?? []) {
        const distance = Math.hypot(other.x - group.x, other.y - group.y);
        if (distance < other.radius + group.radius + GAP) return other;
      }
    }
  }
  return null;
}

/** @param {Group} host @param {Group} guest */
function absorb(host, guest) {
  const count = host.count + guest.count;
  host.onePlace = host.onePlace && guest.onePlace && host.wx === guest.wx && host.wy === guest.wy;
  host.x += (guest.x - host.x) * guest.count / count;
  host.y += (guest.y - host.y) * guest.count / count;
  host.count = count;
  host.radius = groupRadius(count);
  for (const row of guest.rows) host.rows.push(row);
}
