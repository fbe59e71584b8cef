// Where points lie: between two rows, on the screen, inside a lasso. Places are int16, 1 being 32,767; y points up.

export const UNIT = 32767;

// Place of point k after `row`, which may lie between two rows: [x, y], -1 to 1.
export function placeAt({ places, count, rows }, k, row) {
  const low = Math.min(Math.floor(row), rows - 1), high = Math.min(low + 1, rows - 1), part = row - low;
  const a = 2 * (low * count + k), b = 2 * (high * count + k);
  const x = places[a] + (places[b] - places[a]) * part, y = places[a + 1] + (places[b + 1] - places[a + 1]) * part;
  return [x / UNIT, y / UNIT];
}

// The one scale of all rows: the centre of what they reach and the pixels of 1, so that all of it fits with a margin.
export function fitted(places, width, height, margin) {
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (let n = 0; n < places.length; n++) {
    const axis = n & 1, value = places[n];
    if (value < low[axis]) low[axis] = value;
    if (value > high[axis]) high[axis] = value;
  }
  const spans = [0, 1].map((axis) => Math.max(1, high[axis] - low[axis]) / UNIT);
  const scale = Math.min((width - 2 * margin) / spans[0], (height - 2 * margin) / spans[1]);
  return { scale, centre: [0, 1].map((axis) => (low[axis] + high[axis]) / 2 / UNIT), width, height };
}

export function onScreen([x, y], { scale, centre, width, height }) {
  return [width / 2 + (x - centre[0]) * scale, height / 2 - (y - centre[1]) * scale];
}

// Of the points after `row` the one nearest to the pixel; null where none lies within `reach` pixels.
export function nearestPoint(cloud, row, pixel, view, reach) {
  let best = null, least = reach * reach;
  for (let k = 0; k < cloud.count; k++) {
    const [x, y] = onScreen(placeAt(cloud, k, row), view);
    const distance = (x - pixel[0]) ** 2 + (y - pixel[1]) ** 2;
    if (distance <= least) [best, least] = [k, distance];
  }
  return best;
}

export function pointsWithin(cloud, row, view, holds) {
  const found = [];
  for (let k = 0; k < cloud.count; k++) if (holds(onScreen(placeAt(cloud, k, row), view))) found.push(k);
  return found;
}

// Whether a pixel lies inside a polygon: a ray to the right crosses its sides an odd number of times.
export function inside([x, y], polygon) {
  let odd = false;
  polygon.forEach(([x1, y1], n) => {
    const [x2, y2] = polygon[(n + 1) % polygon.length];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) odd = !odd;
  });
  return odd;
}

// Where each digit's name stands: the median of its points, between rows on the way; null for a digit without points.
export function centres(cloud, row) {
  const low = Math.min(Math.floor(row), cloud.rows - 1), high = Math.min(low + 1, cloud.rows - 1), part = row - low;
  const [from, to] = [low, high].map((whole) => centresOfRow(cloud, whole));
  return from.map((centre, digit) => centre && centre.map((value, axis) => value + (to[digit][axis] - value) * part));
}

const known = new WeakMap(); // cloud -> the centres of its rows: a median of thousands of points is not for every frame

function centresOfRow(cloud, row) {
  if (!known.has(cloud)) known.set(cloud, []);
  return (known.get(cloud)[row] ??= medians(cloud, row));
}

function medians(cloud, row) {
  const found = Array.from({ length: 10 }, () => [[], []]);
  for (let k = 0; k < cloud.count; k++) placeAt(cloud, k, row).forEach((value, axis) => found[cloud.digits[k]][axis].push(value));
  const middle = (values) => Float32Array.from(values).sort()[values.length >> 1];
  return found.map((axes) => (axes[0].length ? axes.map(middle) : null));
}

// The counts of the ten digits among points.
export function tally(digits, points) {
  const counts = new Array(10).fill(0);
  for (const k of points) counts[digits[k]]++;
  return counts;
}

// Points with those that are answered wrongly first.
export const wrongFirst = ({ digits, answers }, points) =>
  [...points].sort((one, other) => (digits[one] === answers[one]) - (digits[other] === answers[other]));
