import assert from 'node:assert/strict';
import { test } from 'node:test';

import { groupPlaces, groupRadius } from '../../bordermap/render/static/cluster.js';
import { incidentsOf, randomFrom } from './tables.js';

const SCALE = 256 * 2 ** 7;
const WIDTH = 900;
const DEGREES = WIDTH / SCALE * 360;

function viewFrom(incidents) {
  const positions = Array.from({ length: incidents.count }, (_, row) => incidents.world(row));
  const left = Math.min(...positions.map(([x]) => x)) * SCALE - 5;
  const top = Math.min(...positions.map(([, y]) => y)) * SCALE - 5;
  return { scale: SCALE, left, top, width: 2 * WIDTH, height: 2 * WIDTH };
}

function groupsOf(records, mask = new Uint8Array(records.length).fill(1)) {
  const incidents = incidentsOf(records);
  return groupPlaces(incidents.places, incidents.places.masked(mask), viewFrom(incidents));
}

function scattered(count, seed) {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => (
    { lon: 61 + random() ** 2 * DEGREES, lat: 34 - random() ** 2 * DEGREES * 0.8 }));
}

test('one incident is one mark where it is', () => {
  const [group] = groupsOf([{ lon: 66, lat: 33 }]);
  assert.equal(group.count, 1);
  assert.ok(Math.abs(group.x - 5) < 0.01);
  assert.deepEqual(group.rows, [0]);
});

test('incidents at one place are one group that says so, the earliest row first', () => {
  const groups = groupsOf(Array.from({ length: 30 }, () => ({ lon: 66, lat: 33 })));
  assert.deepEqual(groups.map(({ count, onePlace }) => [count, onePlace]), [[30, true]]);
  assert.deepEqual(groups[0].rows, [...Array(30).keys()]);
});

test('neighbours at two places are a group that is not one place', () => {
  const groups = groupsOf([{ lon: 66, lat: 33 }, { lon: 66.01, lat: 33 }]);
  assert.deepEqual(groups.map(({ count, onePlace }) => [count, onePlace]), [[2, false]]);
});

test('every incident that is kept is in one group, whatever there is', () => {
  for (const count of [0, 1, 2, 50, 3000]) {
    const mask = Uint8Array.from({ length: count }, (_, row) => (row % 3 ? 1 : 0));
    const groups = groupsOf(scattered(count, count + 1), mask);
    const rows = groups.flatMap((group) => group.rows).sort((a, b) => a - b);
    assert.deepEqual(rows, [...mask.keys()].filter((row) => mask[row]));
    for (const group of groups) assert.equal(group.rows.length, group.count);
  }
});

test('what is out of the view is in no group', () => {
  const incidents = incidentsOf(scattered(500, 4));
  const mask = incidents.places.masked(new Uint8Array(500).fill(1));
  const view = { ...viewFrom(incidents), left: 0, top: 0, width: 10, height: 10 };
  assert.deepEqual(groupPlaces(incidents.places, mask, view), []);
});

test('no group overlaps another', () => {
  for (const seed of [1, 2, 3]) {
    const groups = groupsOf(scattered(800, seed));
    for (const [at, one] of groups.entries()) {
      for (const other of groups.slice(at + 1)) {
        assert.ok(Math.hypot(one.x - other.x, one.y - other.y) >= one.radius + other.radius, `seed ${seed}`);
      }
    }
  }
});

test('the same rows make the same groups', () => {
  const shape = () => groupsOf(scattered(500, 9)).map(({ x, y, count }) => [x, y, count]);
  assert.deepEqual(shape(), shape());
});

test('larger groups are drawn larger, up to a bound', () => {
  const radii = [1, 2, 10, 100, 1e4, 1e6].map(groupRadius);
  assert.deepEqual(radii, [...radii].sort((a, b) => a - b));
  assert.ok(radii.at(-1) <= 25);
});
