import assert from 'node:assert/strict';
import { test } from 'node:test';

import { classEdges, CubeFilters } from '../../bordermap/render/static/cube.js';
import { randomFrom, tableOf } from './tables.js';

const TYPES = ['airstrike', 'protest'];
const SIDES = ['AF', 'PK'];
const BANDS = ['0-5 km', 'over 5 km'];
const dayOf = (text) => Date.parse(text) / 864e5;

function cellsOf(many, seed) {
  const random = randomFrom(seed);
  const one = (words) => words[Math.floor(random() * words.length)];
  return Array.from({ length: many }, () => ({
    area: one([0, 1, 2, null]),
    type: one([...TYPES, null]),
    year: one([2001, 2002, 2003, null]),
    side: one([...SIDES, null]),
    band: one([...BANDS, null]),
    n: 1 + Math.floor(random() * 1e6),
    best: one([0, 7, 4000, null]),
  }));
}

function filtersOf(cells) {
  const of = (key) => cells.map((cell) => cell[key]);
  const days = (end) => of('year').map((year) => (year === null ? null : dayOf(`${year}-${end}`)));
  return new CubeFilters(tableOf(cells.length, {
    area: { values: of('area') },
    event_type: { values: of('type'), dictionary: TYPES },
    date_start: { values: days('01-01') },
    date_end: { values: days('12-31') },
    border_side: { values: of('side'), dictionary: SIDES },
    band: { values: of('band'), dictionary: BANDS },
    incidents: { values: of('n') },
    fatalities_best: { values: of('best') },
  }), 3);
}

const total = (cells) => cells.reduce((sum, { n }) => sum + n, 0);

test('every sum is that of the cells that are kept', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const cells = cellsOf(60, seed);
    const filters = filtersOf(cells);
    assert.deepEqual([filters.kept, filters.all], [total(cells), total(cells)]);
    filters.show('type', 1, false);
    filters.show('band', 2, false);
    filters.setDates(dayOf('2002-07-01'), dayOf('2003-02-01'));
    const others = cells.filter(({ type, year }) => type !== 'airstrike' && year >= 2002);
    const kept = others.filter(({ band }) => band !== 'over 5 km');
    assert.equal(filters.kept, total(kept));
    const nowhere = total(kept.filter(({ area }) => area === null));
    assert.deepEqual(filters.tally(), {
      drawn: total(kept) - nowhere, unplaced: nowhere, kept: total(kept), all: total(cells),
    });
    const areas = [0, 1, 2, null].map((area) => total(kept.filter((cell) => cell.area === area)));
    assert.deepEqual([...filters.incidentsByArea()], areas);
    const bands = [null, ...BANDS].map((band) => total(others.filter((cell) => cell.band === band)));
    assert.deepEqual([...filters.counts('band')], bands);
    const types = filters.typesOf(1).map(([, n]) => n);
    assert.equal(types.reduce((sum, n) => sum + n, 0), areas[1]);
    filters.reset();
    assert.equal(filters.kept, total(cells));
  }
});

test('figures that nobody knows are not nought', () => {
  const cell = { type: 'protest', year: 2001, side: 'AF', band: '0-5 km', n: 3 };
  const filters = filtersOf([
    { ...cell, area: 0, best: null }, { ...cell, area: 1, best: 0 }, { ...cell, area: 1, best: null },
    { ...cell, area: 2, best: 5 },
  ]);
  assert.deepEqual([...filters.byArea(filters.tolls.get('best'))], [NaN, 0, 5, NaN]);
  assert.deepEqual([...filters.tolls.keys()], ['best']);
});

test('years are whole, and an address cannot ask for what a count does not know', async () => {
  const filters = filtersOf(cellsOf(60, 5));
  await filters.readState(new URLSearchParams('from=2002-06-30&to=2002-07-01&within=1&toll=best-9&q=x&km=1-2'));
  assert.deepEqual(filters.dates, { from: '2002-01-01', to: '2002-12-31' });
  assert.equal(filters.kept, total(cellsOf(60, 5).filter(({ year }) => year === 2002)));
});

test('classes are few, grow, and begin with one', () => {
  assert.deepEqual(classEdges(0, 6), [1]);
  assert.deepEqual(classEdges(45, 6), [1, 2, 5, 10, 20]);
  assert.deepEqual(classEdges(200000, 6), [1, 10, 100, 1000, 10000, 100000]);
  for (let most = 1; most < 1e10; most *= 3) {
    const edges = classEdges(most, 6);
    assert.ok(edges.length <= 6 && edges.at(-1) <= most && edges[0] === 1);
    assert.ok(edges.every((edge, at) => at === 0 || edge > edges[at - 1]));
  }
});
