// The player: what the person set survives every message, and scrubbing never leaves the browser.

import { node } from "../dom/node.js";
import { filledText } from "../dom/words.js";
import { Answer, opinionAt } from "./answer.js";
import { ALL } from "./band.js";
import { settingsOf, showPlaying, transportOf } from "./controls.js";
import { Film } from "./film.js";
import { Live } from "./live.js";
import { decode, formOf } from "./message.js";
import { readColours } from "./paint.js";
import { Operating } from "./operating.js";
import { Playing } from "./playing.js";
import { Pointer } from "./pointer.js";
import { Remembering } from "./remembering.js";
import { rereadTrace } from "./reread.js";
import { Strips } from "./strips.js";
import { Together } from "./together.js";

const ROWS_A_SECOND = 6;
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

// pen: who says what is drawn, where it is not the canvas that a message names (live.js).
export class Player {
  constructor(root, pen = null) {
    this.root = root;
    // followed: the layer of the followed unit; set: by the person, so not to be moved by an update.
    this.state = { row: null, layer: null, followed: null, unit: null, order: "peak", zoom: ALL, show: "reading", waiting: "folded", speed: "1" };
    this.set = { row: false, unit: false };
    this.start = {}; // what the page asked for last
    this.runner = new Playing({ step: () => this.playOn(), rate: () => ROWS_A_SECOND * this.state.speed, changed: () => this.showToggle() });
    this.memory = new Remembering(this);
    this.pointer = new Pointer(this);
    this.together = new Together(this);
    this.live = new Live((trace, drawing) => this.takeLive(trace, drawing), () => this.reread(), pen);
    this.film = new Film(() => this.reread());
    this.operating = new Operating({ network: () => this.live, changed: () => this.operated(), folded: () => this.strips.refit() });
    this.resizing = new ResizeObserver(() => this.strips?.fit());
    this.resizing.observe(root);
    this.windowListeners = { resize: () => this.strips?.fit(), keydown: (event) => this.pageKey(event) };
    for (const [name, listener] of Object.entries(this.windowListeners)) window.addEventListener(name, listener);
    root.tabIndex = 0;
    root.setAttribute("role", "group");
    root.onkeydown = (event) => this.key(event);
  }

  dispose() {
    this.pause();
    this.live.dispose();
    this.film.dispose();
    this.resizing.disconnect();
    for (const [name, listener] of Object.entries(this.windowListeners)) window.removeEventListener(name, listener);
    this.memory.dispose();
    this.together.dispose();
  }

  // ---- messages

  receive(data, setStateValue) {
    this.setStateValue = setStateValue;
    this.accept(decode(data));
  }

  accept(message) {
    const colours = readColours(this.root);
    const same = this.message?.text === message.text;
    const repaint = this.colours && this.colours.name !== colours.name;
    this.colours = colours;
    const before = this.message;
    this.message = message;
    this.memory.receive(message.options);
    this.film.receive(message);
    this.operating.receive(message);
    this.root.dataset.reader = message.options.alike?.reader ?? "";
    const behind = !this.live.receive(message) && this.trace; // what the pen has drawn is shown, and stays
    if (!same && !(behind && formOf(message) === formOf(before))) this.present(message, before);
    else if (repaint) this.strips.paint();
    this.answer?.show(this.trace, this.live.pen?.ahead ? {} : this.told());
    if (message.options.live) this.root.dataset.heard = message.options.live.paths.length; // strokes the server knows of
  }

