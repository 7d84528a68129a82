/** @file Choices over the values of a column: what each mark means, how many there are, show or hide. */

import { afterQuiet, element } from './dom.js';
import { foldText } from './search.js';
import { formatNumber, say, wordFor } from './words.js';

const FEW_VALUES = 14;
const MOST_LISTED = 40;
const FIND_DELAY_MS = 120;

/** One value of a facet: a box to tick, its mark, its name, its live count. */
class Choice {
  constructor(filters, facet, code, label, picture) {
    this.code = code;
    this.count = element('span', { class: 'count' });
    this.told = -1;
    this.box = /** @type {HTMLInputElement} */ (element('input', { type: 'checkbox', checked: true }));
    this.box.addEventListener('change', () => filters.show(facet, code, this.box.checked));
    const name = element('span', { class: 'choice-name', dir: 'auto', text: label });
    this.node = element('label', { class: 'choice' }, this.box, picture, name, this.count);
  }

  /** @param {number} count @param {boolean} shown */
  update(count, shown) {
    if (this.told !== count) this.count.textContent = formatNumber(count);
    this.told = count;
    this.node.classList.toggle('empty', count === 0);
    this.box.checked = shown;
  }
}

/** A group of choices over one column; of many values those with most incidents, or those looked for. */
export class Facet {
  /**
   * @param {import('./filters.js').Filters} filters
   * @param {string} name
   * @param {(word: string) => HTMLCanvasElement|null} picture
   * @param {{byFrequency?: boolean, folded?: boolean}} how folded: closed until the reader opens it
   */
  constructor(filters, name, picture, { byFrequency = false, folded = false }) {
    this.filters = filters;
    this.name = name;
    this.picture = picture;
    this.byFrequency = byFrequency;
    /** @type {number[]|null} */
    this.known = null;
    /** @type {Map<number, Choice>} */
    this.choices = new Map();
    this.find = /** @type {HTMLInputElement} */ (element('input', {
      type: 'search', class: 'find', autocomplete: 'off', dir: 'auto', maxlength: 100, hidden: true,
      placeholder: say('find_value'), 'aria-label': say('find_value_of', { what: this.title }),
    }));
    this.find.addEventListener('input', afterQuiet(() => this.update(), FIND_DELAY_MS));
    this.list = element('div', { class: 'choices' });
    this.more = element('p', { class: 'layer-note', 'aria-live': 'polite', hidden: true });
    this.allNone = element('span', { class: 'all-none', hidden: true }, this.button('all', true), this.button('none', false));
    this.node = folded ? this.foldedNode() : this.openNode();
  }

  get title() {
    return say(`facet_${this.name}`);
  }

  get facet() {
    return this.filters.facets.get(this.name);
  }

  openNode() {
    return element(
      'fieldset',
      { class: `facet facet-${this.name}` },
      element('legend', { text: this.title }),
      this.allNone,
      this.find,
      this.list,
      this.more,
    );
  }

  foldedNode() {
    this.mark = element('span', { class: 'count' });
    this.details = /** @type {HTMLDetailsElement} */ (element(
      'details',
      { class: `facet facet-${this.name} folded` },
      element('summary', {}, element('span', { text: this.title }), this.mark),
      element('fieldset', { 'aria-label': this.title }, this.allNone, this.find, this.list, this.more),
    ));
    this.details.addEventListener('toggle', async () => {
      await this.filters.incidents.table.whole();
      this.update();
    });
    return this.details;
  }

  button(key, shown) {
    return element('button', {
      type: 'button', class: 'quiet', text: say(key), 'aria-label': say(`${key}_of`, { what: this.title }),
      onclick: () => this.filters.showAll(this.name, this.codes, shown),
    });
  }

  labelOf(code) {
    const word = this.facet.column.wordOfCode(code);
    return wordFor(this.name, word || (this.name === 'precision' ? 'none' : 'unknown'));
  }

  /** Codes that occur, the most frequent first, or in the dictionary's order; missing values last. */
  get codes() {
    this.known ??= codesByCount(this.filters.counts(this.name, true), this.byFrequency);
    return this.known;
  }

  /** Codes to be listed: those that are found, or the most frequent and those that are off. */
  listed() {
    if (this.codes.length <= MOST_LISTED) return this.codes;
    const wanted = foldText(this.find.value.trim());
    if (wanted) {
      return this.codes.filter((code) => foldText(this.labelOf(code)).includes(wanted)).slice(0, MOST_LISTED);
    }
    const { off } = this.facet;
    const few = off.size * 2 < this.codes.length;
    const changed = this.codes.filter((code) => off.has(code) === few).slice(0, MOST_LISTED);
    return [...new Set([...changed, ...this.codes])].slice(0, MOST_LISTED);
  }

  choice(code) {
    let choice = this.choices.get(code);
    if (!choice) {
      const picture = this.picture(this.facet.column.wordOfCode(code));
      choice = new Choice(this.filters, this.name, code, this.labelOf(code), picture);
      this.choices.set(code, choice);
    }
    return choice;
  }

  update() {
    if (this.details) {
      this.mark.textContent = this.facet.isActive ? say('facet_in_use') : '';
      if (!this.details.open) return;
    }
    const { codes } = this;
    const listed = this.listed();
    const isMany = codes.length > MOST_LISTED;
    this.find.hidden = !isMany;
    this.allNone.hidden = codes.length <= 2;
    this.more.hidden = !isMany;
    this.more.textContent = say('facet_listed', { n: formatNumber(listed.length), all: formatNumber(codes.length) });
    this.list.classList.toggle('scrolling', codes.length > FEW_VALUES);
    this.fill(listed);
  }

  fill(listed) {
    const counts = this.filters.counts(this.name);
    const { off } = this.facet;
    const choices = listed.map((code) => this.choice(code));
    const nodes = choices.map(({ node }) => node);
    const isSame = nodes.length === this.list.childNodes.length
      && nodes.every((node, at) => node === this.list.childNodes[at]);
    if (!isSame && !this.list.contains(document.activeElement)) this.list.replaceChildren(...nodes);
    for (const choice of this.choices.values()) choice.update(counts[choice.code], !off.has(choice.code));
  }
}

/** @param {Uint32Array} counts by code */
function codesByCount(counts, byFrequency) {
  const codes = [...counts.keys()].filter((code) => counts[code] > 0);
  const rank = (code) => (code === 0 ? Infinity : code);
  return codes.sort((a, b) => (byFrequency ? counts[b] - counts[a] : 0) || rank(a) - rank(b));
}
