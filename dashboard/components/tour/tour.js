// The tour: an offer in the page's header, and while it runs a ring about a control and a card beside it. Nothing runs
// before it is taken.

import { copied } from "../dom/copying.js";
import { found } from "../dom/finding.js";
import { whenGone } from "../dom/gone.js";
import { node } from "../dom/node.js";
import { Card } from "./card.js";
import { completed, factsOf } from "./facts.js";
import { askedStep, remember, remembered } from "./memory.js";
import { Offer } from "./offer.js";
import { bringIntoView, controlIn, Ring } from "./ring.js";
import { STEPS } from "./steps.js";

const LOOK = 120; // milliseconds between two looks at what has been done
const BACK_KEY = "F8";
const tours = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".tour");
  const tour = tours.get(root) ?? new Tour(root);
  tours.set(root, tour);
  tour.receive(data, (page) => setTriggerValue("go", page));
  return whenGone(root, () => {
    tours.delete(root);
    tour.dispose();
  });
}

class Tour {
  constructor(root) {
    this.offer = new Offer({ take: () => this.take(), decline: () => this.settle("declined") });
    this.card = new Card({
      leave: () => this.leave(),
      back: () => this.turn(this.memory.step - 1),
      next: () => this.turn(this.memory.step + 1),
      show: () => this.showControl(),
      go: (page) => this.goTo(page),
      open: (page) => (this.settle("finished"), this.goTo(page)),
      copy: () => this.copy(),
    });
    this.ring = new Ring();
    root.replaceChildren(this.offer.element, this.ring.element, this.card.element);
    this.memory = remembered(STEPS.length);
    this.keyed = (event) => this.key(event);
    document.addEventListener("keydown", this.keyed);
  }

  dispose() {
    this.stop();
    document.removeEventListener("keydown", this.keyed);
  }

  // data: {page: its name, words}. go(page): shows another page.
  receive(data, go) {
    const moved = this.data?.page !== data.page;
    const renamed = this.data?.words.count !== data.words.count;
    Object.assign(this, { data, go });
    const asked = askedStep(STEPS.length);
    if (asked !== null) this.memory = { ...this.memory, state: "running", step: asked };
    this.offer.show(data.words, this.memory, STEPS.length);
    if (this.memory.state !== "running") return;
    if (moved || renamed || asked !== null) this.begin(Boolean(globalThis.rowByRowTourComes) || asked !== null);
    globalThis.rowByRowTourComes = false;
  }

  get step() {
    return STEPS[this.memory.step];
  }

  get here() {
    return !this.step || this.step.page === this.data.page;
  }

  get done() {
    return Boolean(this.step) && this.memory.done.includes(this.step.name);
  }

  // ---- what the person does with it

  take() {
    const { state, step } = this.memory;
    if (state === "running") return this.card.element.focus();
    const over = state === "finished" || step >= STEPS.length;
    this.settle("running", over ? { step: 0, done: [] } : {});
    this.begin(true);
  }

  leave() {
    this.settle(this.step ? "left" : "finished");
    this.stop();
    this.offer.focus();
  }

  turn(step) {
    this.settle("running", { step });
    this.begin(true);
  }

  settle(state, more = {}) {
    this.memory = { ...this.memory, ...more, state };
    remember(this.memory);
    this.offer.show(this.data.words, this.memory, STEPS.length);
    if (state !== "running") this.stop();
  }

  goTo(page) {
    globalThis.rowByRowTourComes = true; // and has the focus there
    this.go(page);
  }

  // As soon as it is there: a page comes piece by piece.
  showControl() {
    const control = controlIn(this.placeOf(this.step.focus)) ?? controlIn(this.placeOf(this.step.ring));
    const place = control ?? this.placeOf(this.step.ring);
    if (place) bringIntoView(place);
    control?.focus();
    this.sought = !control;
  }

  async copy() {
    const url = new URL(this.here ? location.href : `./${this.step.page}`, location.href);
    url.searchParams.set("tour", this.memory.step + 1);
    this.card.copy.dataset.link = url.href;
    if (await copied(url.href, this.data.words.copy_help)) this.card.copy.textContent = this.data.words.copied;
  }

  key(event) {
    if (event.key !== BACK_KEY || this.memory.state !== "running") return;
    event.preventDefault();
    this.card.element.focus();
  }

  // ---- a step

  // focused: the person asked for it, so that the card takes the focus.
  begin(focused) {
    const { step, data, card, memory } = this;
    const shown = step && { name: step.name, number: memory.step + 1, count: STEPS.length };
    this.begun = {};
    this.sought = false;
    this.pointed = null; // at which of the step's places
    card.build(shown, data.words, this.here ? "here" : step.page);
    card.show(this.done, !this.here);
    card.open(true);
    this.placed = false;
    this.run();
    if (focused) card.element.focus({ preventScroll: true });
  }

  run() {
    cancelAnimationFrame(this.frame);
    let looked = 0;
    const tick = (now) => {
      if (now - looked >= LOOK) {
        looked = now;
        this.look();
      }
      this.follow();
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.ring.show(null);
    this.card.open(false);
  }

  // Whether it has been done, since the control was there.
  look() {
    const { step } = this;
    if (!step || !this.here || !this.placeOf(step.ring)) return;
    if (this.sought) this.showControl();
    const now = factsOf();
    this.begun = completed(this.begun, now);
    if (this.done || !step.done(now, this.begun)) return;
    this.settle("running", { done: [...this.memory.done, step.name] });
    this.card.show(true, false);
  }

  // Ring and card go where the control goes.
  follow() {
    const { step, ring, card } = this;
    const place = step && this.here ? this.placeOf(step.ring) : null;
    if (place) this.pointAt(place, step.ring.findIndex((path) => found(path) === place));
    const box = place?.getBoundingClientRect() ?? null;
    const moved = ring.show(box);
    const size = [innerWidth, innerHeight, card.element.offsetHeight].join();
    if (!moved && size === this.size && this.placed) return;
    card.place(box, box ? this.kept(box) : [], !this.placed);
    Object.assign(this, { placed: true, size });
  }

  // Once for each of its places, not for each element that is put there.
  pointAt(place, which) {
    if (this.pointed === which) return;
    this.pointed = which;
    bringIntoView(place);
  }

  // What the card is not to hide, a list that opens below the ringed control included.
  kept({ left, right, bottom }) {
    const { keep, opens = 0 } = this.step;
    const places = keep.map(found).filter((one) => one?.checkVisibility());
    return [...places.map((one) => one.getBoundingClientRect()), { left, right, top: bottom, bottom: bottom + opens }];
  }

  // The first of these places that is there.
  placeOf(paths = []) {
    for (const path of paths) {
      const place = found(path);
      if (place?.checkVisibility()) return place;
    }
    return null;
  }
}
