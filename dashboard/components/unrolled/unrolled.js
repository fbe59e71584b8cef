// One network, folded; its 28 copies, unfolded. `unfolded` runs from 0 (folded) to 1 (unfolded).

import { node, svgNode } from "../dom/node.js";

const ROWS = 28;
const STEP = 42; // between two copies
const CELL = { width: 26, height: 22 };
const LEFT = 46;
const WIDTH = 2 * LEFT + (ROWS - 1) * STEP;
const ANSWER = 22; // y of the readout's circles
const TOP = 74; // y of the top cell
const GAP = 40; // between layers
const PIXEL = 1.15; // a pixel of an unfolded row
const PICTURE = 3.4; // a pixel of the folded picture
const views = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".unrolled");
  let view = views.get(root);
  if (!view) views.set(root, (view = new View(root)));
  view.choose = (choice) => setStateValue("choice", choice);
  view.show(data);
}

class View {
  constructor(root) {
    this.root = root;
    this.unfolded = 1;
    this.slider = node("input", { type: "range", min: 0, max: 100, step: 1, value: 100 });
    this.slider.oninput = () => this.fold(this.slider.value / 100);
    this.foldButton = node("button", { type: "button", onclick: () => this.glide(0) });
    this.unfoldButton = node("button", { type: "button", onclick: () => this.glide(1) });
    const stage = { class: "stage", tabindex: 0, role: "slider", "aria-valuemin": 1, "aria-valuemax": ROWS };
    this.stage = node("div", stage);
    root.replaceChildren(node("div", { class: "fold" }, this.foldButton, this.slider, this.unfoldButton), this.stage);
    this.stage.onclick = (event) => {
      const copy = event.target.closest("[data-row]");
      if (copy && this.unfolded > 0.5) this.light(Number(copy.dataset.row), true);
    };
    this.stage.onkeydown = (event) => this.key(event);
  }

  show(data) {
    const { words } = data;
    const redraw = JSON.stringify([data.pixels, data.layers]) !== this.drawn;
    this.data = data;
    this.foldButton.textContent = words.folded;
    this.unfoldButton.textContent = words.unfolded;
    this.slider.setAttribute("aria-label", words.fold);
    this.stage.setAttribute("aria-label", words.label);
    if (redraw) this.draw();
    this.answers();
    this.moment ??= data.moment;
    // a row that follows an earlier choice than the last would jump back under the person's fingers
    this.light(data.moment === this.moment ? data.row : this.row, false);
    this.fold(this.unfolded);
    if (redraw) requestAnimationFrame(() => this.reveal());
  }

  draw() {
    const { layers, pixels } = this.data;
    this.drawn = JSON.stringify([pixels, layers]);
    this.bottom = TOP + (layers - 1) * GAP;
    this.entry = this.bottom + 52; // y of the rows of pixels
    this.svg = svgNode("svg", {});
    this.svg.append(arrowhead());
    this.arrows = svgNode("g", { class: "arrows" });
    this.svg.append(this.arrows);
    this.copies = pixels.map((row, t) => this.copy(row, t + 1));
    this.svg.append(...this.copies.map(({ group }) => group));
    this.loop = this.selfLoop();
    this.svg.append(this.loop);
    this.stage.replaceChildren(this.svg);
  }

  // A copy of the network: its cells, its readout and the row of pixels that enters it.
  copy(pixels, t) {
    const { layers } = this.data;
    const group = svgNode("g", { class: "copy", "data-row": t });
    group.append(svgNode("rect", { class: "touch", x: -STEP / 2, y: 0, width: STEP, height: this.entry + 44 }));
    for (let k = 0; k < layers; k++) {
      const y = TOP + k * GAP;
      group.append(arrow(0, y - CELL.height / 2, 0, k ? y - GAP + CELL.height / 2 : ANSWER + 13));
      group.append(svgNode("rect", { class: "cell", x: -CELL.width / 2, y: y - CELL.height / 2, rx: 4, ...CELL }));
      group.append(text("h", 0, y + 4, "state"));
      group.append(text(k ? "U" : "V", 9, k ? y - GAP / 2 + 3 : (TOP + ANSWER) / 2 + 4, "weight"));
    }
    group.append(arrow(0, this.entry - 8, 0, this.bottom + CELL.height / 2));
    group.append(text("U", 9, this.bottom + 33, "weight"));
    const circle = svgNode("circle", { class: "answer", cx: 0, cy: ANSWER, r: 11 });
    const answer = text("", 0, ANSWER + 4.5, "digit");
    const number = text(String(t), 0, this.entry + 32, "number");
    group.append(circle, answer, number);
    const row = svgNode("g", { class: "pixels" });
    row.append(svgNode("rect", { class: "paper", x: 0, y: 0, width: 28, height: 1 }));
    pixels.forEach((value, column) => {
      if (value) row.append(svgNode("rect", { x: column, y: 0, width: 1.05, height: 1.05, "fill-opacity": value / 255 }));
    });
    group.append(row);
    return { group, row, circle, answer, number };
  }

