import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  inOrder, lookedUp, nearTo, rowsBy, unpackCurve,
} from '../../bordermap/render/static/unpack.js';

/** Seven shuffled bytes for each gap between places on the curve. */
function curveBytes(points) {
  const places = points.map(([x, y]) => {
    let place = 0n;
    for (let bit = 25n; bit >= 0n; bit--) {
      place = place * 4n + ((BigInt(y) >> bit) & 1n) * 2n + ((BigInt(x) >> bit) & 1n);
    }
    return place;
  });
  const bytes = new Uint8Array(7 * points.length);
  places.forEach((place, row) => {
    const gap = place - (row ? places[row - 1] : 0n);
    for (let byte = 0; byte < 7; byte++) {
      bytes[byte * points.length + row] = Number((gap >> BigInt(8 * byte)) & 255n);
    }
  });
  return bytes;
}

test('places on the curve become their coordinates, up to the largest', () => {
  const points = [[0, 0], [1, 0], [0, 1], [12345, 678], [2 ** 26 - 1, 2 ** 26 - 1]];
  const [x, y] = unpackCurve(curveBytes(points), points.length);
  assert.deepEqual([...x].map((one, row) => [one, y[row]]), points);
});

test('rows are sorted by value, missing ones last, equal ones as they are', () => {
  for (const Kind of [Uint8Array, Uint16Array, Uint32Array]) {
    const values = Kind.of(7, 0, 3, 7, 1, 0);
    assert.deepEqual([...rowsBy(values)], [2, 4, 1, 3, 0, 5]);
    assert.deepEqual([...inOrder(values, rowsBy(values))], [1, 3, 7, 7, 0, 0]);
  }
  const large = Uint32Array.of(4e9, 70000, 0, 65536, 65537);
  assert.deepEqual([...inOrder(large, rowsBy(large))], [65536, 65537, 70000, 4e9, 0]);
});

test('differences of either sign are added to what they are near', () => {
  assert.deepEqual([...nearTo(Uint8Array.of(5, 5, 5, 0), Uint8Array.of(0, 1, 2, 8))], [5, 4, 6, 4]);
  assert.ok(nearTo(Uint8Array.of(3, 200), Uint8Array.of(0, 0)) instanceof Uint8Array);
  assert.ok(nearTo(Uint8Array.of(3, 200), Uint16Array.of(0, 2000)) instanceof Uint16Array);
});

test('ranks become what they stand for', () => {
  const values = lookedUp(Uint8Array.of(0, 2, 1), [0, 500, 70000]);
  assert.deepEqual([...values], [0, 70000, 500]);
});
