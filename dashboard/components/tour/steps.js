// The tour's steps: on which page, what is ringed, what must stay in sight, and when a step is done.
//
// ring, focus, keep: paths as found() takes them; of a list, the first that is on the page.
// focus: where a person without a mouse does it, where that is not what is ringed.
// opens: so many pixels of a list open below what is ringed.
// done(now, begun): of the facts (facts.js) as they are, and as they were when the step began.

import { PLAYER } from "./facts.js";

const ANSWER = `${PLAYER}.answer`;
const TRANSPORT = `${PLAYER}.bar`;
const SHIPPED = ["rnn", "gru", "lstm"];
const changed = (name, now, begun) => now[name] !== null && now[name] !== begun[name];

export const STEPS = [
  {
    name: "draw",
    page: "draw",
    ring: [".st-key-draw_canvas_box"],
    focus: [".st-key-draw_clear button"],
    keep: [ANSWER, ".st-key-draw_tools"],
    done: (now, begun) => now.strokes > 0 || changed("answer", now, begun),
  },
  {
    name: "play",
    page: "draw",
    ring: [`${PLAYER}.transport`],
    focus: [`${PLAYER}.transport .play`],
    keep: [`${PLAYER}.strips`, ANSWER],
    done: (now) => now.playing === true,
  },
  {
    name: "follow",
    page: "draw",
    ring: [`${PLAYER}.strip[data-letter="h"]`],
    focus: [`${PLAYER}input.unit`],
    keep: [`${PLAYER}.follow`, `${PLAYER}.bands`, TRANSPORT],
    done: (now, begun) => changed("unit", now, begun),
  },
  {
    name: "decide",
    page: "draw",
    ring: [`${PLAYER}.answer-decided`],
    focus: [`${PLAYER}.scrub`],
    keep: [TRANSPORT, `${PLAYER}.opinions`],
    done: (now) => now.row !== null && now.settled !== null && Math.abs(now.row - now.settled) <= 1,
  },
  {
    name: "train",
    page: "train",
    ring: [".st-key-preset_fast button:enabled", ".st-key-start button"],
    keep: [".st-key-start", ".st-key-preset_fast"],
    done: (now, begun) => changed("run", now, begun) || now.waiting > begun.waiting,
  },
  {
    name: "own",
    page: "draw",
    ring: [".st-key-draw_reader"],
    opens: 220,
    focus: [".st-key-draw_reader input"],
    keep: [ANSWER, ".st-key-draw_canvas_box"],
    done: (now) => Boolean(now.reader) && !SHIPPED.includes(now.reader),
  },
  {
    name: "hold",
    page: "draw",
    ring: [`${PLAYER}.gate input[data-gate="f"]`, `${PLAYER}.surgery-button`],
    keep: [ANSWER, `${PLAYER}.surgery`, `${PLAYER}.bands`],
    done: (now) => now.held > 0,
  },
  {
    name: "share",
    page: "draw",
    ring: [".st-key-draw_link >>> .copy-link"],
    keep: [`${PLAYER}.strips`],
    done: (now) => now.link !== "",
  },
];
