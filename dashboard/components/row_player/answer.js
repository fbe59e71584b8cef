// The answer above the strips: the digit, its rival, when it was decided, and what to think of it.

import { node, renew, write } from "../dom/node.js";
import { filledNodes, filledText } from "../dom/words.js";
import { CERTAIN, decisionOf } from "../network/decision.js";
import { ranking } from "./trace.js";

export class Answer {
  constructor(words) {
    this.words = words;
    this.digit = node("span", { class: "answer-digit", role: "img" });
    this.sure = node("p", { class: "answer-sure" });
    this.decided = node("p", { class: "answer-decided", title: words.honest });
    this.notices = node("p", { class: "answer-notices" });
    const beside = node("div", { class: "answer-words" }, this.sure, this.decided, this.notices);
    this.element = node("div", { class: "answer" }, this.digit, beside);
  }

  // notices: sentences about this very digit. strokes: how many the pen has made, for whoever reads the page.
  show(trace, { notices = [], strokes = 0 } = {}) {
    const { words } = this;
    const [[first, p], [second, q]] = ranking(trace, trace.rows - 1);
    write(this.digit, first);
    Object.assign(this.digit.dataset, { answer: first, strokes });
    renew(this.digit, { "aria-label": filledText(words.answer_label, { digit: first }) });
    const values = { p: percentText(p), second, q: percentText(q) };
    this.sure.replaceChildren(...filledNodes(words.answer, values, ["p", "second"]));
    this.decided.replaceChildren(node("b", {}, words.when), " ", decisionSentence(trace, words));
    this.decided.dataset.settled = decisionIn(trace).settled + 1;
    write(this.notices, notices.join(" "));
  }
}

const decisionIn = (trace) => decisionOf({ ...trace, logits: trace.logits ?? trace.p }); // a message has no logits

// "From row 21 of 28 on its answer stayed 3; the row before, it believed 2 (89.9 %) ..."
export function decisionSentence(trace, words) {
  const found = decisionIn(trace);
  const values = { digit: found.digit, settled: found.settled + 1, rows: trace.rows, certain: `${Math.round(100 * CERTAIN)}\u00a0%` };
  const told =
    found.before === null
      ? filledText(words.always, values)
      : filledText(words.settled, { ...values, before: found.before, belief: percentText(found.beforeProbability) });
  const certain =
    found.certain === null
      ? filledText(words.never_certain, { ...values, p: percentText(found.probability) })
      : filledText(words.certain, { ...values, row: found.certain + 1 });
  return told + certain;
}

// 99.9 % is not 100 %, and 0.01 % is not 0.
export function percentText(fraction) {
  if (fraction < 0.0005) return "< 0.1\u00a0%";
  if (fraction >= 0.9995) return "> 99.9\u00a0%";
  return `${(100 * fraction).toFixed(1)}\u00a0%`;
}

// "Row 12 of 28 · thinks 3 (45 %), then 2 (30 %)": texts and nodes.
export function opinionAt(trace, row) {
  const { words, rows } = trace;
  const percent = (p) => (p < 0.005 ? "<\u00a01" : p >= 0.995 ? ">\u00a099" : String(Math.round(p * 100)));
  const [[first, p], [second, q]] = ranking(trace, row);
  const values = { row: row + 1, rows, first, p: percent(p), second, q: percent(q) };
  const parts = filledNodes(row === rows - 1 ? words.answers : words.thinks, values, ["row", "first"]);
  if (!trace.before) return parts;
  const [[before, b]] = ranking(trace.before, row);
  return [...parts, node("span", { class: "before" }, filledText(words.thinks_before, { first: before, p: percent(b) }))];
}
