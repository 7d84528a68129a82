import assert from 'node:assert/strict';
import { test } from 'node:test';

import { REACHES, StripScale } from '../../bordermap/render/static/strip_scale.js';
import { randomFrom } from './tables.js';

const fresh = (reach = 'fit') => {
  const scale = new StripScale(2790, 87);
  scale.box = { left: 50, top: 40, width: 800, height: 160 };
  scale.setReach(reach);
  return scale;
};

test('the line stands in the middle, both sides alike, the Afghan one above', () => {
  for (const reach of REACHES) {
    const scale = fresh(reach);
    assert.equal(scale.y(0), 80);
    assert.ok(scale.y(5) < 80);
    assert.ok(Math.abs(scale.y(-5) + scale.y(5) - 160) < 1e-9);
  }
});

test('places and values go there and back', () => {
  const random = randomFrom(3);
  for (const reach of REACHES) {
    const scale = fresh(reach);
    for (let turn = 0; turn < 50; turn++) {
      const [km, offset] = [random() * 2790, (random() - 0.5) * 2 * scale.most];
      assert.ok(Math.abs(scale.km(scale.x(km)) - km) < 1e-6);
      assert.ok(Math.abs(scale.offset(scale.y(offset)) - offset) < 1e-6);
    }
  }
});

test('the compressed scale gives near distances more room', () => {
  const scale = fresh('fit');
  assert.ok(scale.y(0) - scale.y(10) > scale.y(50) - scale.y(90));
  assert.equal(fresh('25').most, 25);
});

test('going closer keeps the kilometre under the pointer, and never leaves the line', () => {
  const random = randomFrom(9);
  const scale = fresh();
  for (let turn = 0; turn < 300; turn++) {
    const km = scale.from + random() * scale.span;
    const before = scale.x(km);
    scale.zoom(0.2 + random() * 2, km);
    assert.ok(scale.from >= 0 && scale.to <= 2790 + 1e-9);
    assert.ok(scale.span >= 4 - 1e-9 && scale.span <= 2790 + 1e-9);
    const isFree = scale.from > 1e-9 && scale.to < 2790 - 1e-9;
    if (isFree) assert.ok(Math.abs(scale.x(km) - before) < 1e-6);
  }
});

test('ticks are round, apart, and within the scale', () => {
  for (const reach of REACHES) {
    const ticks = fresh(reach).offsetTicks(13);
    assert.ok(ticks.length > 0 && ticks.every((km) => km > 0 && km <= fresh(reach).most));
  }
  assert.deepEqual(fresh().kmTicks(74), [0, 500, 1000, 1500, 2000, 2500]);
});
