import assert from "node:assert/strict";
import test from "node:test";
import { decisionSentence, percentText } from "../../dashboard/components/row_player/answer.js";

const WORDS = {
  always: "always {digit}",
  settled: "from {settled} of {rows}: {digit}, before {before} ({belief})",
  certain: "; from {row}: {certain}",
  never_certain: "; never {certain}: {p}",
};

// A trace of so many rows: [digit, its probability]; another digit has the rest.
function traceOf(...rows) {
  const p = new Float32Array(10 * rows.length);
  rows.forEach(([digit, probability], row) => {
    p[10 * row + digit] = probability;
    p[10 * row + ((digit + 5) % 10)] = 1 - probability;
  });
  return { rows: rows.length, p };
}

const sentence = (...rows) => decisionSentence(traceOf(...rows), WORDS);

test("an answer that never changed was there from the first row", () => {
  assert.equal(sentence([3, 0.6], [3, 0.7], [3, 0.95]), "always 3; from 3: 90\u00a0%");
  assert.equal(sentence([3, 0.95], [3, 0.97], [3, 0.98]), "always 3; from 1: 90\u00a0%");
});

test("the row before an answer settled is told with what it believed", () => {
  assert.equal(sentence([4, 0.8], [3, 0.7], [2, 0.899], [3, 0.92]), "from 4 of 4: 3, before 2 (89.9\u00a0%); from 4: 90\u00a0%");
  assert.equal(sentence([0, 0.8], [0, 0.99], [1, 0.99]), "from 3 of 3: 1, before 0 (99.0\u00a0%); from 3: 90\u00a0%");
});

test("who was certain in between and then doubted is certain from the last time on", () => {
  assert.equal(sentence([3, 0.95], [3, 0.6], [3, 0.95]), "always 3; from 3: 90\u00a0%");
});

test("who ends in doubt never became certain, whatever was before", () => {
  assert.equal(sentence([3, 0.95], [3, 0.99], [3, 0.75]), "always 3; never 90\u00a0%: 75.0\u00a0%");
  assert.equal(sentence([7, 0.95], [3, 0.5625]), "from 2 of 2: 3, before 7 (95.0\u00a0%); never 90\u00a0%: 56.3\u00a0%");
});

test("ninety percent is enough", () => {
  assert.equal(sentence([3, 0.9]), "always 3; from 1: 90\u00a0%");
});

test("a percentage is never rounded to certainty", () => {
  const told = { 0: "< 0.1", 0.0004: "< 0.1", 0.0005: "0.1", 0.5: "50.0", 0.999: "99.9", 0.9994: "99.9", 0.9995: "> 99.9", 1: "> 99.9" };
  for (const [fraction, text] of Object.entries(told)) assert.equal(percentText(Number(fraction)), `${text}\u00a0%`);
});
