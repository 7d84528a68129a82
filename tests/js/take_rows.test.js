import assert from 'node:assert/strict';
import { test } from 'node:test';

import { csvCell, guarded } from '../../bordermap/render/static/take_rows.js';

test('what a spreadsheet would run bears an apostrophe, numbers do not', () => {
  for (const text of ['=1+1', '+1', '-1', '@x', '\tx', '\rx', "'=1", "''-1"]) {
    assert.equal(guarded(text), `'${text}`);
  }
  for (const text of ['1', 'a=1', "'tis", '٣', ' =1', '']) assert.equal(guarded(text), text);
  assert.equal(csvCell(-1.5), '-1.5');
});

test('cells are quoted where they must be', () => {
  assert.equal(csvCell(null), '');
  assert.equal(csvCell('a,b'), '"a,b"');
  assert.equal(csvCell('say "x"'), '"say ""x"""');
  assert.equal(csvCell('two\nlines'), '"two\nlines"');
  assert.equal(csvCell('=A1,B1'), '"\'=A1,B1"');
});
