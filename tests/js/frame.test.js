import assert from "node:assert/strict";
import test from "node:test";
import { frameOf, inkOf, isBlank, strokesOf } from "../../dashboard/components/network/frame.js";

const SEVEN = [[[60, 60], [200, 60], [120, 220]]];
const sum = (values) => values.reduce((one, other) => one + other, 0);
const refused = (words) => ({ name: "DrawingError", message: words });

test("nothing drawn is blank, and no frame", () => {
  for (const strokes of [[], [[]], [[], []]]) {
    assert.equal(isBlank(strokes), true);
    assert.throws(() => frameOf(strokes), refused(/Nothing is drawn/));
  }
  assert.equal(isBlank([[], [[1, 2]]]), false);
});

test("one dot is a dot, in the middle, and said", () => {
  const { pixels, notes, strokes } = frameOf([[[100, 100]]]);
  assert.deepEqual(notes, ["dot"]);
  assert.deepEqual(strokes, [[[14.5, 14.5]]]);
  assert.ok(sum(pixels) > 3 && sum(pixels) < 8);
  assert.equal(pixels[14 * 28 + 14], 1);
});

test("a stroke of one point beside another is inked", () => {
  const without = frameOf([...SEVEN, [[60, 60]]]).pixels;
  const dotted = frameOf([...SEVEN, [[70, 200]]]).pixels;
  assert.deepEqual(without, frameOf(SEVEN).pixels);
  assert.ok(sum(dotted) > sum(without));
});

test("a pen that leaves the canvas is scaled as any other", () => {
  const moved = SEVEN.map((stroke) => stroke.map(([x, y]) => [x * 4 - 700, y * 4 - 700]));
  const [here, there] = [frameOf(SEVEN).pixels, frameOf(moved).pixels];
  assert.ok(here.every((value, at) => Math.abs(value - there[at]) < 0.1));
});

test("coordinates that are no numbers of pixels are refused", () => {
  for (const x of [NaN, Infinity, -Infinity, 1e6 + 1]) assert.throws(() => frameOf([[[x, 1]]]), refused(/no number/));
  for (const strokes of [null, 7, "strokes", {}, [[1, 2]], [[[1, 2, 3]]], [[["1", "2"]]]]) {
    assert.throws(() => frameOf(strokes), refused(/lists of points/));
  }
  assert.throws(() => frameOf([Array(20001).fill([0, 0])]), refused(/20,000 points/));
});

test("a pen or a canvas without a size is refused", () => {
  for (const value of [0, -5, NaN, Infinity, "20", null, true]) {
    assert.throws(() => frameOf(SEVEN, value), refused(/pen width/));
    assert.throws(() => frameOf(SEVEN, 20, value), refused(/canvas size/));
  }
});

test("ink is the distance to the path", () => {
  const pixels = inkOf([[14, 14.5, 14, 14.5]]);
  assert.equal(pixels[14 * 28 + 13], 1); // half a pixel off
  assert.ok(Math.abs(pixels[14 * 28 + 15] - 0.2) < 1e-6); // 1.5 pixels off
  assert.equal(pixels[14 * 28 + 16], 0);
});

test("fabric's paths become strokes", () => {
  const path = [["M", 10, 10], ["Q", 20, 10, 20, 20], ["L", 20, 30], ["z"]];
  const points = [[10, 10], [14.375, 10.625], [17.5, 12.5], [19.375, 15.625], [20, 20], [20, 30]];
  assert.deepEqual(strokesOf({ objects: [{ type: "Path", path }, { type: "rect" }] }), [points]);
  assert.deepEqual(strokesOf(null), []);
  assert.throws(() => strokesOf({ objects: [{ type: "path", path: [["M", 1]] }] }), refused(/draw again/));
});
