import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Filters } from '../../bordermap/render/static/filters.js';
import { foldText } from '../../bordermap/render/static/search.js';
import { incidentsOf, randomFrom } from './tables.js';

const place = { lon: 70, lat: 33 };
const records = [
  { ...place, type: 'airstrike', side: 'AF', start: 100, end: 110, distance: 500, precision: 'place', place: 'Torkham' },
  { ...place, type: 'protest', side: 'PK', start: 200, end: 200, distance: 20000, precision: 'place', place: 'چمن' },
  { type: 'protest', side: null, start: null, end: null, distance: null, precision: 'none', summary: 'torkham gate' },
  { ...place, type: 'shelling', side: 'PK', start: 300, end: null, distance: 3000, precision: 'area' },
];
const fresh = () => new Filters(incidentsOf(records));
const kept = (filters) => records.flatMap((_, row) => (filters.keeps(row) ? [row] : []));
const codeOf = (filters, facet, word) => filters.facets.get(facet).column.codeOfWord(word);

test('at first everything is kept', () => {
  const filters = fresh();
  assert.deepEqual(kept(filters), [0, 1, 2, 3]);
  assert.deepEqual(filters.tally(), { drawn: 3, unplaced: 1, kept: 4, all: 4 });
  assert.equal(filters.isActive, false);
});

test('a type that is off takes its incidents away, and counts say what it would bring', () => {
  const filters = fresh();
  filters.show('type', codeOf(filters, 'type', 'protest'), false);
  assert.deepEqual(kept(filters), [0, 3]);
  assert.equal(filters.counts('type')[codeOf(filters, 'type', 'protest')], 2);
  assert.equal(filters.counts('side')[codeOf(filters, 'side', 'PK')], 1);
});

test('dates keep what overlaps them, ends included, and never what has none', () => {
  const filters = fresh();
  filters.setDates(110, 200);
  assert.deepEqual(kept(filters), [0, 1]);
  filters.setDates(-1e9, 1e9);
  assert.deepEqual(kept(filters), [0, 1, 2, 3]);
});

test('a distance leaves out what is farther and what has none', () => {
  const filters = fresh();
  filters.setWithin(3000);
  assert.deepEqual(kept(filters), [0, 3]);
});

test('every word must be found, in any spelling', async () => {
  const filters = fresh();
  await filters.setQuery('TORKHAM');
  assert.deepEqual(kept(filters), [0, 2]);
  await filters.setQuery('torkham gate');
  assert.deepEqual(kept(filters), [2]);
  await filters.setQuery('');
  assert.deepEqual(kept(filters), [0, 1, 2, 3]);
});

test('spellings that differ in form only fold to one', () => {
  assert.equal(foldText('اسپين بولدك'), foldText('اسپین بولدک'));
  assert.equal(foldText('Kābul'), foldText('KABUL'));
});

test('whatever is asked for, kept and left out add up, and a reset brings all back', () => {
  const random = randomFrom(5);
  const filters = fresh();
  for (let turn = 0; turn < 200; turn++) {
    const facet = ['type', 'side', 'precision'][Math.floor(random() * 3)];
    filters.show(facet, Math.floor(random() * 5), random() < 0.5);
    filters.setDates(random() * 400, random() * 400);
    filters.setWithin(random() < 0.5 ? Infinity : random() * 30000);
    const { drawn, unplaced, all } = filters.tally();
    assert.equal(drawn + unplaced, kept(filters).length);
    assert.equal(all, records.length);
    const counted = [...filters.counts(facet)].reduce((sum, count) => sum + count, 0);
    assert.ok(counted >= drawn + unplaced);
  }
  filters.reset();
  assert.deepEqual(kept(filters), [0, 1, 2, 3]);
});

test('listeners hear of every change', () => {
  const filters = fresh();
  let heard = 0;
  filters.onChange(() => { heard += 1; });
  filters.setWithin(1);
  filters.reset();
  assert.equal(heard, 2);
});
