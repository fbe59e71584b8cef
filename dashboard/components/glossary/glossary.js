// One tip for all terms of the page; it hears the document, so that no term needs a listener, and no text is changed.

import { whenGone } from "../dom/gone.js";
import { node } from "../dom/node.js";
import { termOf } from "./term.js";

const GAP = 6; // pixels between term and tip
const EDGE = 8; // pixels from the window's edge
const tips = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".glossary");
  const tip = tips.get(root) ?? new Tip(root);
  tips.set(root, tip);
  tip.meanings = data.meanings;
  return whenGone(root, () => {
    tips.delete(root);
    tip.dispose();
  });
}

class Tip {
  constructor(root) {
    this.element = node("div", { class: "meaning", role: "tooltip", popover: "manual" });
    root.replaceChildren(this.element);
    this.listening = new AbortController();
    const hear = (name, listener) => document.addEventListener(name, listener, { capture: true, signal: this.listening.signal });
    // not pointerover: between two letters of one element it stays within its shadow root
    hear("pointermove", (event) => event.pointerType !== "touch" && this.point(event));
    hear("focusin", (event) => this.point(event));
    hear("focusout", () => this.hide());
    hear("click", (event) => this.click(event));
    hear("keydown", (event) => event.key === "Escape" && this.hide());
    hear("scroll", () => this.follow());
  }

  dispose() {
    this.listening.abort();
    this.hide();
  }

  point(event) {
    const term = this.termIn(event);
    if (term) this.show(term);
    else if (event.type === "pointermove" && !event.composedPath().includes(this.element)) this.hide();
  }

  // A term is no way to anywhere; a tap shows what it means, and a tap elsewhere ends that.
  click(event) {
    const term = this.termIn(event);
    if (!term) return this.hide();
    if (term.element.matches("a")) event.preventDefault();
    this.show(term);
  }

  termIn(event) {
    const term = termOf(event.composedPath());
    return term && this.meanings[term.name] ? term : null;
  }

  show({ element, name }) {
    if (this.shown === element && this.element.matches(":popover-open")) return;
    this.hide();
    this.shown = element;
    this.title = element.title;
    if (this.title) element.removeAttribute("title"); // the browser's own tip would stand over this one
    this.element.textContent = this.meanings[name];
    element.setAttribute("aria-description", this.meanings[name]);
    this.element.showPopover();
    this.place(element.getBoundingClientRect());
  }

  hide() {
    if (!this.shown) return;
    if (this.title) this.shown.title = this.title;
    this.shown = null;
    this.element.hidePopover();
  }

  // The term, where the page scrolls below the pointer or after the focus; until it has left the window.
  follow() {
    if (!this.shown) return;
    const box = this.shown.getBoundingClientRect();
    if (box.bottom < 0 || box.top > innerHeight) this.hide();
    else this.place(box);
  }

  // Above the term, for what it is about stands below; or below it where there is no room.
  place({ left, top, bottom }) {
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const x = Math.max(EDGE, Math.min(left, document.documentElement.clientWidth - width - EDGE));
    const above = top - GAP - height;
    Object.assign(this.element.style, { left: `${x}px`, top: `${above >= EDGE ? above : bottom + GAP}px` });
  }
}
