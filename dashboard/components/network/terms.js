// Every term of every equation of one unit at one row; the mirror of core's equations.
//
// Shapes: T rows, D inputs of a layer, H hidden, K = 10 classes. Rows, layers and units count from 0.

import { sigmoid, tanh } from "./cells.js";

// PyTorch's; its g is the article's a.
const WEIGHT_ORDER = { lstm: ["i", "f", "a", "o"], gru: ["r", "z", "n"], rnn: ["h"] };

// trace: of a reading without surgery -> equation -> its terms by name, the last of them `value`.
export function termsOf(network, trace, layer, row, unit) {
  const { cell, hidden, inputs } = network;
  const state = (letter, k, t) => trace.values[letter].subarray((k * trace.rows + t) * hidden).subarray(0, hidden);
  const before = (letter) => (row ? state(letter, layer, row - 1) : new Float32Array(hidden));
  const x = layer ? state("h", layer - 1, row) : trace.x.subarray(row * inputs, (row + 1) * inputs);
  return EQUATIONS[cell](partsOf(network, layer, unit, x, before("h")), (letter) => before(letter)[unit]);
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
  rnn: ({ h }) => ({ h: gateOf(h, tanh) }),

  lstm(parts, before) {
    const [f, i, o] = ["f", "i", "o"].map((letter) => gateOf(parts[letter], sigmoid));
    const a = gateOf(parts.a, tanh);
    const [kept, added] = [before("C") * f.value, i.value * a.value];
    const after = kept + added;
    const C = { "C before": before("C"), f: f.value, i: i.value, a: a.value, kept, added, value: after };
    const h = { o: o.value, C: after, "tanh C": tanh(after), value: o.value * tanh(after) };
    return { f, i, a, C, o, h };
  },

  gru(parts, before) {
    const [r, z] = [gateOf(parts.r, sigmoid), gateOf(parts.z, sigmoid)];
    const { "U x": U_x, "W h": W_h, b_U: b, b_W: d } = parts.n; // the reset gate acts on W h(t-1) + d alone
    const sum = U_x + b + r.value * (W_h + d);
    const n = { "U x": U_x, b, r: r.value, "W h": W_h, d, sum, value: tanh(sum) };
    const [fresh, kept] = [(1 - z.value) * n.value, z.value * before("h")];
    return { r, z, n, h: { z: z.value, n: n.value, "h before": before("h"), new: fresh, kept, value: fresh + kept } };
  },
};
