import assert from 'node:assert/strict';
import { test } from 'node:test';

import { latitudeOf, longitudeOf, worldLength, worldX, worldY } from '../../bordermap/render/static/mercator.js';
import { randomFrom } from './tables.js';

test('the middle of the world is the middle of the square', () => {
  assert.equal(worldX(0), 0.5);
  assert.ok(Math.abs(worldY(0) - 0.5) < 1e-12);
  assert.ok(worldY(34) < worldY(33), 'north is up');
});

test('there and back again', () => {
  const random = randomFrom(1);
  for (let turn = 0; turn < 500; turn++) {
    const [lon, lat] = [random() * 360 - 180, random() * 170 - 85];
    assert.ok(Math.abs(longitudeOf(worldX(lon)) - lon) < 1e-9);
    assert.ok(Math.abs(latitudeOf(worldY(lat)) - lat) < 1e-9);
  }
});

test('poles stay in the square', () => {
  for (const lat of [90, -90, 1e9]) assert.ok(worldY(lat) > -0.01 && worldY(lat) < 1.01);
});

test('a length on the ground is a degree of latitude long where it should be', () => {
  const y = worldY(34);
  const degree = worldY(33.5) - worldY(34.5);
  assert.ok(Math.abs(worldLength(111_320, y) / degree - 1) < 0.001);
});
