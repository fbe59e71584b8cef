// A picture with a frame around each digit, and the digits below it as the network receives them.

import { node } from "../dom/node.js";
import { filledText } from "../dom/words.js";
import { imageRamp, paintImage } from "../gallery/tile.js";
import { CORNER_NAMES, keyedBox, movedBox, placed, resizedBox } from "./frames.js";

const SETTLED = 500; // ms after the last arrow key
const SLIP = 3; // screen pixels that a click may move
const croppers = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".cropper");
  if (!croppers.has(root)) croppers.set(root, new Cropper(root));
  croppers.get(root).show(data, (name, told) => setTriggerValue(name, { ...told, moment: Date.now() }));
}

class Cropper {
  constructor(root) {
    this.root = root;
    this.image = node("img", { draggable: "false" });
    this.stage = node("div", { class: "stage" }, this.image);
    this.row = node("div", { class: "row", role: "radiogroup" });
    this.foot = node("p", { class: "foot" });
    root.replaceChildren(this.stage, this.row, this.foot);
  }

  // While a frame is held, what comes from the page waits.
  show(data, tell) {
    Object.assign(this, { data, tell });
    if (this.held) return;
    clearTimeout(this.settling);
    const { words, digits, chosen } = data;
    const focused = this.root.getRootNode().activeElement?.dataset?.part;
    this.boxes = digits.map(({ box }) => box);
    if (this.image.src !== data.picture) this.image.src = data.picture;
    this.image.alt = words.picture;
    this.row.setAttribute("aria-label", words.label);
    this.frames = digits.map((_, place) => this.frame(place));
    this.stage.replaceChildren(this.image, ...this.frames);
    const colours = imageRamp(this.root);
    this.row.replaceChildren(...digits.map((digit, place) => this.tile(digit, place, colours)));
    this.foot.replaceChildren(...this.footing());
    if (focused) this.root.querySelector(`[data-part="${focused}"]`)?.focus({ preventScroll: true });
    this.row.scrollTop = this.row.children[chosen].offsetTop - this.row.offsetTop - this.row.clientHeight / 2;
  }

  footing() {
    const { words, digits, chosen } = this.data;
    const hint = digits.length > 1 ? words.hint_several : digits[chosen].pixels ? words.hint : words.hint_unread;
    if (!digits[chosen]?.by_hand) return [hint];
    const onclick = () => this.tell("back", { place: chosen });
    return [hint, " ", node("button", { type: "button", class: "back", "data-part": "back", onclick }, words.back)];
  }

  frame(place) {
    const { words, chosen, size, digits } = this.data;
    const corners = CORNER_NAMES.map((name) => node("i", { class: `corner ${name}`, "data-corner": name }));
    const made = node("div", {
      class: place === chosen ? "frame chosen" : "frame",
      role: "group",
      tabindex: place === chosen ? 0 : -1,
      "aria-label": filledText(words.frame, { number: place + 1, count: digits.length }),
      "data-part": `frame${place}`,
      onpointerdown: (event) => this.hold(event, place),
      onkeydown: (event) => this.pressed(event, place),
    }, ...(place === chosen ? corners : []));
    Object.assign(made.style, placed(this.boxes[place], size));
    return made;
  }

  put(place, box) {
    this.boxes[place] = box;
    Object.assign(this.frames[place].style, placed(box, this.data.size));
  }

  hold(event, place) {
    if (event.button || this.held) return;
    event.preventDefault();
    const frame = this.frames[place], from = this.boxes[place], { size } = this.data;
    const corner = event.target.dataset.corner, scale = size[0] / this.stage.clientWidth;
    let moved = false;
    this.held = true;
    frame.setPointerCapture(event.pointerId);
    frame.focus({ preventScroll: true });
    frame.onpointermove = ({ clientX, clientY }) => {
      const dx = clientX - event.clientX, dy = clientY - event.clientY;
      moved ||= Math.hypot(dx, dy) > SLIP;
      if (!moved) return;
      const [x, y] = [dx * scale, dy * scale];
      this.put(place, corner ? resizedBox(from, corner, x, y, size) : movedBox(from, x, y, size));
    };
    const end = (kept) => {
      frame.onpointermove = frame.onpointerup = frame.onpointercancel = null;
      this.held = false;
      if (kept && moved) return this.tell("crop", { place, box: this.boxes[place] });
      this.show(this.data, this.tell); // what has come meanwhile
      if (kept) this.choose(place);
    };
    frame.onpointerup = () => end(true);
    frame.onpointercancel = () => end(false);
  }

  pressed(event, place) {
    const box = keyedBox(this.boxes[place], event.key, event.shiftKey, this.data.size);
    if (!box) return;
    event.preventDefault();
    this.put(place, box);
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.tell("crop", { place, box: this.boxes[place] }), SETTLED);
  }

  tile(digit, place, colours) {
    const { words, digits, chosen } = this.data, { answer, probability } = digit;
    const values = { number: place + 1, count: digits.length, answer, probability };
    const picture = node("canvas", { "aria-hidden": "true" });
    paintImage(picture, digit.pixels ? bytes(digit.pixels) : new Uint8Array(784), colours);
    const text = answer === null ? "–" : String(answer);
    return node("button", {
      type: "button",
      role: "radio",
      class: "digit",
      tabindex: place === chosen ? 0 : -1,
      "aria-checked": String(place === chosen),
      "aria-label": filledText(answer === null ? words.unread : words.tile, values),
      "data-part": `tile${place}`,
      onclick: () => this.choose(place),
      onkeydown: (event) => this.arrow(event, place),
    }, picture, node("span", { class: "caption" }, node("b", {}, text), node("span", {}, probability)));
  }

  choose(place) {
    if (place !== this.data.chosen) this.tell("choose", { place });
  }

  // As among radio buttons: the arrows go on, from the last to the first.
  arrow(event, place) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const { length } = this.data.digits, next = (place + step + length) % length;
    this.row.children[next].focus();
    this.choose(next);
  }
}

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
