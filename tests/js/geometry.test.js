import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Geometry, isInView } from '../../bordermap/render/static/geometry.js';
import { worldX, worldY } from '../../bordermap/render/static/mercator.js';
import { tableOf } from './tables.js';

/** A square with a hole, and a point of two. */
function geometryOf() {
  const ring = [[69, 33], [70, 33], [70, 34], [69, 34], [69, 33]];
  const hole = [[69.4, 33.4], [69.6, 33.4], [69.6, 33.6], [69.4, 33.4]];
  const points = [[71, 34], [72, 35]];
  const all = [...ring, ...hole, ...points];
  const step = (at) => all.map((point) => Math.round(point[at] * 1e4));
  return new Geometry(tableOf(2, {
    x: { values: step(0), scale: 1e-4 },
    y: { values: step(1), scale: 1e-4, steps: true },
    points: { values: [5, 4, 1, 1] },
    rings: { values: [2, 1, 1] },
    parts: { values: [1, 2] },
  }));
}

test('coordinates are gathered into rings, parts and features', () => {
  const { features } = geometryOf();
  assert.deepEqual(features.map(({ rings }) => rings), [[[0, 5], [5, 9]], [[9, 10], [10, 11]]]);
});

test('a box holds all of a feature', () => {
  const [{ box }] = geometryOf().features;
  const expected = [worldX(69), worldY(34), worldX(70), worldY(33)];
  for (const at of [0, 1, 2, 3]) assert.ok(Math.abs(box[at] - expected[at]) < 1e-9);
});

test('a feature is traced as one closed path for each ring', () => {
  const calls = [];
  const ctx = { moveTo: (...at) => calls.push(['move', ...at]), lineTo: (...at) => calls.push(['line', ...at]) };
  const geometry = geometryOf();
  geometry.trace(ctx, geometry.features[0], { scale: 256 * 2 ** 8, left: 0, top: 0 });
  assert.deepEqual(calls.map(([kind]) => kind), ['move', 'line', 'line', 'line', 'line', 'move', 'line', 'line', 'line']);
  assert.deepEqual(calls[0].slice(1), calls[4].slice(1));
});

test('from far away only what can be seen is traced, and each ring still ends where it began', () => {
  const calls = [];
  const ctx = { moveTo: (...at) => calls.push(at), lineTo: (...at) => calls.push(at) };
  const geometry = geometryOf();
  geometry.trace(ctx, geometry.features[0], { scale: 1, left: 0, top: 0 });
  assert.equal(calls.length, 4);
  assert.deepEqual(calls[0], calls[1]);
});

test('only what reaches into the view is walked', () => {
  const geometry = geometryOf();
  const view = { scale: 1000, left: 1000 * worldX(68), top: 1000 * worldY(36), width: 1000 * 2 / 360, height: 20 };
  assert.deepEqual([...geometry.inView(view)].map(([row]) => row), [0]);
  assert.equal(isInView([2, 2, 3, 3], view), false);
});
