// What a network does at every row: gates, states and opinion; the mirror of core's tracing.
//
// Shapes: T rows, D = 28 pixels, H hidden, L layers, K = 10 classes; G gates (LSTM 4, GRU 3, RNN 1).
// Equations: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html (g is the article's a), GRU, RNN.

import { DrawingError } from "./errors.js";
import { paddedTo8 } from "./product.js";
import { arrangeRows, holdGates, preparedSurgery, rowsUnder, silenceUnits } from "./surgery.js";

// What each cell has, in the order in which it is shown.
export const LETTERS = { lstm: ["f", "i", "a", "o", "C", "h"], gru: ["r", "z", "n", "h"], rnn: ["h"] };

// Reads x (rows, 28), 0 to 1, row-major -> {cell, rows, columns, layers, hidden, letters, x, values, logits, p}.
// values: letter -> Float32Array(L * T * H); logits and p: Float32Array(T * 10). T: rows, or the surgery's own, and those
// that the network waits.
// The trace lies in the workspace, and the next call with the same workspace overwrites it. Without one the network
// keeps one of its own, so that a call an animation frame allocates nothing; workspaceOf(network, T) gives a fresh one.
// Throws DrawingError for an x that is none, ConfigError for surgery that does not fit.
export function traceOf(network, x, rows, surgery = null, workspace = null) {
  checkPixels(x, rows, network.inputs);
  const prepared = surgery ? preparedSurgery(surgery, network, rows) : null;
  const given = rowsUnder(surgery, rows);
  const room = roomFor(network, given + network.wait, workspace);
  const { trace } = room;
  arrangeRows(prepared?.rows ?? null, x, trace.columns, trace.x);
  trace.x.fill(0, given * trace.columns); // the rows that it waits are blank
  for (const layer of network.stack) {
    addInputs(network.addProduct, layer, room);
    const cut = prepared?.layers[layer.k] ?? UNTOUCHED;
    for (let t = 0; t < trace.rows; t++) ROW_STEPS[network.cell](network.addProduct, layer, room, cut, t);
  }
  readOut(network, room);
  return trace;
}

// Room for a trace of `rows` rows of this network.
export function workspaceOf(network, rows) {
  const { cell, layers, hidden, inputs, classes, stack } = network;
  const letters = LETTERS[cell];
  const values = Object.fromEntries(letters.map((letter) => [letter, new Float32Array(layers * rows * hidden)]));
  const stride = paddedTo8(stack[0].bias.length);
  const trace = { cell, rows, columns: inputs, layers, hidden, letters, x: new Float32Array(rows * inputs), values };
  trace.logits = new Float32Array(rows * classes);
  trace.p = new Float32Array(rows * classes);
  return {
    trace,
    stride, // numbers a row of gates takes
    gates: new Float32Array(rows * stride), // (T, stride) before the squashing: U x(t) + b, then W h(t-1) added
    recurrent: new Float32Array(stride), // GRU: W h(t-1) + b_hh, which the reset gate must meet alone
    sums: new Float32Array(paddedTo8(classes)), // a row's logits
  };
}

// The workspace that was given, or the network's own, made anew where the number of rows has changed.
function roomFor(network, rows, workspace) {
  if (workspace) {
    const room = workspace.trace.rows;
    if (room !== rows) throw new RangeError(`This workspace has ${room} rows, not ${rows}.`);
    return workspace;
  }
  if (network.workspace?.trace.rows !== rows) network.workspace = workspaceOf(network, rows);
  return network.workspace;
}

function checkPixels(x, rows, columns) {
  const pixels = rows * columns;
  if (x.length !== pixels) {
    throw new DrawingError(`${rows} rows have ${pixels} pixels; this frame has ${x.length}: draw the digit again.`);
  }
  for (let at = 0; at < x.length; at++) {
    if (!(x[at] >= 0 && x[at] <= 1)) {
      throw new DrawingError(`A pixel is ${x[at]}; a reader takes 0 (paper) to 1 (ink): draw the digit again.`);
    }
  }
}

// ---- the products that do not depend on h

// U x(t) + b of all rows. x: the frame, or h of the layer below.
function addInputs(addProduct, { k, U, bias, inputs }, { trace, gates, stride }) {
  const { rows, values } = trace;
  const x = k ? values.h : trace.x;
  const from = k ? (k - 1) * rows * inputs : 0;
  for (let t = 0; t < rows; t++) {
    const at = from + t * inputs;
    gates.set(bias, t * stride);
    if (!isZero(x, at, inputs)) addProduct(U, inputs, x, at, gates, t * stride); // a blank row leaves the bias
  }
}

