import assert from "node:assert/strict";
import { test } from "node:test";
import { BAND_LINES, Lines } from "../../dashboard/components/row_player/lines.js";

const rowsOf = (lines) => Array.from({ length: lines.rows }, (_, row) => row);

test("rows of a digit, and waited ones unfolded, are a line each", () => {
  for (const lines of [new Lines(28, true), new Lines(9, true), new Lines(84, false)]) {
    assert.equal(lines.count, lines.rows);
    for (const row of rowsOf(lines)) assert.deepEqual([lines.top(row), lines.height(row)], [row, 1]);
  }
});

test("waited rows share a band of few lines, each below the one before", () => {
  for (const wait of [5, 28, 112, 224]) {
    const lines = new Lines(28 + wait, true);
    assert.equal(lines.count, 28 + BAND_LINES);
    for (const row of rowsOf(lines).slice(1)) {
      assert(Math.abs(lines.top(row) - lines.top(row - 1) - lines.height(row - 1)) < 1e-9);
    }
    const last = lines.rows - 1;
    assert(Math.abs(lines.top(last) + lines.height(last) - lines.count) < 1e-9);
  }
});

test("too few rows to fold stay as they are", () => {
  const lines = new Lines(28 + BAND_LINES, true);
  assert.equal(lines.height(29), 1);
});

test("every row is found at its middle, and no place is beyond the rows", () => {
  for (const lines of [new Lines(28, true), new Lines(140, true), new Lines(140, false)]) {
    for (const row of rowsOf(lines)) assert.equal(lines.rowAt(lines.middle(row) / lines.count), row);
    assert.deepEqual([-1, 0, 1, 2].map((at) => lines.rowAt(at)), [0, 0, lines.rows - 1, lines.rows - 1]);
  }
});

test("playing passes every row of the digit and each line of the band once", () => {
  const lines = new Lines(140, true);
  const played = [0];
  while (played.at(-1) < lines.rows - 1) played.push(lines.after(played.at(-1)));
  assert.deepEqual(played.slice(0, 28), rowsOf(new Lines(28, true)));
  assert(played.length <= 28 + BAND_LINES + 1);
});

test("every row stands in a line, and no line is empty", () => {
  for (const rows of [28, 33, 34, 84, 140, 252]) {
    const lines = new Lines(rows, true);
    const stand = new Set();
    for (let line = 0; line < lines.count; line++) {
      const [first, end] = lines.rowsOf(line);
      assert(first < end);
      for (let row = first; row < end; row++) stand.add(row);
    }
    assert.deepEqual([...stand], rowsOf(lines));
  }
});
