/** @file The page's words, numbers and dates in the reader's language. */

/** @type {Map<string, string>} */
let dictionary = new Map();
let language = 'en';
/** @type {string[]} */
let months = [];
/** @type {string[]} */
let shortMonths = [];
let isRightToLeft = false;
/** Making one takes longer than using it a hundred times. @type {Map<number, Intl.NumberFormat>} */
const formats = new Map();
/** The key of the format without groups of digits. */
const PLAIN = -1;

/**
 * @param {Record<string, string>} words `locale` says how numbers and dates are written
 */
export function useWords(words) {
  dictionary = new Map(Object.entries(words));
  language = say('locale');
  formats.clear();
  months = say('months').split(' ');
  shortMonths = say('months_short').split(' ');
  isRightToLeft = say('direction') === 'rtl';
}

/** True where the page is read from right to left. */
export function readsRightToLeft() {
  return isRightToLeft;
}

/** What is filled in keeps its own direction: a Latin name or a number within Pashto, say. */
function isolated(text) {
  return isRightToLeft ? `\u2068${text}\u2069` : text;
}

/**
 * A message with its `{places}` filled in; of one `n` the one whose key ends in `_one`, where there is one.
 * @param {string} key
 * @param {Record<string, unknown>} [values]
 */
export function say(key, values = {}) {
  const filled = new Map(Object.entries(values));
  const single = filled.get('n') === formatNumber(1) ? dictionary.get(`${key}_one`) : undefined;
  const message = single ?? dictionary.get(key) ?? key;
  return message.replace(/\{(\w+)\}/g, (whole, name) => (
    filled.has(name) ? isolated(String(filled.get(name))) : whole));
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
  const key = digits * 100 + most;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: most });
    formats.set(key, format);
  }
  return format.format(value);
}

/** A number in little room: from 10,000 on in thousands or millions. @param {number} value */
export function formatBrief(value) {
  if (value < 10000) return formatNumber(value);
  return new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 }).format(value);
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

/** A number that counts nothing: a day, a year. @param {number} value */
function plainNumber(value) {
  if (!formats.has(PLAIN)) formats.set(PLAIN, new Intl.NumberFormat(language, { useGrouping: false }));
  return formats.get(PLAIN).format(value);
}

/**
 * A day of the Gregorian calendar, as sources have it. Months come from the message file: browsers
 * know no Pashto ones.
 * @param {number} day days since 1970
 * @param {string} key of the message
 * @param {string[]} names of the months
 */
function writtenDay(day, key, names) {
  const date = new Date(day * 864e5);
  return say(key, {
    day: plainNumber(date.getUTCDate()), month: names[date.getUTCMonth()], year: plainNumber(date.getUTCFullYear()),
  });
}

/** @param {number} day days since 1970 */
export function formatLongDay(day) {
  return writtenDay(day, 'day_written', months);
}

/**
 * When it happened, as precisely as is known and no more.
 * @param {{start: number|null, end: number|null, datePrecision: string}} record
 */
export function formatDates({ start, end, datePrecision }) {
  if (start === null) return say('date_unknown');
  if (datePrecision === 'year') return writtenDay(start, 'axis_year', months);
  if (datePrecision === 'month') return writtenDay(start, 'month_written', months);
  const first = formatLongDay(start);
  if (end === null) return say('date_open', { start: first });
  if (end === start) return first;
  const range = { start: first, end: formatLongDay(end) };
  return say(datePrecision === 'week' ? 'date_between' : 'date_range', range);
}

/** @param {{start: number|null, datePrecision: string}} record */
export function formatShortDate({ start, datePrecision }) {
  if (start === null) return say('date_unknown_short');
  const length = { year: 4, month: 7 }[datePrecision] ?? 10;
  return isoDay(start).slice(0, length);
}

/** How a day on an axis is said, by what it is the first day of. */
const AXIS_KEYS = /** @type {const} */ ({
  day: 'axis_day', fullDay: 'axis_full_day', month: 'axis_month', fullMonth: 'axis_full_month', year: 'axis_year',
});

/** A day on an axis, or what it is the first day of. @param {number} day @param {keyof typeof AXIS_KEYS} unit */
export function formatUnit(day, unit) {
  return writtenDay(day, AXIS_KEYS[unit], shortMonths);
}