  selfLoop() {
    const x = WIDTH / 2, group = svgNode("g", { class: "loop" });
    for (let k = 0; k < this.data.layers; k++) {
      const y = TOP + k * GAP;
      const path = `M ${x + 13} ${y - 4} C ${x + 62} ${y - 34}, ${x + 62} ${y + 34}, ${x + 14} ${y + 5}`;
      group.append(svgNode("path", { class: "arrow", d: path, "marker-end": "url(#tip)" }));
      group.append(text("W", x + 62, y + 4, "weight"));
    }
    return group;
  }

  answers() {
    this.copies.forEach(({ circle, answer }, t) => {
      circle.style.setProperty("--certainty", `${Math.round(this.data.certainty[t] * 100)}%`);
      answer.textContent = this.data.answers[t];
      answer.classList.toggle("sure", this.data.certainty[t] > 0.55);
    });
  }

  fold(unfolded) {
    this.unfolded = unfolded;
    this.slider.value = Math.round(unfolded * 100);
    this.root.classList.toggle("is-folded", unfolded < 0.5);
    const middle = WIDTH / 2, ease = eased(unfolded);
    const height = this.entry + ROWS * PICTURE + 8 + (40 - ROWS * PICTURE - 8) * ease;
    this.svg.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
    const width = PICTURE + (PIXEL - PICTURE) * ease, tall = PICTURE + (11 - PICTURE) * ease;
    this.copies.forEach(({ group, row, number }, t) => {
      const x = middle + (LEFT + t * STEP - middle) * ease;
      group.setAttribute("transform", `translate(${x} 0)`);
      const y = this.entry + (1 - ease) * t * PICTURE;
      row.setAttribute("transform", `translate(${-14 * width} ${y}) scale(${width} ${tall})`);
      number.style.opacity = ease;
    });
    this.loop.style.opacity = Math.max(0, 1 - 2 * unfolded);
    this.links(ease);
  }

  // W: from each copy's cells to the next one's.
  links(ease) {
    const middle = WIDTH / 2, lines = [];
    const at = (t) => middle + (LEFT + t * STEP - middle) * ease;
    if (ease > 0.7) {
      for (let k = 0; k < this.data.layers; k++) {
        const y = TOP + k * GAP;
        for (let t = 1; t < ROWS; t++) {
          const line = arrow(at(t - 1) + CELL.width / 2, y, at(t) - CELL.width / 2, y);
          const letter = text("W", (at(t - 1) + at(t)) / 2 - 1, y - 6, "weight");
          for (const part of [line, letter]) part.classList.toggle("lit", t + 1 === this.row);
          lines.push(line, letter);
        }
      }
    }
    this.arrows.replaceChildren(...lines);
  }

  light(row, told) {
    this.row = row;
    this.copies.forEach(({ group }, t) => {
      group.classList.toggle("lit", t + 1 === row);
      group.classList.toggle("read", t + 1 < row);
    });
    this.links(eased(this.unfolded));
    const { words, answers } = this.data;
    this.stage.setAttribute("aria-valuenow", row);
    this.stage.setAttribute("aria-valuetext", `${words.row} ${row}: ${words.reads} ${answers[row - 1]}`);
    if (told) {
      this.moment = Date.now();
      this.choose({ row, moment: this.moment });
      this.reveal();
    }
  }

  // On a narrow screen the stage scrolls: keeps the lit copy in sight.
  reveal() {
    const middle = WIDTH / 2;
    const x = this.unfolded > 0.5 ? LEFT + (this.row - 1) * STEP : middle;
    const { scrollLeft, clientWidth } = this.stage;
    if (x < scrollLeft + STEP || x > scrollLeft + clientWidth - STEP) this.stage.scrollTo({ left: x - clientWidth / 2 });
  }

  key(event) {
    const to = { ArrowRight: this.row + 1, ArrowLeft: this.row - 1, Home: 1, End: ROWS }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.light(Math.min(ROWS, Math.max(1, to)), true);
  }

  glide(to) {
    const from = this.unfolded, start = performance.now();
    const span = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1 : 900 * Math.abs(to - from);
    const turn = Symbol();
    this.turn = turn;
    const tick = (now) => {
      if (this.turn !== turn) return;
      const done = Math.min(1, Math.max(0, (now - start) / Math.max(1, span)));
      this.fold(from + (to - from) * done);
      this.reveal();
      if (done < 1) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }
}

// A smooth step from 0 to 1.
const eased = (part) => part * part * (3 - 2 * part);

const text = (content, x, y, kind) => svgNode("text", { x, y, class: kind }, content);

const arrow = (x1, y1, x2, y2) => svgNode("line", { class: "arrow", x1, y1, x2, y2, "marker-end": "url(#tip)" });

function arrowhead() {
  const size = { viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 5.5, markerHeight: 5.5, orient: "auto-start-reverse" };
  return svgNode("marker", { id: "tip", ...size }, svgNode("path", { d: "M 0 0.8 L 8 4 L 0 7.2 z", class: "tip" }));
}
