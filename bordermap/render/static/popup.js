/** @file Popups, made of nodes; several incidents at one place have a pager. */

import { incidentDetails } from './details.js';
import { element, scaled } from './dom.js';
import { readsRightToLeft, say } from './words.js';

/** Px that the buttons on the map's edge take up. */
const CONTROLS = 56;

export class Popups {
  /** @param {L.Map} map @param {object} page incidents, select, onSelect */
  constructor(map, page) {
    this.map = map;
    this.page = page;
    /** Where the focus was when another view opened the popup. @type {HTMLElement|null} */
    this.opener = null;
    /** Whether the dialog tells, or told last; its closing is said a moment after it closed. */
    this.isTelling = false;
    this.box = element('div', {
      class: 'incident',
      onkeydown: (event) => event.key === 'Escape' && map.closePopup(this.popup),
      // A button that is replaced while it is pressed is no longer in the popup when the map looks.
      onclick: (event) => event.stopPropagation(),
    });
    this.popup = L.popup({ className: 'incident-popup' });
    this.dialog = this.buildDialog();
    map.on('popupclose', ({ popup }) => popup === this.popup && this.closed());
    page.onSelect((row, by, among) => by !== 'popup' && this.follow(row, among));
  }

  /** For incidents that have no place on the map. */
  buildDialog() {
    const close = element('button', {
      type: 'button', class: 'dialog-close', 'aria-label': say('close'), text: '×', onclick: () => this.dialog.close(),
    });
    this.told = element('div', { class: 'incident' });
    return element(
      'dialog',
      { class: 'incident-dialog', 'aria-label': say('not_placed'), onclose: () => this.isTelling && !this.dialog.open && this.closed() },
      close,
      this.told,
    );
  }

  /** Another view selects an incident; the focus returns there. @param {number} row -1 for none @param {number[]} among */
  follow(row, among) {
    const { incidents } = this.page;
    this.isTelling = false;
    if (row < 0 || !incidents.isPlaced(row)) this.map.closePopup(this.popup);
    if (row < 0) return;
    this.opener = /** @type {HTMLElement|null} */ (document.activeElement);
    if (!incidents.isPlaced(row)) {
      void this.tell(row);
      return;
    }
    const position = incidents.latLng(row);
    if (!this.map.getBounds().pad(-0.1).contains(position)) {
      this.map.setView(position, this.map.getZoom(), { animate: false });
    }
    void this.open(among);
  }

  /** What could not be placed is told in a box of its own. @param {number} row */
  async tell(row) {
    const { incidents, settings } = this.page;
    const texts = await incidents.texts(row);
    this.told.replaceChildren(...incidentDetails(incidents.record(row), texts, false, settings.untold));
    if (!this.dialog.isConnected) document.body.append(this.dialog);
    if (!this.dialog.open) this.dialog.showModal();
    this.isTelling = true;
  }

  /**
   * Show incidents, the first of them at once.
   * @param {number[]} rows
   */
  async open(rows) {
    this.rows = rows;
    this.at = 0;
    this.isTelling = false;
    this.fit();
    await this.fill();
    this.popup.setLatLng(this.page.incidents.latLng(rows[0])).setContent(this.box).openOn(this.map);
    this.page.select(rows[0], 'popup');
    this.box.querySelector('h2')?.focus({ preventScroll: true });
  }

  /** Room for the popup, clear of what stands on the map's edges. */
  fit() {
    const size = this.map.getSize();
    const narrow = size.x < 600;
    const mirrored = readsRightToLeft();
    const head = document.querySelector('#panel header')?.clientHeight ?? 0;
    Object.assign(this.popup.options, {
      maxWidth: Math.min(scaled(360), size.x - 44),
      minWidth: Math.min(scaled(300), size.x - 44),
      maxHeight: Math.max(narrow ? 120 : 180, Math.min(scaled(500), size.y - (narrow ? head + 110 : 90))),
      autoPanPaddingTopLeft: narrow ? [10, head + 6] : [mirrored ? CONTROLS : 16, 16],
      autoPanPaddingBottomRight: narrow ? [10, 20] : [mirrored ? 16 : CONTROLS, 16],
    });
  }

  async fill() {
    const { incidents, settings } = this.page;
    const row = this.rows[this.at];
    const texts = await incidents.texts(row);
    const details = incidentDetails(incidents.record(row), texts, incidents.isPlaced(row), settings.untold);
    this.box.replaceChildren(...(this.rows.length > 1 ? [this.pager()] : []), ...details);
  }

  pager() {
    const button = (step, sign, key) => element('button', {
      type: 'button',
      'aria-label': say(key),
      text: sign,
      // The button is replaced before Leaflet could see that the click was in a popup.
      onclick: (event) => { event.stopPropagation(); void this.turn(step); },
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
    this.page.select(row, 'popup');
    /** @type {NodeListOf<HTMLElement>} */
    const buttons = this.box.querySelectorAll('.pager button');
    buttons[step < 0 ? 0 : 1].focus();
  }

  closed() {
    this.page.select(-1, 'popup');
    this.isTelling = false;
    this.opener?.focus({ preventScroll: true });
    this.opener = null;
  }
}
