/** @file The page's words, numbers and dates in the reader's language. */

/** @type {Map<string, string>} */
let dictionary = new Map();
let language = 'en';

/**
 * @param {Record<string, string>} words `locale` says how numbers and dates are written
 */
export function useWords(words) {
  dictionary = new Map(Object.entries(words));
  language = say('locale');
}

/**
 * A message with its `{places}` filled in.
 * @param {string} key
 * @param {Record<string, unknown>} [values]
 */
export function say(key, values = {}) {
  const filled = new Map(Object.entries(values));
  const message = dictionary.get(key) ?? key;
  return message.replace(/\{(\w+)\}/g, (whole, name) => String(filled.get(name) ?? whole));
}

/**
 * The word for a value of a group, e.g. `wordFor('type', 'armed_clash')`; unknown values as they are.
 * @param {string} group
 * @param {string} value
 */
export function wordFor(group, value) {
  return dictionary.get(`${group}_${value}`) ?? value.replaceAll('_', ' ');
}

/**
 * @param {number} value
 * @param {number} [digits] after the decimal point, at least
 * @param {number} [most] after the decimal point, at most
 */
export function formatNumber(value, digits = 0, most = digits) {
  return value.toLocaleString(language, {
    minimumFractionDigits: digits, maximumFractionDigits: most,
  });
}

/**
 * A length for people: whole metres under 1 km, else kilometres.
 * @param {number} metres
 */
export function formatLength(metres) {
  if (metres < 1000) return say('metres', { n: formatNumber(metres) });
  return say('kilometres', { n: formatNumber(metres / 1000, 0, metres < 100000 ? 1 : 0) });
}

/** @param {number} day days since 1970 */
export function isoDay(day) {
  return new Date(day * 864e5).toISOString().slice(0, 10);
}

/**
 * @param {number} day days since 1970
 * @param {Intl.DateTimeFormatOptions} parts
 */
function formatDay(day, parts) {
  return new Intl.DateTimeFormat(language, { ...parts, timeZone: 'UTC' }).format(day * 864e5);
}

const DAY = /** @type {const} */ ({ day: 'numeric', month: 'long', year: 'numeric' });

/**
 * When it happened, as precisely as is known and no more.
 * @param {{start: number|null, end: number|null, datePrecision: string}} record
 */
export function formatDates({ start, end, datePrecision }) {
  if (start === null) return say('date_unknown');
  if (datePrecision === 'year') return formatDay(start, { year: 'numeric' });
  if (datePrecision === 'month') return formatDay(start, { month: 'long', year: 'numeric' });
  const first = formatDay(start, DAY);
  if (end === null) return say('date_open', { start: first });
  if (end === start) return first;
  const range = { start: first, end: formatDay(end, DAY) };
  return say(datePrecision === 'week' ? 'date_between' : 'date_range', range);
}

/** @param {number} day days since 1970 */
export function formatLongDay(day) {
  return formatDay(day, DAY);
}

/** @param {{start: number|null, datePrecision: string}} record */
export function formatShortDate({ start, datePrecision }) {
  if (start === null) return say('date_unknown_short');
  const length = { year: 4, month: 7 }[datePrecision] ?? 10;
  return isoDay(start).slice(0, length);
}

const UNIT_PARTS = {
  day: { day: 'numeric', month: 'short' },
  fullDay: { day: 'numeric', month: 'short', year: 'numeric' },
  month: { month: 'short' },
  fullMonth: { month: 'short', year: 'numeric' },
  year: { year: 'numeric' },
};

/** A day on an axis, or what it is the first day of. @param {number} day @param {keyof typeof UNIT_PARTS} unit */
export function formatUnit(day, unit) {
  return formatDay(day, UNIT_PARTS[unit]);
}
