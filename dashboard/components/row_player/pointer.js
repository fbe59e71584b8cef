// Mouse, pen and finger on the strips: hover or drag moves the cursor, a click follows a unit, a tip has the numbers.

import { node } from "../dom/node.js";
import { filledText } from "../dom/words.js";
import { shown } from "./trace.js";

const CLICK = 4; // pixels that a pointer may move in a click
const BESIDE = 14; // pixels from pointer to tip
const ABOVE = { mouse: 30, pen: 30, touch: 64 }; // a finger hides what lies close to it

export class Pointer {
  constructor(player) {
    this.player = player;
    this.held = null;
    this.tip = node("div", { class: "tip", role: "tooltip", hidden: true });
    Object.assign(player.root, {
      onpointerdown: (event) => this.down(event),
      onpointermove: (event) => this.moved(event),
      onpointerup: (event) => this.up(event),
      onpointercancel: () => this.release(),
      onpointerleave: () => this.hide(),
    });
  }

  // What lies under the pointer; while a strip is held, it is that strip.
  under(event) {
    const strip = this.held?.strip ?? event.target.closest(".strip");
    if (!strip) return null;
    const { trace } = this.player;
    const { letter, layer } = strip.dataset;
    const columns = { x: trace.columns, p: 10 }[letter] ?? this.player.strips.orders[Number(layer)].length;
    const box = strip.getBoundingClientRect();
    const place = (offset, size, count) => Math.max(0, Math.min(count - 1, Math.floor((offset / size) * count)));
    return {
      strip,
      letter,
      layer: layer === undefined ? null : Number(layer),
      reading: "before" in strip.dataset ? trace.before : trace,
      row: this.player.strips.lines.rowAt((event.clientY - box.top) / box.height),
      column: place(event.clientX - box.left, box.width, columns),
    };
  }

  down(event) {
    const found = this.under(event);
    if (!found || event.button !== 0) return;
    const cutting = event.shiftKey && this.player.operating.press(found, () => this.unit(found));
    this.held = { ...found, cutting, x: event.clientX, y: event.clientY };
    found.strip.setPointerCapture(event.pointerId);
    if (cutting) return event.preventDefault(); // Shift would select text
    this.player.move(found.row);
    this.explain(event, found);
  }

  moved(event) {
    const found = this.under(event);
    if (!found) return this.hide();
    if (this.held?.cutting) return this.player.operating.drag(found);
    if (this.held) this.player.move(found.row);
    else if (event.pointerType !== "touch" && !this.player.playing) this.player.go(found.row);
    this.explain(event, found);
  }

  up(event) {
    const { held, player } = this;
    if (!held) return;
    const still = Math.hypot(event.clientX - held.x, event.clientY - held.y) <= CLICK;
    if (still && !held.cutting && held.layer !== null) player.follow(held.layer, this.unit(held));
    this.release();
    if (event.pointerType === "touch") this.hide();
  }

  release() {
    this.held = null;
  }

  hide() {
    this.tip.hidden = true;
  }

  unit({ layer, column }) {
    return this.player.trace.units[this.player.strips.orders[layer][column]];
  }

  explain(event, found) {
    this.tip.textContent = this.words(found);
    this.tip.hidden = false;
    const box = this.player.root.getBoundingClientRect();
    const x = event.clientX - box.left;
    const fits = x + BESIDE + this.tip.offsetWidth <= box.width;
    const left = fits ? x + BESIDE : Math.max(0, x - BESIDE - this.tip.offsetWidth);
    this.tip.style.transform = `translate(${left}px, ${event.clientY - box.top - ABOVE[event.pointerType]}px)`;
  }

  // "row 12 · unit 17 · C = −1.234"
  words({ letter, layer, row, column, reading }) {
    const { trace, strips } = this.player;
    const { words } = trace;
    const say = (template, number, value) => filledText(template, { row: row + 1, number, letter, value });
    if (letter === "x") return say(words.tip_x, column + 1, trace.x[row * trace.columns + column].toFixed(3));
    if (letter === "p") return say(words.tip_p, column, reading.p[row * 10 + column].toFixed(3));
    const s = strips.orders[layer][column];
    const value = (of) => shown(trace, letter, layer, row, s, of);
    const own = say(words.tip_unit, trace.units[s] + 1, value(trace));
    return trace.before ? `${own} · ${filledText(words.tip_before, { value: value(trace.before) })}` : own;
  }
}
