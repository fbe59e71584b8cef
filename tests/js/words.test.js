import assert from "node:assert/strict";
import test from "node:test";
import { filledNodes, filledText } from "../../dashboard/components/dom/words.js";

test("placeholders are filled, each wherever it stands", () => {
  assert.equal(filledText("{row} of {rows}, {row}", { row: 3, rows: 28 }), "3 of 28, 3");
  assert.deepEqual(filledNodes("Row {row} of {rows}", { row: 3, rows: 28 }), ["Row ", "3", " of ", "28"]);
});
