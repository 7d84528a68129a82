/** @file Words looked for in the texts of incidents. */

/** Spellings that differ only in form are searched as one. @param {string} text */
export function foldText(text) {
  return text.normalize('NFKD').replace(/\p{M}|\u200c|\u200d/gu, '').toLowerCase()
    .replace(/[يىې]/g, 'ی').replace(/ك/g, 'ک').replace(/ہ|ة/g, 'ه');
}

/**
 * @param {import('./records.js').Incidents} incidents
 * @param {string[]} wanted folded words
 * @param {() => boolean} isStale true when nobody waits for the answer any more
 * @returns {Promise<Uint8Array>} 1 where a row holds every word
 */
export async function searchTexts(incidents, wanted, isStale) {
  const { table, count } = incidents;
  const named = ['place_match', 'adm1', 'adm2', 'crossing'].map((name) => table.column(name));
  const found = new Uint8Array(count);
  for (let number = 0; number < table.meta.chunks && !isStale(); number++) {
    const chunk = await table.chunk(number);
    const first = number * table.meta.chunkRows;
    for (let at = 0; at < chunk[0].length; at++) {
      const texts = [...chunk.map((column) => column[at]), ...named.map((c) => c.word(first + at))];
      const text = foldText(texts.join('\n'));
      found[first + at] = wanted.every((word) => text.includes(word)) ? 1 : 0;
    }
  }
  return found;
}
