import assert from "node:assert/strict";
import test from "node:test";
import { addPoint, brushPath } from "../../dashboard/components/live_pen/brush.js";

test("a click is a dot that is a little wider than nothing", () => {
  assert.deepEqual(brushPath([[5, 6], [5, 6]], 20), [["M", 4.98, 6], ["L", 5.02, 6]]);
});

test("a curve runs through the middles between the points, and the ends are drawn a little longer", () => {
  const path = brushPath([[0, 0], [10, 0], [20, 0], [30, 10], [40, 10]], 10);
  assert.deepEqual(path, [
    ["M", -0.01, 0],
    ["Q", 0, 0, 5, 0],
    ["Q", 10, 0, 15, 0],
    ["Q", 20, 0, 30, 5],
    ["L", 40.01, 10.01],
  ]);
});

test("points nearer than 0.4 pixels are dropped, the ends never", () => {
  const path = brushPath([[0, 0], [0.1, 0], [0.2, 0], [0.3, 0], [0.35, 0]], 10);
  assert.deepEqual(path, [["M", -0.01, 0], ["Q", 0, 0, 0.175, 0], ["L", 0.36, 0]]);
});

test("a point that repeats the last one is not taken, but for the second", () => {
  const points = [];
  for (const point of [[1, 1], [1, 1], [1, 1], [2, 2], [2, 2]]) addPoint(points, point);
  assert.deepEqual(points, [[1, 1], [1, 1], [2, 2]]);
});
