import assert from "node:assert/strict";
import test from "node:test";
import { gradient, ramp } from "../../dashboard/components/row_player/paint.js";

const channels = (colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255, colour >>> 24];

test("a ramp begins and ends with its outer stops, opaque", () => {
  const colours = ramp(["#102030", "#ffffff", "#405060"]);
  assert.equal(colours.length, 256);
  assert.deepEqual(channels(colours[0]), [0x10, 0x20, 0x30, 255]);
  assert.deepEqual(channels(colours[255]), [0x40, 0x50, 0x60, 255]);
});

test("stops lie evenly, and between two of them each channel runs straight", () => {
  const colours = ramp(["#000000", "#ff0000", "#ff00ff"]);
  for (let k = 0; k < 256; k++) {
    const [red, green, blue] = channels(colours[k]);
    assert.equal(green, 0);
    assert.ok(Math.abs(red - Math.min(255, 2 * k)) <= 1);
    assert.ok(Math.abs(blue - Math.max(0, 2 * k - 255)) <= 1);
  }
});

test("a legend's gradient runs from the ramp's first colour to its last", () => {
  const css = gradient(ramp(["#010203", "#0a0b0c"]));
  assert.match(css, /^linear-gradient\(to right, rgb\(1 2 3\), .*rgb\(10 11 12\)\)$/);
});
