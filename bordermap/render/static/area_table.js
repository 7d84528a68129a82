/** @file The areas as a table, on the page and as a file: those with most incidents first; it adds up to what the filters keep. */

import { element } from './dom.js';
import { BYTE_ORDER_MARK, csvCell } from './take_rows.js';
import { formatNumber, say } from './words.js';

const MOST_AREAS = 1000;
export const AREAS_HIGH_PX = 214;

/** A figure, or a dash where nothing is known. @param {number} value */
function figure(value) {
  return element('td', { text: Number.isNaN(value) ? '–' : formatNumber(value) });
}

class AreaTable {
  /** @param {object} page filters, areaName @param {(area: number) => void} onShow */
  constructor(page, onShow) {
    this.page = page;
    this.onShow = onShow;
    this.body = element('tbody');
    this.foot = element('tfoot');
    const { tolls } = page.filters;
    const heads = [say('cube_area'), say('cube_n'), ...[...tolls.keys()].map((name) => say(`cube_toll_${name}`))];
    this.more = element('p', { class: 'layer-note', hidden: true });
    this.node = element(
      'div',
      { class: 'area-table', tabindex: 0, role: 'region', 'aria-label': say('dock_areas') },
      element(
        'table',
        {},
        element('thead', {}, element('tr', {}, ...heads.map((text) => element('th', { scope: 'col', text })))),
        this.body,
        this.foot,
      ),
      this.more,
    );
  }

  update() {
    const { filters, areaName } = this.page;
    const counts = filters.incidentsByArea();
    const sums = [counts, ...[...filters.tolls.values()].map((numbers) => filters.byArea(numbers))];
    const areas = [...Array(filters.areas).keys()].filter((area) => counts[area] > 0)
      .sort((a, b) => counts[b] - counts[a] || a - b);
    const focused = document.activeElement instanceof HTMLElement && this.body.contains(document.activeElement)
      ? document.activeElement.dataset.area : undefined;
    this.body.replaceChildren(...areas.slice(0, MOST_AREAS).map((area) => element(
      'tr',
      {},
      element('th', { scope: 'row' }, this.button(area, areaName(area))),
      ...sums.map((numbers) => figure(numbers[area])),
    )));
    if (focused !== undefined) {
      /** @type {HTMLElement|null} */ (this.body.querySelector(`[data-area="${Number(focused)}"]`))?.focus();
    }
    this.more.hidden = areas.length <= MOST_AREAS;
    this.more.textContent = say('facet_listed', { n: formatNumber(MOST_AREAS), all: formatNumber(areas.length) });
    this.fillFoot(sums);
  }

  button(area, text) {
    return element('button', {
      type: 'button', class: 'quiet', dir: 'auto', text, 'data-area': area, onclick: () => this.onShow(area),
    });
  }

  fillFoot(sums) {
    const total = (numbers) => numbers.reduce((sum, value) => (
      Number.isNaN(value) ? sum : (Number.isNaN(sum) ? 0 : sum) + value), NaN);
    const row = (key, value) => element(
      'tr', {}, element('th', { scope: 'row', text: say(key) }), ...sums.map((numbers) => figure(value(numbers))));
    this.foot.replaceChildren(
      row('cube_nowhere', (numbers) => numbers.at(-1)),
      row('cube_total', (numbers) => total(numbers)),
    );
  }
}

/**
 * Each area with its counts as the filters keep them, those with none too, and a line for what is in none.
 * @param {{areas: {names: {code: string, text: string, local?: string}[]}, filters: object}} page
 * @returns {string} CSV
 */
export function areaCsv({ areas, filters }) {
  const tolls = [...filters.tolls];
  const sums = [filters.incidentsByArea(), ...tolls.map(([, numbers]) => filters.byArea(numbers))];
  const known = (number) => (Number.isNaN(number) ? null : number);
  const names = [...areas.names, { code: '', text: say('cube_nowhere') }];
  const lines = [
    ['area', 'name', 'name_local', 'incidents', ...tolls.map(([name]) => `fatalities_${name}`)],
    ...names.map(({ code, text, local }, area) => [code, text, local ?? '', ...sums.map((numbers) => known(numbers[area]))]),
  ];
  return BYTE_ORDER_MARK + lines.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

/** @param {object} page @param {(area: number) => void} onShow @returns {import('./dock.js').View} */
export function buildAreaTable(page, onShow) {
  const table = new AreaTable(page, onShow);
  return { node: table.node, update: () => table.update() };
}
