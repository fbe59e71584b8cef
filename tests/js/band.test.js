import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL, Bands, widthsFor } from "../../dashboard/components/row_player/band.js";

const ORDERS = [Array.from({ length: 128 }, (_, k) => 127 - k), Array.from({ length: 128 }, (_, k) => k)];

test("a band is offered only where it is narrower than the layer", () => {
  assert.deepEqual(widthsFor(128), [ALL, "64", "32", "16"]);
  assert.deepEqual(widthsFor(32), [ALL, "16"]);
  assert.deepEqual(widthsFor(8), [ALL]);
});

test("all units are shown until a band is asked for", () => {
  assert.deepEqual(new Bands().shown(ORDERS, ALL, [0, 0], "x"), ORDERS);
});

test("a band has its width, holds the unit it is laid about, and stays inside the layer", () => {
  for (const centre of [0, 3, 64, 127]) {
    const [shown] = new Bands().shown(ORDERS, "16", [centre, centre], "x");
    assert.equal(shown.length, 16);
    assert(shown.includes(ORDERS[0][centre]));
    assert(shown.every((unit) => unit >= 0 && unit < 128));
  }
});

test("a band stays where it is until it is moved or laid about another unit", () => {
  const bands = new Bands();
  const first = bands.shown(ORDERS, "16", [64, 64], "unit 64");
  assert.deepEqual(bands.shown(ORDERS, "16", [100, 100], "unit 64"), first);
  bands.move(3);
  assert.equal(bands.shown(ORDERS, "16", [64, 64], "unit 64")[1][0], first[1][0] + 3);
  bands.move(-1000);
  assert.equal(bands.shown(ORDERS, "16", [64, 64], "unit 64")[1][0], 0);
  assert(bands.shown(ORDERS, "16", [100, 100], "unit 100")[1].includes(100));
});
