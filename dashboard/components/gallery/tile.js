// One digit as a tile: its image, what it is and what it was taken for; a link that also opens in a tab of its own.

import { node } from "../dom/node.js";
import { themeColours } from "../dom/theme.js";
import { filledText } from "../dom/words.js";
import { ramp } from "../row_player/paint.js";

export const SIDE = 28;

// 256 colours from the page's paper to its ink.
export function imageRamp(element) {
  const style = getComputedStyle(element);
  return ramp(["--st-background-color", "--st-text-color"].map((name) => themeColours(style, name)[0]));
}

// The pixels (784, 0 to 255) on a canvas of 28 x 28, which the page enlarges.
export function paintImage(canvas, pixels, colours) {
  Object.assign(canvas, { width: SIDE, height: SIDE });
  const image = new ImageData(SIDE, SIDE);
  const painted = new Uint32Array(image.data.buffer);
  pixels.forEach((value, place) => (painted[place] = colours[value]));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// tile: pixels, truth, answer or null, note, link or null. A plain click calls `open`; with Ctrl the link does its own.
export function tileOf(tile, words, colours, open) {
  const { truth, answer, note, link, pixels } = tile;
  const wrong = answer !== null && answer !== truth;
  const text = wrong ? filledText(words.read, { truth, answer }) : String(truth);
  const picture = paintImage(node("canvas", { "aria-hidden": "true" }), pixels, colours);
  const caption = node("span", { class: "caption" }, node("b", {}, text), note ? node("span", {}, note) : null);
  const said = `${text} ${note}. ${link ? words.open : ""}`;
  const onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  };
  const inside = link
    ? node("a", { href: link, title: words.open, "aria-label": said, onclick }, picture, caption)
    : node("span", { class: "plain", role: "img", "aria-label": said }, picture, caption);
  return node("li", { class: wrong ? "tile wrong" : "tile" }, inside);
}
