/** @file Mouse, fingers and keys on the unrolled border. */

const DRAG_PX = 5;
/** A rectangle thinner than this is meant along its longer side alone. */
const THIN_PX = 14;
const WHEEL_STEP = 1.0015;
const KEY_ZOOM = 0.6;

export class StripGestures {
  /** @param {object} strip the view: field, scale, rows, hover, press, look, zoom, pan, go */
  constructor(strip) {
    this.strip = strip;
    /** Fingers on the field, by pointer. @type {Map<number, {x: number, y: number}>} */
    this.fingers = new Map();
    const { field } = strip;
    field.addEventListener('pointerdown', (event) => this.onDown(event));
    field.addEventListener('pointermove', (event) => this.onMove(event));
    field.addEventListener('pointerup', (event) => this.onUp(event));
    field.addEventListener('pointercancel', (event) => this.drop(event));
    field.addEventListener('pointerleave', () => strip.leave());
    field.addEventListener('dblclick', () => strip.clear());
    field.addEventListener('wheel', (event) => this.onWheel(event), { passive: false });
    field.addEventListener('keydown', (event) => this.onKey(event));
    field.addEventListener('blur', () => strip.leave());
  }

  /** @param {MouseEvent} event @returns {{x: number, y: number}} px in the plot */
  at(event) {
    const box = this.strip.field.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top - this.strip.rows.box.top };
  }

  /** Above and below the plot are names of units, which are there to be pulled and pressed. */
  isInPlot({ y }) {
    return y >= 0 && y <= this.strip.rows.box.height;
  }

  onDown(event) {
    if (event.button > 0) return;
    const at = this.at(event);
    this.strip.field.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, at);
    const { from, to } = this.strip.scale;
    const pulls = event.pointerType === 'touch' || !this.isInPlot(at);
    this.drag = { start: at, kind: pulls ? 'pull' : 'draw', from, to, moved: this.fingers.size > 1 };
    if (this.fingers.size === 2) this.pinch = { gap: this.gap(), from, to, km: this.strip.scale.km(this.middle()) };
  }

  gap() {
    const [a, b] = [...this.fingers.values()];
    return Math.max(20, Math.abs(a.x - b.x));
  }

  middle() {
    const xs = [...this.fingers.values()].map(({ x }) => x);
    return xs.reduce((sum, x) => sum + x, 0) / xs.length;
  }

  onMove(event) {
    const at = this.at(event);
    if (!this.fingers.has(event.pointerId)) {
      if (event.pointerType !== 'touch') this.inFrame(() => this.strip.hover(at.x, at.y));
      return;
    }
    this.fingers.set(event.pointerId, at);
    const { drag } = this;
    if (Math.hypot(at.x - drag.start.x, at.y - drag.start.y) >= DRAG_PX) drag.moved = true;
    if (!drag.moved) return;
    this.inFrame(() => this.follow(at));
  }

  /** The last of the moves between two frames. */
  inFrame(action) {
    this.latest = action;
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.latest?.();
    });
  }

  follow(at) {
    const { strip, drag } = this;
    if (!drag) return;
    if (this.fingers.size === 2) this.followPinch();
    else if (drag.kind === 'draw') this.draw(drag.start, at);
    else {
      const by = (drag.start.x - at.x) / strip.scale.box.width * (drag.to - drag.from);
      strip.look(drag.from + by, drag.to + by);
    }
  }

  followPinch() {
    const { strip, pinch } = this;
    const span = (pinch.to - pinch.from) * pinch.gap / this.gap();
    const from = pinch.km - this.middle() / strip.scale.box.width * span;
    strip.look(from, from + span);
  }

  /** A rectangle; a thin one asks for kilometres or distances alone. */
  draw(a, b) {
    const { strip } = this;
    const { scale } = strip;
    const sorted = (values) => values.sort((one, other) => one - other);
    const isFlat = Math.abs(a.y - b.y) < THIN_PX;
    const isUpright = Math.abs(a.x - b.x) < THIN_PX;
    const xs = sorted([a.x, b.x].map((x) => Math.max(0, Math.min(scale.box.width, x))));
    const ys = [a.y, b.y].map((y) => Math.max(0, Math.min(scale.box.height, y)));
    const step = strip.kmStep();
    const kms = xs.map((x) => Math.round(scale.km(x) / step) * step);
    const offsets = sorted(ys.map((y) => strip.rounded(scale.offset(y))));
    if (!isUpright || isFlat) strip.brushKm(kms[0], kms[1]);
    else strip.brushKm(0, scale.lengthKm);
    if (!isFlat) strip.brushOffset(offsets[0], offsets[1]);
    else strip.brushOffset(-scale.most, scale.most);
  }

  onUp(event) {
    const { drag, strip } = this;
    const isLast = this.fingers.size === 1;
    this.drop(event);
    if (!drag || drag.moved || !isLast) return;
    const at = this.at(event);
    if (this.isInPlot(at)) strip.press(at.x, at.y);
    else this.pressUnit(at);
  }

  drop(event) {
    this.fingers.delete(event.pointerId);
    this.latest = null;
    if (this.fingers.size === 0) this.drag = null;
    else if (this.drag) Object.assign(this.drag, { start: [...this.fingers.values()][0], from: this.strip.scale.from, to: this.strip.scale.to });
  }

  /** A press on a unit's name goes to its part of the line; once more, back to the whole. */
  pressUnit({ x, y }) {
    const { strip } = this;
    const { rows, along, scale } = strip;
    const top = y + rows.box.top;
    for (const [country, levels] of Object.entries(along.sides)) {
      for (const [level, units] of Object.entries(levels)) {
        const [start, height] = rows[country][level];
        if (top < start || top >= start + height) continue;
        const { from, to } = strip.unitAt(units, scale.km(x));
        const isThere = Math.abs(scale.from - from) < 1 && Math.abs(scale.to - to) < 1;
        if (isThere) strip.look(0, scale.lengthKm);
        else strip.look(from, to);
      }
    }
  }

  onWheel(event) {
    event.preventDefault();
    const { strip } = this;
    const isAlong = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (isAlong) strip.pan((event.deltaX || event.deltaY) / 1000);
    else strip.zoom(WHEEL_STEP ** event.deltaY, strip.scale.km(this.at(event).x));
  }

  onKey(event) {
    const { strip } = this;
    const { selection } = strip.page;
    const actions = {
      ArrowRight: () => strip.go(1),
      ArrowLeft: () => strip.go(-1),
      Enter: () => selection.pointed >= 0 && strip.page.select(selection.pointed, 'strip'),
      '+': () => strip.zoom(KEY_ZOOM),
      '-': () => strip.zoom(1 / KEY_ZOOM),
      PageUp: () => strip.pan(-0.8),
      PageDown: () => strip.pan(0.8),
      Home: () => strip.look(0, strip.scale.lengthKm),
      Escape: () => strip.clear(),
    };
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : null;
    if (!action) return;
    event.preventDefault();
    action();
  }
}
