import assert from 'node:assert/strict';
import { test } from 'node:test';

import { directedKeys, ranksOf, sortedRows } from '../../bordermap/render/static/sorting.js';
import { randomFrom } from './tables.js';

const MOST = 2 ** 32 - 3;

function values(count, most, seed) {
  const random = randomFrom(seed);
  return Uint32Array.from({ length: count }, () => (random() < 0.2 ? 0 : Math.floor(random() * most) + 1));
}

/** The plain way: a stable sort with a comparison, missing values (0) last. */
function plainly(column, descending) {
  const rows = [...column.keys()];
  const sign = descending ? -1 : 1;
  return rows.sort((a, b) => (
    (column[a] === 0) - (column[b] === 0) || sign * (column[a] - column[b]) || a - b));
}

for (const most of [1, 7, 65535, 65536, MOST]) {
  for (const descending of [false, true]) {
    test(`${descending ? 'down' : 'up'} from values to ${most}, the missing last`, () => {
      const column = values(3000, most, most);
      const rows = sortedRows(directedKeys(column, descending));
      assert.deepEqual([...rows], plainly(column, descending));
    });
  }
}

test('no rows are no rows', () => {
  assert.equal(sortedRows(directedKeys(new Uint8Array(0), false)).length, 0);
});

test('texts rank as readers sort them, equal ones alike, the empty one last', () => {
  const ranks = ranksOf(['b', '', 'Äh', 'a10', 'a9'], 'en');
  assert.deepEqual([...ranks], [4, 0, 3, 2, 1]);
});
