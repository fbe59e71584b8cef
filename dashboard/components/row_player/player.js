// One player a mounted element: what the person set survives every message, and scrubbing never leaves the browser.

const ROWS_A_SECOND = 6;
const SPEEDS = ["0.5", "1", "2", "4"];
const WIDE = 84; // pixels of a strip below which strips wrap onto several lines
const GAP = 14;
const TALLEST = 420; // pixels of a strip, where surgery appends many rows
const CLICK = 4; // pixels that a pointer may move in a click

class Player {
  constructor(root) {
    this.root = root;
    this.state = { row: null, layer: null, unit: null, order: "peak", show: "reading", speed: "1" };
    this.set = { row: false, unit: false }; // by the person, so not to be moved by an update
    this.start = {}; // what the page asked for last
    this.linked = {}; // what the URL was given last
    this.playing = null;
    this.timers = {};
    this.resizing = new ResizeObserver(() => this.fit());
    this.resizing.observe(root);
    root.tabIndex = 0;
    root.setAttribute("role", "group");
    root.onkeydown = (event) => this.key(event);
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel", "pointerleave"]) {
      root[`on${name}`] = (event) => this[name](event);
    }
  }

  dispose() {
    this.pause();
    this.resizing.disconnect();
    Object.values(this.timers).forEach(clearTimeout);
  }

  // ---- messages

  receive(data, setStateValue) {
    this.setStateValue = setStateValue;
    const trace = decode(data);
    const colours = readColours(this.root);
    const same = this.trace?.text === trace.text;
    if (same && this.colours.name === colours.name) return;
    this.colours = colours;
    if (same) return this.paint();
    const fresh = this.trace?.trace !== trace.trace;
    this.trace = trace;
    this.root.setAttribute("aria-label", trace.words.label);
    this.adopt();
    this.build();
    if (fresh && trace.options.play && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.play(0);
  }

  // Where to stand: a start that is new, else what the person set, else the last row, the top layer, the loudest unit.
  adopt() {
    const { trace, state, set, start } = this;
    const own = (name) => trace.start[name] === this.linked[name]; // what the page read from our own link
    const asked = (name) => trace.start[name] !== null && trace.start[name] !== start[name] && !own(name);
    if (asked("row")) Object.assign(state, { row: trace.start.row });
    else if (!set.row && trace.start.row === null) state.row = trace.rows - 1;
    if (asked("layer")) state.layer = trace.start.layer;
    if (asked("unit")) [state.unit, set.unit] = [trace.start.unit, true];
    this.start = trace.start;
    state.row = Math.max(0, Math.min(trace.rows - 1, state.row ?? trace.rows - 1));
    if (state.layer === null || (state.layer !== "all" && state.layer >= trace.layers)) state.layer = trace.layers - 1;
    if (trace.layers === 1) state.layer = 0;
    this.followed = state.layer === "all" ? trace.layers - 1 : state.layer;
    if (!trace.units.includes(state.unit)) set.unit = false;
    if (!set.unit) state.unit = trace.loudest[this.followed];
    if (!trace.before) state.show = "reading";
  }

  // ---- building

  build() {
    const { trace, root } = this;
    const { words } = trace;
    this.headline = node("p", { class: "headline" });
    this.scrub = node("input", { type: "range", class: "scrub", min: 1, max: trace.rows, step: 1, "aria-label": words.row });
    this.scrub.oninput = () => this.go(Number(this.scrub.value) - 1);
    this.scrub.onpointerdown = () => this.pause();
    this.field = node("div", { class: "field" });
    this.tip = node("div", { class: "tip", role: "tooltip", hidden: true });
    const notice = node("p", { class: "notice" }, node("b", {}, words.notice), " ", words[`notice_${trace.cell}`]);
    const notes = [words.keys, this.cut()].filter(Boolean).join(" ");
    root.replaceChildren(this.headline, this.bar(), this.field, notice, node("p", { class: "notes" }, notes), this.tip);
    this.fill();
  }

  // What a large reader's picture leaves out, in words.
  cut() {
    const { hidden, units, words } = this.trace;
    const stride = units.length < hidden ? Math.round(hidden / units.length) : 1;
    return stride > 1 ? plain(words.cut, { shown: units.length, hidden, stride }) : "";
  }

  bar() {
    const { words, layers } = this.trace;
    const button = (name, act) =>
      node("button", { type: "button", class: `step ${name}`, "aria-label": words[name], title: words[name], onclick: act }, icon(name));
    this.toggle = button("play", () => this.playOrPause());
    const transport = node(
      "div",
      { class: "transport", role: "group", "aria-label": words.transport },
      button("first", () => this.step(-Infinity)),
      button("back", () => this.step(-1)),
      this.toggle,
      button("forward", () => this.step(1)),
      button("last", () => this.step(Infinity)),
    );
    const pick = (name, after) => (value) => {
      this.state[name] = value;
      press(this.choices[name], value);
      after();
    };
    const layerOptions = range(layers).map((k) => [k, String(k + 1)]);
    this.choices = {
      speed: choice(words.speed, SPEEDS.map((speed) => [speed, `${speed}×`]), this.state.speed, pick("speed", () => {})),
      layer: layers > 1 ? choice(words.layer, [...layerOptions, ["all", words.all]], this.state.layer, (value) => this.pickLayer(value)) : null,
      order: choice(words.order, [["peak", words.by_peak], ["index", words.by_index]], this.state.order, pick("order", () => this.fill())),
      show: this.trace.before
        ? choice(words.show, [["reading", words.reading], ["difference", words.difference]], this.state.show, pick("show", () => this.fill()))
        : null,
    };
    const settings = Object.values(this.choices).filter(Boolean);
    return node("div", { class: "bar" }, transport, this.scrub, node("div", { class: "settings" }, ...settings));
  }

  pickLayer(value) {
    this.state.layer = value;
    press(this.choices.layer, value);
    if (value !== "all") this.followed = value;
    if (!this.set.unit) this.state.unit = this.trace.loudest[this.followed];
    this.fill();
    this.remember();
  }

  shownLayers() {
    return this.state.layer === "all" ? range(this.trace.layers) : [this.state.layer];
  }

  fill() {
    const { trace } = this;
    const { words } = trace;
    this.orders = range(trace.layers).map((layer) => ordered(trace, layer, this.state.order));
    const x = panel({ letter: "x", name: words.x, description: words.x_description, ends: ["0", "1"] });
      this.panels = [x];
    const bands = this.shownLayers().map((layer) => this.band(layer));
    const opinions = node("div", { class: "opinions" });
    for (const before of trace.before ? [false, true] : [false]) {
      const p = panel({ letter: "p", name: before ? words.p_before : words.p, description: words.p_description, ends: ["0", "1"], before });
      p.second.append(...range(10).map((digit) => node("span", {}, String(digit))));
      p.second.className = "second digits";
      const [[answer]] = ranking(trace, trace.rows - 1);
      const certainty = range(trace.rows).map((row) => (before ? trace.before : trace).p[row * 10 + answer]);
      p.figure.append(curve([certainty], 0, 1, `p(${answer})`));
      this.panels.push(p);
      opinions.append(p.figure);
    }
    const left = node("div", { class: "left" }, x.figure, this.aside());
    this.field.replaceChildren(left, node("div", { class: "bands" }, ...bands), opinions);
    this.follow(this.followed, this.state.unit);
    this.width = null;
    this.fit();
    this.go(this.state.row, true);
  }

  band(layer) {
    const { trace, state } = this;
    const { words, gates, units, hidden } = trace;
    const made = trace.letters.map((letter) => {
      const gate = gates.includes(letter) && state.show === "reading";
      const ends = gate ? ["0", "1"] : this.ends(letter, layer);
      const description = plain(words.strip_description, { name: words[letter], layer: layer + 1, rows: trace.rows, units: units.length, hidden });
      return panel({ letter, name: words[letter], description, ends, layer });
    });
    this.panels.push(...made);
    const heading = state.layer === "all" ? node("h3", {}, plain(words.layer_n, { layer: layer + 1 })) : null;
    return node("section", { class: "band", "data-layer": layer }, heading, node("div", { class: "strips" }, ...made.map((one) => one.figure)));
  }

  // The ends of a signed legend; "≤" where values reach beyond the scale.
  ends(letter, layer) {
    const scale = this.trace.scale[letter];
    const { columns, share } = this.cells({ letter, layer });
    const outside = (row, column) => Math.abs(share(row, column) - 0.5) > 0.5;
    const beyond = range(this.trace.rows).some((row) => range(columns).some((column) => outside(row, column)));
    return beyond ? [`≤ −${scale}`, `≥ ${scale}`] : [`−${scale}`, `${scale}`];
  }

  // Under the frame: the drawing as drawn, and which unit is followed.
  aside() {
    const { trace } = this;
    const { words } = trace;
    this.unitInput = node("input", { type: "number", min: 1, max: trace.hidden, "aria-label": words.unit, class: "unit" });
    this.unitInput.onchange = () => this.chooseUnit(this.followed, this.nearest(Number(this.unitInput.value) - 1));
    this.unitWhy = node("span", { class: "why" });
    const follow = node("div", { class: "follow" }, node("label", {}, words.follow, " ", this.unitInput), this.unitWhy);
    if (trace.original === null) return node("div", { class: "aside" }, follow);
    this.drawing = node("canvas", { role: "img", "aria-label": words.as_drawn });
    const strip = node("div", { class: "drawn" }, this.drawing, node("div", { class: "cursor" }));
    return node("div", { class: "aside" }, node("figure", {}, strip, node("figcaption", {}, words.as_drawn)), follow);
  }

  nearest(unit) {
    return this.trace.units.reduce((best, one) => (Math.abs(one - unit) < Math.abs(best - unit) ? one : best));
  }

  // ---- painting

  // Sizes that fit the element's width: strips on one line where they get WIDE pixels each, else wrapped.
  fit() {
    const width = this.root.clientWidth;
    if (!this.trace || !width || width === this.width) return;
    this.width = width;
    const all = this.state.layer === "all";
    const count = this.trace.letters.length;
    const opinions = this.trace.before ? 2 : 1;
    let rowHeight = this.trace.options.rowHeight ?? (width > 1500 ? 11 : width > 1250 ? 10 : width > 900 ? 9 : 8);
    rowHeight = Math.max(2, Math.min(rowHeight, Math.floor(TALLEST / this.trace.rows)));
    if (all) rowHeight = Math.min(rowHeight, this.trace.layers > 2 ? 5 : 6);
    let digit = width > 1250 ? 11 : 10;
    const rest = width - 28 * rowHeight - 10 * digit * opinions - GAP * (count + opinions);
    const wide = rest / count >= WIDE;
    if (!wide) [rowHeight, digit] = [Math.min(rowHeight, 6), opinions > 1 ? 14 : 12];
    Object.assign(this.root.dataset, { wide, all, compare: opinions > 1 });
    const columns = wide ? count : Math.min(count, width > 560 ? 3 : 2);
    const sizes = { "--row-height": `${rowHeight}px`, "--rows": this.trace.rows, "--columns": columns, "--digit": `${digit}px`, "--gap": `${GAP}px` };
    for (const [name, value] of Object.entries(sizes)) this.root.style.setProperty(name, value);
    this.paint();
  }

  paint() {
    const { trace, colours, state } = this;
    for (const one of this.panels) {
      const gate = one.layer !== null && trace.gates.includes(one.letter);
      const kind = one.letter === "x" ? "ink" : one.letter === "p" || (gate && state.show === "reading") ? "gate" : "signed";
      one.bar.style.background = gradient(colours[kind]);
      paintCells(one.canvas, { rows: trace.rows, ...this.cells(one), colours: colours[kind], width: one.strip.clientWidth, height: one.strip.clientHeight });
    }
    if (trace.original !== null) paintDrawing(this.drawing, trace.original, this.drawing.clientWidth, colours);
  }

  // How many columns a panel has, and the share of the ramp of each of its cells.
  cells({ letter, layer, before }) {
    const { trace, state } = this;
    if (letter === "x") return { columns: trace.columns, share: (row, c) => trace.x[row * trace.columns + c] / 1000 };
    if (letter === "p") return { columns: 10, share: (row, c) => (before ? trace.before : trace).p[row * 10 + c] };
    const order = this.orders[layer];
    const unit = 10 ** trace.decimals[letter] * trace.scale[letter];
    const value = (reading, row, c) => reading.values[letter][at(trace, layer, row, order[c])] / unit;
    const columns = order.length;
    if (state.show === "difference") {
      return { columns, share: (row, c) => (value(trace, row, c) - value(trace.before, row, c) + 1) / 2 };
    }
    if (trace.gates.includes(letter)) return { columns, share: (row, c) => value(trace, row, c) };
    return { columns, share: (row, c) => (value(trace, row, c) + 1) / 2 };
  }

  // ---- the followed unit

  chooseUnit(layer, unit) {
    this.set.unit = true;
    this.follow(layer, unit);
    this.values();
    this.remember();
  }

  follow(layer, unit) {
    const { trace } = this;
    const { words } = trace;
    [this.followed, this.state.unit] = [layer, unit];
    this.unitInput.value = unit + 1;
    const loudest = trace.loudest[layer] === unit;
    const why = loudest ? (layer === trace.layers - 1 ? words.loudest_top : words.loudest_below) : "";
    this.unitWhy.textContent = [plain(words.layer_n, { layer: layer + 1 }), why].filter(Boolean).join(" · ");
    const s = trace.units.indexOf(unit);
    const column = this.orders[layer].indexOf(s);
    for (const one of this.panels) {
      if (one.layer === null) continue;
      one.figure.querySelector(".curve")?.remove();
      const followed = one.layer === layer;
      one.mark.hidden = !followed;
      if (!followed) continue;
      one.mark.style.left = `${((column + 0.5) / trace.units.length) * 100}%`;
      const unitOf = 10 ** trace.decimals[one.letter];
      const line = (reading) => range(trace.rows).map((row) => reading.values[one.letter][at(trace, layer, row, s)] / unitOf);
      const lines = [line(trace), ...(trace.before ? [line(trace.before)] : [])];
      const reach = one.letter === "C" ? powerOfTwo(lines) : 1;
      one.figure.append(curve(lines, trace.gates.includes(one.letter) ? 0 : -reach, reach));
    }
  }

  // The followed unit's numbers at the cursor, above each strip.
  values() {
    const { trace, state, followed } = this;
    const s = trace.units.indexOf(state.unit);
    for (const one of this.panels) {
      if (one.layer === null) continue;
      one.second.textContent = one.layer === followed ? shown(trace, one.letter, followed, state.row, s) : "";
    }
  }

  // ---- moving

  go(row, force = false) {
    const { trace, state } = this;
    row = Math.max(0, Math.min(trace.rows - 1, row));
    if (row === state.row && !force) return;
    state.row = row;
    this.root.style.setProperty("--row", row);
    this.root.dataset.row = row + 1;
    this.headline.replaceChildren(...this.opinion());
    this.scrub.value = row + 1;
    this.scrub.setAttribute("aria-valuetext", this.headline.textContent);
    this.values();
    for (const one of this.panels.filter((each) => each.letter === "p")) {
      const [[winner]] = ranking(one.before ? trace.before : trace, row);
      [...one.second.children].forEach((digit, k) => digit.classList.toggle("winner", k === winner));
    }
    if (!force) {
      this.set.row = true;
      this.remember();
    }
  }

  opinion() {
    const { trace, state } = this;
    const { words, rows } = trace;
    const percent = (p) => (p < 0.005 ? "<\u00a01" : p >= 0.995 ? ">\u00a099" : String(Math.round(p * 100)));
    const [[first, p], [second, q]] = ranking(trace, state.row);
    const values = { row: state.row + 1, rows, first, p: percent(p), second, q: percent(q) };
    const parts = fill(state.row === rows - 1 ? words.answers : words.thinks, values, ["row", "first"]);
    if (!trace.before) return parts;
    const [[before, b]] = ranking(trace.before, state.row);
    return [...parts, node("span", { class: "aside-note" }, plain(words.thinks_before, { first: before, p: percent(b) }))];
  }

  step(rows) {
    this.pause();
    this.go(this.state.row + rows);
  }

  playOrPause() {
    if (this.playing) this.pause();
    else this.play(this.state.row === this.trace.rows - 1 ? 0 : this.state.row);
  }

  play(row) {
    this.pause();
    this.go(row);
    this.showToggle("pause");
    let due = performance.now() + 1000 / (ROWS_A_SECOND * this.state.speed);
    const tick = (now) => {
      if (now >= due) {
        this.go(this.state.row + 1);
        due = Math.max(due, now - 100) + 1000 / (ROWS_A_SECOND * this.state.speed);
      }
      if (this.state.row === this.trace.rows - 1) return this.pause();
      this.playing = requestAnimationFrame(tick);
    };
    this.playing = requestAnimationFrame(tick);
  }

  pause() {
    if (!this.playing) return;
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.showToggle("play");
    this.remember();
  }

  showToggle(name) {
    this.toggle.replaceChildren(icon(name));
    this.toggle.setAttribute("aria-label", this.trace.words[name]);
    this.toggle.title = this.trace.words[name];
  }

  // Into the URL, and to the page where it asked; never while playing.
  remember() {
    const { options } = this.trace;
    const later = (name, milliseconds, act) => {
      clearTimeout(this.timers[name]);
      this.timers[name] = setTimeout(() => this.playing || act(), milliseconds);
    };
    if (options.link) later("link", 250, () => this.link());
    if (options.report) later("report", 400, () => this.setStateValue("row", this.state.row));
  }

  link() {
    const { row, layer, unit } = (this.linked = { ...this.state });
    const url = new URL(location.href);
    url.searchParams.set("row", row + 1);
    url.searchParams.set("layer", layer === "all" ? "all" : layer + 1);
    if (this.set.unit) url.searchParams.set("unit", unit + 1);
    history.replaceState(history.state, "", url);
  }

  // ---- keys and pointer

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === this.unitInput) return;
    const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
    if (event.key in steps) this.step(steps[event.key]);
    else if (event.key === " " && event.target.tagName !== "BUTTON") this.playOrPause();
    else return;
    event.preventDefault();
  }

  // What lies under the pointer: { strip, row, column }; while a strip is held, it is that strip.
  under(event) {
    const strip = this.held?.strip ?? event.composedPath()[0].closest?.(".strip");
    if (!strip) return null;
    const box = strip.getBoundingClientRect();
    const place = (offset, size, count) => Math.max(0, Math.min(count - 1, Math.floor((offset / size) * count)));
    const { letter, layer } = strip.dataset;
    const columns = letter === "x" ? this.trace.columns : letter === "p" ? 10 : this.trace.units.length;
    return {
      strip, letter, columns,
      layer: layer === undefined ? null : Number(layer),
      before: "before" in strip.dataset,
      row: place(event.clientY - box.top, box.height, this.trace.rows),
      column: place(event.clientX - box.left, box.width, columns),
    };
  }

  pointerdown(event) {
    const found = this.under(event);
    if (!found || event.button !== 0) return;
    this.pause();
    this.held = { ...found, x: event.clientX, y: event.clientY };
    found.strip.setPointerCapture(event.pointerId);
    this.go(found.row);
    this.explain(event, found);
  }

  pointermove(event) {
    const found = this.under(event);
    if (!found) return this.hideTip();
    if (this.held || (event.pointerType === "mouse" && !this.playing)) this.go(found.row);
    this.explain(event, found);
  }

  pointerup(event) {
    const { held } = this;
    if (!held) return;
    const still = Math.hypot(event.clientX - held.x, event.clientY - held.y) <= CLICK;
    if (still && held.layer !== null) this.chooseUnit(held.layer, this.trace.units[this.orders[held.layer][held.column]]);
    this.pointercancel(event);
  }

  pointercancel(event) {
    this.held = null;
    if (event.pointerType !== "mouse") this.hideTip();
  }

  pointerleave() {
    this.hideTip();
  }

  hideTip() {
    this.tip.hidden = true;
  }

  explain(event, found) {
    this.tip.textContent = this.reading(found);
    this.tip.hidden = false;
    const box = this.root.getBoundingClientRect();
    const left = event.clientX - box.left + 14;
    const width = this.tip.offsetWidth;
    const flipped = left + width > box.width ? event.clientX - box.left - width - 14 : left;
    const lift = event.pointerType === "mouse" ? 30 : 64; // above the finger
    this.tip.style.transform = `translate(${Math.max(0, flipped)}px, ${event.clientY - box.top - lift}px)`;
  }

  // "row 12 · unit 17 · C = −1.234"
  reading({ letter, layer, row, column, before }) {
    const { trace } = this;
    const { words } = trace;
    const from = (template, number, value) => plain(template, { row: row + 1, number, letter, value });
    if (letter === "x") return from(words.tip_x, column + 1, (trace.x[row * trace.columns + column] / 1000).toFixed(3));
    if (letter === "p") return from(words.tip_p, column, (before ? trace.before : trace).p[row * 10 + column].toFixed(3));
    const s = this.orders[layer][column];
    const own = from(words.tip_unit, trace.units[s] + 1, shown(trace, letter, layer, row, s));
    return trace.before ? `${own} · ${plain(words.tip_before, { value: shown(trace, letter, layer, row, s, trace.before) })}` : own;
  }
}

const players = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".player-root");
  const player = players.get(root) ?? new Player(root);
  players.set(root, player);
  player.receive(data, setStateValue);
  return () => player.dispose();
}
