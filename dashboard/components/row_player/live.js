// The network in the browser: while the pen is down, each animation frame reads the strokes so far.
//
// The browser's own User Timing has an entry for each answer, "pen-to-strips": from the pointer event (the oldest that
// was not shown yet) to the frame in which the strips are painted.

import { LivePen } from "../live_pen/live_pen.js";
import { traceOf, workspaceOf } from "../network/cells.js";
import { fetchedNetwork } from "../network/fetched.js";
import { frameOf, strokesOf } from "../network/frame.js";
import { alike } from "./trace.js";

const QUICK_MILLISECONDS = 25; // a trace that takes longer is made beside the page, in a worker
const PATIENT_MILLISECONDS = 250; // and one that takes still longer waits for the server's
const MEASURE = "pen-to-strips";
const READY = "network-ready"; // a mark for each network that came: detail is page, worker or wait, as modeFor has it
const ROWS = 28;

// Room for the trace of a frame.
export const roomOf = (network) => workspaceOf(network, ROWS + network.wait);

export const readFrame = (network, pixels, room) => traceOf(network, pixels, ROWS, null, room);

export class Live {
  // show(trace, drawing): what the player does with a trace that was made here. ready(): the network's state changed.
  // pen: who says what is drawn, as a LivePen does; null: the canvas that the message names.
  constructor(show, ready, pen = null) {
    this.show = show;
    this.ready = ready;
    this.givenPen = pen;
    this.options = null;
    this.weights = null; // the address of the network's file
    this.mode = "none"; // then "loading", and "page", "worker" or "wait": who reads; "failed": the server alone
    this.network = null;
    this.latest = null; // the trace that was made last, while it is what the canvas holds
    this.turn = 0; // counts the drawings that were given up
  }

  dispose() {
    this.pen?.dispose();
    this.worker?.terminate();
    cancelAnimationFrame(this.asked);
  }

  // The page's message: what is on the canvas, and whose network reads it. Whether its trace is to be shown: not while
  // the pen is ahead of it.
  receive(message) {
    const { live: options, weights } = message.options;
    this.message = message;
    if (weights !== this.weights) this.load(weights);
    if (!options) return this.leave();
    const { container, size, width, paths } = options;
    this.pen ??= this.givenPen ?? new LivePen({ container, size, width });
    Object.assign(this.pen, { container, size, width, hear: (drawn, event) => this.hear(drawn, event) });
    this.pen.know(paths, options.start !== this.options?.start);
    this.options = options;
    this.pen.fade(paths.length > 0);
    if (this.pen.ahead) return false;
    const same = this.latest && alike(this.latest, message);
    this.giveUp();
    if (!same) this.latest = null;
    return !same;
  }

  // Whatever is still being read: it must not be shown over what has come since.
  giveUp() {
    cancelAnimationFrame(this.asked);
    Object.assign(this, { asked: 0, heard: null, waiting: null, turn: this.turn + 1 });
  }

  leave() {
    this.pen?.dispose();
    Object.assign(this, { pen: null, options: null, latest: null });
    return true;
  }

  async load(url) {
    this.worker?.terminate();
    Object.assign(this, { weights: url, network: null, worker: null, mode: url ? "loading" : "none" });
    const found = url && (await networkAt(url));
    if (url !== this.weights || !url) return;
    this.mode = found ? modeFor(found.milliseconds) : "failed";
    this.network = found?.network ?? null;
    if (found) performance.mark(READY, { detail: this.mode });
    if (this.mode === "worker") this.work(found.content);
    this.ready();
  }

  // The newest drawing alone is under way to the worker and back; those in between are passed over.
  work(content) {
    this.worker = new Worker(URL.createObjectURL(new Blob([NETWORK_WORKER], { type: "text/javascript" })));
    this.worker.postMessage({ content });
    this.worker.onmessage = ({ data }) => {
      this.busy = false;
      if (this.pen) this.give(data.trace, data.drawing);
      if (this.waiting) this.ask(this.waiting);
    };
  }

  ask(drawing) {
    this.waiting = this.busy ? drawing : null;
    if (this.busy) return;
    this.busy = true;
    this.worker.postMessage({ drawing });
  }

  hear(paths, event) {
    this.pen.fade(true);
    this.paths = paths;
    this.heard ??= event.timeStamp;
    this.asked ||= requestAnimationFrame(() => this.read());
  }

