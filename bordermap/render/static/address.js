/** @file Values as they stand in the page's address, read with suspicion. */

const DAY_MS = 864e5;
const FARTHEST_KM = 99999;

/** A finite number within bounds, or the fallback. */
export function numberIn(text, least, most, fallback) {
  const value = text === null || text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(value) && value >= least && value <= most ? value : fallback;
}

/** A day since 1970 from a date as it stands in the address. */
export function dayOf(text, fallback) {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text ?? '') ? Date.parse(text) : NaN;
  return Number.isFinite(time) ? Math.round(time / DAY_MS) : fallback;
}

/** Two numbers, the lower first, from a text like `-10-25.5`. */
export function rangeOf(text) {
  const found = /^(-?\d{1,6}(?:\.\d{1,3})?)-(-?\d{1,6}(?:\.\d{1,3})?)$/.exec(text ?? '');
  const [from, to] = found ? [Number(found[1]), Number(found[2])] : [-Infinity, Infinity];
  return from <= to ? [from, to] : [-Infinity, Infinity];
}

/** A range as `rangeOf` reads it. @param {number} from @param {number} to may be infinite */
export function rangeText(from, to) {
  return [from, to]
    .map((end) => Math.round(Math.max(-FARTHEST_KM, Math.min(FARTHEST_KM, end)) * 1000) / 1000)
    .join('-');
}
