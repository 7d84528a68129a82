/** @file The columns of the record table: what each says, and by what it is sorted. */

import { placedWords, typeWords } from './details.js';
import { safeLink } from './dom.js';
import {
  formatLength, formatNumber, formatShortDate, isoDay, say, wordFor,
} from './words.js';

/**
 * @typedef {object} RecordColumn
 * @property {string} key
 * @property {string} by name of the table's column that sorts it
 * @property {number} width px, at the usual size of text
 * @property {string} [group] of words, where the sorted column holds words of ours
 * @property {boolean} [number] set to the right
 * @property {boolean} [spare] not shown at first
 * @property {(record: any, texts: Map<string, string>) => string|Node} cell
 */

const CELL_CHARACTERS = 300;
const countCell = (value) => (value === null ? '' : formatNumber(value));
const textCell = (name) => (_record, texts) => (texts.get(name) ?? '').slice(0, CELL_CHARACTERS);

/** The day or days; shorter where less is known. */
function dateCell(record) {
  const { start, end, datePrecision } = record;
  const first = formatShortDate(record);
  if (start === null || datePrecision === 'year' || datePrecision === 'month') return first;
  if (end === null) return say('date_open_short', { start: first });
  return end === start ? first : say('date_range', { start: first, end: isoDay(end) });
}

function distanceCell({ distance, distanceMin, distanceMax }) {
  if (distance === null) return '';
  const least = formatLength(distanceMin ?? distance);
  const most = formatLength(distanceMax ?? distance);
  const words = formatLength(distance);
  return least === most ? words : say('distance_bounds', { distance: words, least, most });
}

function sourceCell(_record, texts) {
  const name = (texts.get('source_name') ?? '').slice(0, CELL_CHARACTERS);
  return safeLink(texts.get('source_url') ?? '', name);
}

const actorCell = (_record, texts) => ['actor_a', 'actor_b'].map((name) => texts.get(name))
  .filter(Boolean).join(' / ').slice(0, CELL_CHARACTERS);

/** @type {RecordColumn[]} */
export const COLUMNS = [
  { key: 'date', by: 'date_start', width: 178, cell: dateCell },
  { key: 'type', by: 'event_type', group: 'type', width: 172, cell: typeWords },
  { key: 'place', by: 'place', width: 210, cell: textCell('place') },
  { key: 'matched', by: 'place_match', width: 150, cell: (record) => record.placeMatch },
  { key: 'placed_by', by: 'located_by', group: 'located_by', width: 230, cell: placedWords },
  { key: 'radius', by: 'location_radius_m', width: 84, number: true, cell: ({ radius }) => (radius === null ? '' : formatLength(radius)) },
  { key: 'side', by: 'border_side', group: 'side', width: 120, cell: ({ side }) => (side ? wordFor('side', side) : '') },
  { key: 'distance', by: 'border_distance_m', width: 170, number: true, cell: distanceCell },
  { key: 'km', by: 'border_km', width: 84, number: true, cell: ({ km }) => (km === null ? '' : formatNumber(km, 1)) },
  { key: 'district', by: 'adm2', width: 130, cell: ({ district }) => district },
  { key: 'province', by: 'adm1', width: 150, cell: ({ province }) => province },
  { key: 'actors', by: 'actor_a', width: 210, cell: actorCell },
  { key: 'low', by: 'fatalities_low', width: 76, number: true, cell: ({ low }) => countCell(low) },
  { key: 'best', by: 'fatalities_best', width: 76, number: true, cell: ({ best }) => countCell(best) },
  { key: 'high', by: 'fatalities_high', width: 76, number: true, cell: ({ high }) => countCell(high) },
  { key: 'source', by: 'source_name', width: 220, cell: sourceCell },
  { key: 'summary', by: 'summary', width: 320, spare: true, cell: textCell('summary') },
  { key: 'crossing', by: 'crossing', width: 130, spare: true, cell: ({ crossing }) => crossing },
  { key: 'duplicate', by: 'duplicate_of', width: 150, spare: true, cell: textCell('duplicate_of') },
  { key: 'id', by: 'incident_id', width: 190, spare: true, cell: textCell('incident_id') },
];

/** @param {string} key @returns {RecordColumn|undefined} */
export const columnOf = (key) => COLUMNS.find((column) => column.key === key);

/** Columns shown at first. */
export const FIRST_COLUMNS = COLUMNS.filter(({ spare }) => !spare).map(({ key }) => key);

/** What a row says where it is a card. */
export const CARD_COLUMNS = ['type', 'date', 'place', 'side', 'distance'];
