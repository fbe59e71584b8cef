// Surgery on what is shown: gates held, units silenced, rows blanked; every change is read again at once.

import { node } from "../dom/node.js";
import { filledText } from "../dom/words.js";
import { DIGIT_ROWS } from "./lines.js";
import { BLANK, CLAMPABLE } from "../network/surgery.js";
import { placesIn, spansOf, unitsIn, unitsText } from "./places.js";

export class Operating {
  // network(): {network, mode}, as Live has them. changed(): what is shown is to be read again. folded(): sizes changed.
  constructor({ network, changed, folded }) {
    Object.assign(this, { live: network, changed, folded, open: false });
    this.clear();
    this.button = node("button", { type: "button", class: "surgery-button", onclick: () => this.fold(!this.open) });
    this.element = node("div", { class: "surgery", role: "group", hidden: true });
  }

  clear() {
    Object.assign(this, { held: {}, silenced: new Set(), blank: new Set() }); // silenced: "layer:unit", from 0
  }

  // Another network: the surgery on the last one is over. A run that still trains stays the same one.
  receive({ options: { weights, alike }, words, cell, layers, hidden, rows }) {
    const reader = alike?.reader ?? weights;
    const same = reader === this.reader && words.label === this.words?.label;
    Object.assign(this, { words, shape: { cell, layers, hidden, rows: Math.min(rows, DIGIT_ROWS) } }); // those that are waited are blank
    this.button.hidden = !weights;
    this.weights = weights;
    if (same) return;
    if (reader !== this.reader) {
      this.clear();
      this.open = false;
    }
    this.reader = reader;
    this.build();
  }

  // ---- what is done

  get possible() {
    const { network, mode } = this.live();
    return Boolean(network) && mode !== "wait";
  }

  get on() {
    return this.possible && (this.open || this.done);
  }

  get done() {
    return Object.keys(this.held).length + this.silenced.size + this.blank.size > 0;
  }

  // As traceOf takes it; null while it is off.
  get surgery() {
    if (!this.on) return null;
    const { held, silenced, blank, shape } = this;
    const rows = Array.from({ length: shape.rows }, (_, row) => (blank.has(row) ? BLANK : row));
    return {
      clamp: Object.entries(held).map(([gate, value]) => ({ gate, value })),
      silenced: [...silenced].map((place) => place.split(":").map(Number)),
      rows: blank.size ? rows : null,
    };
  }

  change() {
    this.show();
    this.changed();
  }

  hold(gate, value) {
    if (value === null) delete this.held[gate];
    else this.held[gate] = value;
    this.change();
  }

  end() {
    this.clear();
    this.fold(false);
  }

  fold(open) {
    this.open = open;
    this.change();
    this.folded();
  }

  // ---- with the pointer, while Shift is held: whether it is taken

  press({ letter, layer, row }, unit) {
    if (!this.weights || !this.possible || letter === "p" || (letter === "x" && row >= this.shape.rows)) return false;
    if (letter === "x") this.dragged = { from: row, blanked: !this.blank.has(row), before: new Set(this.blank) };
    else toggle(this.silenced, `${layer}:${unit()}`);
    const hidden = this.element.hidden;
    if (letter === "x") this.drag({ letter, row });
    else this.change();
    if (hidden) this.folded();
    return true;
  }

  drag({ letter, row }) {
    if (letter !== "x") return;
    const { from, blanked, before } = this.dragged;
    this.blank = new Set(before);
    const last = Math.min(Math.max(from, row), this.shape.rows - 1);
    for (let at = Math.min(from, row); at <= last; at++) this.blank[blanked ? "add" : "delete"](at);
    this.change();
  }

  // ---- the controls

  build() {
    const { words, shape } = this;
    this.button.textContent = words.surgery;
    this.button.title = words.surgery_help;
    this.element.setAttribute("aria-label", words.surgery);
    this.state = node("b", { class: "surgery-state", role: "status" });
    this.gates = CLAMPABLE[shape.cell].map((gate) => this.gate(gate));
    this.units = this.field(words.surgery_units, words.surgery_units_help, (text) => this.takeUnits(text));
    this.rows = this.field(words.surgery_rows, words.surgery_rows_help, (text) => this.takeRows(text));
    this.hint = node("span", { class: "quiet" }, words.surgery_hint);
    const end = (this.stop = node("button", { type: "button", class: "surgery-end", onclick: () => this.end() }, words.surgery_end));
    this.controls = node("div", { class: "controls" }, ...this.gates.map((one) => one.element), this.units.element, this.rows.element);
    this.element.replaceChildren(node("div", { class: "surgery-head" }, this.state, end, this.hint), this.controls);
    this.show();
  }

