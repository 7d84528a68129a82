/** @file Everything known about one incident, and how well it is known. */

import { element, safeLink } from './dom.js';
import { formatDates, formatLength, formatNumber, say, wordFor } from './words.js';

/** Join what there is. @param {string[]} parts */
function listed(parts) {
  return parts.filter(Boolean).join(', ');
}

/** The place in the report's own words. */
function reportedPlace(texts) {
  return listed(['place', 'district', 'province', 'country'].map((name) => texts.get(name)));
}

/** How sure the place is, in words. */
function precisionWords(record, placed) {
  if (!placed) return say('not_placed');
  const level = wordFor('precision', record.precision || 'none');
  return record.radius ? say('within_radius', { level, radius: formatLength(record.radius) }) : level;
}

/** What placed it, and the doubt about that. @param {object} record */
export function placedWords(record) {
  const how = wordFor('located_by', record.locatedBy || 'none');
  const doubtful = record.status === 'weak' || record.status === 'ambiguous';
  return doubtful ? `${how} (${wordFor('status', record.status)})` : how;
}

/** The place in our gazetteer that the report's words were taken to mean. */
function matchedPlace(record) {
  if (!record.placeMatch || record.locatedBy === 'reported') return '';
  const score = record.score === null ? '' : say('score', { score: formatNumber(record.score, 2) });
  return `${record.placeMatch}${score}`;
}

/** A place that was found with a doubt says so, with the meanings that were not taken. */
function doubtWords(record, texts) {
  if (record.status !== 'weak' && record.status !== 'ambiguous') return '';
  const others = texts.get('location_candidates');
  const doubt = say(`doubt_${record.status}`);
  return others ? `${doubt} ${say('runners_up', { others })}` : doubt;
}

function distanceWords(record) {
  if (record.distance === null) return '';
  const least = formatLength(record.distanceMin ?? record.distance);
  const most = formatLength(record.distanceMax ?? record.distance);
  const text = formatLength(record.distance);
  return least === most ? text : say('distance_range', { distance: text, least, most });
}

function alongWords(record) {
  if (record.km === null) return '';
  const km = say('km_along', { km: formatNumber(record.km, 1) });
  return record.stretch ? `${km} (${record.stretch})` : km;
}

/** Who gives the figures. */
function attributedToll(record, texts) {
  const toll = tollWords(record);
  const name = texts.get('source_name');
  const known = record.low ?? record.best ?? record.high;
  return name && known !== null ? say('toll_by', { toll, source: name }) : toll;
}

/** Deaths as reported: lowest, best and highest figure apart, and none made up. */
function tollWords({ low, best, high }) {
  if (low === null && best === null && high === null) return say('toll_unknown');
  const figure = (value) => (value === null ? say('not_known') : formatNumber(value));
  if (low === high && low === best) return figure(low);
  return say('toll', { low: figure(low), best: figure(best), high: figure(high) });
}

function crossingWords(record) {
  if (!record.crossing || record.crossingDistance === null) return record.crossing;
  return `${record.crossing}, ${formatLength(record.crossingDistance)}`;
}

/** One line of the table of facts; nothing when there is nothing to say. */
function fact(key, value) {
  if (!value) return [];
  const content = typeof value === 'string' ? element('span', { dir: 'auto', text: value }) : value;
  return [element('dt', { text: say(`field_${key}`) }), element('dd', {}, content)];
}

function source(texts) {
  const node = element('span', {}, safeLink(texts.get('source_url') ?? '', texts.get('source_name') ?? ''));
  const date = texts.get('source_date');
  if (date) node.append(', ', element('span', { class: 'nowrap', dir: 'auto', text: date }));
  return node.textContent ? node : say('source_unknown');
}

/**
 * Facts about an incident.
 * @param {object} record as Incidents.record gives it
 * @param {Map<string, string>} texts
 * @param {boolean} placed
 * @param {string[]} untold facts of which the page has no column, so that it cannot call them unknown
 */
function factList(record, texts, placed, untold) {
  const inside = listed([record.district, record.province]);
  const told = (key, value) => (untold.includes(key) ? [] : fact(key, value));
  return element(
    'dl',
    { class: 'facts' },
    ...told('toll', attributedToll(record, texts)),
    ...fact('actors', listed([texts.get('actor_a'), texts.get('actor_b')])),
    ...told('source', source(texts)),
    ...fact('place_reported', reportedPlace(texts)),
    ...fact('place_matched', matchedPlace(record)),
    ...told('how_placed', wordFor('located_by', record.locatedBy || 'none')),
    ...fact('doubt', doubtWords(record, texts)),
    ...fact('precision', precisionWords(record, placed)),
    ...fact('note', texts.get('location_note')),
    ...fact('lies_in', inside),
    ...fact('distance', distanceWords(record)),
    ...fact('side', placed && record.side ? wordFor('side', record.side) : ''),
    ...fact('along', alongWords(record)),
    ...fact('crossing', crossingWords(record)),
    ...fact('duplicate', texts.get('duplicate_of')),
    ...fact('record_note', texts.get('record_note')),
    ...fact('id', texts.get('incident_id')),
  );
}

/** The type, and the input's own word when it says something else. */
export function typeWords(record, texts) {
  const word = wordFor('type', record.type || 'unknown');
  const reported = texts?.get('event_type_reported') ?? '';
  const same = !reported || reported === record.type || reported.toLowerCase() === word.toLowerCase();
  return same ? word : `${word} (${reported})`;
}

/**
 * Heading, summary and facts of an incident.
 * @param {object} record
 * @param {Map<string, string>} texts
 * @param {boolean} placed
 * @param {string[]} untold as of factList
 */
export function incidentDetails(record, texts, placed, untold) {
  return [
    element('h2', { class: 'incident-type', tabindex: '-1', dir: 'auto', text: typeWords(record, texts) }),
    ...(record.isDraft ? [element('p', { class: 'incident-draft', text: say('draft_notice') })] : []),
    element('p', { class: 'incident-date', text: formatDates(record) }),
    element('p', { class: 'incident-summary', dir: 'auto', text: texts.get('summary') || say('no_summary') }),
    factList(record, texts, placed, untold),
  ];
}
