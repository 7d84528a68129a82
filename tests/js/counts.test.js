import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Filters } from '../../bordermap/render/static/filters.js';
import { incidentsOf, randomFrom } from './tables.js';

const pick = (random, values) => values[Math.floor(random() * values.length)];

function scattered(count, seed) {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => ({
    ...(random() < 0.8 ? { lon: 66 + random(), lat: 33 + random() } : {}),
    type: pick(random, ['airstrike', 'protest', 'shelling', null]),
    side: pick(random, ['AF', 'PK', 'line', 'uncertain', null]),
    precision: pick(random, ['exact', 'place', 'area', 'none']),
    start: 100 + Math.floor(random() * 200),
    distance: Math.floor(random() * 30000),
  }));
}

test('counts of all facets in one pass are those of each facet by itself', () => {
  const filters = new Filters(incidentsOf(scattered(400, 8)));
  const random = randomFrom(2);
  for (let turn = 0; turn < 60; turn++) {
    filters.show(pick(random, ['type', 'side', 'precision']), Math.floor(random() * 4), random() < 0.6);
    filters.setWithin(random() < 0.5 ? Infinity : random() * 30000);
    for (const name of ['type', 'side', 'precision']) {
      const kind = filters.facets.get(name);
      const others = ~(1 << filters.kinds.indexOf(kind));
      assert.deepEqual(filters.counts(name), kind.counts(filters.fails, others));
      assert.deepEqual(filters.counts(name, true), kind.counts(filters.fails, 0));
    }
    assert.equal(filters.kept, filters.mask.reduce((sum, value) => sum + value, 0));
  }
});

test('a distance in metres is judged as exactly as row by row', () => {
  const records = scattered(300, 3);
  const filters = new Filters(incidentsOf(records));
  for (const metres of [0, 1, 500, records[7].distance, records[8].distance - 0.5, 29999.5]) {
    filters.setWithin(metres);
    assert.deepEqual([...filters.mask], records.map(({ distance }) => (distance <= metres ? 1 : 0)));
  }
});

test('beside the line the Afghan side is positive', () => {
  const { offsets } = incidentsOf([
    { distance: 2500, side: 'AF' }, { distance: 2500, side: 'PK' }, { distance: 0, side: 'line' },
    { distance: 900, side: 'uncertain' }, { side: 'AF' },
  ]);
  assert.deepEqual([...offsets], [2.5, -2.5, 0, NaN, NaN]);
  const filters = new Filters(incidentsOf([{ distance: 2500, side: 'AF' }, { distance: 2500, side: 'PK' }]));
  filters.setOffset(0, 10);
  assert.deepEqual([...filters.mask], [1, 0]);
});
