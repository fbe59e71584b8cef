// The map. Rows move it in the browser; Python hears only of an image that is opened.

import { whenGone } from "../dom/gone.js";
import { node } from "../dom/node.js";
import { themeColours } from "../dom/theme.js";
import { filledText } from "../dom/words.js";
import { decodePoints, fetched } from "./fetched.js";
import { fitted, inside, nearestPoint, pointsWithin, wrongFirst } from "./geometry.js";
import { paintOverlay } from "./overlay.js";
import { Panel } from "./panel.js";
import { rendererOf } from "./points.js";

const ROWS_A_SECOND = 7;
const REACH = 9; // pixels from the pointer to what it points at
const CLICK = 4; // pixels that a pointer may move in a click
const MARGIN = 16;
const FIRST_DIGIT = 4; // of the theme's categorical colours
const SHARED_ROW = "row-by-row-map"; // two maps side by side show the same row
const views = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".cloud");
  let view = views.get(root);
  if (!view) views.set(root, (view = new View(root)));
  view.open = (image) => setTriggerValue("open", { image, moment: Date.now() });
  view.show(data);
  return whenGone(root, () => {
    view.close();
    views.delete(root);
  });
}

class View {
  constructor(root) {
    Object.assign(this, { root, row: 27, hovered: null, lasso: null, chosen: null, only: null, playing: false });
    this.points = node("canvas", { class: "points", "aria-hidden": "true" });
    this.overlay = node("canvas", { class: "overlay", role: "img", tabindex: 0 });
    this.stage = node("div", { class: "stage" }, this.points, this.overlay);
    this.play = node("button", { type: "button", class: "play", onclick: () => this.toggle() });
    this.slider = node("input", { type: "range", min: 1, max: 28, step: 1, value: 28 });
    this.slider.oninput = () => this.go(this.slider.value - 1);
    this.rowText = node("span", { class: "row" });
    this.hint = node("span", { class: "hint" });
    this.tip = node("div", { class: "tip", role: "tooltip", hidden: true });
    this.panel = new Panel(this);
    const transport = node("div", { class: "transport" }, this.play, this.slider, this.rowText, this.hint);
    root.replaceChildren(node("div", { class: "left" }, this.stage, transport), this.panel.node, this.tip);
    Object.assign(this.overlay, {
      onpointerdown: (event) => this.down(event),
      onpointermove: (event) => this.moved(event),
      onpointerup: (event) => this.up(event),
      onpointerleave: () => this.point(null),
    });
    root.onkeydown = (event) => this.key(event);
    this.heard = ({ detail }) => detail.from !== this && this.go(detail.row, false);
    window.addEventListener(SHARED_ROW, this.heard);
    this.watching = new ResizeObserver(() => this.resize());
    this.watching.observe(this.stage);
  }

  async show(data) {
    const { words } = data;
    this.data = data;
    this.root.style.setProperty("--stage", `${data.height}px`);
    this.root.classList.toggle("alone", data.alone);
    this.overlay.setAttribute("aria-label", words.label);
    this.slider.setAttribute("aria-label", words.slider);
    this.hint.textContent = words.hint;
    this.readColours();
    if (data.points && data.points !== this.address) {
      this.address = data.points;
      const files = await this.filesOf(data);
      if (this.address !== data.points) return; // another reader was chosen meanwhile
      if (!files) return void (this.address = null); // asked for again with the next message
      const [points, images] = files;
      this.cloud = decodePoints(points, data.count);
      this.images = new Uint8Array(images);
      this.chosen = null;
      this.renderer ??= rendererOf(this.points, this.cloud);
      if (this.renderer.cloud !== this.cloud) this.renew();
      this.root.dataset.renderer = this.renderer.kind;
    }
    if (!this.cloud) return;
    this.resize();
    this.go(this.row, false);
  }

  // The points and the images; null where they cannot be had, which the hint then says.
  async filesOf({ points, images, words }) {
    try {
      return await Promise.all([fetched(points), fetched(images)]);
    } catch (error) {
      console.warn(`Row by Row: the map did not come (${error.message}).`);
      this.hint.textContent = words.missing;
      return null;
    }
  }

  // Another reader's points: a canvas keeps its first kind of context, so that a fresh one is taken.
  renew() {
    this.renderer.close();
    const fresh = node("canvas", { class: "points", "aria-hidden": "true" });
    this.points.replaceWith(fresh);
    this.points = fresh;
    this.renderer = rendererOf(fresh, this.cloud);
  }

