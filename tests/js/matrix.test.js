// A cell of the confusion matrix: its colour on the scale of mistakes, its words, and the way of the arrows.

import assert from "node:assert/strict";
import { test } from "node:test";

import { cellWords, readable, shade, step } from "../../dashboard/components/matrix/cells.js";

const ramp = Array.from({ length: 10 }, (_, k) => ({ colour: `#${k}`, ink: k > 5 ? "paper" : "ink" }));
const words = { cell: "{count} of {truth} as {answer}: {share}", none: "no {truth} as {answer}", total: "{count}: {share}" };
const cell = (changes) => ({ count: 4, total: 8, truth: 4, answer: 9, shares: false, most: 8, ramp, ...changes });

test("mistakes have a scale of their own, hits and nothing have no colour", () => {
  assert.deepEqual(shade(cell({ count: 8 })), { colour: "#9", ink: "paper" });
  assert.deepEqual(shade(cell({})), { colour: "#5", ink: "ink" });
  assert.deepEqual(shade(cell({ count: 1, most: 100 })), { colour: "#1", ink: "ink" }); // one is seen, however small
  assert.deepEqual(shade(cell({ answer: 4, count: 980 })), {});
  assert.deepEqual(shade(cell({ count: 0 })), {});
});

test("a colour on which neither ink nor paper can be read is left out", () => {
  const found = readable(["#FBFAF7", "#4B8D94", "#0B4551"], { ink: "#22262B", paper: "#FBFAF7" }); // 4.0 : 1 in the middle
  assert.deepEqual(found, [{ colour: "#FBFAF7", ink: "ink" }, { colour: "#0B4551", ink: "paper" }]);
});

test("shares are of the row", () => {
  assert.deepEqual(shade(cell({ shares: true, most: 0.5 })), { colour: "#9", ink: "paper" });
  assert.deepEqual(cellWords(cell({ shares: true }), words), { text: "50.0", said: "4 of 4 as 9: 50.0 %" });
});

test("a cell says what it holds", () => {
  assert.deepEqual(cellWords(cell({}), words), { text: "4", said: "4 of 4 as 9: 50.0 %" });
  assert.deepEqual(cellWords(cell({ count: 0 }), words), { text: "", said: "no 4 as 9" });
  assert.deepEqual(cellWords(cell({ answer: 4, count: 0, total: 0 }), words), { text: "0", said: "0: –" });
});

test("arrows move by a cell and stop at the edge", () => {
  assert.deepEqual(step([4, 9], "ArrowUp"), [3, 9]);
  assert.deepEqual(step([4, 9], "ArrowRight"), [4, 9]);
  assert.deepEqual(step([4, 3], "End"), [4, 9]);
  assert.equal(step([4, 3], "Enter"), null);
});
