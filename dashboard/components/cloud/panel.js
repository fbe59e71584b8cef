// Beside the map: which colour is which digit, and the images of one's own digit's neighbours or of what was chosen.

import { node } from "../dom/node.js";
import { filledText } from "../dom/words.js";
import { SIDE, imageRamp, tileOf } from "../gallery/tile.js";
import { tally } from "./geometry.js";

const MOST = 48; // tiles
const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

export class Panel {
  constructor(view) {
    this.view = view;
    this.legend = node("div", { class: "legend", role: "group" });
    this.title = node("div", { class: "title", "aria-live": "polite" });
    this.tiles = node("ul", { class: "tiles" });
    this.node = node("div", { class: "panel" }, this.legend, this.title, this.tiles);
  }

  show() {
    const { view } = this;
    if (!view.cloud) return;
    const { words } = view.data;
    const { points, notes, title } = view.chosen ? this.ofChosen(words) : this.ofNeighbours(words);
    const shown = [view.address, view.only, title, points.slice(0, MOST), view.css, view.colours.ink].join();
    if (shown === this.shown) return;
    this.shown = shown;
    this.showLegend(points, words);
    this.title.replaceChildren(title, view.chosen ? this.backButton(words) : "");
    this.tiles.replaceChildren(...points.slice(0, MOST).map((k, n) => this.tile(k, notes[n])));
  }

  ofNeighbours(words) {
    const { neighbours, whole } = this.view;
    if (!neighbours) return { points: [], notes: [], title: words.awaited };
    if (!whole) return { points: [], notes: [], title: words.start };
    const title = filledText(words.nearest, { count: neighbours.length, row: whole + 1 });
    return { points: neighbours.map(([k]) => k), notes: neighbours.map(([, distance]) => distance.toFixed(3)), title };
  }

  ofChosen(words) {
    const { chosen } = this.view;
    const more = chosen.length > MOST ? filledText(words.more, { count: MOST }) : "";
    return { points: chosen, notes: [], title: `${filledText(words.chosen, { count: chosen.length })} ${more}` };
  }

  backButton(words) {
    return node("button", { type: "button", class: "back", onclick: () => this.view.choose(null) }, words.back);
  }

  // Buttons, each with its digit's colour and how many of the shown images are that digit.
  showLegend(points, words) {
    const { view } = this, counts = tally(view.cloud.digits, points);
    this.legend.setAttribute("aria-label", words.digits);
    const focused = this.legend.getRootNode().activeElement?.dataset?.digit;
    this.legend.replaceChildren(...DIGITS.map((digit) => {
      const said = filledText(words.digit, { digit, count: counts[digit] });
      const key = node("i", { style: `background: ${view.css[digit]}` });
      const count = node("small", {}, points.length && counts[digit] ? String(counts[digit]) : "");
      const pressed = String(view.only === digit);
      const attributes = { type: "button", "aria-pressed": pressed, "aria-label": said, title: said, "data-digit": digit };
      return node("button", { ...attributes, onclick: () => view.look(digit) }, key, String(digit), count);
    }));
    if (focused !== undefined) this.legend.querySelector(`[data-digit="${focused}"]`)?.focus();
  }

  tile(k, note = "") {
    const { view } = this, { cloud, images, data } = view;
    const image = cloud.images[k];
    const pixels = images.subarray(SIDE * SIDE * image, SIDE * SIDE * (image + 1));
    const shown = { pixels, truth: cloud.digits[k], answer: cloud.answers[k], note, link: `${data.link}${image + 1}` };
    return tileOf(shown, data.words, imageRamp(view.root), () => view.open(image));
  }
}