  // A slider from 0 to 1, which holds nothing until it is moved, and a button that lets the gate go again.
  gate(gate) {
    const { words } = this;
    const label = filledText(words.surgery_hold, { gate });
    const range = node("input", { type: "range", min: 0, max: 1, step: 0.01, value: 0.5, "aria-label": label, "data-gate": gate });
    range.oninput = () => this.hold(gate, Number(range.value));
    const free = filledText(words.surgery_let_go, { gate });
    const release = node("button", { type: "button", class: "free", title: free, "aria-label": free, onclick: () => this.hold(gate, null) }, "×");
    const value = node("output", {});
    return { gate, range, release, value, element: node("div", { class: "gate" }, node("i", {}, gate), range, value, release) };
  }

  field(label, help, take) {
    const input = node("input", { type: "text", title: help, spellcheck: "false" });
    input.oninput = () => input.setAttribute("aria-invalid", String(!take(input.value)));
    return { input, element: node("label", { class: "field" }, label, " ", input) };
  }

  takeUnits(text) {
    const found = unitsIn(text, this.shape);
    if (!found) return false;
    this.silenced = new Set(found);
    this.change();
    return true;
  }

  takeRows(text) {
    const found = placesIn(text, this.shape.rows);
    if (!found) return false;
    this.blank = new Set(found);
    this.change();
    return true;
  }

  show() {
    const { words, possible, open, on } = this;
    this.button.setAttribute("aria-expanded", String(open));
    this.button.setAttribute("aria-pressed", String(on));
    this.element.hidden = !open && !on;
    this.controls.hidden = !open || !possible;
    this.stop.hidden = !possible;
    this.hint.hidden = this.controls.hidden || this.done;
    this.state.textContent = possible ? this.summary() : words[`surgery_${this.live().mode}`];
    for (const { gate, range, release, value } of this.gates) {
      const held = this.held[gate];
      if (held !== undefined) range.value = held;
      value.textContent = held === undefined ? words.surgery_free : held.toFixed(2);
      release.disabled = held === undefined;
      range.setAttribute("aria-valuetext", value.textContent);
      range.dataset.free = held === undefined;
    }
    showText(this.units.input, unitsText([...this.silenced], this.shape.layers));
    showText(this.rows.input, spansOf([...this.blank]));
  }

  // "Surgery is on: f = 0.20, units 3, 17 silenced, rows 9-12 blank"
  summary() {
    const { words, held, silenced, blank, shape } = this;
    const parts = Object.entries(held).map(([gate, value]) => `${gate} = ${value.toFixed(2)}`);
    if (silenced.size) parts.push(filledText(words.surgery_silenced, { units: unitsText([...silenced], shape.layers) }));
    if (blank.size) parts.push(filledText(words.surgery_blanked, { rows: spansOf([...blank]) }));
    return words.surgery_on + (parts.length ? filledText(words.surgery_what, { what: parts.join(", ") }) : "");
  }

  // Crosses over the silenced units' columns, and bars beside the blanked rows.
  mark({ panels, orders, trace }) {
    const surgery = this.surgery;
    for (const { strip, layer, letter } of panels) {
      for (const old of strip.querySelectorAll(".cut")) old.remove();
      if (!surgery) continue;
      if (letter === "x") for (const row of this.blank) strip.append(node("div", { class: "cut row", style: `--row: ${row}` }));
      const here = surgery.silenced.filter(([silencedLayer]) => silencedLayer === layer);
      for (const [, unit] of here) {
        const column = orders[layer].indexOf(trace.units.indexOf(unit));
        const left = (100 * (column + 0.5)) / orders[layer].length;
        if (column >= 0) strip.append(node("div", { class: "cut silent", "data-unit": unit + 1, style: `left: ${left}%` }, "×"));
      }
    }
  }
}

function toggle(set, value) {
  if (!set.delete(value)) set.add(value);
}

// Not while it is typed in.
function showText(input, text) {
  if (input.getRootNode().activeElement === input || input.value === text) return;
  input.value = text;
  input.setAttribute("aria-invalid", "false");
}
