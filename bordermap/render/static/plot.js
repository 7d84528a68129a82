/** @file What the plots of the dock share: a sharp canvas, a tip, chips that explain a colour, selects. */

import { element } from './dom.js';
import { say } from './words.js';

export const PLOT = {
  ink: '#1d1d1b', quiet: '#5d584e', rule: '#ddd8cd', kept: '#6d675b', vague: '#b0a897', left: '#e7e2d7', accent: '#0b5cad', paper: '#fffefb',
};
export const PLOT_FONT = 'system-ui, "Segoe UI", Roboto, "Noto Sans", "Noto Naskh Arabic", sans-serif';

/**
 * Make a canvas as large as its box, and clear it.
 * @param {HTMLCanvasElement} canvas
 * @returns {{ctx: CanvasRenderingContext2D, width: number, height: number, ratio: number}}
 */
export function freshCanvas(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const ctx = canvas.getContext('2d');
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return { ctx, width, height, ratio };
}

/** A few words beside the pointer. */
export class Tip {
  constructor() {
    this.node = element('div', { class: 'dock-tip', hidden: true });
  }

  /** @param {string[]} lines none to hide @param {number} x @param {number} y px in the parent */
  show(lines, x = 0, y = 0) {
    this.node.hidden = lines.length === 0;
    if (this.node.hidden) return;
    this.node.replaceChildren(...lines.map((text) => element('span', { dir: 'auto', text })));
    const { clientWidth, clientHeight } = this.node.parentElement;
    const { offsetWidth, offsetHeight } = this.node;
    const left = x + 14 + offsetWidth > clientWidth ? x - 14 - offsetWidth : x + 14;
    const top = Math.max(0, Math.min(y - offsetHeight / 2, clientHeight - offsetHeight));
    this.node.style.left = `${Math.max(0, left)}px`;
    this.node.style.top = `${top}px`;
  }
}

/** What a colour means. @param {string} kind class of the chip @param {string} key of its word */
export function chip(kind, key) {
  return element('span', { class: 'dock-chip' }, element('i', { class: `chip chip-${kind}` }), element('span', { text: say(key) }));
}

/**
 * @param {string} key of its label
 * @param {[string, string][]} options value and text
 * @param {string} value
 * @param {(value: string) => void} onChange
 * @returns {HTMLSelectElement}
 */
export function choiceBox(key, options, value, onChange) {
  const select = element(
    'select',
    { 'aria-label': say(key), title: say(key) },
    ...options.map(([name, text]) => element('option', { value: name, text })),
  );
  select.value = value;
  select.addEventListener('change', () => onChange(select.value));
  return /** @type {HTMLSelectElement} */ (select);
}

/**
 * Distances between ticks that people like: 1, 2 or 5 times a power of ten.
 * @param {number} least
 */
export function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= least * 0.999);
}
