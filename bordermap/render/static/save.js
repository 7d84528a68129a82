/** @file Taking the view away: files of its incidents, a link, paper, a picture. */

import { afterQuiet, element } from './dom.js';
import { stateText } from './permalink.js';
import { pictureOf } from './picture.js';
import { viewBox } from './record_order.js';
import { filePieces } from './take_rows.js';
import { formatNumber, say } from './words.js';

const TYPES = { csv: 'text/csv;charset=utf-8', geojson: 'application/geo+json' };
const COUNT_MS = 150;
const KEEP_MS = 60_000;

/**
 * Rows that the filters keep, and of those the ones in view when that is asked for.
 * @param {object} page incidents, filters, map
 * @param {boolean} onlyInView
 * @returns {Uint32Array} ascending
 */
export function rowsOfView(page, onlyInView) {
  const { incidents: { lon, lat }, filters: { mask } } = page;
  const [x, y] = [lon.values, lat.values];
  const [left, bottom, right, top] = viewBox(page);
  const rows = new Uint32Array(mask.length);
  let count = 0;
  for (let row = 0; row < mask.length; row++) {
    if (mask[row] === 0) continue;
    const inView = x[row] >= left && x[row] <= right && y[row] >= bottom && y[row] <= top;
    if (inView || !onlyInView) rows[count++] = row;
  }
  return rows.subarray(0, count);
}

/** Hand a file to the reader. @param {Blob} blob @param {string} name */
export function saveBlob(blob, name) {
  const href = URL.createObjectURL(blob);
  element('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), KEEP_MS);
}

const breath = () => new Promise((resolve) => { setTimeout(resolve); });

/** A button of this part of the panel. @param {string} key @param {() => unknown} onclick */
export function saveButton(key, onclick) {
  return element('button', { type: 'button', class: 'save-button', text: say(key), onclick });
}

/** How much would be saved, with a line of its own before it is known: the buttons below it stay where they are. */
export function saveCount() {
  return element('p', { class: 'layer-note save-count', text: '\u00a0' });
}

/** A group of this part of the panel. @param {string} key @param {...Node} children */
export function savePart(key, ...children) {
  return element('fieldset', { class: 'facet' }, element('legend', { text: say(key) }), ...children);
}

/** Files of the incidents. */
class IncidentFiles {
  /** @param {Save} save */
  constructor(save) {
    this.save = save;
    this.count = saveCount();
    this.onlyInView = element('input', { type: 'checkbox', onchange: () => save.tell() });
    this.stop = element('button', {
      type: 'button', class: 'save-button save-stop', text: say('save_stop'), hidden: true, onclick: () => { this.isStopped = true; },
    });
    this.node = savePart(
      'save_incidents',
      this.count,
      element('label', { class: 'choice' }, this.onlyInView, element('span', { text: say('only_in_view') })),
      element('div', { class: 'save-buttons' }, saveButton('save_csv', () => this.saveRows('csv')), saveButton('save_geojson', () => this.saveRows('geojson'))),
      this.stop,
      element('p', { class: 'layer-note', text: say('save_note') }),
    );
  }

  /** How many incidents a file would hold. */
  tell() {
    const rows = rowsOfView(this.save.page, this.onlyInView.checked);
    this.count.textContent = say('save_count', { n: formatNumber(rows.length) });
  }

  /** @param {'csv'|'geojson'} format */
  async saveRows(format) {
    const { said } = this.save;
    const rows = rowsOfView(this.save.page, this.onlyInView.checked);
    await this.save.busy(async () => {
      this.isStopped = false;
      const parts = await this.pieces(rows, format);
      if (this.isStopped) {
        said.textContent = say('save_stopped');
        return;
      }
      saveBlob(new Blob(parts, { type: TYPES[format] }), `incidents.${format}`);
      said.textContent = say('save_done', { n: formatNumber(rows.length), file: `incidents.${format}` });
    });
  }

  /** The file, piece by piece, until it is whole or the reader stops it. */
  async pieces(rows, format) {
    const parts = [];
    const pressed = /** @type {HTMLElement|null} */ (document.activeElement);
    this.stop.hidden = false;
    try {
      for await (const { text, done } of filePieces(this.save.page, rows, format)) {
        parts.push(new Blob([text]));
        this.save.said.textContent = say('save_progress', { done: formatNumber(done), all: formatNumber(rows.length) });
        await breath();
        if (this.isStopped) break;
      }
    } finally {
      if (document.activeElement === this.stop) pressed?.focus();
      this.stop.hidden = true;
    }
    return parts;
  }
}

/** @typedef {{node: HTMLElement, tell: () => void}} Files what the files of a page are of */

class Save {
  /**
   * @param {object} page
   * @param {(save: Save) => Files} filesOf
   */
  constructor(page, filesOf) {
    this.page = page;
    this.said = element('p', { class: 'save-said', role: 'status' });
    this.link = element('input', { type: 'text', readonly: true, class: 'save-link', 'aria-label': say('save_link'), dir: 'ltr' });
    this.files = filesOf(this);
    this.node = this.buildNode();
    const tell = afterQuiet(() => this.node.checkVisibility() && this.tell(), COUNT_MS);
    page.filters.onChange(tell);
    page.map.on('moveend', tell);
    new IntersectionObserver(tell).observe(this.node);
  }

  buildNode() {
    return element(
      'div',
      { class: 'save' },
      this.files.node,
      savePart(
        'save_picture_of',
        element('div', { class: 'save-buttons' }, saveButton('save_picture', () => this.savePicture()), saveButton('save_print', () => window.print())),
      ),
      savePart('save_link', this.link, saveButton('save_copy', () => this.copy())),
      this.said,
    );
  }

  /** What a file would hold, and the link as it stands. */
  tell() {
    this.files.tell();
    this.link.value = this.address();
  }

  /** Some browsers do not let a file change its address, so the link is made anew. */
  address() {
    return `${location.href.split('#')[0]}#${stateText(this.page)}`;
  }

  async savePicture() {
    await this.busy(async () => {
      saveBlob(await pictureOf(this.page), 'incident_map.png');
      this.said.textContent = say('save_picture_done', { file: 'incident_map.png' });
    });
  }

  /** One thing at a time. @param {() => Promise<void>} action */
  async busy(action) {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      await action();
    } catch (error) {
      this.said.textContent = say('save_failed', { reason: String(error) });
    } finally {
      this.isBusy = false;
    }
  }

  async copy() {
    this.link.value = this.address();
    this.link.select();
    const copied = await copyText(this.link.value);
    this.said.textContent = say(copied ? 'save_copied' : 'save_copy_by_hand');
  }
}

/** @param {string} text selected already, for browsers that copy nothing else @returns {Promise<boolean>} */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return document.execCommand('copy');
  }
}

/**
 * @param {object} page
 * @param {(save: Save) => Files} [filesOf] those of the incidents where not given
 * @returns {HTMLElement}
 */
export function buildSave(page, filesOf = (save) => new IncidentFiles(save)) {
  return new Save(page, filesOf).node;
}
