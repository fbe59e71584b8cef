// Colours of the theme and the painting of strips, once each; the cursor lies above them in the DOM.

import { themeColours } from "../dom/theme.js";

export function readColours(element) {
  const style = getComputedStyle(element);
  const list = (name) => themeColours(style, name);
  const [page] = list("--st-background-color");
  const [ink] = list("--st-text-color");
  const diverging = list("--st-chart-diverging-colors");
  const middle = diverging.length / 2;
  return {
    name: [page, ink, ...diverging].join(),
    gate: ramp(list("--st-chart-sequential-colors")),
    signed: ramp([...diverging.slice(0, middle), page, ...diverging.slice(middle)]), // zero is the page itself
    ink: ramp([page, ink]),
    line: ink,
  };
}

// 256 colours as little-endian RGBA, evenly through the stops.
export function ramp(stops) {
  const parsed = stops.map((stop) => [1, 3, 5].map((from) => parseInt(stop.slice(from, from + 2), 16)));
  const colours = new Uint32Array(256);
  for (let k = 0; k < 256; k++) {
    const place = (k / 255) * (parsed.length - 1);
    const low = Math.min(Math.floor(place), parsed.length - 2);
    const mixed = parsed[low].map((part, c) => Math.round(part + (parsed[low + 1][c] - part) * (place - low)));
    colours[k] = (255 << 24) | (mixed[2] << 16) | (mixed[1] << 8) | mixed[0];
  }
  return colours;
}

const css = (colour) => `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;
export const gradient = (colours) =>
  `linear-gradient(to right, ${Array.from({ length: 17 }, (_, k) => css(colours[k * 16 - (k > 15)])).join(", ")})`;

// Cells (fraction(row, column), 0 to 1 of the ramp) onto the canvas, a pixel each; the page shows it `width` CSS pixels
// wide. Of more units than the screen has pixels neighbours are averaged, so that none is hidden, and so are the rows of
// a folded line.
export function paintCells(canvas, { lines, columns, fraction, colours, width }) {
  const rows = lines.count;
  const wide = Math.min(columns, Math.max(1, Math.round(width * (window.devicePixelRatio || 1))));
  const { context, image, pixels, cells } = sheetOf(canvas, rows, columns, wide);
  for (let line = 0; line < rows; line++) {
    const [first, end] = lines.rowsOf(line);
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let row = first; row < end; row++) sum += fraction(row, column);
      const level = Math.round((sum / (end - first)) * 255);
      pixels[line * columns + column] = colours[Math.max(0, Math.min(255, level))];
    }
  }
  if (!cells) return context.putImageData(image, 0, 0);
  cells.putImageData(image, 0, 0);
  context.clearRect(0, 0, wide, rows);
  context.drawImage(cells.canvas, 0, 0, wide, rows);
}

const sheets = new WeakMap(); // canvas -> what it is painted from: while the pen is down, 60 times a second

function sheetOf(canvas, rows, columns, wide) {
  const known = sheets.get(canvas);
  if (known?.image.width === columns && known.image.height === rows && canvas.width === wide) return known;
  Object.assign(canvas, { width: wide, height: rows });
  const [context, image] = [canvas.getContext("2d"), new ImageData(columns, rows)];
  context.imageSmoothingQuality = "high";
  const cells = wide < columns ? new OffscreenCanvas(columns, rows).getContext("2d") : null;
  const made = { context, image, cells, pixels: new Uint32Array(image.data.buffer) };
  sheets.set(canvas, made);
  return made;
}
