// A table of runs: only the rows in sight are in the document, so that a thousand scroll as ten do.

import { whenGone } from "../dom/gone.js";
import { node } from "../dom/node.js";
import { sorted } from "./order.js";

const ROW = 32; // px, as in the style sheet
const AROUND = 8; // rows above and below those in sight
const views = new WeakMap();
const decoder = new TextDecoder();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".run-table");
  let view = views.get(root);
  if (!view) views.set(root, (view = new RunTable(root)));
  view.send = setStateValue;
  view.show(JSON.parse(decoder.decode(data)));
  globalThis.rowByRowRunTable = view; // where run_ticks finds it
  if (globalThis.rowByRowTicks) view.tick(globalThis.rowByRowTicks);
  return whenGone(root, () => {
    views.delete(root);
    if (globalThis.rowByRowRunTable === view) globalThis.rowByRowRunTable = null;
  });
}

class RunTable {
  constructor(root) {
    this.root = root;
    this.chosen = new Map(); // id -> colour, or null until the page has said it
    this.moment = null; // of the last choice made here
    this.nodes = new Map(); // id -> the row in the document
    this.anchor = null; // where a choice with Shift begins
    this.live = {}; // id -> the texts of a row that have changed since
    this.head = node("div", { class: "head", role: "row" });
    this.body = node("div", { class: "body" });
    this.scroller = node("div", { class: "scroller", role: "table" }, this.head, this.body);
    this.scroller.onscroll = () => this.paint(true);
    this.body.onclick = (event) => this.click(event);
    this.body.onmousedown = (event) => event.shiftKey && event.preventDefault(); // no text is marked
    this.scroller.onkeydown = (event) => this.key(event);
    root.replaceChildren(this.scroller);
    new ResizeObserver(() => this.paint()).observe(this.scroller);
  }

  show(data) {
    this.data = data;
    this.sort = data.sort;
    this.live = {};
    this.scroller.setAttribute("aria-label", data.words.label);
    this.scroller.setAttribute("aria-rowcount", data.rows.length + 1);
    const widths = data.columns.map(({ width, grow }) => (grow ? `minmax(${width}px, 1fr)` : `${width}px`));
    this.root.style.setProperty("--columns", `2.2rem ${widths.join(" ")}`);
    const least = data.columns.reduce((sum, { width }) => sum + width, 0);
    this.root.style.setProperty("--least-width", `calc(2.2rem + ${least}px)`); // all rows alike, whatever is in them
    this.order();
  }

  order() {
    const column = this.data.columns.findIndex(({ key }) => key === this.sort.replace("-", ""));
    this.rows = sorted(this.data.rows, column, this.sort.startsWith("-"));
    this.headings();
    this.paint();
  }

  headings() {
    const all = node("input", { type: "checkbox", "aria-label": this.data.words.all });
    all.checked = this.rows.length > 0 && this.rows.every(({ id }) => this.chosen.has(id));
    all.indeterminate = !all.checked && this.chosen.size > 0;
    all.onchange = () => this.choose(all.checked ? this.rows.map(({ id }) => id) : []);
    const cells = this.data.columns.map(({ key, label, help, align }) => {
      const way = this.sort === key ? "ascending" : this.sort === `-${key}` ? "descending" : "none";
      const button = node("button", { type: "button", title: help ?? label, onclick: () => this.sortBy(key) }, label);
      return node("div", { class: `cell ${align ?? ""}`, role: "columnheader", "aria-sort": way }, button);
    });
    this.head.replaceChildren(node("div", { class: "cell check", role: "columnheader" }, all), ...cells);
  }

  sortBy(key) {
    const first = this.data.columns.find((column) => column.key === key).align ? `-${key}` : key; // figures: greatest first
    const other = first.startsWith("-") ? key : `-${key}`;
    this.sort = this.sort === first ? other : first;
    this.order();
    this.send("sort", this.sort);
  }

