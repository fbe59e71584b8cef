// The training film: a slider over the networks that a run kept on its way, each of which reads what is shown.

import { node } from "../dom/node.js";
import { filledText } from "../dom/words.js";
import { fetchedNetwork } from "../network/fetched.js";
import { icon } from "./panels.js";
import { Playing } from "./playing.js";
import { setParameters } from "./remembering.js";

const STEPS_A_SECOND = 6;
const LINK_REST = 250; // milliseconds, as for the cursor

export class Film {
  // moved(): another network is to read what is shown.
  constructor(moved) {
    this.moved = moved;
    this.steps = [];
    this.networks = new Map(); // address -> network; null while it is on its way
    this.range = node("input", { type: "range", class: "film-range", min: 0, step: 1 });
    this.range.oninput = () => this.seek(Number(this.range.value));
    this.range.onfocus = () => this.touch();
    this.toggle = node("button", { type: "button", class: "step film-toggle", onclick: () => this.playOrStop() });
    this.text = node("output", { class: "film-text" });
    this.label = node("span", { class: "film-label" });
    this.element = node("div", { class: "film", role: "group", hidden: true }, this.label, this.toggle, this.range, this.text);
    this.playing = new Playing({ step: () => this.next(), rate: () => STEPS_A_SECOND, changed: () => this.show() });
  }

  dispose() {
    this.playing.stop();
  }

  // ---- messages

  receive({ options: { film }, words }) {
    const another = film?.run !== this.run || film?.at !== this.sent;
    const kept = this.steps[this.at]?.step;
    Object.assign(this, { words, run: film?.run, sent: film?.at, steps: film?.steps ?? [] });
    this.element.hidden = !film;
    if (!film) return this.leave();
    this.at = this.placeOf(another ? film.at : kept);
    if (another) this.begin();
    if (this.touched) this.fetchAll();
    this.show();
  }

  leave() {
    this.playing.stop();
    this.networks.clear();
    Object.assign(this, { touched: false, wanted: null, failed: false });
  }

  begin() {
    this.leave();
    this.link(false);
  }

  // The place of a step; the last one, "now", where there is none such.
  placeOf(step) {
    const place = this.steps.findIndex((entry) => entry.step === step);
    return place < 0 ? this.steps.length - 1 : place;
  }

  // The network to read with; null: the one whose trace the page sends.
  get network() {
    const entry = this.steps[this.at];
    return entry && entry.step !== this.sent ? (this.networks.get(entry.address) ?? null) : null;
  }

  // Whether what is shown can be that step's.
  has(place) {
    return this.steps[place].step === this.sent || Boolean(this.networks.get(this.steps[place].address));
  }

  // ---- the networks

  touch() {
    if (this.touched) return;
    this.touched = true;
    this.fetchAll();
  }

  // One after the other, the newest first.
  async fetchAll() {
    if (this.fetching) return;
    this.fetching = true;
    const run = this.run;
    for (const { address } of this.steps.toReversed()) if (run === this.run) await this.fetchOne(address);
    this.fetching = false;
    if (run !== this.run && this.touched) this.fetchAll();
  }

  async fetchOne(address) {
    if (this.networks.has(address)) return;
    this.networks.set(address, null);
    try {
      const { network } = await fetchedNetwork(address);
      if (this.steps.some((entry) => entry.address === address)) this.networks.set(address, network);
      this.failed = false;
    } catch (error) {
      console.warn(`Row by Row: a network of the training did not come (${error.message}).`);
      this.networks.delete(address);
      this.failed = true;
    }
    this.arrived(address);
  }

  // What the slider waits for is shown as soon as it is there.
  arrived(address) {
    const wanted = this.steps[this.wanted];
    if (wanted?.address === address && this.has(this.wanted)) this.go(this.wanted);
    else this.show();
  }

  // ---- moving

  seek(place) {
    this.playing.stop();
    this.touch();
    this.go(place);
  }

  // The slider moves at once; what is shown, and the words, follow as soon as that network is there.
  go(place) {
    Object.assign(this, { wanted: place, failed: false });
    if (this.has(place)) {
      this.at = place;
      this.wanted = null;
      this.link(true);
      this.moved();
    } else this.fetchOne(this.steps[place].address);
    this.show();
  }

  playOrStop() {
    if (this.playing.running) return this.playing.stop();
    this.touch();
    if (this.at === this.steps.length - 1) this.go(0);
    this.playing.start();
  }

  next() {
    if (this.wanted === null) this.go(this.at + 1);
    return this.at < this.steps.length - 1 && !this.failed;
  }

  // ---- words

  show() {
    if (this.element.hidden) return;
    const { words, range, toggle, playing, steps } = this;
    this.element.setAttribute("aria-label", words.film);
    this.label.textContent = words.film;
    toggle.replaceChildren(icon(playing.running ? "pause" : "play"));
    toggle.title = playing.running ? words.film_pause : words.film_play;
    toggle.setAttribute("aria-label", toggle.title);
    Object.assign(range, { max: steps.length - 1, value: this.wanted ?? this.at });
    range.setAttribute("aria-label", words.film);
    this.text.textContent = [this.stepWords(this.at), this.wanted === null ? this.accuracy() : this.waitingWords()].filter(Boolean).join(" · ");
    this.text.title = this.text.textContent; // where there is no room for all of it
    range.setAttribute("aria-valuetext", this.text.textContent);
    this.element.dataset.step = steps[this.at].step ?? "now";
  }

  stepWords(place) {
    const { step } = this.steps[place];
    return step === null ? this.words.film_now : filledText(this.words.film_step, { step: step.toLocaleString("en") });
  }

  waitingWords() {
    if (this.failed) return this.words.film_failed;
    return filledText(this.words.film_waiting, { step: this.stepWords(this.wanted) });
  }

  // How often the network was right then, as its own file says.
  accuracy() {
    const { step, address } = this.steps[this.at];
    const accuracy = this.networks.get(address)?.card.train_accuracy;
    if (step === null || accuracy === undefined || accuracy === null) return "";
    return filledText(this.words.film_accuracy, { accuracy: `${(100 * accuracy).toFixed(1)}\u00a0%` });
  }

  // Into the URL; before the first move only where it names this run already.
  link(always) {
    const { step } = this.steps[this.at];
    const named = step === null ? this.run : `${this.run}@${step}`;
    const said = new URL(location.href).searchParams.get("reader");
    clearTimeout(this.linking);
    if (said === named || (!always && said?.split("@")[0] !== this.run)) return;
    this.linking = setTimeout(() => setParameters({ reader: named }), LINK_REST);
  }
}