  // The strokes so far, as the canvas will hand them over, through the network.
  read() {
    this.asked = 0;
    const { paths, heard, network } = this;
    this.heard = null;
    if (!network || this.mode === "wait") return;
    const pixels = this.frameOf(paths);
    const drawing = { pixels, paths: paths.length, heard, turn: this.turn };
    if (this.mode === "worker") this.ask(drawing);
    else this.give(readFrame(network, pixels), drawing);
  }

  // What the network receives of these paths.
  frameOf(paths) {
    const strokes = strokesOf({ objects: paths.map((path) => ({ type: "path", path })) });
    return frameOf(strokes, this.options.width, this.options.size).pixels;
  }

  give(read, drawing) {
    if (drawing.turn !== this.turn) return;
    this.latest = liveTrace(this.message, this.network, read);
    this.show(this.latest, drawing);
    afterPaint(() => performance.measure(MEASURE, { start: drawing.heard, end: performance.now() }));
  }
}

// What follows this frame's painting: a message, or the next frame where that comes first, since at the start of a
// gesture a browser lets messages and timers wait for some frames.
function afterPaint(then) {
  const { port1, port2 } = new MessageChannel();
  const next = requestAnimationFrame(done);
  port1.onmessage = done;
  port2.postMessage(null);
  function done() {
    cancelAnimationFrame(next);
    port1.onmessage = null;
    port1.close();
    then();
  }
}

const modeFor = (milliseconds) =>
  milliseconds <= QUICK_MILLISECONDS ? "page" : milliseconds <= PATIENT_MILLISECONDS ? "worker" : "wait";

const networks = new Map(); // URL or content -> what is on its way, once a page

// {network, content, milliseconds a trace takes}; null where the file cannot be had: the server answers alone then.
function networkAt(source) {
  if (!networks.has(source)) networks.set(source, made(source));
  return networks.get(source);
}

async function made(source) {
  try {
    const { network, content } = await fetchedNetwork(source);
    return { network, content, milliseconds: timed(network) };
  } catch (error) {
    console.warn(`Row by Row: the network is not in the browser (${error.message}); the server answers after each stroke.`);
    networks.delete(source);
    return null;
  }
}

// Milliseconds of a trace: the best of three, for the first one is also compiled.
function timed(network) {
  const x = new Float32Array(ROWS * network.inputs).fill(0.5);
  const runs = [0, 1, 2].map(() => {
    const start = performance.now();
    traceOf(network, x, ROWS);
    return performance.now() - start;
  });
  return Math.min(...runs);
}

// A trace that was made here as the player shows it: in the form of the page's message, and with its words and scales.
export function liveTrace(message, network, read) {
  const loudest = loudestUnits(network, read);
  const units = [...new Set([...message.units, ...loudest])].sort((one, other) => one - other);
  const { p, x, values, logits, rows } = read;
  return { ...message, p, x, values, logits, rows, units, loudest, width: read.hidden, before: null };
}

// The unit of each layer that a person sees first: in the top layer the one that adds most to the answer's logit,
// V[digit, u] h_u(T), below the one whose h moves most.
export function loudestUnits({ arrays, layers, hidden, classes }, { logits, values, rows }) {
  const V = arrays["classifier.weight"];
  const last = logits.subarray((rows - 1) * classes, rows * classes);
  const digit = last.indexOf(Math.max(...last));
  const h = (layer, row, unit) => values.h[(layer * rows + row) * hidden + unit];
  const moves = (layer, unit) => {
    let [low, high] = [Infinity, -Infinity];
    for (let row = 0; row < rows; row++) {
      low = Math.min(low, h(layer, row, unit));
      high = Math.max(high, h(layer, row, unit));
    }
    return high - low;
  };
  const adds = (unit) => V[digit * hidden + unit] * h(layers - 1, rows - 1, unit);
  return Array.from({ length: layers }, (_, layer) => largest(hidden, layer === layers - 1 ? adds : (unit) => moves(layer, unit)));
}

function largest(count, worth) {
  let [best, most] = [0, -Infinity];
  for (let unit = 0; unit < count; unit++) {
    const value = worth(unit);
    if (value > most) [best, most] = [unit, value];
  }
  return best;
}
