// Where the card stands: beside the ring, in the window, over as little as it can of what must stay in sight.

const GAP = 14; // pixels from the ring
const EDGE = 12; // pixels from the window's edge
const HEADER = 56; // pixels at the window's top that stay free
const AWAY = 30; // a pixel between ring and card counts as so many that it hides
const BETTER = 400; // pixels fewer that another place must hide, or the card would wander

// All in pixels of the window. card, view: {width, height}. ring: a rectangle, or null; keep: rectangles. at: where the
// card stands now, or null. -> {x, y}
export function placeFor({ card, view, ring, keep = [], at = null }) {
  const places = [...(ring ? around(ring, card) : []), ...corners(card, view)].map((place) => within(place, card, view));
  const cost = ({ x, y }) => {
    const box = { left: x, top: y, right: x + card.width, bottom: y + card.height };
    const about = ring ? 1000 * overlap(box, ring) + AWAY * distance(box, ring) : 0;
    return about + keep.reduce((sum, one) => sum + overlap(box, one), 0);
  };
  const best = places.reduce((one, other) => (cost(other) < cost(one) ? other : one)); // the first of equals
  const stays = at && within(at, card, view);
  return stays && cost(stays) <= cost(best) + BETTER ? stays : best;
}

function around({ left, top, right, bottom }, { width, height }) {
  const [up, down] = [top - GAP - height, bottom + GAP];
  const [before, after] = [left - GAP - width, right + GAP];
  const middle = (left + right - width) / 2;
  const level = (top + bottom - height) / 2;
  const beside = [level, top, bottom - height, Infinity];
  const across = [left, middle, right - width];
  return [
    ...beside.map((y) => ({ x: after, y })),
    ...across.map((x) => ({ x, y: down })),
    ...beside.map((y) => ({ x: before, y })),
    ...across.map((x) => ({ x, y: up })),
  ];
}

function corners(card, view) {
  const [right, bottom] = [view.width - card.width, view.height - card.height];
  return [
    { x: right, y: bottom },
    { x: 0, y: bottom },
    { x: right, y: 0 },
    { x: 0, y: 0 },
  ];
}

function within({ x, y }, card, view) {
  const clamped = (value, least, most) => Math.max(least, Math.min(value, most - EDGE));
  return { x: clamped(x, EDGE, view.width - card.width), y: clamped(y, HEADER, view.height - card.height) };
}

function overlap(one, other) {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  return Math.max(0, width) * Math.max(0, height);
}

function distance(one, other) {
  const across = Math.max(0, one.left - other.right, other.left - one.right);
  const down = Math.max(0, one.top - other.bottom, other.top - one.bottom);
  return Math.hypot(across, down);
}
