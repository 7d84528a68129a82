/** @file Where everything comes from and how the page was made. */

import { blockJson, element } from './dom.js';
import { say } from './words.js';

/** One layer with its papers. */
function layerEntry({ title, name, attribution, licence, vintage, disputed }) {
  const line = [attribution, licence.replace(/^LicenseRef-/, ''), vintage].filter(Boolean).join(' · ');
  return element(
    'li',
    { lang: 'en' },
    element('strong', { dir: 'auto', text: title || name }),
    element('span', { dir: 'auto', text: line }),
    disputed ? element('span', { class: 'disputed', dir: 'auto', text: disputed }) : null,
  );
}

/** Any JSON value as nested lists. @param {unknown} value */
function valueNode(value) {
  if (value === null || typeof value !== 'object') {
    return element('span', { dir: 'auto', text: String(value) });
  }
  const entries = Array.isArray(value) ? value.map((item) => ['', item]) : Object.entries(value);
  return element('ul', {}, ...entries.map(([key, item]) => element(
    'li',
    {},
    key ? element('span', { class: 'key', dir: 'auto', text: `${key}: ` }) : null,
    valueNode(item),
  )));
}

/**
 * @param {object} settings
 * @param {string} caption
 * @param {string[]} [told] keys of what is to be known
 * @returns {HTMLElement}
 */
export function buildAbout(settings, caption, told = ['about_line', 'about_places', 'about_counts']) {
  const run = blockJson('bordermap-run');
  const paragraphs = told.map((key) => element('p', { text: say(key) }));
  return element(
    'div',
    { class: 'about' },
    element('p', { class: 'about-caption', dir: 'auto', text: caption }),
    ...paragraphs,
    element('h2', { text: say('about_sources') }),
    element('ul', { class: 'sources' }, ...settings.layers.map(layerEntry)),
    ...settings.credits.map((credit) => element('p', { dir: 'auto', text: credit })),
    Object.keys(run).length
      ? element('details', { class: 'run' }, element('summary', { text: say('about_run') }), valueNode(run))
      : null,
    element('p', { class: 'made-with', text: say('made_with') }),
  );
}
