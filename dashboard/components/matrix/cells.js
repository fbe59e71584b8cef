// What a cell of the confusion matrix says and how it is coloured, and where the arrows lead.

import { filledText } from "../dom/words.js";

const LAST = 9;
const LEAST_CONTRAST = 4.5;

// The colours of the ramp on which ink or paper can be read, each with the one that is: [{ colour, ink }].
export function readable(ramp, { ink, paper }) {
  const inks = { ink: luminance(ink), paper: luminance(paper) };
  return ramp.flatMap((colour) => {
    const contrast = (name) => ratio(luminance(colour), inks[name]);
    const best = contrast("ink") >= contrast("paper") ? "ink" : "paper";
    return contrast(best) >= LEAST_CONTRAST ? [{ colour, ink: best }] : [];
  });
}

const ratio = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);

// Relative luminance of #rrggbb as WCAG 2.2 defines it.
function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((from) => parseInt(colour.slice(from, from + 2), 16) / 255);
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

// How a mistake is shown, 0 to `most` on the readable ramp; an empty object on the diagonal and for nothing.
export function shade({ count, total, truth, answer, shares, most, ramp }) {
  if (truth === answer || !count) return {};
  const part = Math.min(1, (shares ? count / total : count) / most);
  return ramp[Math.max(1, Math.round(part * (ramp.length - 1)))];
}

// The text in the cell, and what is said of it.
export function cellWords({ count, total, truth, answer, shares }, words) {
  const share = total ? `${((100 * count) / total).toFixed(count === total ? 0 : 1)} %` : "–";
  const text = count || truth === answer ? (shares ? share.replace(" %", "") : String(count)) : "";
  const template = truth === answer ? words.total : count ? words.cell : words.none;
  return { text, said: filledText(template, { truth, answer, count, share }) };
}

// Where an arrow key, Home or End leads from a cell [row, column]; null for any other key.
export function step([row, column], key) {
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  if (key === "Home") return [row, 0];
  if (key === "End") return [row, LAST];
  if (!moves[key]) return null;
  const within = (place) => Math.max(0, Math.min(LAST, place));
  return [within(row + moves[key][0]), within(column + moves[key][1])];
}
