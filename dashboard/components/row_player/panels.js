// The player's pieces: a panel is a heading, a strip with its cursor, a legend, and a curve where one is followed.

import { node, renew, svgNode, write } from "../dom/node.js";
import { minus } from "./trace.js";

export const range = (count) => Array.from({ length: count }, (_, k) => k);

const ICONS = {
  first: "M4 4h2v12H4zM16 4v12l-9-6z",
  back: "M14 4v12l-9-6z",
  play: "M6 3.5v13l11-6.5z",
  pause: "M5.5 4h3v12h-3zM11.5 4h3v12h-3z",
  forward: "M6 4v12l9-6z",
  last: "M14 4h2v12h-2zM4 4v12l9-6z",
};

export function icon(name) {
  const path = svgNode("path", { d: ICONS[name], fill: "currentColor" });
  const picture = svgNode("svg", { viewBox: "0 0 20 20", width: 18, height: 18 }, path);
  return node("span", { class: "icon", "aria-hidden": "true" }, picture);
}

// A row of buttons of which one is pressed.
export function choice(label, options, current, pick, title = "") {
  const buttons = options.map(([value, text]) => {
    const onclick = () => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button === pressed));
      pick(value);
    };
    const pressed = node("button", { type: "button", "aria-pressed": String(value === current), onclick }, text);
    return pressed;
  });
  return node("div", { class: "choice", role: "group", "aria-label": label, title }, node("span", { class: "label" }, label), ...buttons);
}

// letter: x, p, or a state's; kind: which ramp; ends: the numbers of its legend.
export function panel({ letter, name, description, ends, layer = null, second = "", before = false }) {
  const canvas = node("canvas", { role: "img", "aria-label": description });
  const strip = node(
    "div",
    { class: "strip", "data-letter": letter, "data-layer": layer, "data-before": before },
    node("div", { class: "clip" }, canvas, node("div", { class: "veil" })),
    node("div", { class: "cursor" }),
  );
  const mark = node("div", { class: "mark", hidden: true });
  if (layer !== null) strip.append(mark);
  const caption = node(
    "figcaption",
    {},
    node("span", { class: "name", "data-term": letter, title: `${letter}(t) ${name}` }, node("i", {}, letter), " ", name),
    node("span", { class: "second" }, second),
  );
  const bar = node("span", { class: "ramp" });
  const limits = ends.map((end) => node("span", {}, end));
  const legend = node("div", { class: "legend" }, limits[0], bar, limits[1]);
  const renewEnds = (texts) => texts.forEach((text, k) => write(limits[k], text));
  const figure = node("figure", { class: "panel" }, caption, strip, legend);
  return { figure, strip, canvas, bar, second: caption.lastChild, mark, letter, layer, ends: renewEnds, width: 0 };
}

// The least power of two, from 1, that all values of the lines stay within.
export const powerOfTwo = (lines) => 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(...lines.flat().map(Math.abs)))));

// Lines over the rows, left to right as they stand in a strip (`places`), in [low, high]; a second line is dashed.
export class Curve {
  constructor(count) {
    this.zero = svgNode("line", { class: "zero", x1: 0 });
    this.lines = range(count).map((k) => svgNode("polyline", { class: k ? "line before" : "line" }));
    this.drawing = svgNode("svg", { preserveAspectRatio: "none", "aria-hidden": "true" }, this.zero, ...this.lines);
    this.named = node("span", { class: "named" });
    this.high = node("span", { class: "high" });
    this.low = node("span", { class: "low" });
    const plot = node("div", { class: "plot" }, this.drawing, node("div", { class: "now" }), this.named);
    this.element = node("div", { class: "curve" }, this.high, this.low, plot);
  }

  show(places, lines, low, high, label = "") {
    const place = (value) => (1 - (value - low) / (high - low)) * 100;
    renew(this.drawing, { viewBox: `0 0 ${places.count} 100` });
    renew(this.zero, { x2: places.count, y1: place(0), y2: place(0) });
    lines.forEach((line, k) => {
      const points = Array.from(line, (value, row) => `${places.middle(row)},${place(value).toFixed(2)}`);
      renew(this.lines[k], { points: points.join(" ") });
    });
    write(this.high, minus(String(high)));
    write(this.low, minus(String(low)));
    write(this.named, label);
  }
}
