// The card beside the ring: which step, what to do and why, and the ways on.

import { node, write } from "../dom/node.js";
import { filledText } from "../dom/words.js";
import { placeFor } from "./place.js";

export class Card {
  // acts: {leave, back, next, show, go, copy, open}: what the person can do with it.
  constructor(acts) {
    this.acts = acts;
    this.at = null; // where it stands
    this.element = node("div", { class: "card", role: "dialog", popover: "manual", tabindex: -1, "aria-labelledby": "tour-title" });
    this.element.onkeydown = (event) => this.key(event);
  }

  key(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.acts.leave();
  }

  // step: {name, number, count}, or null: the tour's end. way: "here", or the name of the page that has it.
  build(step, words, way) {
    Object.assign(this, { words, step });
    const button = (name, text, act, attributes = {}) => node("button", { type: "button", class: name, onclick: act, ...attributes }, text);
    const { acts, element } = this;
    this.seen = node("p", { class: "seen", role: "status" });
    const leave = button("leave", "×", acts.leave, { "aria-label": words.leave, title: words.leave });
    const count = step ? filledText(words.count, step) : words.over;
    const name = step ? step.name : "end";
    const head = node("div", { class: "head" }, node("span", { class: "count" }, count), leave);
    const title = node("h2", { id: "tour-title" }, words[`${name}_title`]);
    const texts = ["do", "why"].map((kind) => node("p", { class: kind }, words[`${name}_${kind}`]));
    element.replaceChildren(head, title, ...texts, this.seen, step ? this.turns(button, way) : this.endings(button), ...(step ? [this.foot(button)] : []));
  }

  turns(button, way) {
    const { acts, words, step } = this;
    const here = way === "here";
    this.next = button("next", "", acts.next);
    const go = here ? null : button("go primary", filledText(words.go, { page: words[`page_${way}`] }), () => acts.go(way));
    const show = here ? button("show", words.show, acts.show, { title: words.show_help }) : null;
    const back = step.number > 1 ? button("back", words.back, acts.back) : null;
    return node("div", { class: "turns" }, back, show, go, this.next);
  }

  endings(button) {
    const { acts, words } = this;
    this.next = null;
    const pages = ["learn", "examine"].map((page) => button("go", filledText(words.go, { page: words[`page_${page}`] }), () => acts.open(page)));
    return node("div", { class: "turns" }, ...pages, button("close primary", words.close, acts.leave));
  }

  foot(button) {
    const { acts, words } = this;
    this.copy = button("copy", words.copy, acts.copy, { title: words.copy_help });
    return node("div", { class: "foot" }, this.copy, node("span", { class: "keys" }, words.keys));
  }

  // Whether the step is done. elsewhere: it is another page's.
  show(done, elsewhere) {
    if (!this.next) return;
    const { words, step } = this;
    write(this.seen, done ? words[`${step.name}_seen`] : "");
    write(this.next, done ? (step.number === step.count ? words.finish : words.next) : words.skip);
    this.next.classList.toggle("primary", done && !elsewhere);
    this.element.dataset.step = step.name;
    this.element.dataset.done = done;
  }

  open(opened) {
    const { element } = this;
    if (element.matches(":popover-open") !== opened) element.togglePopover(opened);
    if (!opened) this.at = null;
  }

  // ring, keep: rectangles of the window; fresh: wherever it stood, it may stand elsewhere now.
  place(ring, keep, fresh) {
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const view = { width: document.documentElement.clientWidth, height: innerHeight };
    const place = placeFor({ card: { width, height }, view, ring, keep, at: fresh ? null : this.at });
    if (this.at?.x === place.x && this.at?.y === place.y) return;
    this.at = place;
    Object.assign(this.element.style, { left: `${place.x}px`, top: `${place.y}px` });
  }
}
