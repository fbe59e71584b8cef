// Strokes -> the 28 x 28 frame that a reader takes; the mirror of core's drawing, number for number.
//
// Coordinates: x to the right, y down, in pixels; the middle of pixel (column j, row i) is (j + 0.5, i + 0.5).
// Python places the path in float64 and inks it in float32. Both are done so here (Math.fround after every operation),
// because a path that is rounded to sixteenths of a pixel elsewhere would show another edge.

import { DrawingError } from "./errors.js";

const SIDE = 28;
const BOX = 20; // longer side of the inked digit, frame pixels
const CENTRE = 14.5; // where the centre of mass goes
const PEN_RADIUS = 1.2;
const LARGEST_POINTS = 20000;
const LARGEST_COORDINATE = 1e6;
const SMALLEST_EXTENT = 0.05; // of the canvas: a shorter path is a slip of the pen, not blown up to a whole digit
const STEP = 0.5; // frame pixels between the points that are kept
const GRID = 16; // points lie on sixteenths of a frame pixel

// Whether there is nothing to read: no stroke has a point.
export const isBlank = (strokes) => strokes.every((stroke) => stroke.length === 0);

// strokes [[[x, y], ...], ...] of a pen `width` wide on a canvas `size` wide, canvas pixels ->
// {pixels: Float32Array(784) 0 (paper) to 1 (ink), row by row; strokes in frame pixels, thinned;
//  notes: "dot" (hardly more than a point) or "blob" (pen as wide as the digit); transform: [s, dx, dy],
//  frame = s * canvas + (dx, dy)}. Throws DrawingError, also where nothing is drawn.
export function frameOf(strokes, width = 20, size = 280) {
  const paths = checkedPaths(strokes);
  checkPositive(size, "canvas size");
  checkPositive(width, "pen width");
  const [low, high] = boundsOf(paths);
  const middle = [0, 1].map((axis) => (low[axis] + high[axis]) / 2);
  const extent = Math.max(high[0] - low[0], high[1] - low[1]);
  const scale = (BOX - 2 * PEN_RADIUS) / Math.max(extent, SMALLEST_EXTENT * size);
  const boxed = paths.map((path) => thinned(path.map((value, at) => (value - middle[at % 2]) * scale + CENTRE)));
  const mass = centreOfMass(inkOf(boxed));
  const shift = [0, 1].map((axis) => {
    const half = ((high[axis] - low[axis]) * scale) / 2 + PEN_RADIUS + 0.5;
    return Math.min(Math.max(CENTRE - mass[axis], half - CENTRE), SIDE - half - CENTRE); // the ink stays inside
  });
  const placed = boxed.map((path) => path.map((value, at) => roundHalfEven((value + shift[at % 2]) * GRID) / GRID));
  return {
    pixels: inkOf(placed),
    strokes: placed.map(pairsOf),
    notes: notesOf(extent, width, size),
    transform: [scale, CENTRE + shift[0] - middle[0] * scale, CENTRE + shift[1] - middle[1] * scale],
  };
}

// The strokes of a fabric canvas ({objects: [...]}): one for each freehand path. Throws DrawingError.
export function strokesOf(drawing) {
  try {
    if (Array.isArray(drawing)) throw new TypeError("no drawing");
    const paths = (drawing?.objects ?? []).filter(isFabricPath).map((item) => item.path);
    return paths.filter((path) => path.length !== 0).map(polylineOf);
  } catch {
    throw new DrawingError("This is not a drawing of the canvas: clear the canvas and draw again.");
  }
}

// Paths, each x0, y0, x1, y1, ... in frame pixels -> Float32Array(784), drawn with MNIST's round pen: a pixel's ink
// falls from 1 to 0 as its distance to the path goes from radius - 0.5 to radius + 0.5.
export function inkOf(paths) {
  const nearest = new Float32Array(SIDE * SIDE).fill(Infinity);
  for (const path of paths) {
    const last = Math.max(path.length - 2, 2); // a lone point is a segment of no length
    for (let at = 0; at < last; at += 2) {
      const to = Math.min(at + 2, path.length - 2);
      const [ax, ay, bx, by] = [path[at], path[at + 1], path[to], path[to + 1]].map(Math.fround);
      nearSegment(nearest, ax, ay, bx, by);
    }
  }
  const edge = Math.fround(PEN_RADIUS + 0.5);
  return nearest.map((squared) => Math.min(Math.max(edge - Math.fround(Math.sqrt(squared)), 0), 1));
}

// Lowers `nearest`, the squared distance from each pixel's middle to the path, where the segment a-b is nearer.
// Only pixels in the pen's reach: the others get no ink from this segment.
function nearSegment(nearest, ax, ay, bx, by) {
  const round = Math.fround;
  const u = round(bx - ax);
  const v = round(by - ay);
  const length = Math.max(round(round(u * u) + round(v * v)), round(1e-12));
  const firstColumn = firstInReach(Math.min(ax, bx));
  const afterColumn = afterReach(Math.max(ax, bx));
  const afterRow = afterReach(Math.max(ay, by));
  for (let i = firstInReach(Math.min(ay, by)); i < afterRow; i++) {
    const y = round(i + 0.5 - ay);
    const yv = round(y * v);
    for (let j = firstColumn; j < afterColumn; j++) {
      const x = round(j + 0.5 - ax);
      const share = Math.min(Math.max(round(round(round(x * u) + yv) / length), 0), 1);
      const dx = round(x - round(share * u));
      const dy = round(y - round(share * v));
      const squared = round(round(dx * dx) + round(dy * dy));
      if (squared < nearest[i * SIDE + j]) nearest[i * SIDE + j] = squared;
    }
  }
}

