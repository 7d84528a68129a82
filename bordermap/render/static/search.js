/** @file Words looked for in the texts of incidents. */

const MOST_WORDS = 30;
const SLICE_ROWS = 50000;
const NAMED = ['place_match', 'adm1', 'adm2', 'crossing'];

/** Spellings that differ only in form are searched as one. @param {string} text */
export function foldText(text) {
  if (!/[^\t\n -~]/.test(text)) return text.toLowerCase();
  return text.normalize('NFKD').replace(/\p{M}|\u200c|\u200d/gu, '').toLowerCase()
    .replace(/[يىې]/g, 'ی').replace(/ك/g, 'ک').replace(/ہ|ة/g, 'ه');
}

/** One bit for each word that a text holds. @param {string} text @param {string[]} words */
function bitsIn(text, words) {
  const folded = foldText(text);
  let bits = 0;
  for (let at = 0; at < words.length; at++) if (folded.includes(words[at])) bits |= 1 << at;
  return bits;
}

/** Let the page do something else. */
function pause() {
  return new Promise((resume) => { setTimeout(resume); });
}

/** Each different text of a column is searched once. */
function searchDictionary(column, words, found) {
  const bits = Uint32Array.from(
    { length: column.size }, (_, code) => bitsIn(column.wordOfCode(code), words));
  if (!bits.some((value) => value > 0)) return;
  const { values } = column;
  for (let row = 0; row < found.length; row++) found[row] |= bits[values[row]];
}

/** Texts that are a number with something before it, each different. */
async function searchNumbered(column, words, found, isStale) {
  for (let start = 0; start < found.length && !isStale(); start += SLICE_ROWS) {
    const end = Math.min(found.length, start + SLICE_ROWS);
    for (let row = start; row < end; row++) found[row] |= bitsIn(column.word(row), words);
    await pause();
  }
}

async function searchChunks(table, words, found, isStale) {
  for (let number = 0; number < table.meta.chunks && !isStale(); number++) {
    const chunk = await table.chunk(number);
    const first = number * table.meta.chunkRows;
    for (let at = 0; at < chunk[0].length; at++) {
      const text = chunk.map((column) => column[at]).join('\n');
      found[first + at] |= bitsIn(text, words);
    }
  }
}

/**
 * @param {import('./records.js').Incidents} incidents
 * @param {string[]} wanted folded words
 * @param {() => boolean} isStale true when nobody waits for the answer any more
 * @returns {Promise<Uint8Array>} 1 where a row holds every word
 */
export async function searchTexts({ table, count }, wanted, isStale) {
  await table.whole();
  const words = wanted.slice(0, MOST_WORDS);
  const found = new Uint32Array(count);
  for (const name of [...NAMED, ...table.meta.wordTexts]) {
    const column = table.column(name);
    if (column.prefix === undefined) searchDictionary(column, words, found);
    else await searchNumbered(column, words, found, isStale);
  }
  await searchChunks(table, words, found, isStale);
  const all = 2 ** words.length - 1;
  return Uint8Array.from(found, (bits) => (bits === all ? 1 : 0));
}
