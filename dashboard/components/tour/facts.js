// What a person has done, as the page itself shows it. null: that part of the page is not there.

import { found } from "../dom/finding.js";

export const PLAYER = ".st-key-draw_player >>> ";

export function factsOf() {
  const asked = new URL(location.href).searchParams;
  const player = found(`${PLAYER}.player-root`);
  const answer = found(`${PLAYER}[data-answer]`)?.dataset;
  return {
    answer: answer?.answer ?? null,
    strokes: number(answer?.strokes),
    playing: player ? player.dataset.playing === "true" : null,
    reader: player ? player.dataset.reader : null, // NAME or NAME@STEP, as readers.py has it
    row: number(player?.dataset.row), // from 1, as settled
    settled: number(found(`${PLAYER}.answer-decided`)?.dataset.settled),
    unit: asked.get("unit") ?? "", // there once a person has chosen it (remembering.js)
    held: found(`${PLAYER}.surgery`)?.querySelectorAll(".gate input[data-free=false]").length ?? null,
    link: found(".st-key-draw_link >>> .copy-link")?.dataset.link ?? "",
    run: asked.get("run") ?? "",
    waiting: document.querySelectorAll("[class*=st-key-remove_]").length, // runs in the queue
  };
}

const number = (text) => (text === undefined ? null : Number(text));

// The facts at a step's beginning, with what has come onto the page since.
export function completed(begun, now) {
  const unknown = Object.entries(now).filter(([name]) => (begun[name] ?? null) === null);
  return { ...begun, ...Object.fromEntries(unknown) };
}