// The pen reaches 1.7 pixels; a pixel more is taken for the sake of rounding.
const firstInReach = (value) => Math.max(Math.floor(value - PEN_RADIUS - 1.5), 0);
const afterReach = (value) => Math.min(Math.ceil(value + PEN_RADIUS + 1.5), SIDE);

// [x, y] of the ink's centre. Ink is a whole multiple of 2^-24, so that these float64 sums are exact in any order.
function centreOfMass(pixels) {
  let [sum, x, y] = [0, 0, 0];
  pixels.forEach((value, at) => {
    sum += value;
    x += value * ((at % SIDE) + 0.5);
    y += value * (Math.floor(at / SIDE) + 0.5);
  });
  return [x / sum, y / sum];
}

// The path without points that lie closer together than STEP along it; its ends stay.
function thinned(path) {
  const kept = [path[0], path[1]];
  let [along, steps] = [0, 0];
  for (let at = 2; at < path.length; at += 2) {
    const dx = path[at] - path[at - 2];
    const dy = path[at + 1] - path[at - 1];
    along += Math.sqrt(dx * dx + dy * dy);
    if (Math.floor(along / STEP) > steps || at === path.length - 2) kept.push(path[at], path[at + 1]);
    steps = Math.floor(along / STEP);
  }
  return Float64Array.from(kept);
}

// To the nearest whole number, halves to the even one: as NumPy's rint, not as Math.round.
function roundHalfEven(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest === 0.5) return floor % 2 === 0 ? floor : floor + 1;
  return rest < 0.5 ? floor : floor + 1;
}

function boundsOf(paths) {
  const [low, high] = [[Infinity, Infinity], [-Infinity, -Infinity]];
  for (const path of paths) {
    path.forEach((value, at) => {
      low[at % 2] = Math.min(low[at % 2], value);
      high[at % 2] = Math.max(high[at % 2], value);
    });
  }
  return [low, high];
}

const pairsOf = (path) => Array.from({ length: path.length / 2 }, (_, at) => [path[2 * at], path[2 * at + 1]]);

function notesOf(extent, width, size) {
  if (extent < SMALLEST_EXTENT * size) return ["dot"];
  return extent < 2 * width ? ["blob"] : [];
}

// ---- what a drawing is

// Each stroke as Float64Array x0, y0, x1, y1, ..., empty ones left out.
function checkedPaths(strokes) {
  const lists = Array.isArray(strokes) && strokes.every(Array.isArray);
  if (lists && strokes.reduce((sum, stroke) => sum + stroke.length, 0) > LARGEST_POINTS) {
    throw new DrawingError("The drawing has more than 20,000 points: clear the canvas and draw less.");
  }
  if (!lists || !strokes.every((stroke) => stroke.every(isPoint))) {
    throw new DrawingError("Strokes are lists of points [x, y], such as [[[10, 20], [12, 24]]]: write them so.");
  }
  if (isBlank(strokes)) throw new DrawingError("Nothing is drawn yet: draw a digit first.");
  const paths = strokes.filter((stroke) => stroke.length).map((stroke) => Float64Array.from(stroke.flat()));
  if (!paths.every((path) => path.every((value) => Math.abs(value) <= LARGEST_COORDINATE))) {
    throw new DrawingError("A stroke has a point that is no number of canvas pixels: draw the digit again.");
  }
  return paths;
}

const isNumber = (value) => typeof value === "number";
const isPoint = (point) => Array.isArray(point) && point.length === 2 && point.every(isNumber);

function checkPositive(value, name) {
  if (!(typeof value === "number" && value > 0 && value <= LARGEST_COORDINATE)) {
    throw new DrawingError(`The ${name} is ${value}: give a number of pixels above 0.`);
  }
}

// ---- fabric's paths

function isFabricPath(item) {
  if (typeof item !== "object") throw new TypeError("no object of a canvas");
  return String(item.type ?? "").toLowerCase() === "path";
}

// SVG path commands -> points; a curve becomes four chords.
function polylineOf(commands) {
  const points = [];
  for (const [name, ...numbers] of commands) {
    if (!["M", "L", "Q", "C"].includes(name)) continue;
    const control = controlPoints(numbers);
    if (control.length === 1) points.push(control[0]);
    else points.push(...curvePoints([points.at(-1), ...control]));
  }
  return points;
}

function controlPoints(numbers) {
  if (numbers.length % 2 || !numbers.every(Number.isFinite)) throw new TypeError("no points");
  return pairsOf(numbers);
}

// Four points along the Bezier curve of these control points, its end included.
function curvePoints(control) {
  const degree = control.length - 1;
  return [0.25, 0.5, 0.75, 1].map((t) => {
    const share = control.map((_, k) => BINOMIALS[degree][k] * t ** k * (1 - t) ** (degree - k));
    return [0, 1].map((axis) => control.reduce((sum, point, k) => sum + share[k] * point[axis], 0));
  });
}

const BINOMIALS = [[1], [1, 1], [1, 2, 1], [1, 3, 3, 1]];
