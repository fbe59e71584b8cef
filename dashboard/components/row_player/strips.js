// The frame, a strip for every letter of the shown layers, and the opinion, with their sizes and pictures.

import { node, write } from "../dom/node.js";
import { filledText } from "../dom/words.js";
import { at, held, ordered, ranking, shown } from "./trace.js";
import { ALL, Bands } from "./band.js";
import { fitScreen } from "./screen.js";
import { Lines } from "./lines.js";
import { gradient, paintCells } from "./paint.js";
import { Curve, panel, powerOfTwo, range } from "./panels.js";

const NARROWEST = 84; // pixels of a strip below which strips wrap onto several lines
const GAP = 14;
const WHEEL_A_COLUMN = 10; // pixels
const TALLEST = 420; // pixels of a strip, where many rows are waited and not folded

export class Strips {
  constructor(player) {
    this.player = player;
    this.state = player.state;
    this.trace = player.trace;
    this.bands = new Bands();
    this.element = node("div", { class: "strips", "data-strips": true });
    this.element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  // ---- building

  fill() {
    const { trace, state } = this;
    const { words } = trace;
    this.lines = new Lines(trace.rows, state.waiting === "folded");
    this.order();
    const x = panel({ letter: "x", name: words.x, description: words.x_description, ends: ["0", "1"] });
    const opinions = [trace, trace.before].filter(Boolean).map((reading) => this.opinion(reading));
    const bands = (state.layer === "all" ? range(trace.layers) : [state.layer]).map((layer) => this.band(layer));
    this.layerPanels = bands.flatMap((band) => band.panels);
    this.opinions = opinions;
    this.panels = [x, ...this.layerPanels, ...opinions];
    if (this.lines.waited) for (const one of this.panels) one.strip.append(node("div", { class: "seam" }));
    this.element.replaceChildren(
      node(
        "div",
        { class: "reel" },
        node("div", { class: "left" }, x.figure, this.aside()),
        node("div", { class: "bands" }, ...bands.map((band) => band.element)),
      ),
      node("div", { class: "opinions" }, ...opinions.map((one) => one.figure)),
    );
    this.width = null;
    this.follow();
    this.fit();
  }

  // The units of each strip from left to right, as places in `units`.
  order() {
    const { trace, state } = this;
    const { zoom, followed, unit } = state;
    const orders = range(trace.layers).map((layer) => ordered(trace, layer, state.order));
    const centre = (order, layer) => order.indexOf(trace.units.indexOf(layer === followed ? unit : trace.loudest[layer]));
    this.orders = this.bands.shown(orders, zoom, orders.map(centre), [zoom, state.order, followed, unit].join());
  }

  // Sideways over a band of units: the ones beside it.
  wheel(event) {
    const columns = Math.round((event.deltaX || (event.shiftKey ? event.deltaY : 0)) / WHEEL_A_COLUMN);
    if (!columns || this.state.zoom === ALL) return;
    event.preventDefault();
    this.bands.move(columns);
    this.follow();
    this.paint();
  }

  // Another trace of the same network in the panels that stand: nothing is built anew, nothing moves.
  take(trace) {
    this.trace = trace;
    this.order();
    for (const one of this.opinions) this.renew(one);
    for (const one of this.layerPanels) one.ends(this.ends(one.letter, one.layer));
    this.follow();
    this.paint();
  }

  band(layer) {
    const { trace, state } = this;
    const { words, hidden, rows } = trace;
    const units = this.orders[layer];
    const panels = trace.letters.map((letter) => {
      const description = filledText(words.strip_description, { name: words[letter], layer: layer + 1, rows, units: units.length, hidden });
      return panel({ letter, name: words[letter], description, ends: this.ends(letter, layer), layer });
    });
    const heading = state.layer === "all" ? node("h3", {}, filledText(words.layer_n, { layer: layer + 1 })) : null;
    return { panels, element: node("section", {}, heading, node("div", { class: "band" }, ...panels.map((one) => one.figure))) };
  }

  opinion(reading) {
    const { trace } = this;
    const { words } = trace;
    const before = reading !== trace;
    const made = panel({ letter: "p", name: before ? words.p_before : words.p, description: words.p_description, ends: ["0", "1"], before });
    made.second.className = "second digits";
    made.second.append(...range(10).map((digit) => node("span", {}, String(digit))));
    return this.renew({ ...made, before });
  }

  // The opinion's trace, and below it how far the answer was believed at each row.
  renew(one) {
    const { trace } = this;
    one.reading = one.before ? trace.before : trace;
    const [[answer]] = ranking(trace, trace.rows - 1);
    const believed = range(trace.rows).map((row) => one.reading.p[row * 10 + answer]);
    this.curveOf(one, 1).show(this.lines, [believed], 0, 1, `p(${answer})`);
    return one;
  }

  // The ends of a legend; "≤" where values reach beyond the scale.
  ends(letter, layer) {
    if (this.ramp({ letter, layer }) === "gate") return ["0", "1"];
    const scale = this.trace.scale[letter];
    return this.exceeds({ letter, layer }) ? [`≤ −${scale}`, `≥ ${scale}`] : [`−${scale}`, `${scale}`];
  }

  // Whether a signed letter's values go beyond its full colour; a and h cannot, for they are a tanh.
  exceeds({ letter, layer }) {
    if (letter !== "C" && this.state.show === "reading") return false;
    const { columns, fraction } = this.cells({ letter, layer });
    for (let row = 0; row < this.trace.rows; row++) {
      for (let column = 0; column < columns; column++) if (Math.abs(fraction(row, column) - 0.5) > 0.5) return true;
    }
    return false;
  }

  // Under the frame: which unit is followed.
  aside() {
    const { trace, state } = this;
    const { words } = trace;
    this.unit = node("input", { type: "number", min: 1, max: trace.hidden, "aria-label": words.unit, class: "unit" });
    this.unit.onchange = () => this.player.follow(state.followed, this.nearest(Number(this.unit.value) - 1));
    this.why = node("span", { class: "why" });
    const follow = node("div", { class: "follow" }, node("label", {}, words.follow, " ", this.unit), this.why);
    if (trace.options.alike) follow.append((this.alike = node("a", { class: "alike", target: "_self", title: words.alike_help })));
    return node("div", { class: "aside" }, follow);
  }

  nearest(unit) {
    return this.trace.units.reduce((best, one) => (Math.abs(one - unit) < Math.abs(best - unit) ? one : best));
  }

  // ---- sizes and pictures

  // line: all strips beside the frame; block: strips in three columns beside frame and opinion; stack: frame and
  // opinion above, strips in two columns below. Where the page wants it, all fits the screen (screen.js).
  fit() {
    const { root } = this.player;
    const width = root.clientWidth;
    const size = this.trace.options.screen ? `${width} ${innerHeight}` : width;
    if (!width || size === this.width) return;
    this.width = size;
    if (this.trace.options.screen) fitScreen(this, root, width);
    else this.fitWidth(root, width);
    for (const one of this.panels) one.width = one.strip.clientWidth; // once: to ask makes the browser lay out the page
    this.paint();
  }

  // After something above has grown or gone.
  refit() {
    this.width = null;
    this.fit();
  }

  fitWidth(root, width) {
    const [count, opinions] = [this.trace.letters.length, this.opinions.length];
    const digit = width > 1250 ? 11 : 10;
    const rowHeight = this.rowHeight(width > 1500 ? 11 : width > 1250 ? 10 : width > 900 ? 9 : 8);
    const rest = width - 28 * rowHeight - 10 * digit * opinions - GAP * (count + opinions);
    const layout = rest / count >= NARROWEST ? "line" : width >= 640 ? "block" : "stack";
    Object.assign(root.dataset, { layout, all: this.state.layer === "all", compare: opinions > 1 });
    const sizes = {
      "--lines": this.lines.count,
      "--row-height": `${layout === "stack" ? this.rowHeight(6) : rowHeight}px`,
      "--columns": Math.min(count, { line: count, block: 3, stack: 2 }[layout]),
      "--digit": `${layout === "stack" ? (opinions > 1 ? 14 : 12) : digit}px`,
      "--gap": `${GAP}px`,
    };
    for (const [name, value] of Object.entries(sizes)) root.style.setProperty(name, value);
  }

  // Pixels of a line: `usual`; less for many, and where all layers are shown.
  rowHeight(usual) {
    const { layers } = this.trace;
    const most = this.state.layer !== "all" ? Infinity : layers > 2 ? 5 : 6;
    return Math.max(2, Math.min(usual, Math.floor(TALLEST / this.lines.count), most));
  }

  paint() {
    const { colours } = this.player;
    for (const one of this.panels) {
      const ramp = colours[this.ramp(one)];
      if (one.ramp !== ramp) one.bar.style.background = gradient((one.ramp = ramp));
      paintCells(one.canvas, { lines: this.lines, ...this.cells(one), colours: ramp, width: one.width });
    }
    this.player.operating.mark(this);
  }

  ramp({ letter }) {
    if (letter === "x") return "ink";
    if (letter === "p") return "gate";
    return this.trace.gates.includes(letter) && this.state.show === "reading" ? "gate" : "signed";
  }

  // How many columns a panel has, and for each of its cells the fraction of the ramp.
  cells({ letter, layer, reading }) {
    const { trace } = this;
    if (letter === "x") return { columns: trace.columns, fraction: (row, c) => trace.x[row * trace.columns + c] };
    if (letter === "p") return { columns: 10, fraction: (row, c) => reading.p[row * 10 + c] };
    const order = this.orders[layer];
    const full = trace.scale[letter];
    const value = (of, row, c) => of.values[letter][at(trace, layer, row, order[c])] / full;
    if (this.state.show === "difference") {
      return { columns: order.length, fraction: (row, c) => (value(trace, row, c) - value(trace.before, row, c) + 1) / 2 };
    }
    const gate = trace.gates.includes(letter);
    return { columns: order.length, fraction: (row, c) => (gate ? value(trace, row, c) : (value(trace, row, c) + 1) / 2) };
  }

  // ---- the followed unit, and the row

  follow() {
    const { trace, state } = this;
    const { words } = trace;
    const { followed, unit } = state;
    this.unit.value = unit + 1;
    const top = followed === trace.layers - 1;
    const why = unit !== trace.loudest[followed] ? "" : top ? words.loudest_top : words.loudest_below;
    write(this.why, [filledText(words.layer_n, { layer: followed + 1 }), why].filter(Boolean).join(" · "));
    this.s = trace.units.indexOf(unit);
    const before = String(this.bands.first);
    this.order();
    if (before !== String(this.bands.first) && this.width) this.paint();
    for (const one of this.layerPanels) {
      one.mark.hidden = one.layer !== followed;
      if (one.curve) one.curve.element.hidden = one.layer !== followed;
      if (one.layer === followed) this.followIn(one);
    }
    this.show();
  }

  // The panel's curve, made when it is first wanted.
  curveOf(one, count) {
    if (!one.curve) one.figure.append((one.curve = new Curve(count)).element);
    return one.curve;
  }

  followIn(one) {
    const { letter, layer, mark } = one;
    const { trace, s } = this;
    const order = this.orders[layer];
    mark.hidden = !order.includes(s);
    mark.style.left = `${((order.indexOf(s) + 0.5) / order.length) * 100}%`;
    const line = (of) => range(trace.rows).map((row) => of.values[letter][at(trace, layer, row, s)]);
    const lines = [trace, trace.before].filter(Boolean).map(line);
    const reach = letter === "C" ? powerOfTwo(lines) : 1;
    this.curveOf(one, lines.length).show(this.lines, lines, trace.gates.includes(letter) ? 0 : -reach, reach);
  }

  // The way to the test digits whose unit does, over these rows, what the followed one does about the cursor.
  linkAlike() {
    const { trace, state, s } = this;
    const line = range(trace.rows).map((row) => trace.values.h[at(trace, state.followed, row, s)]);
    const [first, last] = held(line, state.row).map((row) => row + 1);
    const place = { layer: state.followed + 1, units: state.unit + 1, rows: `${first}-${last}`, ...(line[state.row] < 0 && { side: "below" }) };
    this.alike.href = `./examine?${new URLSearchParams({ ...trace.options.alike, ...place })}`;
    this.alike.textContent = filledText(trace.words.alike, { first, last });
  }

  // The numbers at the cursor: the followed unit's above its strips, the winning digit's in bold.
  show() {
    const { trace, state, s } = this;
    for (const { letter, layer, second } of this.layerPanels) {
      write(second, layer === state.followed ? shown(trace, letter, layer, state.row, s) : "");
    }
    if (this.alike) this.linkAlike();
    for (const { reading, second } of this.opinions) {
      const [[winner]] = ranking(reading, state.row);
      [...second.children].forEach((digit, k) => digit.classList.toggle("winner", k === winner));
    }
  }
}
