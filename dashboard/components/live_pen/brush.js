// The path that the canvas's pencil makes of the points under the pen, so that what is read while the pen is down is
// what the canvas hands over after it is lifted. The canvas is fabric's, and this mirrors its PencilBrush
// (fabricjs.com, MIT): near points are dropped, and a curve runs through the middles between the others.

const NEAREST = 0.4; // canvas pixels: points that lie closer to the last kept one are dropped

// A stroke in the making: the points [x, y] in canvas pixels that the canvas would have taken.
export function addPoint(points, point) {
  const last = points[points.length - 1];
  const repeated = points.length > 1 && last[0] === point[0] && last[1] === point[1];
  if (!repeated) points.push(point);
}

// points [[x, y], ...] -> path commands ["M", x, y], ["Q", cx, cy, x, y], ..., ["L", x, y], as in the canvas's JSON.
// width: of the pen, canvas pixels.
export function brushPath(points, width) {
  const kept = decimated(points);
  const nudge = width / 1000; // of both ends, outwards: so a click makes a dot
  const first = kept.length > 2 ? direction(kept[1], kept[2]) : [1, 0];
  const path = [["M", kept[0][0] - first[0] * nudge, kept[0][1] - first[1] * nudge]];
  let [from, to] = [kept[0], kept[1] ?? kept[0]];
  for (let at = 1; at < kept.length; at++) {
    if (from[0] !== to[0] || from[1] !== to[1]) path.push(["Q", ...from, (from[0] + to[0]) / 2, (from[1] + to[1]) / 2]);
    from = kept[at];
    to = kept[at + 1] ?? to;
  }
  const last = kept.length > 2 ? direction(kept[kept.length - 2], from) : first;
  path.push(["L", from[0] + last[0] * nudge, from[1] + last[1] * nudge]);
  return path;
}

const direction = (one, other) => [0, 1].map((axis) => Math.sign(other[axis] - one[axis]));

// The ends stay; the one before the last is dropped, as the canvas does.
function decimated(points) {
  if (points.length <= 2) return points;
  const kept = [points[0]];
  for (const point of points.slice(1, -2)) {
    const [x, y] = kept[kept.length - 1];
    if ((x - point[0]) ** 2 + (y - point[1]) ** 2 >= NEAREST ** 2) kept.push(point);
  }
  kept.push(points[points.length - 1]);
  return kept;
}