function isZero(x, from, count) {
  for (let at = from; at < from + count; at++) if (x[at] !== 0) return false;
  return true;
}

// ---- the recurrences: row t of layer k, whose H values begin at `at`, from those of the row before it

const ROW_STEPS = { lstm: lstmRow, gru: gruRow, rnn: rnnRow };
const UNTOUCHED = { clamps: [], silenced: [] };

export const sigmoid = (value) => 1 / (1 + Math.exp(-value));
export const tanh = (value) => 1 - 2 / (Math.exp(2 * value) + 1); // Math.tanh takes V8 seven times as long as Math.exp

function lstmRow(addProduct, { k, W }, { trace, gates, stride }, surgery, t) {
  const { rows, hidden, values } = trace;
  const { f, i, a, o, C, h } = values;
  const at = (k * rows + t) * hidden;
  const before = at - hidden;
  const gate = t * stride;
  if (t) addProduct(W, hidden, h, before, gates, gate); // h(0) = 0
  for (let u = 0; u < hidden; u++) {
    i[at + u] = sigmoid(gates[gate + u]); // i, f, a, o: PyTorch's order
    f[at + u] = sigmoid(gates[gate + hidden + u]);
    a[at + u] = tanh(gates[gate + 2 * hidden + u]);
    o[at + u] = sigmoid(gates[gate + 3 * hidden + u]);
  }
  holdGates(surgery.clamps, t, values, at, hidden);
  for (let u = 0; u < hidden; u++) {
    C[at + u] = (t ? f[at + u] * C[before + u] : 0) + i[at + u] * a[at + u];
    h[at + u] = o[at + u] * tanh(C[at + u]);
  }
  silenceUnits(surgery.silenced, C, at);
  silenceUnits(surgery.silenced, h, at);
}

function gruRow(addProduct, { k, W, bias_hh }, { trace, gates, stride, recurrent }, surgery, t) {
  const { rows, hidden, values } = trace;
  const { r, z, n, h } = values;
  const at = (k * rows + t) * hidden;
  const before = at - hidden;
  const gate = t * stride;
  recurrent.set(bias_hh);
  if (t) addProduct(W, hidden, h, before, recurrent, 0); // h(0) = 0
  for (let u = 0; u < hidden; u++) {
    r[at + u] = sigmoid(gates[gate + u] + recurrent[u]);
    z[at + u] = sigmoid(gates[gate + hidden + u] + recurrent[hidden + u]);
  }
  holdGates(surgery.clamps, t, values, at, hidden);
  for (let u = 0; u < hidden; u++) {
    n[at + u] = tanh(gates[gate + 2 * hidden + u] + r[at + u] * recurrent[2 * hidden + u]); // resets W h + b, not h
    h[at + u] = (1 - z[at + u]) * n[at + u] + (t ? z[at + u] * h[before + u] : 0);
  }
  silenceUnits(surgery.silenced, h, at);
}

function rnnRow(addProduct, { k, W }, { trace, gates, stride }, surgery, t) {
  const { rows, hidden, values } = trace;
  const { h } = values;
  const at = (k * rows + t) * hidden;
  const gate = t * stride;
  if (t) addProduct(W, hidden, h, at - hidden, gates, gate); // h(0) = 0
  for (let u = 0; u < hidden; u++) h[at + u] = tanh(gates[gate + u]);
  silenceUnits(surgery.silenced, h, at);
}

// ---- the readout: V h(t) + c of the top layer, and its softmax

function readOut({ addProduct, classes, readout, layers, hidden }, { trace, sums }) {
  const { rows, values, logits, p } = trace;
  for (let t = 0; t < rows; t++) {
    sums.set(readout.bias);
    addProduct(readout.V, hidden, values.h, ((layers - 1) * rows + t) * hidden, sums, 0);
    for (let c = 0; c < classes; c++) logits[t * classes + c] = sums[c];
    softmaxRow(logits, p, t * classes, classes);
  }
}

function softmaxRow(logits, p, from, count) {
  let most = -Infinity;
  for (let at = from; at < from + count; at++) most = Math.max(most, logits[at]);
  let sum = 0;
  for (let at = from; at < from + count; at++) sum += Math.exp(logits[at] - most);
  for (let at = from; at < from + count; at++) p[at] = Math.exp(logits[at] - most) / sum;
}
