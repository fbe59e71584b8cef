// The page to take away: one reader, a canvas and the row player, in one file that asks nobody for anything.

import { node } from "../dom/node.js";
import { frameOf, strokesOf } from "../network/frame.js";
import { networkOf } from "../network/weights.js";
import { readColours } from "../row_player/paint.js";
import { Player } from "../row_player/player.js";
import { bytesOf, readingOf } from "./reading.js";
import { Sketch } from "./sketch.js";

const CANVAS = 280; // canvas pixels
const PEN = 18;
const textOf = (id) => document.getElementById(id).textContent;
const darkSystem = matchMedia("(prefers-color-scheme: dark)");

class Page {
  // given: {samples, scale, unsure, languages}, of takeaway.py. content: the weights file.
  constructor(given, content) {
    Object.assign(this, { given, content, network: networkOf(content), sample: 0 });
    this.sketch = new Sketch({ size: CANVAS, width: PEN, settled: () => this.settle() });
    this.player = new Player(this.playerRoot(), this.sketch);
    this.tools = this.toolButtons();
    this.switches = this.switchButtons();
    this.hint = node("span", { class: "hint", "aria-hidden": "true" });
    this.slow = node("p", { class: "slow" });
    const place = (name, ...children) => document.querySelector(name).append(...children);
    place(".pad", node("div", { class: "board" }, this.sketch.canvas, this.hint), node("div", { class: "tools" }, ...Object.values(this.tools)));
    place(".pad", this.slow);
    place(".switches", ...Object.values(this.switches.language), this.switches.theme);
    document.addEventListener("keydown", (event) => this.key(event));
    darkSystem.addEventListener("change", () => this.recolour());
    new ResizeObserver(() => this.sketch.paint()).observe(this.sketch.canvas);
  }

  start() {
    this.speak(firstLanguage(Object.keys(this.given.languages)));
    this.recolour();
    this.sketch.clear(this.given.samples[0]);
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.player.play(0);
  }

  // The player's style sheet names things as it pleases, so it has a root of its own.
  playerRoot() {
    const root = node("div", { class: "player-root" });
    document.querySelector(".reader").attachShadow({ mode: "open" }).append(node("style", {}, textOf("player-style")), root);
    return root;
  }

  toolButtons() {
    const button = (name, onclick) => node("button", { type: "button", class: `tool ${name}`, onclick });
    return {
      undo: button("undo", () => this.sketch.undo()),
      redo: button("redo", () => this.sketch.redo()),
      clear: button("clear", () => this.clear()),
    };
  }

  switchButtons() {
    const languages = Object.entries(this.given.languages).map(([code, { name }]) => {
      const onclick = () => this.speak(code);
      return [code, node("button", { type: "button", class: "switch", lang: code, onclick }, name)];
    });
    const theme = node("button", { type: "button", class: "switch theme", onclick: () => this.turn() });
    return { language: Object.fromEntries(languages), theme };
  }

  // ---- what is drawn

  // Another sample in place of the drawing.
  clear() {
    this.sample = (this.sample + 1) % this.given.samples.length;
    this.sketch.clear(this.given.samples[this.sample]);
  }

  // Once the hand rests; while it moves the player follows by itself.
  settle() {
    this.read();
    this.label();
  }

  // What is on the canvas, read anew.
  read() {
    const { sketch, given } = this;
    const { paths } = sketch;
    const objects = paths.map((path) => ({ type: "path", path }));
    const strokes = paths.length ? strokesOf({ objects }) : sketch.ghost;
    const frame = frameOf(strokes, PEN, CANVAS);
    const live = { container: "", size: CANVAS, width: PEN, paths };
    const reading = readingOf(this.network, frame, { scale: given.scale, words: this.words.player });
    reading.options = { screen: true, live, weights: this.content, answer: { notices: this.notices(frame, reading), strokes: paths.length } };
    this.player.accept(reading);
  }

  // What is to be said of the drawing, and whether to trust the answer.
  notices(frame, { p, rows }) {
    const { page } = this.words;
    const unsure = Math.max(...p.subarray((rows - 1) * 10)) < this.given.unsure;
    return [...frame.notes.map((note) => page[`note_${note}`]), ...(unsure ? [page.doubt_unsure] : [])];
  }

  key(event) {
    const typing = event.composedPath()[0].type === "number"; // a field takes its own words back
    if (typing || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    const name = event.key.toLowerCase();
    if (name === "z") this.sketch[event.shiftKey ? "redo" : "undo"]();
    else if (name === "y") this.sketch.redo();
    else return;
    event.preventDefault();
  }

  // ---- words and colours

  speak(language) {
    this.words = this.given.languages[language];
    const { page } = this.words;
    document.documentElement.lang = { zh: "zh-Hans" }[language] ?? language;
    document.title = page.title;
    document.querySelector("h1").textContent = page.reader;
    document.querySelector(".lead").textContent = page.accuracy;
    document.querySelector("footer").replaceChildren(...[page.lead, page.whole, page.trained, page.made].map((text) => node("span", {}, text)));
    for (const [code, button] of Object.entries(this.switches.language)) button.setAttribute("aria-pressed", String(code === language));
    document.querySelector(".switches").setAttribute("aria-label", page.language);
    this.sketch.canvas.setAttribute("aria-label", page.canvas);
    this.hint.textContent = page.hint;
    this.label();
    if (this.sketch.ghost.length) this.read();
  }

  // The words that follow what is drawn, and which tools have something to do.
  label() {
    const { page } = this.words;
    const { paths, undone } = this.sketch;
    const { undo, redo, clear } = this.tools;
    Object.assign(undo, { textContent: page.undo, disabled: !paths.length });
    Object.assign(redo, { textContent: page.redo, disabled: !undone.length });
    clear.textContent = paths.length ? page.clear : page.another;
    this.slow.textContent = this.player.live.mode === "wait" ? page.slow : "";
    this.switches.theme.textContent = this.dark ? page.light : page.dark;
  }

  get dark() {
    const { theme } = document.documentElement.dataset;
    return theme ? theme === "dark" : darkSystem.matches;
  }

  turn() {
    document.documentElement.dataset.theme = this.dark ? "light" : "dark";
    this.recolour();
  }

  recolour() {
    const { player, sketch } = this;
    player.colours = readColours(player.root);
    player.strips?.paint();
    sketch.paint();
    this.label();
  }
}

// The first of the person's languages that is spoken here, else English.
function firstLanguage(spoken) {
  const wanted = navigator.languages.map((tag) => tag.split("-")[0].toLowerCase());
  return wanted.find((code) => spoken.includes(code)) ?? "en";
}

new Page(JSON.parse(textOf("given")), bytesOf(textOf("weights"))).start();
