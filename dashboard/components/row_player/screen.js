// Sizes of the strips where everything is to be seen on one screen: rows as high as the window leaves room for.

import { DIGIT_ROWS } from "./lines.js";

const GAP_PIXELS = 12;
const NARROWEST_STRIP = 82; // pixels; where all strips would be narrower, they are swiped through beside the opinion
const NARROWEST_COMPARED = 72; // where a second opinion stands beside the first
const SWIPED_STRIP = 120;
const TALLEST_ROW = 18;
const WIDEST_FRAME = 0.42; // of the width, where strips are swiped through: the next one is to be seen beside it
const SHORTEST_ROW = { curves: 7, plain: 5 }; // below the first the followed unit's lines are left out
const THINNEST_ROW = 1.5;
const HEADING = 40; // pixels: letter, name and value above a strip
const LEGEND = 21;
const CURVES = 56;
const MARGIN = 8;
const BESIDE_STRIPS = 160; // pixels of half a window that two players share, for what stands around a player's strips

export function fitScreen(strips, root, width) {
  const { trace, opinions, state, lines } = strips;
  root.dataset.screen = true; // before measuring: what lies above is lower so
  const bands = state.layer === "all" ? trace.layers : 1;
  const below = parseFloat(getComputedStyle(root).getPropertyValue("--below")) || 0; // what the page writes there
  const room = trace.options.together ? innerHeight / 2 - BESIDE_STRIPS : innerHeight - topOf(strips.element) - MARGIN - below;
  const fitting = rowHeightFor(room / bands, lines.count);
  const { curves } = fitting;
  const compared = opinions.length > 1;
  const digit = width > 1250 ? 13 : width > 500 ? (compared ? 9 : 10) : compared ? 7 : 9;
  const count = trace.letters.length;
  const taken = (10 * digit + GAP_PIXELS) * opinions.length + GAP_PIXELS * count;
  const narrowest = count * (compared ? NARROWEST_COMPARED : NARROWEST_STRIP);
  // the frame is a square, and every strip is to be seen beside it: high rows would push the last ones out
  const beside = halves((width - taken - narrowest) / trace.columns);
  const shortest = shortestRow("plain", lines.count);
  const layout = beside >= shortest ? "line" : "swipe";
  const widest = layout === "line" ? beside : Math.floor((WIDEST_FRAME * width) / trace.columns);
  const height = Math.max(shortest, Math.min(fitting.height, widest));
  Object.assign(root.dataset, { layout, curves, all: state.layer === "all", compare: compared });
  const sizes = {
    "--lines": lines.count,
    "--row-height": `${height}px`,
    "--columns": count,
    "--digit": `${digit}px`,
    "--gap": `${GAP_PIXELS}px`,
    "--swiped": `${SWIPED_STRIP}px`,
  };
  for (const [name, value] of Object.entries(sizes)) root.style.setProperty(name, value);
}

// Pixels of a line, and whether the followed unit's lines fit below the strips.
export function rowHeightFor(room, lines) {
  const bare = (room - HEADING - LEGEND) / lines;
  const withCurves = (room - HEADING - LEGEND - CURVES) / lines;
  const whole = (pixels, least) => Math.max(least, Math.min(TALLEST_ROW, halves(pixels)));
  const [curves, plain] = ["curves", "plain"].map((name) => shortestRow(name, lines));
  if (withCurves >= curves) return { height: whole(withCurves, curves), curves: true };
  return { height: whole(bare, plain), curves: false };
}

// Of a digit's 28 rows; where a network waits over many more, unfolded, all of them are to fit.
const shortestRow = (name, lines) => Math.max(THINNEST_ROW, halves((SHORTEST_ROW[name] * Math.min(lines, DIGIT_ROWS)) / lines));

const halves = (pixels) => Math.floor(pixels * 2) / 2;

// Pixels from the top of the page's unscrolled view.
function topOf(element) {
  let scrolled = 0;
  for (let node = element; node; node = node.parentNode ?? node.host) scrolled += node.scrollTop ?? 0;
  return element.getBoundingClientRect().top + scrolled;
}
