/** @file What the filters ask for, in words: for paper and pictures, where nobody can look it up. */

import { formatLongDay, formatNumber, say, wordFor } from './words.js';

const MOST_NAMED = 6;

/** One facet: what it leaves out, or what alone it keeps, whichever is shorter. */
function facetWords(facet) {
  const known = [...Array(facet.size).keys()];
  const few = facet.off.size <= facet.size / 2;
  const codes = few ? [...facet.off] : known.filter((code) => !facet.off.has(code));
  const names = codes.slice(0, MOST_NAMED).map((code) => {
    const word = facet.column.wordOfCode(code);
    return wordFor(facet.name, word || (facet.name === 'precision' ? 'none' : 'unknown'));
  });
  if (codes.length > MOST_NAMED) names.push('…');
  const values = { what: say(`facet_${facet.name}`), names: names.join(', ') };
  return say(few ? 'filter_without' : 'filter_only', values);
}

/** A range of kilometres, open at either end. */
function rangeWords(key, { from, to }) {
  const end = (value) => (Number.isFinite(value) ? formatNumber(value, 0, 1) : '…');
  return say(key, { from: end(from), to: end(to) });
}

/**
 * @param {import('./filters.js').Filters} filters
 * @param {boolean} [withDays]
 * @returns {string[]} one text for each filter in use
 */
export function filterWords(filters, withDays = true) {
  const { days, within, km, offset, toll, words } = filters;
  const facets = [...filters.facets.values()].filter((facet) => facet.isActive);
  return [
    withDays && days.isActive ? say('date_range', { start: formatLongDay(days.from), end: formatLongDay(days.to) }) : '',
    ...facets.map(facetWords),
    within.isActive ? `${say('facet_distance')}: ${say('within', { km: formatNumber(within.metres / 1000, 0, 3) })}` : '',
    km.isActive ? rangeWords('filter_km', km) : '',
    offset.isActive ? rangeWords('filter_offset', offset) : '',
    toll.isActive ? say('filter_toll', { n: formatNumber(toll.least), figure: say(`column_${toll.figure}`) }) : '',
    words.isActive ? say('filter_query', { query: words.query }) : '',
  ].filter(Boolean);
}
