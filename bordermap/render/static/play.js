/** @file Playing through time: a range of dates that moves on, or grows, step by step. */

import { binStart, UNITS } from './bins.js';
import { element, prefersStillness } from './dom.js';
import { choiceBox } from './plot.js';
import { say } from './words.js';

const STEPS_A_SECOND = { slow: 1, normal: 3, fast: 8 };
const WINDOWS_IN_ALL = 12;

export class Player {
  /**
   * @param {object} page filters
   * @param {() => import('./bins.js').Bins} bins as they are drawn
   */
  constructor(page, bins) {
    this.page = page;
    this.bins = bins;
    /** Days that a step has asked for, beyond the data's ends too. @type {[number, number]|null} */
    this.window = null;
    this.speed = 'normal';
    this.mode = 'window';
    this.unit = 'bin';
    this.timer = 0;
    this.button = element('button', { type: 'button', class: 'play', onclick: () => this.press() });
    this.node = element(
      'div',
      { class: 'player', role: 'group', 'aria-label': say('play_group') },
      this.stepButton(-1, '‹', 'play_back'),
      this.button,
      this.stepButton(1, '›', 'play_on'),
      ...this.boxes(),
    );
    this.mark();
  }

  boxes() {
    const named = (prefix) => (name) => /** @type {[string, string]} */ ([name, say(`${prefix}_${name}`)]);
    const units = (this.page.filters.units ?? UNITS).map(named('play_step'));
    const speeds = Object.keys(STEPS_A_SECOND).map(named('play'));
    return [
      choiceBox('play_mode', [['window', say('play_window')], ['growing', say('play_growing')]], this.mode, (mode) => { this.mode = mode; }),
      choiceBox('play_step', [['bin', say('play_step_bin')], ...units], this.unit, (unit) => { this.unit = unit; }),
      choiceBox('play_speed', speeds, this.speed, (speed) => { this.speed = speed; this.restart(); }),
    ];
  }

  stepButton(step, text, key) {
    return element('button', {
      type: 'button', class: 'play-step', text, 'aria-label': say(key), title: say(key), onclick: () => { this.pause(); this.step(step); },
    });
  }

  /** Where motion is not wanted, a press goes one step. */
  press() {
    if (prefersStillness()) this.step(1);
    else if (this.timer) this.pause();
    else this.play();
  }

  play() {
    this.step(1);
    this.timer = setInterval(() => this.step(1), 1000 / STEPS_A_SECOND[this.speed]);
    this.mark();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.mark();
  }

  restart() {
    if (!this.timer) return;
    this.pause();
    this.play();
  }

  mark() {
    const key = this.timer ? 'play_pause' : 'play_play';
    this.button.textContent = say(prefersStillness() ? 'play_on' : key);
    this.button.dataset.playing = String(this.timer !== 0);
  }

  /** First day shown, and the one after the last; a window reaches beyond the data's ends. */
  get range() {
    const { from, to, range: [first, last] } = this.page.filters.days;
    const [start, end] = this.window ?? [from, to + 1];
    const isStill = Math.max(first, start) === from && Math.min(last + 1, end) === to + 1;
    return isStill ? [start, end] : [from, to + 1];
  }

  /** The day some steps on. */
  on(day, steps) {
    const bins = this.bins();
    return this.unit === 'bin' ? bins.next(day, steps) : binStart(day, this.unit, 1, steps);
  }

  /** One step on or back; at the end it pauses. @param {number} step */
  step(step) {
    const { filters } = this.page;
    const [first, last] = filters.dayRange;
    let [from, to] = this.range;
    if (!filters.days.isActive) [from, to] = this.beginning();
    else if (step > 0 && to > last) [from, to] = this.again();
    else [from, to] = this.moved(from, to, step);
    if (to <= first || from > last) return;
    this.window = [from, to];
    filters.setDates(from, to - 1);
    if (this.timer && to > last) this.pause();
  }

  moved(from, to, step) {
    const start = this.mode === 'growing' ? from : this.on(from, step);
    const end = this.on(to, step);
    return [start, end > start ? end : this.on(start, 1)];
  }

  /** The first range when nothing was chosen: a twelfth of the time, in whole steps. */
  beginning() {
    const [first, last] = this.page.filters.dayRange;
    const bins = this.bins();
    const start = bins.edges[0];
    if (this.mode === 'growing') return [start, this.on(start, 1)];
    let end = this.on(start, 1);
    while (end - start < (last - first) / WINDOWS_IN_ALL) end = this.on(end, 1);
    return [start, end];
  }

  /** From the end back to the beginning, with a window as long as it was. */
  again() {
    const start = this.bins().edges[0];
    const [from, to] = this.range;
    if (this.mode === 'growing') return [from, this.on(from, 1)];
    return [start, start + (to - from)];
  }
}
