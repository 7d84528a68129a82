import assert from 'node:assert/strict';
import { test } from 'node:test';

import { incidentsOf } from './tables.js';

const incidents = incidentsOf([
  { lon: 71.09, lat: 34.12, precision: 'exact', radius: 500, side: 'AF', type: 'protest', start: 18000, end: 18000 },
  { precision: 'none' },
  { lon: 69.9, lat: 33.4, precision: 'area', radius: 2000, side: 'uncertain' },
  { lon: 69.9, lat: 33.4, precision: 'place', radius: 5000 },
  { lon: 69.9, lat: 33.4, precision: 'province', radius: 9000, area: 'AF-KHO' },
]);

test('a row without a point is unplaced', () => {
  assert.deepEqual([0, 1, 2, 3, 4].map((row) => incidents.isPlaced(row)), [true, false, true, true, true]);
});

test('a position is kept to a hundred-thousandth of a degree', () => {
  const [lat, lng] = incidents.latLng(0);
  assert.ok(Math.abs(lat - 34.12) < 1e-7);
  assert.ok(Math.abs(lng - 71.09) < 1e-7);
});

test('what is vague is never a point', () => {
  const kinds = [0, 2, 3, 4].map((row) => incidents.footprint(row).kind);
  assert.deepEqual(kinds, ['point', 'circle', 'circle', 'area']);
});

test('an uncertain side is known as such', () => {
  assert.equal(incidents.isSideUncertain(2), true);
  assert.equal(incidents.isSideUncertain(0), false);
});

test('a record says what is known and no more', () => {
  const record = incidents.record(0);
  assert.equal(record.type, 'protest');
  assert.equal(record.start, 18000);
  assert.equal(record.best, null);
  assert.equal(record.placeMatch, '');
});
