/** @file The dock at the foot of the map: one view at a time, each behind a tab, its height as the reader likes. */

import { element, scaled } from './dom.js';
import { NARROW } from './panel.js';
import { say } from './words.js';

const LEAST_PX = 96;
/** A dock opens at most this high; a reader may pull it up to the second share. */
const OPENS_SHARE = 0.4;
const MOST_SHARE = 0.7;
const STEP_PX = 24;

/**
 * @typedef {object} View
 * @property {HTMLElement} node
 * @property {() => void} update draws anew; called only while the view is shown
 * @property {() => void} [onShow]
 */

/**
 * @typedef {object} Place of a view
 * @property {string} key in the address, and of its word `dock_KEY`
 * @property {number} [height] px at which it opens
 */

export class Dock {
  /** @param {object} page filters, address @param {Place[]} places in the order of their tabs */
  constructor(page, places) {
    this.page = page;
    this.heights = new Map(places.map(({ key, height }) => [key, height]));
    /** Filled when the map is there. @type {Map<string, View>} */
    this.views = new Map();
    this.current = null;
    this.pulled = 0;
    this.waiting = 0;
    this.tabs = new Map(places.map(({ key }) => [key, this.buildTab(key)]));
    this.pages = new Map(places.map(({ key }) => [key, element(
      'section',
      { class: 'dock-page', role: 'tabpanel', id: `dock-page-${key}`, 'aria-labelledby': `dock-${key}`, hidden: true },
    )]));
    this.grip = this.buildGrip();
    this.close = element('button', {
      type: 'button', class: 'dock-close', 'aria-label': say('dock_close'), title: say('dock_close'), text: '×', onclick: () => this.closeByReader(),
    });
    this.body = element('div', { class: 'dock-body' }, ...this.pages.values());
    this.node = this.buildNode();
    page.filters.onChange(() => this.renew());
    window.addEventListener('resize', () => this.lay());
    new ResizeObserver(() => this.renew()).observe(this.body);
    this.open(this.read());
  }

  /** @param {string} key @param {View} view */
  add(key, view) {
    this.views.set(key, view);
    this.pages.get(key).append(view.node);
    if (this.current === key) this.show();
  }

  show() {
    this.views.get(this.current)?.onShow?.();
    this.renew();
  }

  buildNode() {
    const list = element(
      'div',
      { class: 'dock-tabs', role: 'tablist', 'aria-label': this.page.dockName ?? say('dock'), onkeydown: (event) => this.onTabKey(event) },
      ...this.tabs.values(),
    );
    return element(
      'section',
      { id: 'dock', 'aria-label': this.page.dockName ?? say('dock') },
      this.grip,
      element('div', { class: 'dock-bar' }, list, this.close),
      this.body,
    );
  }

  buildTab(key) {
    return element('button', {
      type: 'button', role: 'tab', id: `dock-${key}`, 'aria-controls': `dock-page-${key}`, text: say(`dock_${key}`), onclick: () => this.press(key),
    });
  }

  /** What is pulled to make the dock higher or lower: by mouse, finger or arrow keys. */
  buildGrip() {
    const grip = element('div', {
      class: 'dock-grip', role: 'separator', tabindex: 0, 'aria-orientation': 'horizontal', 'aria-label': say('dock_height'), 'aria-valuemin': LEAST_PX,
    });
    grip.addEventListener('pointerdown', (event) => grip.setPointerCapture(event.pointerId));
    grip.addEventListener('pointermove', (event) => {
      if (grip.hasPointerCapture(event.pointerId)) this.pull(this.node.getBoundingClientRect().bottom - event.clientY);
    });
    grip.addEventListener('keydown', (event) => {
      const step = { ArrowUp: STEP_PX, ArrowDown: -STEP_PX }[event.key];
      if (!step) return;
      event.preventDefault();
      this.pull(this.height() + step);
    });
    return grip;
  }

  /** The open view as the address says, else as fits the window. @returns {string|null} */
  read() {
    const { address } = this.page;
    const height = address.keep('dock_height', () => (this.pulled ? String(this.pulled) : ''));
    if (/^\d{2,4}$/.test(height)) this.pulled = Number(height);
    const asked = address.keep('dock', () => (this.current === this.first ? '' : this.current ?? 'none'));
    this.first = matchMedia(NARROW).matches ? null : this.tabs.keys().next().value;
    if (asked === 'none') return null;
    return this.tabs.has(asked) ? asked : this.first;
  }

  /** A second press on the open view's tab closes the dock. @param {string} key */
  press(key) {
    this.open(this.current === key ? null : key);
    this.page.address.changed();
  }

  closeByReader() {
    const { current } = this;
    this.open(null);
    this.tabs.get(current)?.focus();
    this.page.address.changed();
  }

  /** @param {string|null} key null to close */
  open(key) {
    this.current = key;
    const focusable = key ?? this.tabs.keys().next().value;
    for (const [name, tab] of this.tabs) {
      tab.setAttribute('aria-selected', String(name === key));
      tab.tabIndex = name === focusable ? 0 : -1;
      this.pages.get(name).hidden = name !== key;
    }
    this.node.dataset.open = String(key !== null);
    this.close.hidden = key === null;
    this.grip.hidden = key === null;
    this.lay();
    this.show();
  }

  /** @param {number} height px */
  pull(height) {
    this.pulled = Math.round(Math.max(LEAST_PX, Math.min(height, window.innerHeight * MOST_SHARE)));
    this.lay();
    this.page.address.changed();
  }

  /** @returns {number} px of the open dock */
  height() {
    const wish = matchMedia(NARROW).matches ? Infinity : scaled(this.heights.get(this.current) ?? Infinity);
    const most = window.innerHeight * (this.pulled ? MOST_SHARE : OPENS_SHARE);
    return Math.round(Math.min(this.pulled || wish, most));
  }

  /** The map ends where the dock begins. */
  lay() {
    const { style } = document.documentElement;
    if (this.current === null) style.removeProperty('--dock');
    else style.setProperty('--dock', `${this.height()}px`);
    this.grip.setAttribute('aria-valuenow', String(this.height()));
    this.grip.setAttribute('aria-valuemax', String(Math.round(window.innerHeight * MOST_SHARE)));
  }

  /** Draw the shown view with the next frame. */
  renew() {
    if (this.current === null || this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.views.get(this.current)?.update();
    });
  }

  /** Arrow keys go from tab to tab. @param {KeyboardEvent} event */
  onTabKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const keys = [...this.tabs.keys()];
    const at = keys.findIndex((key) => this.tabs.get(key) === document.activeElement);
    const towards = document.documentElement.dir === 'rtl' ? -step : step;
    const next = keys[(at + towards + keys.length) % keys.length];
    this.open(next);
    this.tabs.get(next).focus();
    this.page.address.changed();
  }
}
