// The way to the tour, in the page's header: offered in words once, a single button from then on.

import { node, renew, write } from "../dom/node.js";
import { filledText } from "../dom/words.js";

export class Offer {
  // take(): the tour begins or goes on. decline(): it is not to be offered again.
  constructor({ take, decline }) {
    this.begin = node("button", { type: "button", class: "begin", onclick: take });
    this.no = node("button", { type: "button", class: "no", onclick: decline }, "×");
    this.element = node("div", { class: "offer", role: "group" }, this.begin, this.no);
  }

  // memory: {state, step}.
  show(words, { state, step }, count) {
    const offered = state === "offered";
    const goesOn = state === "left" && step > 0;
    write(this.begin, offered ? words.offer : words.tour);
    this.begin.title = goesOn ? filledText(words.go_on, { number: step + 1, count }) : words.offer_help;
    renew(this.no, { "aria-label": words.decline, title: words.decline });
    renew(this.element, { "aria-label": words.tour, "data-state": state });
    this.no.hidden = !offered;
  }

  focus() {
    this.begin.focus();
  }
}