  present(message, before) {
    const fresh = before?.trace !== message.trace;
    this.pause();
    const trace = this.shownOf(message);
    if (this.trace && formOf(message) === formOf(before)) this.take(trace);
    else this.rebuild(trace);
    if (fresh && message.options.play && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.play(0);
  }

  // What a trace that the page or the pen brought is shown as: itself, or what another network makes of it.
  shownOf(source) {
    this.source = source;
    const { film, live, operating } = this;
    const { surgery } = operating;
    return film.network || surgery ? rereadTrace(source, film.network ?? live.network, surgery) : source;
  }

  operated() {
    this.reread();
    this.memory.operated(this.operating.done ? this.operating.surgery : null);
  }

  // The same drawing, read by what reads now; once an animation frame.
  reread() {
    this.rereading ||= requestAnimationFrame(() => {
      this.rereading = 0;
      this.operating.show();
      this.take(this.shownOf(this.source));
      this.answer?.show(this.trace, this.told());
    });
  }

  // What is said of this very digit: by the server, of its own reading, which the pen's last one equals.
  told() {
    const { answer } = this.message.options;
    if (this.live.pen?.ahead) return { strokes: this.live.paths.length };
    return this.trace === this.source ? answer : { ...answer, notices: [] };
  }

  rebuild(trace) {
    this.trace = trace;
    this.adopt();
    this.build();
  }

  // Another trace in the panels that stand.
  take(trace) {
    if (Boolean(trace.before) !== Boolean(this.trace.before)) return this.rebuild(trace);
    const { layer } = this.state;
    this.trace = trace;
    this.adopt();
    if (layer === this.state.layer) this.strips.take(trace);
    else {
      this.strips.trace = trace;
      this.strips.fill();
    }
    this.show();
  }

  takeLive(trace) {
    this.take(this.shownOf(trace));
    this.answer?.show(this.trace, this.told());
  }

  // Where to stand: a start that is new, else what the person set, else the last row, the top layer, the loudest unit.
  adopt() {
    const { trace, state, set, start } = this;
    const own = (name) => trace.start[name] === this.memory.linked[name]; // what the page read from our own link
    const asked = (name) => trace.start[name] !== null && trace.start[name] !== start[name] && !own(name);
    const top = trace.layers - 1;
    if (asked("row")) state.row = trace.start.row;
    else if (!set.row && trace.start.row === null) state.row = trace.rows - 1;
    state.row = Math.min(state.row ?? trace.rows - 1, trace.rows - 1);
    if (asked("layer")) state.layer = trace.start.layer;
    if (trace.layers === 1) state.layer = 0;
    else if (state.layer !== "all") state.layer = Math.min(state.layer ?? top, top);
    state.followed = state.layer === "all" ? Math.min(state.followed ?? top, top) : state.layer;
    if (asked("unit")) [state.unit, set.unit] = [trace.start.unit, true];
    if (!trace.units.includes(state.unit)) set.unit = false;
    if (!set.unit) state.unit = trace.loudest[state.followed];
    if (!trace.before) state.show = "reading";
    this.start = trace.start;
  }

  // ---- building

  build() {
    const { trace, root } = this;
    const { words } = trace;
    root.setAttribute("aria-label", words.label);
    root.dataset.together = Boolean(trace.options.together);
    this.headline = node("p", { class: "headline" });
    this.scrub = node("input", { type: "range", class: "scrub", min: 1, max: trace.rows, step: 1, "aria-label": words.row });
    this.scrub.oninput = () => this.move(Number(this.scrub.value) - 1);
    this.strips = new Strips(this);
    const notice = node("p", { class: "notice" }, node("b", {}, words.notice), " ", words[`notice_${trace.cell}`]);
    const notes = node("p", { class: "notes" }, [words.keys, this.omission()].filter(Boolean).join(" "));
    this.answer = trace.options.answer ? new Answer(words) : null;
    const bar = this.bar();
    const above = [this.answer?.element ?? this.headline, trace.options.companion ? null : bar].filter(Boolean);
    if (this.answer) above.push(this.settings());
    else bar.append(this.settings());
    const { activeElement } = root.getRootNode();
    root.replaceChildren(...above, this.film.element, this.operating.element, this.strips.element, notice, notes, this.pointer.tip);
    activeElement?.focus(); // where it stands again
    this.answer?.show(trace, trace.options.answer);
    this.headline.replaceChildren(...opinionAt(trace, this.state.row)); // the strips measure what lies above them
    this.fill();
  }

  // What a large reader's picture leaves out, in words.
  omission() {
    const { hidden, units, words } = this.trace;
    if (units.length === hidden) return "";
    return filledText(words.cut, { shown: units.length, hidden, stride: Math.round(hidden / units.length) });
  }

  bar() {
    const { element, play } = transportOf(this.trace.words, (rows) => this.step(rows), () => this.playOrPause());
    this.toggle = play;
    return node("div", { class: "bar" }, element, this.scrub, this.trace.options.answer ? this.headline : null);
  }

  settings() {
    const made = settingsOf(this.trace, this.state, (name, value) => this.pick(name, value));
    return node("div", { class: "settings" }, ...made, this.operating.button);
  }

  pick(name, value) {
    const { state, set, trace } = this;
    state[name] = value;
    if (name === "speed") return;
    if (name === "layer" && value !== "all") state.followed = value;
    if (!set.unit) state.unit = trace.loudest[state.followed];
    this.fill();
    this.memory.remember();
  }

  fill() {
    this.strips.fill();
    this.show();
  }

  // ---- moving

  // The person's own move: it stays when another trace comes, and it is remembered.
  move(row) {
    this.pause();
    this.set.row = true;
    this.go(row);
  }

  step(rows) {
    this.move(this.state.row + rows);
  }

  go(row) {
    const next = Math.max(0, Math.min(this.trace.rows - 1, row));
    if (next === this.state.row) return;
    this.state.row = next;
    this.show();
    this.memory.remember();
    this.together.tell(next);
  }

  show() {
    const { row } = this.state;
    const { lines } = this.strips;
    this.root.style.setProperty("--at", lines.top(row)); // in lines, of which each is a row high
    this.root.style.setProperty("--tall", lines.height(row));
    this.root.dataset.row = row + 1;
    this.headline.replaceChildren(...opinionAt(this.trace, row));
    this.scrub.value = row + 1;
    this.scrub.setAttribute("aria-valuetext", this.headline.textContent);
    this.strips.show();
  }

  // ---- playing

  get playing() {
    return this.runner.running;
  }

  playOrPause() {
    if (this.playing) return this.pause();
    this.set.row = true;
    this.play(this.state.row === this.trace.rows - 1 ? 0 : this.state.row);
  }

  play(row) {
    this.pause();
    this.go(row);
    this.runner.start();
  }

  playOn() {
    this.go(this.strips.lines.after(this.state.row));
    const more = this.state.row < this.trace.rows - 1;
    if (!more) this.pause();
    return more;
  }

  pause() {
    if (!this.playing) return;
    this.runner.stop();
    this.memory.remember();
  }

  showToggle() {
    showPlaying(this.toggle, this.trace.words, this.playing);
    this.root.dataset.playing = this.playing;
  }

  // ---- keys, and what the page is told

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not(.scrub)")) return;
    if (event.key in STEPS) this.step(STEPS[event.key]);
    else if (event.key === " " && event.target.tagName !== "BUTTON") this.playOrPause();
    else return;
    event.preventDefault();
  }

  // The page's own player hears keys wherever the focus is, but for what takes them itself: fields, buttons, lists.
  pageKey(event) {
    const target = event.composedPath()[0];
    const taken = target.closest?.("input, textarea, select, button, a, [contenteditable], [role=slider], [role=listbox], [role=radio]");
    const { live, companion } = this.trace?.options ?? {};
    if (!live || companion || event.defaultPrevented || taken || this.root.contains(target)) return;
    this.key(event);
  }

  follow(layer, unit) {
    Object.assign(this.state, { followed: layer, unit });
    this.set.unit = true;
    this.strips.follow();
    this.memory.remember();
  }
}
