/** @file What parts of the page beyond map, filters and layers keep in its address. */

const LONGEST_KEPT = 16000;

export class Address {
  constructor() {
    const text = location.hash.slice(1);
    this.asked = new URLSearchParams(text.length > LONGEST_KEPT ? '' : text);
    /** @type {Map<string, () => string>} */
    this.kept = new Map();
    /** To be called when a part has changed what it keeps; set by followState. */
    this.changed = () => {};
  }

  /**
   * @param {string} key
   * @param {() => string} textOf what is to be kept; empty for nothing
   * @returns {string} what the address said on opening, for the part to judge; empty for nothing
   */
  keep(key, textOf) {
    this.kept.set(key, textOf);
    return this.asked.get(key) ?? '';
  }

  /** @param {URLSearchParams} state */
  writeState(state) {
    for (const [key, textOf] of this.kept) {
      const text = textOf();
      if (text) state.set(key, text);
    }
  }
}
