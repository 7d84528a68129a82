import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { areaCsv } from '../../bordermap/render/static/area_table.js';
import { useWords } from '../../bordermap/render/static/words.js';

const FOLDER = new URL('../../bordermap/render/static/', import.meta.url);

test('counts are written as they are, what is unknown stays empty, and no name is a formula', () => {
  useWords(JSON.parse(readFileSync(new URL('words.en.json', FOLDER), 'utf8')));
  const page = {
    areas: { names: [{ code: 'AF-KHO', text: '=1+1, "x"', local: 'خوست' }, { code: 'PK-KP', text: 'Khyber' }] },
    filters: {
      tolls: new Map([['best', 'figures']]),
      incidentsByArea: () => Float64Array.of(1200, 0, 7),
      byArea: (numbers) => Float64Array.of(numbers === 'figures' ? 15 : -1, NaN, 0),
    },
  };
  assert.deepEqual(areaCsv(/** @type {any} */ (page)).split('\r\n'), [
    '\ufeffarea,name,name_local,incidents,fatalities_best',
    'AF-KHO,"\'=1+1, ""x""",خوست,1200,15',
    'PK-KP,Khyber,,0,',
    ',In no area,,7,0',
    '',
  ]);
});