  readColours() {
    const style = getComputedStyle(this.root);
    const list = (name) => themeColours(style, name);
    const channels = (colour) => [1, 3, 5].map((from) => parseInt(colour.slice(from, from + 2), 16));
    const [ink] = list("--st-text-color"), [paper] = list("--st-background-color"), [accent] = list("--st-primary-color");
    this.css = list("--st-chart-categorical-colors").slice(FIRST_DIGIT, FIRST_DIGIT + 10);
    this.digitColours = this.css.map(channels);
    this.colours = { ink, paper, accent, font: style.fontFamily };
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!this.cloud || !width || !height) return;
    this.ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.points, this.overlay]) {
      const size = { width: Math.round(width * this.ratio), height: Math.round(height * this.ratio) };
      if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
    }
    this.view = fitted(this.cloud.places, width, height, MARGIN);
    this.paint();
  }

  go(row, tell = true) {
    this.row = row;
    const whole = Math.round(row);
    this.slider.value = whole + 1;
    if (this.data) {
      const said = filledText(this.data.words.row, { row: whole + 1, answer: this.data.opinions[whole] });
      this.rowText.textContent = said;
      this.slider.setAttribute("aria-valuetext", said);
      this.play.textContent = this.playing ? "❚❚" : "▶";
      this.play.title = this.data.words[this.playing ? "pause" : "play"];
      this.play.setAttribute("aria-label", this.play.title);
    }
    this.root.dataset.row = whole + 1;
    this.paint();
    this.panel.show();
    if (tell) window.dispatchEvent(new CustomEvent(SHARED_ROW, { detail: { from: this, row } }));
  }

  get whole() {
    return Math.round(this.row);
  }

  // The neighbours of one's own digit at this row: [place among the points, distance].
  get neighbours() {
    return this.data.neighbours?.[this.whole] ?? null;
  }

  paint() {
    if (!this.view) return;
    const { row, view, ratio, cloud, only } = this;
    const crowded = cloud.count > 4000;
    const size = crowded ? 3.6 : 5, alpha = crowded ? 0.55 : 0.75;
    this.renderer.draw({ row, view, ratio, only, colours: this.digitColours, size, alpha });
    const lit = (this.neighbours ?? []).map(([k]) => k);
    const { chosen, hovered, lasso, colours } = this;
    const { path } = this.data;
    paintOverlay(this.overlay.getContext("2d"), {
      ...{ view, ratio, row, cloud, path, lit, hovered, lasso, colours },
      chosen: chosen && chosen.length <= 400 ? chosen : chosen && [],
      names: row > 1.5,
    });
  }

  toggle() {
    this.playing = !this.playing;
    if (!this.playing) return this.go(this.whole);
    let row = this.row >= 26.9 ? 0 : this.row, before = null;
    const tick = (now) => {
      if (!this.playing) return;
      row = Math.min(27, row + ((now - (before ?? now)) / 1000) * ROWS_A_SECOND);
      before = now;
      if (row >= 27) this.playing = false;
      this.go(row);
      if (this.playing) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  // Escape lets go of what was chosen; on the map itself arrows move the row.
  key(event) {
    if (event.key === "Escape") return this.choose(null);
    if (event.target !== this.overlay) return;
    const to = { ArrowRight: this.whole + 1, ArrowLeft: this.whole - 1, Home: 0, End: 27 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.go(Math.max(0, Math.min(27, to)));
  }

  at(event) {
    const box = this.overlay.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event) {
    if (event.button !== 0 || !this.view) return;
    this.lasso = [this.at(event)];
    this.overlay.setPointerCapture(event.pointerId);
    this.point(null);
  }

  moved(event) {
    if (!this.view) return;
    if (this.lasso) {
      this.lasso.push(this.at(event));
      return this.paint();
    }
    if (event.pointerType !== "touch") this.point(nearestPoint(this.cloud, this.row, this.at(event), this.view, REACH), event);
  }

  up(event) {
    const { lasso } = this;
    this.lasso = null;
    if (!lasso) return;
    const [x, y] = lasso[0], here = this.at(event);
    const still = lasso.every((point) => Math.hypot(point[0] - x, point[1] - y) <= CLICK);
    const near = (point) => Math.hypot(point[0] - here[0], point[1] - here[1]) <= REACH;
    const found = pointsWithin(this.cloud, this.row, this.view, still ? near : (point) => inside(point, lasso));
    this.choose(found.length ? wrongFirst(this.cloud, found) : null);
  }

  // Points that the panel shows in place of the neighbours; null: the neighbours again.
  choose(points) {
    this.chosen = points;
    this.paint();
    this.panel.show();
  }

  look(digit) {
    this.only = this.only === digit ? null : digit;
    this.paint();
    this.panel.show();
  }

  point(k, event) {
    if (k === this.hovered) return;
    this.hovered = k;
    this.tip.hidden = k === null;
    if (k !== null) {
      this.tip.replaceChildren(this.panel.tile(k));
      const box = this.root.getBoundingClientRect();
      const left = Math.min(event.clientX - box.left + 14, box.width - 80);
      this.tip.style.transform = `translate(${left}px, ${Math.max(0, event.clientY - box.top - 100)}px)`;
    }
    this.paint();
  }

  close() {
    this.playing = false;
    this.watching.disconnect();
    window.removeEventListener(SHARED_ROW, this.heard);
    this.renderer?.close();
  }
}
