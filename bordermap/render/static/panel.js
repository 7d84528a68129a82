/** @file The panel beside the map: a heading, tabs, and the state of affairs in one line. */

import { element } from './dom.js';
import { say } from './words.js';

export const NARROW = '(max-width: 37.4375em)';

export class Panel {
  /** @param {{title: string, caption: string}} settings */
  constructor({ title, caption }) {
    this.narrow = matchMedia(NARROW);
    this.status = element('p', { class: 'status', role: 'status' });
    this.tabs = element('div', { class: 'tabs', role: 'tablist', 'aria-label': say('panel') });
    this.body = element('div', { class: 'panel-body' });
    this.node = element(
      'aside',
      { id: 'panel', 'aria-label': say('panel') },
      element(
        'header',
        {},
        element('h1', { dir: 'auto', text: title }),
        caption ? element('p', { class: 'caption', dir: 'auto', text: caption }) : null,
        this.status,
      ),
      this.tabs,
      this.body,
    );
    this.tabs.addEventListener('keydown', (event) => this.onKey(event));
    this.node.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.narrow.matches || !this.isOpen) return;
      this.setOpen(false);
      this.pages.get(this.current).tab.focus();
    });
    // On a phone the sheet would cover what has the focus now.
    document.addEventListener('focusin', ({ target }) => {
      if (this.narrow.matches && this.isOpen && !this.node.contains(/** @type {Node} */ (target))) this.setOpen(false);
    });
    /** @type {Map<string, {tab: HTMLElement, page: HTMLElement}>} */
    this.pages = new Map();
    this.node.dataset.open = String(!this.narrow.matches);
    this.followHead(this.node.querySelector('header'));
  }

  /** On a phone the heading lies over the map, whose buttons begin below it. @param {HTMLElement} head */
  followHead(head) {
    new ResizeObserver(() => {
      document.documentElement.style.setProperty('--head', `${head.offsetHeight}px`);
    }).observe(head);
  }

  /**
   * @param {string} name
   * @param {HTMLElement} content
   */
  add(name, content) {
    const tab = element('button', {
      type: 'button',
      role: 'tab',
      id: `tab-${name}`,
      'aria-controls': `page-${name}`,
      text: say(`tab_${name}`),
      onclick: () => this.press(name),
    });
    // Without anything to focus in it, the page itself is, so that keys can scroll it.
    const tabindex = content.querySelector('a[href], button, input, select, summary') ? null : 0;
    const page = element(
      'section',
      { role: 'tabpanel', id: `page-${name}`, 'aria-labelledby': `tab-${name}`, class: 'page', tabindex },
      content,
    );
    this.pages.set(name, { tab, page });
    this.tabs.append(tab);
    this.body.append(page);
    if (this.pages.size === 1) this.choose(name);
    else this.mark();
  }

  /** On a phone a second tap on the open tab closes the sheet. @param {string} name */
  press(name) {
    const again = this.current === name && this.isOpen;
    this.choose(name);
    this.setOpen(!(again && this.narrow.matches));
  }

  get isOpen() {
    return this.node.dataset.open === 'true';
  }

  /** @param {boolean} open */
  setOpen(open) {
    this.node.dataset.open = String(open);
    this.mark();
  }

  /** @param {string} name */
  choose(name) {
    this.current = name;
    this.body.scrollTop = 0;
    this.mark();
  }

  mark() {
    for (const [name, { tab, page }] of this.pages) {
      const chosen = name === this.current;
      tab.setAttribute('aria-selected', String(chosen));
      tab.setAttribute('aria-expanded', String(chosen && this.isOpen));
      tab.tabIndex = chosen ? 0 : -1;
      page.hidden = !chosen;
    }
  }

  /** Arrow keys go from tab to tab. @param {KeyboardEvent} event */
  onKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const names = [...this.pages.keys()];
    const towards = document.documentElement.dir === 'rtl' ? -step : step;
    const next = (names.indexOf(this.current) + towards + names.length) % names.length;
    this.choose(names[next]);
    this.setOpen(true);
    this.pages.get(names[next]).tab.focus();
  }
}
