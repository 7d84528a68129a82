/** @file A range on an axis: drawn by mouse or finger, and two handles that are sliders for the keyboard. */

import { element } from './dom.js';

const CLICK_PX = 4;
const LEAP = 10;

/**
 * @typedef {object} BrushSettings
 * @property {'x'|'y'} axis
 * @property {[string, string]} labels of the two handles
 * @property {(value: number, isEnd: boolean) => string} text what a handle says
 * @property {(value: number, steps: number) => number} step a value some steps on
 * @property {(value: number) => number} [snap] where a drawn end comes to rest
 * @property {(from: number, to: number) => void} onChange
 * @property {() => void} onClear
 * @property {(value: number) => void} [onTap]
 */

/**
 * @typedef {object} Axis
 * @property {[number, number]} domain all values
 * @property {(value: number) => number} px
 * @property {(px: number) => number} value
 */

/** Ends in the order in which they stand on the axis. @param {number[]} ends */
function ascending(ends) {
  return ends.sort((a, b) => a - b);
}

export class RangeBrush {
  /** @param {BrushSettings} settings */
  constructor(settings) {
    this.settings = settings;
    /** @type {Axis} */
    this.axis = { domain: [0, 1], px: (value) => value, value: (px) => px };
    this.from = 0;
    this.to = 1;
    /** @type {{kind: string, at: number, now?: number, from: number, to: number, moved: boolean}|null} */
    this.drag = null;
    this.range = element('div', { class: 'brush-range', hidden: true });
    this.handles = settings.labels.map((label) => this.buildHandle(label));
    this.node = element('div', { class: `brush brush-${settings.axis}` }, this.range, ...this.handles);
    this.node.addEventListener('pointerdown', (event) => this.onDown(event));
    this.node.addEventListener('pointermove', (event) => this.onMove(event));
    this.node.addEventListener('pointerup', (event) => this.onUp(event));
    this.node.addEventListener('pointercancel', () => { this.drag = null; });
    this.node.addEventListener('dblclick', () => settings.onClear());
    this.node.addEventListener('keydown', (event) => this.onKey(event));
  }

  buildHandle(label) {
    return element('div', {
      class: 'brush-handle', role: 'slider', tabindex: 0, 'aria-label': label,
      'aria-orientation': this.settings.axis === 'x' ? 'horizontal' : 'vertical',
    });
  }

  /** @param {Axis} axis @param {number} from @param {number} to */
  show(axis, from, to) {
    this.axis = axis;
    [this.from, this.to] = [from, to];
    const [least, most] = axis.domain;
    const ends = [from, to].map((value) => this.within(axis.px(value)));
    const [start, end] = ascending([...ends]);
    this.range.hidden = from <= least && to >= most;
    const [near, far] = this.settings.axis === 'x' ? ['left', 'width'] : ['top', 'height'];
    this.range.style[near] = `${start}px`;
    this.range.style[far] = `${Math.max(1, end - start)}px`;
    this.handles.forEach((handle, at) => {
      handle.style[near] = `${ends[at]}px`;
      handle.classList.toggle('resting', this.range.hidden);
      this.tell(handle, [from, to][at], at === 1);
    });
  }

  /** @param {HTMLElement} handle */
  tell(handle, value, isEnd) {
    const [least, most] = this.axis.domain;
    handle.setAttribute('aria-valuemin', String(least));
    handle.setAttribute('aria-valuemax', String(most));
    handle.setAttribute('aria-valuenow', String(Math.round(value * 100) / 100));
    handle.setAttribute('aria-valuetext', this.settings.text(value, isEnd));
  }

  get length() {
    return this.settings.axis === 'x' ? this.node.clientWidth : this.node.clientHeight;
  }

  within(px) {
    return Math.max(0, Math.min(this.length, px));
  }

  clamp(value) {
    const [least, most] = this.axis.domain;
    return Math.max(least, Math.min(most, value));
  }

  /** @param {PointerEvent} event @returns {number} px along the axis */
  positionOf(event) {
    const box = this.node.getBoundingClientRect();
    return this.within(this.settings.axis === 'x' ? event.clientX - box.left : event.clientY - box.top);
  }

  onDown(event) {
    if (event.button > 0 || !event.isPrimary) return;
    const at = this.positionOf(event);
    const handle = this.handles.indexOf(/** @type {HTMLDivElement} */ (event.target));
    const kind = handle >= 0 ? ['from', 'to'][handle] : event.target === this.range ? 'all' : 'new';
    this.drag = { kind, at, from: this.from, to: this.to, moved: false };
    this.node.setPointerCapture(event.pointerId);
    event.preventDefault();
    if (handle >= 0) this.handles[handle].focus();
  }

  onMove(event) {
    const { drag } = this;
    if (!drag) return;
    const at = this.positionOf(event);
    if (Math.abs(at - drag.at) >= CLICK_PX) drag.moved = true;
    if (!drag.moved) return;
    drag.now = at;
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      if (this.drag) this.follow(this.drag);
    });
  }

  onUp(event) {
    const { drag } = this;
    if (!drag) return;
    if (drag.moved) this.follow({ ...drag, now: this.positionOf(event) });
    else if (drag.kind === 'new' || drag.kind === 'all') this.settings.onTap?.(this.axis.value(drag.at));
    this.drag = null;
  }

  /** Where the range is while it is being pulled. */
  follow({ kind, at, now = at, from, to }) {
    const { axis } = this;
    const snap = (value) => this.clamp(this.settings.snap?.(value) ?? value);
    if (kind === 'new') this.change(snap(axis.value(at)), snap(axis.value(now)));
    else if (kind === 'from') this.change(snap(axis.value(now)), to);
    else if (kind === 'to') this.change(from, snap(axis.value(now)));
    else this.shift(from, to, now - at);
  }

  /** Move the whole range, which keeps its length on the axis. */
  shift(from, to, px) {
    const { axis } = this;
    const [least, most] = ascending(axis.domain.map((value) => axis.px(value)));
    const [a, b] = ascending([axis.px(from), axis.px(to)]);
    const by = Math.max(least - a, Math.min(most - b, px));
    const snap = (value) => this.clamp(this.settings.snap?.(value) ?? value);
    this.change(snap(axis.value(a + by)), snap(axis.value(b + by)));
  }

  change(a, b) {
    const [from, to] = [Math.min(a, b), Math.max(a, b)];
    if (from === to || (from === this.from && to === this.to)) return;
    this.ask(from, to);
  }

  /** The views answer with the next frame; until then keys go on from here. */
  ask(from, to) {
    [this.from, this.to] = [from, to];
    this.settings.onChange(from, to);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key === 'Escape') {
      this.settings.onClear();
      event.preventDefault();
      return;
    }
    const which = this.handles.indexOf(/** @type {HTMLDivElement} */ (event.target));
    const next = which < 0 ? null : this.moved(event.key, [this.from, this.to][which]);
    if (next === null) return;
    event.preventDefault();
    const value = this.clamp(next);
    if (which === 0 && value < this.to) this.ask(value, this.to);
    if (which === 1 && value > this.from) this.ask(this.from, value);
  }

  /** Arrows move a handle the way they point: values grow to the right and upwards. @returns {number|null} */
  moved(key, value) {
    const { step } = this.settings;
    const [least, most] = this.axis.domain;
    const steps = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: 1, ArrowDown: -1, PageUp: LEAP, PageDown: -LEAP,
    }[key];
    if (steps) return step(value, steps);
    return { Home: least, End: most }[key] ?? null;
  }
}
