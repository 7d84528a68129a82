/** @file What can be switched on and off on the map, and what is on. */

/** @typedef {{name: string, title: string, group: string, note?: string, paint: (ctx: CanvasRenderingContext2D) => void}} Overlay */

export class Overlays {
  /** @param {string[]} hidden names that are off at first */
  constructor(hidden) {
    this.hidden = new Set(hidden);
    this.atFirst = new Set(hidden);
    /** @type {Overlay[]} */
    this.list = [];
    /** @type {((name: string) => void)[]} */
    this.listeners = [];
  }

  /** @param {Overlay} overlay */
  add(overlay) {
    this.list.push(overlay);
  }

  /** @param {string} name */
  isShown(name) {
    return !this.hidden.has(name);
  }

  /** @param {string} name @param {boolean} shown */
  show(name, shown) {
    if (shown) this.hidden.delete(name);
    else this.hidden.add(name);
    for (const listener of this.listeners) listener(name);
  }

  /** Names whose state is not what it was at first. */
  get changed() {
    return this.list.map(({ name }) => name)
      .filter((name) => this.hidden.has(name) !== this.atFirst.has(name));
  }

  /** @param {(name: string) => void} listener */
  onChange(listener) {
    this.listeners.push(listener);
  }
}
