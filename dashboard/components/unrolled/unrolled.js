// One network, folded; its 28 copies, unfolded. `share` runs from 0 (folded) to 1 (unfolded).

const SVG = "http://www.w3.org/2000/svg";
const ROWS = 28;
const STEP = 42; // between two copies
const NODE = { width: 26, height: 22 };
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
    this.share = 1;
    root.innerHTML = `<div class="fold"><button type="button" data-to="0"></button>
      <input type="range" min="0" max="100" step="1" value="100"><button type="button" data-to="1"></button></div>
      <div class="stage" tabindex="0" role="slider" aria-valuemin="1" aria-valuemax="${ROWS}"></div>`;
    this.slider = root.querySelector("input");
    this.stage = root.querySelector(".stage");
    this.slider.oninput = () => this.fold(this.slider.value / 100);
    for (const button of root.querySelectorAll("button")) button.onclick = () => this.glide(Number(button.dataset.to));
    this.stage.onclick = (event) => {
      const copy = event.target.closest("[data-row]");
      if (copy && this.share > 0.5) this.light(Number(copy.dataset.row), true);
    };
    this.stage.onkeydown = (event) => this.key(event);
  }

  show(data) {
    const { words } = data;
    const redraw = JSON.stringify([data.pixels, data.layers]) !== this.drawn;
    this.data = data;
    const [folded, unfolded] = this.root.querySelectorAll("button");
    folded.textContent = words.folded;
    unfolded.textContent = words.unfolded;
    this.slider.setAttribute("aria-label", words.fold);
    this.stage.setAttribute("aria-label", words.label);
    if (redraw) this.draw();
    this.answers();
    this.moment ??= data.moment;
    // a row that follows an earlier choice than the last would jump back under the person's fingers
    this.light(data.moment === this.moment ? data.row : this.row, false);
    this.fold(this.share);
    if (redraw) requestAnimationFrame(() => this.reveal());
  }

  draw() {
    const { layers, pixels } = this.data;
    this.drawn = JSON.stringify([pixels, layers]);
    this.bottom = TOP + (layers - 1) * GAP;
    this.entry = this.bottom + 52; // y of the rows of pixels
    this.svg = element("svg", {});
    this.svg.append(arrowhead());
    this.arrows = element("g", { class: "arrows" });
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
    const group = element("g", { class: "copy", "data-row": t });
    group.append(element("rect", { class: "touch", x: -STEP / 2, y: 0, width: STEP, height: this.entry + 44 }));
    for (let k = 0; k < layers; k++) {
      const y = TOP + k * GAP;
      group.append(arrow(0, y - NODE.height / 2, 0, k ? y - GAP + NODE.height / 2 : ANSWER + 13));
      group.append(element("rect", { class: "cell", x: -NODE.width / 2, y: y - NODE.height / 2, rx: 4, ...NODE }));
      group.append(text("h", 0, y + 4, "state"));
      group.append(text(k ? "U" : "V", 9, k ? y - GAP / 2 + 3 : (TOP + ANSWER) / 2 + 4, "weight"));
    }
    group.append(arrow(0, this.entry - 8, 0, this.bottom + NODE.height / 2));
    group.append(text("U", 9, this.bottom + 33, "weight"));
    const circle = element("circle", { class: "answer", cx: 0, cy: ANSWER, r: 11 });
    const answer = text("", 0, ANSWER + 4.5, "digit");
    const number = text(String(t), 0, this.entry + 32, "number");
    group.append(circle, answer, number);
    const row = element("g", { class: "pixels" });
    row.append(element("rect", { class: "paper", x: 0, y: 0, width: 28, height: 1 }));
    pixels.forEach((value, column) => {
      if (value) row.append(element("rect", { x: column, y: 0, width: 1.05, height: 1.05, "fill-opacity": value / 255 }));
    });
    group.append(row);
    return { group, row, circle, answer, number };
  }

  selfLoop() {
    const x = WIDTH / 2, group = element("g", { class: "loop" });
    for (let k = 0; k < this.data.layers; k++) {
      const y = TOP + k * GAP;
      const path = `M ${x + 13} ${y - 4} C ${x + 62} ${y - 34}, ${x + 62} ${y + 34}, ${x + 14} ${y + 5}`;
      group.append(element("path", { class: "arrow", d: path, "marker-end": "url(#tip)" }));
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

  fold(share) {
    this.share = share;
    this.slider.value = Math.round(share * 100);
    this.svg.style.setProperty("--share", share);
    this.root.classList.toggle("is-folded", share < 0.5);
    const middle = WIDTH / 2, ease = share * share * (3 - 2 * share);
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
    this.loop.style.opacity = Math.max(0, 1 - 2 * share);
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
          const line = arrow(at(t - 1) + NODE.width / 2, y, at(t) - NODE.width / 2, y);
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
    this.links(this.share * this.share * (3 - 2 * this.share));
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
    const x = this.share > 0.5 ? LEFT + (this.row - 1) * STEP : middle;
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
    const from = this.share, start = performance.now();
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

function element(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function text(content, x, y, kind) {
  const made = element("text", { x, y, class: kind });
  made.textContent = content;
  return made;
}

function arrow(x1, y1, x2, y2) {
  return element("line", { class: "arrow", x1, y1, x2, y2, "marker-end": "url(#tip)" });
}

function arrowhead() {
  const size = { viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 5.5, markerHeight: 5.5, orient: "auto-start-reverse" };
  const marker = element("marker", { id: "tip", ...size });
  marker.append(element("path", { d: "M 0 0.8 L 8 4 L 0 7.2 z", class: "tip" }));
  return marker;
}
