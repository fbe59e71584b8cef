import assert from "node:assert/strict";
import test from "node:test";
import { completed } from "../../dashboard/components/tour/facts.js";
import { placeFor } from "../../dashboard/components/tour/place.js";
import { STEPS } from "../../dashboard/components/tour/steps.js";

const NOTHING = { answer: null, strokes: null, playing: null, reader: null, row: null, settled: null, unit: "", held: null, link: "", run: "", waiting: 0 };
const BEGUN = { ...NOTHING, answer: "3", strokes: 0, playing: false, reader: "lstm", row: 28, settled: 20, held: 0 };
const DID = {
  draw: [{ strokes: 1 }, { answer: "7" }],
  play: [{ playing: true }],
  follow: [{ unit: "41" }],
  decide: [{ row: 20 }, { row: 21 }, { row: 19 }],
  train: [{ run: "20261126-1" }, { waiting: 1 }],
  own: [{ reader: "20261126-1" }, { reader: "20261126-1@40" }],
  hold: [{ held: 1 }],
  share: [{ link: "http://localhost/?digit=a" }],
};
const DID_NOT = { decide: [{ row: 18 }, { row: 22 }], own: [{ reader: "gru" }] };

test("a step is done by what it asks for, and by nothing else", () => {
  for (const { name, done } of STEPS) {
    assert.equal(done(BEGUN, BEGUN), false, name);
    for (const did of DID[name]) assert.equal(done({ ...BEGUN, ...did }, BEGUN), true, `${name} ${JSON.stringify(did)}`);
    const others = STEPS.filter((step) => step.name !== name).flatMap((step) => DID[step.name]);
    for (const other of [...others, ...(DID_NOT[name] ?? [])]) {
      assert.equal(done({ ...BEGUN, ...other }, BEGUN), false, `${name} ${JSON.stringify(other)}`);
    }
  }
});

test("nothing is done while the page is not there yet", () => {
  for (const { name, done } of STEPS) {
    assert.equal(done(NOTHING, NOTHING), false, name);
    assert.equal(done(NOTHING, BEGUN), false, name);
  }
});

test("what comes onto the page later is no change", () => {
  const begun = completed(completed({}, NOTHING), BEGUN);
  assert.deepEqual(begun, BEGUN);
  assert.deepEqual(completed(begun, { ...BEGUN, answer: "7" }), BEGUN);
});

const CARD = { width: 300, height: 250 };
const LAPTOP = { width: 1280, height: 640 };
const box = (left, top, width, height) => ({ left, top, right: left + width, bottom: top + height });
const apart = (place, card, one) =>
  place.x + card.width <= one.left || one.right <= place.x || place.y + card.height <= one.top || one.bottom <= place.y;

test("the card never stands over the ring, and always in the window", () => {
  const phone = { width: 390, height: 844 };
  for (const view of [LAPTOP, phone]) {
    for (const ring of [box(0, 60, 280, 280), box(20, 500, 200, 40), box(150, 300, 60, 30), box(view.width - 90, 100, 80, 225)]) {
      const place = placeFor({ card: CARD, view, ring });
      assert.ok(apart(place, CARD, ring), JSON.stringify({ view, ring, place }));
      assert.ok(place.x >= 0 && place.x + CARD.width <= view.width && place.y >= 0 && place.y + CARD.height <= view.height);
    }
  }
});

test("the card goes where it hides nothing of what must stay in sight", () => {
  const ring = box(30, 125, 320, 150);
  const right = box(ring.right, 56, LAPTOP.width - ring.right, LAPTOP.height - 56);
  assert.ok(!apart(placeFor({ card: CARD, view: LAPTOP, ring }), CARD, right));
  assert.ok(apart(placeFor({ card: CARD, view: LAPTOP, ring, keep: [right] }), CARD, right));
});

test("the card stays where it is while that is as good as any place", () => {
  const ring = box(600, 300, 60, 30);
  const at = placeFor({ card: CARD, view: LAPTOP, ring });
  assert.deepEqual(placeFor({ card: CARD, view: LAPTOP, ring: box(602, 302, 60, 30), at }), at);
});
