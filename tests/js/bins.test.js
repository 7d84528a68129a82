import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Bins, binStart, chooseBins, fillBins, layRows } from '../../bordermap/render/static/bins.js';
import { randomFrom, tableOf } from './tables.js';

const dayOf = (text) => Date.parse(text) / 864e5;
const iso = (day) => new Date(day * 864e5).toISOString().slice(0, 10);
const sum = (values) => values.reduce((total, value) => total + value, 0);
const daysOf = (start, end) => {
  const table = tableOf(start.length, { date_start: { values: start }, date_end: { values: end } });
  return { start: table.column('date_start'), end: table.column('date_end') };
};

test('weeks begin on Mondays, months and years on their first day, steps on and back', () => {
  const day = dayOf('2024-02-29');
  assert.equal(iso(binStart(day, 'week', 1)), '2024-02-26');
  assert.equal(iso(binStart(day, 'month', 1)), '2024-02-01');
  assert.equal(iso(binStart(day, 'month', 1, 11)), '2025-01-01');
  assert.equal(iso(binStart(day, 'year', 10)), '2020-01-01');
  assert.equal(iso(binStart(day, 'year', 1, -1)), '2023-01-01');
  assert.equal(iso(binStart(dayOf('1893-11-12'), 'week', 1)), '1893-11-06');
  assert.equal(iso(binStart(dayOf('0099-05-01'), 'year', 1)), '0099-01-01');
});

test('bars are as fine as the width allows, and what is asked for goes first', () => {
  const years = [dayOf('2000-01-01'), dayOf('2024-12-31')];
  assert.deepEqual(chooseBins(...years, 960, 'auto'), { unit: 'month', years: 1 });
  assert.deepEqual(chooseBins(...years, 300, 'auto'), { unit: 'year', years: 1 });
  assert.deepEqual(chooseBins(...years, 900, 'week'), { unit: 'week', years: 1 });
  assert.deepEqual(chooseBins(dayOf('1800-01-01'), years[1], 300, 'day'), { unit: 'year', years: 5 });
  assert.deepEqual(chooseBins(years[0], years[0], 300, 'auto'), { unit: 'day', years: 1 });
});

test('bins touch, cover the days, and know the bin of each day', () => {
  for (const unit of ['day', 'week', 'month', 'year']) {
    const [first, last] = [dayOf('2019-12-30'), dayOf('2021-03-02')];
    const bins = new Bins(first, last, { unit, years: 1 });
    assert.ok(bins.edges[0] <= first && bins.edges.at(-1) > last);
    for (let day = first; day <= last; day++) {
      const bin = bins.at(day);
      assert.ok(bins.edges[bin] <= day && day < bins.edges[bin + 1], `${unit} ${iso(day)}`);
    }
  }
});

test('an arrow key goes to the next edge either way, and not beyond the ends', () => {
  const bins = new Bins(dayOf('2020-01-01'), dayOf('2020-12-31'), { unit: 'month', years: 1 });
  assert.equal(iso(bins.step(dayOf('2020-03-01'), 1)), '2020-04-01');
  assert.equal(iso(bins.step(dayOf('2020-03-15'), -1)), '2020-03-01');
  assert.equal(iso(bins.step(dayOf('2020-03-01'), -10)), '2020-01-01');
  assert.equal(iso(bins.step(dayOf('2021-01-01'), -1)), '2020-12-01');
  assert.equal(iso(bins.step(dayOf('2020-12-01'), 10)), '2021-01-01');
});

test('an incident known only to its year is spread over the months, not put on the first day', () => {
  const bins = new Bins(dayOf('2023-01-01'), dayOf('2023-12-31'), { unit: 'month', years: 1 });
  const days = daysOf([dayOf('2023-01-01'), dayOf('2023-05-09'), null], [dayOf('2023-12-31'), null, null]);
  const { sure, spread } = fillBins(layRows(bins, days), new Uint8Array(3), Uint8Array.of(0), 1);
  assert.deepEqual([...sure], [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  assert.ok(Math.abs(spread[1] - 28 / 365) < 1e-12);
  assert.ok(Math.abs(sum(spread) - 1) < 1e-12);
});

test('bars add up to the incidents with a date, whatever the dates and bins', () => {
  const random = randomFrom(5);
  for (let turn = 0; turn < 40; turn++) {
    const start = Array.from({ length: 60 }, () => (random() < 0.1 ? null : 10000 + Math.floor(random() * 3000)));
    const end = start.map((day) => (day === null || random() < 0.2 ? null : day + Math.floor(random() ** 4 * 900)));
    const known = start.filter((day) => day !== null);
    const last = Math.max(...known, ...end.filter((day) => day !== null));
    const unit = ['day', 'week', 'month', 'year'][turn % 4];
    const bins = new Bins(Math.min(...known), last, { unit, years: 1 + (turn % 3) });
    const { sure, spread } = fillBins(layRows(bins, daysOf(start, end)), Uint8Array.from(start, (_, row) => row % 4), Uint8Array.of(0, 1, 2, 2), 3);
    assert.ok(Math.abs(sum(sure) + sum(spread) - known.length) < 1e-9);
  }
});
