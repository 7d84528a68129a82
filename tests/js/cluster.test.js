import assert from 'node:assert/strict';
import { test } from 'node:test';

import { groupRadius, groupRows } from '../../bordermap/render/static/cluster.js';
import { randomFrom } from './tables.js';

const VIEW = { scale: 256 * 2 ** 7, left: 0, top: 0, zoom: 7, width: 900, height: 700 };

function positions(count, seed) {
  const random = randomFrom(seed);
  const spread = (size) => Float64Array.from({ length: count }, () => random() ** 2 * size / VIEW.scale);
  return { x: spread(900), y: spread(700) };
}

test('one incident is one mark where it is', () => {
  const [group] = groupRows([0], { x: Float64Array.of(0.01), y: Float64Array.of(0.02) }, VIEW);
  assert.equal(group.count, 1);
  assert.ok(Math.abs(group.x - 0.01 * VIEW.scale) < 1e-6);
});

test('incidents at one place are one group that says so', () => {
  const same = { x: new Float64Array(30).fill(0.01), y: new Float64Array(30).fill(0.01) };
  const groups = groupRows(same.x.keys(), same, VIEW);
  assert.deepEqual(groups.map(({ count, onePlace }) => [count, onePlace]), [[30, true]]);
});

test('neighbours at two places are a group that is not one place', () => {
  const near = { x: Float64Array.of(0.01, 0.01 + 2 / VIEW.scale), y: Float64Array.of(0.01, 0.01) };
  const groups = groupRows([0, 1], near, VIEW);
  assert.deepEqual(groups.map(({ count, onePlace }) => [count, onePlace]), [[2, false]]);
});

test('every incident is in one group, whatever there is', () => {
  for (const count of [0, 1, 2, 50, 3000]) {
    const groups = groupRows(new Float64Array(count).keys(), positions(count, count + 1), VIEW);
    assert.equal(groups.reduce((sum, group) => sum + group.count, 0), count);
  }
});

test('no group overlaps another', () => {
  for (const seed of [1, 2, 3]) {
    const groups = groupRows(new Float64Array(800).keys(), positions(800, seed), VIEW);
    for (const [at, one] of groups.entries()) {
      for (const other of groups.slice(at + 1)) {
        assert.ok(Math.hypot(one.x - other.x, one.y - other.y) >= one.radius + other.radius, `seed ${seed}`);
      }
    }
  }
});

test('the same rows make the same groups', () => {
  const at = positions(500, 9);
  assert.deepEqual(groupRows(at.x.keys(), at, VIEW), groupRows(at.x.keys(), at, VIEW));
});

test('larger groups are drawn larger, up to a bound', () => {
  const radii = [1, 2, 10, 100, 1e4, 1e6].map(groupRadius);
  assert.deepEqual(radii, [...radii].sort((a, b) => a - b));
  assert.ok(radii.at(-1) <= 25);
});
