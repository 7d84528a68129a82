import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fromBase64, inflate } from '../../bordermap/render/static/table.js';
import { deflated, tableOf } from './tables.js';

test('numbers come back with their scale, and what is missing is null', () => {
  const table = tableOf(4, { km: { values: [123, null, 7, 60000], scale: 0.5 } });
  assert.deepEqual([0, 1, 2, 3].map((row) => table.column('km').number(row)), [61.5, null, 3.5, 30000]);
});

test('differences are added up again, over one, two and four bytes', () => {
  for (const most of [200, 60000, 4e9]) {
    const values = [5, most, 6, null, 5];
    const column = tableOf(5, { x: { values, steps: true } }).column('x');
    assert.deepEqual(values.map((_, row) => column.number(row)), values);
  }
});

test('words stand for their codes both ways', () => {
  const column = tableOf(3, { type: { values: ['b', '', 'c'], dictionary: ['a', 'b', 'c'] } }).column('type');
  assert.deepEqual([0, 1, 2].map((row) => column.word(row)), ['b', '', 'c']);
  assert.equal(column.wordOfCode(column.codeOfWord('c')), 'c');
  assert.equal(column.codeOfWord('__proto__'), 0);
});

test('a column that the table lacks is missing throughout', () => {
  const column = tableOf(2, {}).column('constructor');
  assert.equal(column.number(1), null);
  assert.equal(column.word(0), '');
});

test('texts come by row', async () => {
  const table = tableOf(2, {}, { place: ['Torkham', 'سپین بولدک'], summary: ['', '<b>'] });
  assert.deepEqual([...(await table.texts(1))], [['place', 'سپین بولدک'], ['summary', '<b>']]);
});

test('base64 of a zlib stream is read back', async () => {
  const bytes = await inflate(fromBase64(deflated('Chaman / چمن')));
  assert.equal(new TextDecoder().decode(bytes), 'Chaman / چمن');
});
