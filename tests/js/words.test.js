import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, test } from 'node:test';

import {
  formatDates, formatLength, formatNumber, formatShortDate, isoDay, say, useWords, wordFor,
} from '../../bordermap/render/static/words.js';

const FOLDER = new URL('../../bordermap/render/static/', import.meta.url);
const wordsOf = (language) => JSON.parse(readFileSync(new URL(`words.${language}.json`, FOLDER), 'utf8'));
const DAY = 864e5;
const dayOf = (text) => Date.parse(text) / DAY;

beforeEach(() => useWords(wordsOf('en')));

test('places in a message are filled, and only known ones', () => {
  assert.equal(say('within', { km: '5' }), 'at most 5 km');
  assert.equal(say('within', { other: 'x' }), 'at most {km} km');
  assert.equal(say('metres', { n: '{n} $& <b>' }), '{n} $& <b> m');
});

test('one incident is told as one, in every language', () => {
  const days = { from: 'a', to: 'b' };
  assert.equal(say('caption', { n: formatNumber(1), ...days }), '1 incident from public sources, a to b.');
  assert.equal(say('caption', { n: formatNumber(2), ...days }), '2 incidents from public sources, a to b.');
  assert.equal(say('metres', { n: formatNumber(1) }), '1 m');
  useWords(wordsOf('ur'));
  assert.match(say('caption', { n: formatNumber(1), ...days }), /واقعہ/);
});

test('a key that nobody wrote is said as it is', () => {
  assert.equal(say('__proto__'), '__proto__');
  assert.equal(wordFor('type', 'river_crossing'), 'river crossing');
});

test('lengths are in metres, then in kilometres', () => {
  assert.equal(formatLength(999), '999 m');
  assert.equal(formatLength(1500), '1.5 km');
  assert.equal(formatLength(123456), '123 km');
  assert.equal(formatNumber(1234567), '1,234,567');
});

test('a date is as precise as it is known', () => {
  const start = dayOf('2020-03-05');
  const dates = (end, datePrecision) => formatDates({ start, end, datePrecision });
  assert.equal(dates(start, 'day'), '5 March 2020');
  assert.equal(dates(start + 2, 'day'), '5 March 2020 to 7 March 2020');
  assert.equal(dates(start + 6, 'week'), 'Between 5 March 2020 and 11 March 2020');
  assert.equal(dates(start + 30, 'month'), 'March 2020');
  assert.equal(dates(start + 300, 'year'), '2020');
  assert.equal(dates(null, 'day'), 'From 5 March 2020, end not known');
  assert.equal(formatDates({ start: null, end: null, datePrecision: 'unknown' }), 'Date not known');
  assert.equal(formatShortDate({ start, datePrecision: 'month' }), '2020-03');
  assert.equal(isoDay(0), '1970-01-01');
});
