// Every term of every equation of one unit at one row; the mirror of core's equations.
//
// Shapes: T rows, D inputs of a layer, H hidden, K = 10 classes. Rows, layers and units count from 0.

const WEIGHT_ORDER = { lstm: ["i", "f", "a", "o"], gru: ["r", "z", "n"], rnn: ["h"] }; // PyTorch's, its g is the article's a

const logistic = (z) => 1 / (1 + Math.exp(-z));

// trace: of a reading without surgery -> equation -> its terms by name, the last of them `value`.
export function termsOf(network, trace, layer, row, unit) {
  const { hidden } = network;
  const [x, from, width] = layer ? [trace.values.h, ((layer - 1) * trace.rows + row) * hidden, hidden] : [trace.x, row * network.inputs, network.inputs];
  const before = (letter) => (row ? trace.values[letter].subarray((layer * trace.rows + row - 1) * hidden).subarray(0, hidden) : new Float32Array(hidden));
  return EQUATIONS[network.cell](partsOf(network, layer, unit, x.subarray(from, from + width), before("h")), (letter) => before(letter)[unit]);
}

// o(t) = V h(t) + c and y(t) = softmax(o(t)) of one digit at a row.
export function readoutOf({ arrays, classes }, { logits, p }, row, digit) {
  const [c, o] = [arrays["classifier.bias"][digit], logits[row * classes + digit]];
  return { "V h": o - c, c, o, y: p[row * classes + digit] };
}

// Gate letter -> U x(t), W h(t-1) and PyTorch's two biases, of one unit.
function partsOf({ cell, hidden, arrays }, layer, unit, x, h) {
  const parts = {};
  WEIGHT_ORDER[cell].forEach((letter, gate) => {
    const at = gate * hidden + unit;
    const array = (name) => arrays[`${cell}.${name}_l${layer}`];
    const [b_U, b_W] = [array("bias_ih")[at], array("bias_hh")[at]];
    parts[letter] = { "W h": product(array("weight_hh"), at, h), "U x": product(array("weight_ih"), at, x), b_U, b_W };
  });
  return parts;
}

function product(matrix, row, vector) {
  let sum = 0;
  for (let k = 0; k < vector.length; k++) sum += matrix[row * vector.length + k] * vector[k];
  return sum;
}

// squash(W h(t-1) + U x(t) + b)
function gateOf({ "W h": W_h, "U x": U_x, b_U, b_W }, squash) {
  const b = b_U + b_W;
  const sum = W_h + U_x + b;
  return { "W h": W_h, "U x": U_x, b, sum, value: squash(sum) };
}

const EQUATIONS = {
  rnn: ({ h }) => ({ h: gateOf(h, Math.tanh) }),

  lstm(parts, before) {
    const [f, i, a, o] = [gateOf(parts.f, logistic), gateOf(parts.i, logistic), gateOf(parts.a, Math.tanh), gateOf(parts.o, logistic)];
    const [kept, added] = [before("C") * f.value, i.value * a.value];
    const after = kept + added;
    const C = { "C before": before("C"), f: f.value, i: i.value, a: a.value, kept, added, value: after };
    const h = { o: o.value, C: after, "tanh C": Math.tanh(after), value: o.value * Math.tanh(after) };
    return { f, i, a, C, o, h };
  },

  gru(parts, before) {
    const [r, z] = [gateOf(parts.r, logistic), gateOf(parts.z, logistic)];
    const { "U x": U_x, "W h": W_h, b_U: b, b_W: d } = parts.n; // the reset gate acts on W h(t-1) + d alone
    const sum = U_x + b + r.value * (W_h + d);
    const n = { "U x": U_x, b, r: r.value, "W h": W_h, d, sum, value: Math.tanh(sum) };
    const [fresh, kept] = [(1 - z.value) * n.value, z.value * before("h")];
    return { r, z, n, h: { z: z.value, n: n.value, "h before": before("h"), new: fresh, kept, value: fresh + kept } };
  },
};
