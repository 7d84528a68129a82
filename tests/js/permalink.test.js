import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Filters } from '../../bordermap/render/static/filters.js';
import { Overlays } from '../../bordermap/render/static/overlays.js';
import { readAddress } from '../../bordermap/render/static/permalink.js';
import { incidentsOf } from './tables.js';

/** A page with two incidents, and what its map was told. */
function pageOf() {
  const overlays = new Overlays(['heat']);
  for (const name of ['heat', 'towns']) overlays.add({ name, group: '', title: name, paint: () => {} });
  const views = [];
  const map = { getMinZoom: () => 4, getMaxZoom: () => 15, setView: (...view) => views.push(view) };
  const place = { lon: 70, lat: 33, side: 'AF', precision: 'place' };
  const filters = new Filters(incidentsOf([
    { ...place, type: 'airstrike', start: 10000, end: 10000, distance: 100, place: 'Torkham' },
    { ...place, type: 'protest', start: 10100, end: 10100, distance: 9000, place: 'Chaman' },
  ]));
  return { map, filters, overlays, views };
}

async function read(hash) {
  globalThis.location = /** @type {any} */ ({ hash });
  const page = pageOf();
  const seen = await readAddress(page);
  return { ...page, seen };
}

test('an address without a state changes nothing', async () => {
  const { seen, filters, views } = await read('');
  assert.equal(seen, false);
  assert.equal(filters.isActive, false);
  assert.deepEqual(views, []);
});

test('view, filters, layers and search are read', async () => {
  const page = await read('#at=33.5,70.25,8&no_type=protest&within=5&q=torkham&switch=heat&switch=towns');
  assert.equal(page.seen, true);
  assert.deepEqual(page.views[0].slice(0, 2), [[33.5, 70.25], 8]);
  assert.deepEqual(page.filters.tally(), { drawn: 1, unplaced: 0, kept: 1, all: 2 });
  assert.equal(page.filters.words.query, 'torkham');
  assert.equal(page.overlays.isShown('heat'), true);
  assert.equal(page.overlays.isShown('towns'), false);
});

const HOSTILE = [
  '#at=NaN,Infinity,1e9', '#at=91,0,8', '#at=33,70,99', '#at=33,70', '#at=,,', '#at=0x10,1,8,9',
  '#within=-5', '#within=1e999', '#within=abc', '#no_type=__proto__&no_side=constructor', '#switch=__proto__',
  '#from=2024-13-99&to=x', '#from=99999999-01-01', `#q=${'a'.repeat(20000)}`, '#%E0%A4%A&from=%', '#<script>',
];
for (const hash of HOSTILE) {
  test(`what is wrong in an address is left out: ${hash.slice(0, 40)}`, async () => {
    const { seen, filters, overlays } = await read(hash);
    assert.equal(seen, false);
    assert.equal(filters.isActive, false);
    assert.deepEqual(overlays.changed, []);
  });
}
