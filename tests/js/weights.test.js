import assert from "node:assert/strict";
import test from "node:test";
import { networkOf } from "../../dashboard/components/network/weights.js";
import { aFile, arraysOf } from "./helpers.js";

const damaged = (words) => ({ name: "WeightsError", message: words });
const changed = (name, change) => (header) => ({ ...header, [name]: { ...header[name], ...change } });

test("a file is the network that was written", () => {
  const network = networkOf(aFile("gru", 9, 3));
  assert.deepEqual([network.cell, network.hidden, network.layers], ["gru", 9, 3]);
  assert.deepEqual([network.inputs, network.classes, network.card], [28, 10, { name: "a" }]);
  assert.deepEqual(network.arrays, arraysOf("gru", 9, 3).arrays);
});

test("a cut, empty or foreign file is damaged", () => {
  const whole = aFile("lstm");
  for (const length of [0, 7, 8, 100, whole.byteLength - 1]) {
    assert.throws(() => networkOf(whole.slice(0, length)), damaged(/no whole/));
  }
  assert.throws(() => networkOf(new Uint8Array(4000).fill(255).buffer), damaged(/header is cut/));
  assert.throws(() => networkOf(new TextEncoder().encode("\x04\0\0\0\0\0\0\0nope").buffer), damaged(/no JSON/));
  assert.throws(() => networkOf("text"), damaged(/no whole/));
});

test("an entry that lies is damaged", () => {
  const name = "lstm.bias_ih_l0";
  const places = [[0, 1e9], [-4, 4], [0], null].map((place) => ({ data_offsets: place }));
  for (const change of [...places, { shape: "8" }, { shape: [-32] }, { dtype: "I64" }]) {
    assert.throws(() => networkOf(aFile("lstm", 8, 1, changed(name, change))), damaged(/no whole/));
  }
  assert.throws(() => networkOf(aFile("lstm", 8, 1, (header) => ({ ...header, [name]: 7 }))), damaged(/no whole/));
});

test("names and shapes are exactly a reader's", () => {
  const without = ({ "lstm.bias_ih_l0": _, ...header }) => header;
  assert.throws(() => networkOf(aFile("lstm", 8, 1, without)), damaged(/bias_ih_l0 is missing where .* has \(32\)/));
  const turned = changed("classifier.weight", { shape: [8, 10] });
  assert.throws(() => networkOf(aFile("lstm", 8, 1, turned)), damaged(/\(8, 10\) where .* has \(10, 8\)/));
  const renamed = ({ "lstm.weight_hh_l0": moved, ...header }) => ({ ...header, other: moved });
  assert.throws(() => networkOf(aFile("lstm", 8, 1, renamed)), damaged(/not a row reader's/));
});

test("a card that is none is damaged, no card is fine", () => {
  const card = (metadata) => (header) => ({ ...header, __metadata__: metadata });
  assert.deepEqual(networkOf(aFile("rnn", 8, 1, card({ format: "np" }))).card, {});
  for (const text of ["[]", "null", "{"]) {
    assert.throws(() => networkOf(aFile("rnn", 8, 1, card({ row_by_row: text }))), damaged(/damaged card/));
  }
});

test("weights that are no finite numbers are refused", () => {
  const file = aFile("rnn");
  new DataView(file).setFloat32(file.byteLength - 4, NaN, true);
  assert.throws(() => networkOf(file), damaged(/not finite/));
});
