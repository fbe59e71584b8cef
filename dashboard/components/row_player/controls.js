// What stands above the strips: the transport, and how they are shown.

import { node } from "../dom/node.js";
import { ALL, widthsFor } from "./band.js";
import { BAND_LINES, DIGIT_ROWS } from "./lines.js";
import { choice, icon, range } from "./panels.js";

const SPEEDS = ["0.5", "1", "2", "4"];

// step(rows), toggle(): what the buttons do. -> the element, and the button that plays.
export function transportOf(words, step, toggle) {
  const button = (name, onclick) =>
    node("button", { type: "button", class: `step ${name}`, "aria-label": words[name], title: words[name], onclick }, icon(name));
  const play = button("play", toggle);
  const element = node(
    "div",
    { class: "transport", role: "group", "aria-label": words.transport },
    button("first", () => step(-Infinity)),
    button("back", () => step(-1)),
    play,
    button("forward", () => step(1)),
    button("last", () => step(Infinity)),
  );
  return { element, play };
}

export function showPlaying(button, words, playing) {
  const name = playing ? "pause" : "play";
  button.replaceChildren(icon(name));
  button.setAttribute("aria-label", words[name]);
  button.title = words[name];
}

// state: what is chosen now, by name; pick(name, value): the person chooses.
export function settingsOf({ words, rows, layers, before, units, options }, state, pick) {
  const widths = widthsFor(units.length);
  const groups = {
    speed: options.companion ? [] : SPEEDS.map((speed) => [speed, `${speed}×`]),
    layer: layers > 1 ? [...range(layers).map((k) => [k, String(k + 1)]), [ALL, words.all]] : [],
    order: [["peak", words.by_peak], ["index", words.by_index]],
    zoom: widths.length > 1 ? widths.map((width) => [width, width === ALL ? words.all : width]) : [],
    waiting: rows > DIGIT_ROWS + BAND_LINES ? [["folded", words.folded], ["open", words.unfolded]] : [],
    show: before ? [["reading", words.reading], ["difference", words.difference]] : [],
  };
  return Object.entries(groups)
    .filter(([, choices]) => choices.length)
    .map(([name, choices]) => choice(words[name], choices, state[name], (value) => pick(name, value), words[`${name}_help`]));
}
