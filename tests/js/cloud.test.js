// The map's geometry: places between rows, what a pointer or a lasso meets, where names stand; and its file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { decodePoints } from "../../dashboard/components/cloud/fetched.js";
import {
  UNIT, centres, fitted, inside, nearestPoint, onScreen, placeAt, pointsWithin, tally, wrongFirst,
} from "../../dashboard/components/cloud/geometry.js";

// Three points over two rows: two 1s and a 7, which is answered 1.
const cloud = {
  rows: 2,
  count: 3,
  places: Int16Array.from([0, 0, 0, 0, 0, 0, UNIT, 0, 0, UNIT, -UNIT, 0]),
  digits: Uint8Array.from([1, 1, 7]),
  answers: Uint8Array.from([1, 1, 1]),
};
const view = fitted(cloud.places, 220, 130, 10);

test("a point between two rows lies between its places", () => {
  assert.deepEqual(placeAt(cloud, 0, 0), [0, 0]);
  assert.deepEqual(placeAt(cloud, 0, 0.25), [0.25, 0]);
  assert.deepEqual(placeAt(cloud, 2, 1), [-1, 0]);
});

test("all rows fit into the view, with one scale for both axes and y upwards", () => {
  assert.equal(view.scale, 100);
  assert.deepEqual(onScreen([-1, 0], view), [10, 115]);
  assert.deepEqual(onScreen([0, 1], view), [110, 15]);
});

test("the pointer meets the nearest point within its reach", () => {
  assert.equal(nearestPoint(cloud, 1, [206, 113], view, 9), 0);
  assert.equal(nearestPoint(cloud, 1, [110, 60], view, 9), null);
});

test("a lasso holds what lies inside, also where it is not convex", () => {
  const hook = [[0, 0], [10, 0], [10, 10], [6, 10], [6, 4], [4, 4], [4, 10], [0, 10]];
  assert.equal(inside([2, 8], hook), true);
  assert.equal(inside([5, 8], hook), false);
  assert.equal(inside([12, 5], hook), false);
  const left = [[0, 0], [120, 0], [120, 130], [0, 130]];
  assert.deepEqual(pointsWithin(cloud, 1, view, (point) => inside(point, left)), [1, 2]);
});

test("names stand at the middle of their digit, and move with it", () => {
  assert.deepEqual(centres(cloud, 1)[7], [-1, 0]);
  assert.deepEqual(centres(cloud, 0.5)[7], [-0.5, 0]);
  assert.equal(centres(cloud, 1)[3], null);
});

test("chosen points are counted by digit, the wrong ones first", () => {
  assert.deepEqual(tally(cloud.digits, [0, 1, 2]), [0, 2, 0, 0, 0, 0, 0, 1, 0, 0]);
  assert.deepEqual(wrongFirst(cloud, [0, 1, 2]), [2, 0, 1]);
});

test("the file of the points is read as it is written", () => {
  const bytes = new Uint8Array([...new Uint8Array(cloud.places.buffer), 1, 1, 7, 1, 1, 1, 5, 0, 6, 0, 232, 3]);
  const read = decodePoints(bytes.buffer, 3);
  assert.equal(read.rows, 2);
  assert.deepEqual([...read.places], [...cloud.places]);
  assert.deepEqual([...read.digits], [1, 1, 7]);
  assert.deepEqual([...read.images], [5, 6, 1000]);
});
