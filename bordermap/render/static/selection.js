/** @file Which incident is being read about, and which one is pointed at. Every view follows. */

/** @typedef {(row: number, by: string, among: number[]) => void} SelectionListener row -1 for none */

export class Selection {
  constructor() {
    this.selected = -1;
    this.pointed = -1;
    /** @type {SelectionListener[]} */
    this.listeners = [];
    /** @type {SelectionListener[]} */
    this.pointers = [];
  }

  /**
   * Open an incident: the map shows it with its popup, the other views mark it.
   * @param {number} row -1 for none
   * @param {string} [by] the view that says so, which need not follow itself
   * @param {number[]} [among] all that are there, to turn pages between; the row is the first of them
   */
  select(row, by = '', among = [row]) {
    this.selected = row;
    for (const listener of this.listeners) listener(row, by, among);
  }

  /** @param {SelectionListener} listener */
  onSelect(listener) {
    this.listeners.push(listener);
  }

  /** Mark an incident in passing, without opening it. @param {number} row -1 for none @param {string} [by] */
  point(row, by = '') {
    if (row === this.pointed) return;
    this.pointed = row;
    for (const listener of this.pointers) listener(row, by, [row]);
  }

  /** @param {SelectionListener} listener */
  onPoint(listener) {
    this.pointers.push(listener);
  }
}

/** What the views call. @returns {object} select, onSelect, point, onPoint and the selection itself */
export function selectionOf() {
  const selection = new Selection();
  return {
    selection,
    select: (row, by, among) => selection.select(row, by, among),
    onSelect: (listener) => selection.onSelect(listener),
    point: (row, by) => selection.point(row, by),
    onPoint: (listener) => selection.onPoint(listener),
  };
}
