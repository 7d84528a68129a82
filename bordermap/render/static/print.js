/** @file The view on paper: a sheet of its own with map, legend, caption and credits; nothing is cut off. */

import { element } from './dom.js';
import { swatch } from './marks.js';
import {
  footTexts, frameOf, headTexts, legendParts, paintMaps, redrawAt,
} from './sheet_parts.js';

const PRINT_RATIO = 2;
const SWATCH_PX = 34;

/** The maps as one canvas. */
function mapPicture(page) {
  const { width, height } = frameOf(page);
  const size = { width: Math.ceil(width * PRINT_RATIO), height: Math.ceil(height * PRINT_RATIO) };
  const canvas = /** @type {HTMLCanvasElement} */ (element('canvas', size));
  const ctx = canvas.getContext('2d');
  ctx.scale(PRINT_RATIO, PRINT_RATIO);
  redrawAt(page, PRINT_RATIO);
  paintMaps(ctx, page, 0, 0);
  redrawAt(page, 0);
  return canvas;
}

function legend(page) {
  return legendParts(page).flatMap(({ title, items }) => [
    element('h2', { text: title }),
    element('ul', {}, ...items.map(({ paint, text, count }) => element(
      'li',
      {},
      swatch(paint, SWATCH_PX),
      element('span', { class: 'choice-name', dir: 'auto', text }),
      count ? element('span', { class: 'count', text: count }) : null,
    ))),
  ]);
}

/** @param {object} page @returns {HTMLElement} */
function printSheet(page) {
  const { title, caption, status, filters } = headTexts(page);
  const line = (name, text) => (text ? element('p', { class: name, dir: 'auto', text }) : null);
  return element(
    'main',
    { id: 'print-sheet' },
    element(
      'header',
      {},
      element('h1', { dir: 'auto', text: title }),
      line('print-caption', caption),
      line('print-status', status),
      line('print-filters', filters),
    ),
    element('figure', {}, mapPicture(page)),
    element('aside', {}, ...legend(page)),
    element('footer', {}, ...footTexts(page).map((text) => element('p', { dir: 'auto', text }))),
    ...page.sheetExtras.map((extra) => extra()),
  );
}

/** Make the sheet when the page is about to be printed, and take it away afterwards. @param {object} page */
export function followPrinting(page) {
  const remove = () => document.getElementById('print-sheet')?.remove();
  const build = () => {
    remove();
    document.body.append(printSheet(page));
  };
  window.addEventListener('beforeprint', build);
  window.addEventListener('afterprint', remove);
}
