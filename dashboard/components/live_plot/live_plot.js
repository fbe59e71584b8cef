// One chart on one node: every update goes through Plotly.react, which keeps zoom, legend and hover.

const PLOTLY = PLOTLY_ADDRESS;
const charts = new WeakMap();
const decoder = new TextDecoder();

export default function ({ data, parentElement }) {
  if (!data.length) {
    atRest().then(plotly);
    return;
  }
  const node = parentElement.querySelector(".live-plot");
  let chart = charts.get(node);
  if (!chart) charts.set(node, (chart = new Chart(node)));
  chart.show(JSON.parse(decoder.decode(data)));
  return () => {
    chart.close();
    charts.delete(node);
  };
}

class Chart {
  constructor(node) {
    this.node = node;
    this.held = false; // a zoom box is being drawn
    this.painting = false;
    this.next = null; // the figure to show as soon as nothing stands in the way
    this.hovered = null;
    this.release = () => {
      this.held = false;
      this.paint();
    };
    this.whenSeen = () => this.paint();
    node.addEventListener("pointerdown", () => (this.held = true));
    window.addEventListener("pointerup", this.release);
    window.addEventListener("pointercancel", this.release);
    document.addEventListener("visibilitychange", this.whenSeen);
  }

  show(figure) {
    this.next = figure;
    this.paint();
  }

  ready() {
    return this.next && !this.held && !document.hidden;
  }

  async paint() {
    if (!this.ready() || this.painting) return;
    this.painting = true;
    await plotly().finally(() => (this.painting = false));
    if (!this.ready() || this.painting) return; // whatever stands in the way calls again when it is gone
    this.painting = true;
    const figure = withTheme(this.next, this.node);
    this.next = null;
    this.node.setAttribute("role", "img");
    this.node.setAttribute("aria-label", figure.label ?? "");
    await Plotly.react(this.node, figure.data, { ...figure.layout, autosize: true }, config());
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
  }

  close() {
    window.removeEventListener("pointerup", this.release);
    window.removeEventListener("pointercancel", this.release);
    document.removeEventListener("visibilitychange", this.whenSeen);
    globalThis.Plotly?.purge(this.node);
  }
}

// Fetched by the first chart of the page, for all of them.
function plotly() {
  globalThis.rowByRowPlotly ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.onload = done;
    script.onerror = () => {
      globalThis.rowByRowPlotly = null; // the next figure tries again
      failed(new Error(`${PLOTLY} cannot be fetched: reload the page.`));
    };
    script.src = PLOTLY;
    document.head.append(script);
  });
  return globalThis.rowByRowPlotly;
}

// Once the person has neither moved nor pressed anything for a while: loading stops the page for most of a second.
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

function config() {
  return { displayModeBar: false, responsive: true, doubleClick: "reset+autosize", showTips: false };
}

// Replaces every "--st-...[index]/opacity" in the figure by the theme's colour, every "--st-font" by its font.
function withTheme(figure, node) {
  const style = getComputedStyle(node);
  const resolve = (value) => {
    if (Array.isArray(value)) return value.map(resolve);
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, resolve(inner)]));
    return typeof value === "string" && value.startsWith("--st-") ? themed(value, style) : value;
  };
  return resolve(figure);
}

function themed(name, style) {
  const [, variable, index, opacity] = name.match(/^(--[\w-]+)(?:\[(\d+)\])?(?:\/([\d.]+))?$/);
  const whole = style.getPropertyValue(variable).trim();
  const value = index === undefined ? whole : whole.split(",")[Number(index)].trim();
  return opacity === undefined ? value : value + alpha(opacity);
}

// Two hex digits behind a #rrggbb colour, which is what config.toml holds.
function alpha(opacity) {
  return Math.round(Number(opacity) * 255).toString(16).padStart(2, "0");
}
