// One chart on one node: every update goes through Plotly.react, which keeps zoom, legend and hover.

import { whenGone } from "../dom/gone.js";
import { withTheme } from "./figure.js";

const charts = new WeakMap();
const decoder = new TextDecoder();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".live-plot");
  const { plotly } = root.dataset; // the address of the library
  if (!data.length) {
    atRest().then(() => loadPlotly(plotly));
    return;
  }
  let chart = charts.get(root);
  if (!chart) charts.set(root, (chart = new Chart(root, plotly)));
  chart.show(JSON.parse(decoder.decode(data)));
  return whenGone(root, () => {
    chart.close();
    charts.delete(root);
  });
}

class Chart {
  constructor(root, address) {
    this.node = root;
    this.address = address;
    this.held = false; // true while a zoom box is being drawn
    this.painting = false;
    this.next = null; // the figure to show as soon as nothing stands in the way
    this.hovered = null;
    this.own = {}; // the shown figure's own axes, for a double click
    this.release = () => {
      this.held = false;
      this.paint();
    };
    this.whenSeen = () => this.paint();
    root.addEventListener("pointerdown", () => (this.held = true));
    window.addEventListener("pointerup", this.release);
    window.addEventListener("pointercancel", this.release);
    document.addEventListener("visibilitychange", this.whenSeen);
    this.size = new ResizeObserver(this.whenSeen);
    this.size.observe(root);
  }

  show(figure) {
    this.next = figure;
    this.paint();
  }

  // A node without a width is hidden, and Plotly would give the chart a width of its own.
  ready() {
    return this.next && !this.held && !document.hidden && this.node.clientWidth;
  }

  async paint() {
    if (!this.ready() || this.painting) return;
    this.painting = true;
    await loadPlotly(this.address).finally(() => (this.painting = false));
    if (!this.ready() || this.painting) return; // whatever stands in the way calls again when it is gone
    this.painting = true;
    const figure = withTheme(this.next, getComputedStyle(this.node));
    this.next = null;
    this.node.setAttribute("role", "img");
    this.node.setAttribute("aria-label", figure.label ?? "");
    this.own = ownAxes(figure.layout);
    // Only once: where Plotly takes a config for another one, it draws anew, and zoom and legend are gone.
    await Plotly.react(this.node, figure.data, { ...figure.layout, autosize: true }, this.watched ? undefined : config());
    this.painting = false;
    if (!this.watched) this.watch();
    if (this.hovered) Plotly.Fx.hover(this.node, this.hovered, Object.keys(this.node._fullLayout._plots)[0]);
    this.node.dataset.updates = Number(this.node.dataset.updates ?? 0) + 1;
    this.paint();
  }

  watch() {
    this.watched = true;
    this.node.on("plotly_hover", ({ event }) => (this.hovered = event));
    this.node.on("plotly_unhover", () => (this.hovered = null));
    this.node.on("plotly_doubleclick", () => Plotly.relayout(this.node, this.own));
  }

  close() {
    window.removeEventListener("pointerup", this.release);
    window.removeEventListener("pointercancel", this.release);
    document.removeEventListener("visibilitychange", this.whenSeen);
    this.size.disconnect();
    globalThis.Plotly?.purge(this.node);
  }
}

// Fetched by the first chart of the page, for all of them.
function loadPlotly(address) {
  globalThis.rowByRowPlotly ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.onload = done;
    script.onerror = () => {
      globalThis.rowByRowPlotly = null; // the next figure tries again
      failed(new Error(`${address} cannot be fetched: reload the page.`));
    };
    script.src = address;
    document.head.append(script);
  });
  return globalThis.rowByRowPlotly;
}

// Resolves once the person has neither moved nor pressed anything for a while: loading blocks the page for most of a second.
function atRest() {
  const rest = 1000; // ms
  const signs = ["pointermove", "pointerdown", "wheel", "keydown"];
  return new Promise((done) => {
    let timer;
    const begin = () => {
      clearTimeout(timer);
      timer = setTimeout(end, rest);
    };
    const end = () => {
      for (const sign of signs) window.removeEventListener(sign, begin, true);
      done();
    };
    for (const sign of signs) window.addEventListener(sign, begin, { capture: true, passive: true });
    begin();
  });
}

// A double click leads back to the axes of the figure that is shown; Plotly's own would show those of the first one.
function config() {
  return { displayModeBar: false, responsive: true, doubleClick: false, showTips: false };
}

// What leads back to a layout's axes from any zoom, in Plotly's terms. A copy: Plotly writes a zoom into the layout.
function ownAxes(layout) {
  const axes = Object.entries(layout).filter(([name]) => /^[xy]axis\d*$/.test(name));
  const own = ([name, { range }]) => (range ? [`${name}.range`, [...range]] : [`${name}.autorange`, true]);
  return Object.fromEntries(axes.map(own));
}