  // `kept`: rows that are there stay as they are, as while the table scrolls.
  paint(kept = false) {
    const { scrollTop, clientHeight } = this.scroller;
    const from = Math.max(0, Math.floor(scrollTop / ROW) - AROUND);
    const to = Math.min(this.rows.length, Math.ceil((scrollTop + clientHeight) / ROW) + AROUND);
    const focused = this.root.getRootNode().activeElement?.closest?.(".row")?.dataset.id;
    const before = kept ? this.nodes : new Map();
    const wanted = this.rows.slice(from, to);
    this.nodes = new Map(wanted.map((row, index) => [row.id, before.get(row.id) ?? this.row(row, from + index)]));
    this.body.style.height = `${this.rows.length * ROW}px`;
    for (const [id, made] of before) if (!this.nodes.has(id)) made.remove();
    if (kept) this.body.append(...[...this.nodes.values()].filter((made) => !made.isConnected));
    else this.body.replaceChildren(...this.nodes.values());
    if (focused) this.body.querySelector(`[data-id="${focused}"] input`)?.focus({ preventScroll: true });
  }

  row(row, index) {
    const chosen = this.chosen.has(row.id);
    const colour = this.chosen.get(row.id);
    const check = node("input", { type: "checkbox", "aria-label": row.shown[0], tabindex: index ? -1 : 0 });
    check.checked = chosen;
    const line = { class: `row ${chosen ? "chosen" : ""}`, role: "row", "data-id": row.id, "aria-rowindex": index + 2 };
    const made = node("div", line, node("div", { class: "cell check", role: "cell" }, check));
    made.style.top = `${index * ROW}px`;
    if (colour) made.style.setProperty("--line", colour);
    const shown = this.live[row.id] ?? row.shown;
    this.data.columns.forEach(({ key, align }, column) => {
      const text = shown[column];
      const attributes = { class: `cell ${align ?? ""} of-${key}`, role: "cell", title: text.length > 12 ? text : null };
      made.append(node("div", attributes, text));
    });
    return made;
  }

  click(event) {
    const id = event.target.closest(".row")?.dataset.id;
    if (!id) return;
    if (event.target.closest(".check")) {
      event.preventDefault(); // the box shows what is chosen, once it is drawn anew
      setTimeout(() => this.toggle(id, event.shiftKey));
    } else if (event.shiftKey || event.ctrlKey || event.metaKey) this.toggle(id, event.shiftKey);
    else {
      this.anchor = id;
      this.choose(this.chosen.size === 1 && this.chosen.has(id) ? [] : [id]);
    }
  }

  toggle(id, range) {
    const ids = this.rows.map((row) => row.id);
    const wanted = new Set(this.chosen.keys());
    if (range && ids.includes(this.anchor)) {
      const ends = [ids.indexOf(this.anchor), ids.indexOf(id)].sort((one, other) => one - other);
      for (const between of ids.slice(ends[0], ends[1] + 1)) wanted.add(between);
    } else if (!wanted.delete(id)) wanted.add(id);
    this.anchor = id;
    this.choose([...wanted]);
  }

  choose(ids) {
    this.chosen = new Map(ids.map((id) => [id, this.chosen.get(id) ?? null]));
    this.moment = Date.now();
    this.headings();
    this.paint();
    this.send("chosen", { ids, moment: this.moment });
  }

  // Up and down move through the rows, Space chooses as the box does, Enter chooses this run alone.
  key(event) {
    const id = this.root.getRootNode().activeElement?.closest?.(".row")?.dataset.id;
    if (!id) return;
    const at = this.rows.findIndex((row) => row.id === id);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (to !== undefined && this.rows[to]) {
      event.preventDefault();
      const { scrollTop, clientHeight } = this.scroller;
      const top = Math.min(scrollTop, to * ROW);
      this.scroller.scrollTop = Math.max(top, (to + 2) * ROW - clientHeight);
      this.paint();
      this.body.querySelector(`[data-id="${this.rows[to].id}"] input`)?.focus({ preventScroll: true });
    } else if (event.key === " ") {
      event.preventDefault();
      this.toggle(id, event.shiftKey);
    } else if (event.key === "Enter") this.choose([id]);
  }

  // What run_ticks brings: texts of live rows, and the chosen runs unless the person has chosen others since.
  tick({ chosen, rows, moment }) {
    this.live = rows;
    if (this.moment === null || moment === this.moment) this.chosen = new Map(Object.entries(chosen).map(([id, colour]) => [id, this.colour(colour)]));
    this.headings();
    this.paint();
  }

  // A colour of the theme by its name, such as --st-chart-categorical-colors[2].
  colour(name) {
    const [, property, index] = name.match(/^(--[\w-]+)\[(\d+)\]$/) ?? [];
    return property ? getComputedStyle(this.root).getPropertyValue(property).split(",")[Number(index)].trim() : null;
  }
}
