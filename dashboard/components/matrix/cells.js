// What a cell of the confusion matrix says and how it is coloured, and where the arrows lead.

import { filledText } from "../dom/words.js";

const LAST = 9;
const DARK = 0.55; // from this part of the ramp on, text is paper on colour

// The colour of a mistake, 0 to `most` on the ramp, and the ink that is read on it; none on the diagonal and for nothing.
export function shade({ count, total, truth, answer, shares, most, ramp }) {
  if (truth === answer || !count) return {};
  const part = Math.min(1, (shares ? count / total : count) / most);
  return { colour: ramp[Math.max(1, Math.round(part * (ramp.length - 1)))], ink: part > DARK ? "paper" : "ink" };
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
