import assert from "node:assert/strict";
import test from "node:test";
import { LETTERS, traceOf, workspaceOf } from "../../dashboard/components/network/cells.js";
import { decisionOf } from "../../dashboard/components/network/decision.js";
import { BLANK } from "../../dashboard/components/network/surgery.js";
import { aFrame, aNetwork } from "./helpers.js";

const near = (one, other, reach = 1e-6) => assert.ok(Math.abs(one - other) < reach, `${one} is not ${other}`);
const copied = (trace) => structuredClone({ ...trace });

test("probabilities of a row add up to one", () => {
  for (const cell of Object.keys(LETTERS)) {
    const { p } = traceOf(aNetwork(cell), aFrame(), 28);
    for (let t = 0; t < 28; t++) near(p.subarray(10 * t, 10 * t + 10).reduce((one, other) => one + other), 1);
  }
});

test("each value follows from its equation", () => {
  const { values } = traceOf(aNetwork("lstm"), aFrame(), 28);
  const { f, i, a, o, C, h } = values;
  for (const at of [8, 100, 28 * 8 + 9]) {
    near(C[at], f[at] * C[at - 8] + i[at] * a[at]);
    near(h[at], o[at] * Math.tanh(C[at]));
  }
});

test("one workspace serves all calls, a fresh one keeps its trace", () => {
  const network = aNetwork("gru");
  const kept = traceOf(network, aFrame(), 28, null, workspaceOf(network, 28));
  const before = copied(kept);
  const one = traceOf(network, aFrame(), 28);
  assert.equal(traceOf(network, new Float32Array(784), 28), one);
  assert.notDeepEqual(one.values, before.values);
  assert.deepEqual(copied(kept), before);
  assert.throws(() => traceOf(network, aFrame(3), 3, null, workspaceOf(network, 28)), /28 rows, not 3/);
});

test("a network that waits reads blank rows after those it is given", () => {
  for (const cell of Object.keys(LETTERS)) {
    const patient = aNetwork(cell, 8, 2, { config: { wait: 5 } });
    const longer = Float32Array.from({ length: 33 * 28 }, (_, at) => aFrame()[at] ?? 0);
    const expected = copied(traceOf(aNetwork(cell), longer, 33));
    assert.deepEqual(copied(traceOf(patient, aFrame(), 28)), expected);
    const other = { rows: [...Array(20).keys()] };
    assert.equal(traceOf(patient, aFrame(), 28, other).rows, 25);
    assert.deepEqual(copied(traceOf(patient, aFrame(), 28)), expected);
  }
});

test("a card names no wait that is none", () => {
  for (const wait of [-1, 225, 1.5, "7", null]) assert.equal(aNetwork("rnn", 8, 1, { config: { wait } }).wait, 0);
});

test("what a call leaves in the workspace does not reach the next", () => {
  for (const cell of Object.keys(LETTERS)) {
    const network = aNetwork(cell);
    const fresh = copied(traceOf(aNetwork(cell), aFrame(), 28));
    traceOf(network, new Float32Array(784).fill(1), 28, { silenced: [[0, 1], [1, 3]] });
    assert.deepEqual(copied(traceOf(network, aFrame(), 28)), fresh);
  }
});

test("any number of rows is read, the first ones as before", () => {
  const network = aNetwork("lstm");
  const all = copied(traceOf(network, aFrame(), 28));
  for (const rows of [1, 2, 13]) {
    const { logits } = traceOf(network, aFrame().subarray(0, rows * 28), rows);
    assert.deepEqual(logits, all.logits.subarray(0, rows * 10));
  }
});

test("a frame that is none is refused", () => {
  const refused = { name: "DrawingError" };
  assert.throws(() => traceOf(aNetwork("rnn"), aFrame(27), 28), refused);
  for (const value of [NaN, Infinity, -0.1, 1.1]) {
    assert.throws(() => traceOf(aNetwork("rnn"), aFrame().fill(value, 5, 6), 28), refused);
  }
});

test("surgery holds, silences, blanks and appends", () => {
  const network = aNetwork("lstm");
  const clamp = [{ gate: "f", value: 1, layer: 1, units: [2], firstRow: 3 }, ["i", 0]];
  const surgery = { clamp, silenced: [[0, 4]], rows: [0, BLANK, 5, 5] };
  const { rows, x, values } = traceOf(network, aFrame(), 28, surgery);
  assert.equal(rows, 4);
  assert.deepEqual(x.subarray(56, 84), aFrame().subarray(140, 168));
  assert.ok(x.subarray(28, 56).every((value) => value === 0));
  assert.ok(values.i.every((value) => value === 0) && values.C.every((value) => value === 0));
  assert.equal(values.f[(1 * 4 + 3) * 8 + 2], 1);
  assert.notEqual(values.f[(1 * 4 + 2) * 8 + 2], 1);
  assert.deepEqual([0, 1, 2, 3].map((t) => values.h[t * 8 + 4]), [0, 0, 0, 0]);
});

test("surgery that does not fit is named", () => {
  const cases = [
    ["gru", { clamp: [["f", 1]] }, /no gate 'f': choose r or z/],
    ["rnn", { clamp: [["f", 1]] }, /silence units instead/],
    ["lstm", { clamp: [["f", 1.5]] }, /0 to 1/],
    ["lstm", { clamp: [["f", NaN]] }, /0 to 1/],
    ["lstm", { clamp: [["f", 1, 2]] }, /no layer 2/],
    ["lstm", { clamp: [["f", 1, null, [8]]] }, /no unit 8/],
    ["lstm", { clamp: [["f", 1, null, null, 9, 3]] }, /Rows 9 to 3/],
    ["lstm", { silenced: [[0, -1]] }, /no unit -1/],
    ["lstm", { rows: [] }, /0 rows/],
    ["lstm", { rows: [28] }, /no row 28/],
  ];
  for (const [cell, surgery, message] of cases) {
    assert.throws(() => traceOf(aNetwork(cell), aFrame(), 28, surgery), { name: "ConfigError", message });
  }
});

test("a decision names when it settled, what was before and when it was certain", () => {
  const answers = [1, 0, 1, 2, 2, 2, 2]; // each at 0.95, but the sixth
  const p = new Float32Array(70).fill(0.005);
  answers.forEach((digit, row) => (p[row * 10 + digit] = row === 5 ? 0.6 : 0.95));
  const found = decisionOf({ rows: 7, logits: p, p });
  assert.deepEqual([found.digit, found.settled, found.before, found.certain], [2, 3, 1, 6]);
  near(found.beforeProbability, 0.95);
  const never = decisionOf({ rows: 2, logits: new Float32Array(20), p: new Float32Array(20).fill(0.1) });
  const nothing = { certain: null, before: null, beforeProbability: null };
  assert.deepEqual(never, { digit: 0, probability: Math.fround(0.1), settled: 0, ...nothing });
});
