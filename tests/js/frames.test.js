// Frames on a picture: they stay inside it, keep a least size, and follow the arrow keys.

import assert from "node:assert/strict";
import { test } from "node:test";

import { keyedBox, movedBox, placed, resizedBox } from "../../dashboard/components/cropper/frames.js";

const size = [400, 200], box = [100, 50, 180, 150];

test("a frame is moved as far as the picture goes, and keeps its size", () => {
  assert.deepEqual(movedBox(box, 10, -20, size), [110, 30, 190, 130]);
  assert.deepEqual(movedBox(box, -500, 500, size), [0, 100, 80, 200]);
});

test("a corner takes its two edges along, within the picture and not past the others", () => {
  assert.deepEqual(resizedBox(box, "se", 20, 10, size), [100, 50, 200, 160]);
  assert.deepEqual(resizedBox(box, "nw", -500, -500, size), [0, 0, 180, 150]);
  assert.deepEqual(resizedBox(box, "nw", 500, 500, size), [168, 138, 180, 150]);
  assert.deepEqual(resizedBox(box, "ne", -500, 20, size), [100, 70, 112, 150]);
});

test("arrow keys move a frame and with Shift change its size; other keys do nothing", () => {
  assert.deepEqual(keyedBox(box, "ArrowLeft", false, size), [96, 50, 176, 150]);
  assert.deepEqual(keyedBox(box, "ArrowDown", true, size), [100, 50, 180, 154]);
  assert.equal(keyedBox(box, "Enter", false, size), null);
});

test("a frame is placed by parts of the picture", () => {
  assert.deepEqual(placed(box, size), { left: "25.000%", top: "25.000%", width: "20.000%", height: "50.000%" });
});
