// What lies over the points: names of the digits, one's own digit's path, its neighbours, the lasso, what is pointed at.

import { centres, onScreen, placeAt } from "./geometry.js";

export function paintOverlay(context, { view, ratio, row, cloud, path, lit, chosen, hovered, lasso, colours, names }) {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, view.width, view.height);
  const at = (k) => onScreen(placeAt(cloud, k, row), view);
  context.lineWidth = 1.5;
  for (const k of chosen ?? lit) ring(context, at(k), 4.5, colours.ink);
  way(context, path, row, view, colours);
  if (names) {
    centres(cloud, row).forEach((centre, digit) => centre && name(context, String(digit), onScreen(centre, view), colours));
  }
  if (hovered !== null) ring(context, at(hovered), 7, colours.accent);
  if (lasso?.length > 1) outline(context, lasso, colours.accent);
}

function ring(context, [x, y], radius, colour) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.strokeStyle = colour;
  context.stroke();
}

// The path so far as a line, what is still to come fainter, and where the digit is now.
function way(context, path, row, view, colours) {
  const points = path.map((place) => onScreen(place, view));
  const low = Math.min(Math.floor(row), path.length - 1), high = Math.min(low + 1, path.length - 1);
  const now = [0, 1].map((axis) => points[low][axis] * (1 - row + low) + points[high][axis] * (row - low));
  line(context, points, colours.paper, 5);
  line(context, points.slice(low), colours.ink, 1, 0.35);
  line(context, [...points.slice(0, low + 1), now], colours.ink, 2.5);
  for (const point of points.slice(0, low + 1)) dot(context, point, 2.2, colours.ink);
  dot(context, now, 7, colours.paper);
  dot(context, now, 5, colours.accent);
}

function line(context, points, colour, width, alpha = 1) {
  context.save();
  Object.assign(context, { strokeStyle: colour, lineWidth: width, globalAlpha: alpha, lineJoin: "round", lineCap: "round" });
  context.beginPath();
  points.forEach(([x, y], n) => (n ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
  context.restore();
}

function dot(context, [x, y], radius, colour) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
}

function name(context, text, [x, y], { ink, paper, font }) {
  Object.assign(context, { font: `700 17px ${font}`, textAlign: "center", textBaseline: "middle", lineJoin: "round" });
  Object.assign(context, { strokeStyle: paper, lineWidth: 5, fillStyle: ink });
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}

function outline(context, points, colour) {
  context.save();
  context.setLineDash([5, 4]);
  context.beginPath();
  points.forEach(([x, y], n) => (n ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
  Object.assign(context, { strokeStyle: colour, lineWidth: 1.5 });
  context.stroke();
  context.restore();
}
