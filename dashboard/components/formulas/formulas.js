// Learn's formulas, filled by the browser's own network in the moment in which row or unit is chosen.
//
// KaTeX is the page's own. Here only the text of its numbers changes, each a \text{} of its own, as the server will
// write it a moment later; nodes are never replaced, for they are React's.

import { found } from "../dom/finding.js";
import { whenGone } from "../dom/gone.js";
import { traceOf, workspaceOf } from "../network/cells.js";
import { fetchedNetwork } from "../network/fetched.js";
import { readoutOf, termsOf } from "../network/terms.js";
import { textOf } from "./places.js";

const NUMBERS = [".katex-html .mord.text > .mord", ".katex-mathml mtext"]; // what is seen, and what is read out
const SLIDER = "aria-valuetext"; // which changes while it is held
const WATCHED = { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: [SLIDER] };
const fillers = new WeakMap();

export default function ({ data, parentElement }) {
  const filler = fillers.get(parentElement) ?? new Filler();
  fillers.set(parentElement, filler);
  filler.receive(data);
  return whenGone(parentElement, () => filler.dispose());
}

// The network of a file; null where it cannot be had: the server fills the formulas alone then, after each choice.
async function networkAt(address) {
  try {
    return (await fetchedNetwork(address)).network;
  } catch (error) {
    console.warn(`Row by Row: the formulas' network is not in the browser (${error.message}); the server fills them.`);
    return null;
  }
}

class Filler {
  constructor() {
    // At once, not in the next frame: what the server has written of an earlier row must not be seen.
    this.again = () => this.fill();
    this.watching = new MutationObserver(this.again);
    document.addEventListener("input", this.again);
  }

  dispose() {
    this.watching.disconnect();
    document.removeEventListener("input", this.again);
  }

  // data: weights (an address), x (28 rows of 28 pixels, flat, 0 to 1), layer and target from 0, controls and formulas:
  // name -> CSS selector, diagram: path of the cell's picture (finding.js), places: formula -> what fills its numbers,
  // in their order.
  async receive(data) {
    this.data = data;
    this.watching.observe(document.querySelector(data.page), WATCHED);
    if (this.weights !== data.weights) await this.load(data.weights);
    else this.read();
  }

  async load(weights) {
    Object.assign(this, { weights, network: null });
    delete document.querySelector(this.data.page).dataset.filled;
    const network = await networkAt(weights);
    if (this.weights !== weights) return;
    Object.assign(this, { network, weights: network && weights }); // what did not come is asked for at the next choice
    if (network) this.read();
  }

  read() {
    const { network } = this;
    if (!network) return; // the file is still on its way
    const { x } = this.data;
    this.rows = x.length / network.inputs;
    this.trace = traceOf(network, x, this.rows, null, workspaceOf(network, this.rows + network.wait));
    this.fill();
  }

  // The number of a control, from 0; null while it holds none that the network has.
  chosen(name, count) {
    const value = document.querySelector(`${this.data.controls[name]} input`)?.valueAsNumber;
    return value >= 1 && value <= count ? value - 1 : null;
  }

  fill() {
    const { data, network, trace } = this;
    if (!network) {
      if (data && !this.weights) this.load(data.weights);
      return;
    }
    const [row, unit] = [this.chosen("row", this.rows), this.chosen("unit", network.hidden)];
    if (row === null || unit === null) return;
    const readout = readoutOf(network, trace, row, data.target);
    const loss = { y: readout.y, L: -Math.log(Math.max(readout.y, 1e-300)) };
    const terms = { ...termsOf(network, trace, data.layer, row, unit), readout, loss };
    for (const [name, places] of Object.entries(data.places)) {
      write(data.formulas[name], places.map((place) => textOf(place, terms[name])));
    }
    fillDiagram(found(data.diagram), terms);
    document.querySelector(data.page).dataset.filled = `${row + 1}:${unit + 1}`;
    this.watching.takeRecords(); // of what was written here
  }
}

// The cell's picture: numbers, and how far each gate is open.
function fillDiagram(drawing, terms) {
  const places = [...(drawing?.querySelectorAll("[data-term]") ?? [])].map((text) => {
    const [, one, equation, name] = text.dataset.term.match(/^(1 - )?(\S+) (.+)$/);
    return { text, one, value: terms[equation]?.[name] };
  });
  if (places.some(({ value }) => value === undefined)) return; // the page is about to show another cell's
  for (const { text, one, value } of places) text.textContent = textOf("value", { value: one ? 1 - value : value });
  for (const gate of drawing?.querySelectorAll("[data-gate]") ?? []) {
    gate.style.setProperty("--open", terms[gate.dataset.gate]?.value ?? 0);
  }
}

function write(formula, texts) {
  for (const numbers of NUMBERS) {
    const every = [...document.querySelectorAll(`${formula} ${numbers}`)];
    const shown = every.filter((one) => /\d/.test(one.textContent)); // others are spaces
    if (shown.length !== texts.length) continue; // the page is about to show another cell's
    shown.forEach((element, k) => {
      const text = element.firstChild;
      const spaced = texts[k].replaceAll(" ", "\u00a0");
      if (text && text.nodeValue !== spaced) text.nodeValue = spaced;
    });
  }
}
