/** @file Popups, made of nodes; several incidents at one place have a pager. */

import { incidentDetails } from './details.js';
import { element } from './dom.js';
import { readsRightToLeft, say } from './words.js';

/** Px that the buttons on the map's edge take up. */
const CONTROLS = 56;

export class Popups {
  /** @param {L.Map} map @param {object} page incidents @param {import('./incident_layer.js').IncidentLayer} layer */
  constructor(map, page, layer) {
    this.map = map;
    this.page = page;
    this.layer = layer;
    this.box = element('div', {
      class: 'incident',
      onkeydown: (event) => event.key === 'Escape' && map.closePopup(this.popup),
    });
    this.popup = L.popup({ className: 'incident-popup' });
    this.onClosed = () => {};
    map.on('popupclose', ({ popup }) => popup === this.popup && this.closed());
  }

  /**
   * Show incidents, the first of them at once.
   * @param {number[]} rows
   */
  async open(rows) {
    this.rows = rows;
    this.at = 0;
    this.fit();
    await this.fill();
    this.popup.setLatLng(this.page.incidents.latLng(rows[0])).setContent(this.box).openOn(this.map);
    this.layer.select(rows[0]);
    this.box.querySelector('h2')?.focus({ preventScroll: true });
  }

  /** Room for the popup, clear of what stands on the map's edges. */
  fit() {
    const size = this.map.getSize();
    const narrow = size.x < 600;
    const mirrored = readsRightToLeft();
    Object.assign(this.popup.options, {
      maxWidth: Math.min(360, size.x - 44),
      minWidth: Math.min(300, size.x - 44),
      maxHeight: Math.max(180, Math.min(500, size.y - (narrow ? 170 : 90))),
      autoPanPaddingTopLeft: narrow ? [10, 66] : [mirrored ? CONTROLS : 16, 16],
      autoPanPaddingBottomRight: narrow ? [10, 20] : [mirrored ? 16 : CONTROLS, 16],
    });
  }

  async fill() {
    const { incidents } = this.page;
    const row = this.rows[this.at];
    const texts = await incidents.texts(row);
    const details = incidentDetails(incidents.record(row), texts, incidents.isPlaced(row));
    this.box.replaceChildren(...(this.rows.length > 1 ? [this.pager()] : []), ...details);
  }

  pager() {
    const button = (step, sign, key) => element('button', {
      type: 'button', 'aria-label': say(key), text: sign, onclick: () => this.turn(step),
    });
    const count = say('n_of_here', { n: this.at + 1, all: this.rows.length });
    return element(
      'div',
      { class: 'pager' },
      button(-1, '‹', 'previous'),
      element('span', { text: count, 'aria-live': 'polite' }),
      button(1, '›', 'next'),
    );
  }

  /** @param {number} step */
  async turn(step) {
    this.at = (this.at + step + this.rows.length) % this.rows.length;
    await this.fill();
    const row = this.rows[this.at];
    this.popup.setLatLng(this.page.incidents.latLng(row));
    this.popup.update();
    this.layer.select(row);
    /** @type {NodeListOf<HTMLElement>} */
    const buttons = this.box.querySelectorAll('.pager button');
    buttons[step < 0 ? 0 : 1].focus();
  }

  closed() {
    this.layer.select(-1);
    this.onClosed();
  }
}
