import assert from "node:assert/strict";
import test from "node:test";
import { decode } from "../../dashboard/components/row_player/message.js";
import { alike, at, held, minus, ordered, ranking, shown } from "../../dashboard/components/row_player/trace.js";

const HEADER = {
  rows: 3, columns: 2, layers: 2, units: [0, 4], letters: ["h"], decimals: { h: 3 }, compare: false, words: { label: "é" },
};

// h: two layers of three rows of two units, in thousandths.
const H = [0, 5, -9, 1, 3, -7, 10, 0, 0, 20, 0, -30];
const VALUES = H.map((thousandths) => Math.fround(thousandths / 1000));

function message(header = HEADER) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padding = (4 - (text.length % 4)) % 4;
  const p = Float32Array.from({ length: 30 }, (_, k) => (k === 7 ? 0.5 : k === 3 ? 0.25 : k === 12 ? 1 : 0));
  const numbers = [p, Int16Array.of(0, 250, 500, 750, 1000, 0), Int16Array.from(H)];
  if (header.compare) numbers.push(p, Int16Array.from(H, (value) => -value));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length + padding);
  return Buffer.concat([length, text, Buffer.alloc(padding, " "), ...numbers.map((list) => Buffer.from(list.buffer))]);
}

test("a message is read back whole", () => {
  const trace = decode(message());
  assert.equal(trace.words.label, "é");
  assert.deepEqual([...trace.x], [0, 0.25, 0.5, 0.75, 1, 0]);
  assert.deepEqual([...trace.values.h], VALUES);
  assert.equal(trace.p[12], 1);
  assert.equal(trace.before, null);
});

test("rows about the cursor are held while the line keeps its side and half of its value", () => {
  const line = [0, 0.5, 0.9, 1, 0.6, 0.4, -0.8, -0.5, 0.9];
  assert.deepEqual(held(line, 3), [1, 4]);
  assert.deepEqual(held(line, 5), [1, 5]);
  assert.deepEqual(held(line, 6), [6, 7]);
  assert.deepEqual(held(line, 8), [8, 8]);
});

test("a message may begin anywhere in its buffer", () => {
  const bytes = message();
  const moved = new Uint8Array(bytes.length + 7);
  moved.set(bytes, 3);
  assert.deepEqual([...decode(moved.subarray(3, 3 + bytes.length)).values.h], VALUES);
});

test("a comparison's letters follow the trace's own", () => {
  const trace = decode(message({ ...HEADER, compare: true }));
  assert.deepEqual([...trace.before.values.h], VALUES.map((value) => 0 - value));
  assert.equal(trace.before.x, null);
});

test("a value is shown to the decimals that were sent, with a true minus", () => {
  const trace = decode(message());
  assert.equal(shown(trace, "h", 0, 1, 0), "−0.009");
  assert.equal(shown(trace, "h", 1, 1, 1), "0.020");
  assert.equal(at(trace, 1, 2, 1), 11);
  assert.equal(minus("-1"), "−1");
});

test("digits are ranked by their probability, and equal ones keep their order", () => {
  const trace = decode(message());
  assert.deepEqual(ranking(trace, 0).slice(0, 4), [[7, 0.5], [3, 0.25], [0, 0], [1, 0]]);
  assert.deepEqual(ranking(trace, 1)[0], [2, 1]);
});

test("units are ordered by index or by the row where |h| peaks", () => {
  const trace = decode(message());
  assert.deepEqual(ordered(trace, 0, "index"), [0, 1]);
  assert.deepEqual(ordered(trace, 0, "peak"), [0, 1]); // peaks: rows 1 and 2
  assert.deepEqual(ordered(trace, 1, "peak"), [0, 1]); // rows 0 and 2
  const turned = { ...trace, values: { h: Float32Array.of(0, 9, 5, 0, 0, 0) }, layers: 1 };
  assert.deepEqual(ordered(turned, 0, "peak"), [1, 0]); // rows 1 and 0
});

test("a trace made in the browser has all units, and shows those of the message", () => {
  const whole = { ...decode(message()), width: 5, values: { h: Float32Array.from({ length: 30 }, (_, k) => k / 1000) } };
  assert.equal(at(whole, 1, 0, 1), 19); // layer 1, row 0: 15 to 19; the second shown unit is unit 4
  assert.equal(shown(whole, "h", 1, 0, 1), "0.019");
});

test("traces are alike where no opinion and no pixel differs to the eye", () => {
  const trace = { cell: "lstm", hidden: 5, ...decode(message()) };
  const moved = (by) => ({ ...trace, p: trace.p.map((value) => value + by) });
  assert.ok(alike(trace, moved(1e-3)));
  assert.ok(!alike(trace, moved(1e-2)));
  assert.ok(!alike(trace, { ...trace, cell: "gru" }));
});
