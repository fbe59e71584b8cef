// A table of buttons, one of which is in the tab order: arrows move among them. Diagonal and mistakes have scales apart.

import { node } from "../dom/node.js";
import { themeColours } from "../dom/theme.js";
import { filledText } from "../dom/words.js";
import { cellWords, readable, shade, step } from "./cells.js";

const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const places = new WeakMap(); // root -> [row, column] of the cell in the tab order

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".matrix");
  const focused = root.getRootNode().activeElement?.closest?.("button");
  const place = data.chosen ?? places.get(root) ?? [0, 0];
  places.set(root, place);
  root.replaceChildren(table(data, root, place, setTriggerValue), legend(data, root));
  if (focused) cellAt(root, place).focus();
}

const cellAt = (root, [row, column]) => root.querySelector(`[data-row="${row}"][data-column="${column}"]`);

function table(data, root, place, tell) {
  const { counts, words } = data;
  const style = getComputedStyle(root);
  const [ink, paper] = ["--st-text-color", "--st-background-color"].map((name) => themeColours(style, name)[0]);
  const ramp = readable(themeColours(style, "--st-chart-sequential-colors"), { ink, paper });
  const totals = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const head = node("tr", {}, node("td"), node("td"), ...DIGITS.map((digit) => node("th", { scope: "col" }, String(digit))));
  const rows = counts.map((row, truth) => {
    const side = truth ? null : node("th", { class: "side", rowspan: 10, scope: "rowgroup" }, node("span", {}, words.truth));
    const name = node("th", { scope: "row" }, String(truth));
    return node("tr", {}, side, name, ...row.map((count, answer) => node("td", {}, cell(count, truth, answer))));
  });
  function cell(count, truth, answer) {
    const found = { count, total: totals[truth], truth, answer, shares: data.shares };
    const shown = shade({ ...found, most: data.most, ramp });
    const chosen = data.chosen?.[0] === truth && data.chosen?.[1] === answer;
    const { text, said } = cellWords(found, words);
    return node("button", {
      type: "button",
      class: truth === answer ? "right" : "wrong",
      style: shown.colour ? `background: ${shown.colour}; color: var(--${shown.ink})` : null,
      "aria-label": said,
      "aria-pressed": String(chosen),
      title: said,
      tabindex: truth === place[0] && answer === place[1] ? 0 : -1,
      "data-row": truth,
      "data-column": answer,
      onclick: () => choose(truth, answer),
      onkeydown: (event) => moved(event, [truth, answer]),
    }, text);
  }
  function choose(truth, answer) {
    places.set(root, [truth, answer]);
    tell("cell", { truth, answer, moment: Date.now() });
  }
  function moved(event, from) {
    const to = step(from, event.key);
    if (!to) return;
    event.preventDefault();
    cellAt(root, from).tabIndex = -1;
    const next = cellAt(root, to);
    next.tabIndex = 0;
    next.focus();
    places.set(root, to);
  }
  const over = node("tr", { class: "over" }, node("td"), node("td"), node("th", { colspan: 10, scope: "colgroup" }, words.answer));
  return node("table", { "aria-label": words.label }, node("thead", {}, over, head), node("tbody", {}, ...rows));
}

function legend({ words, most, shares }, root) {
  const ramp = themeColours(getComputedStyle(root), "--st-chart-sequential-colors");
  const end = shares ? `${(100 * most).toFixed(1)} %` : String(most);
  const bar = node("span", { class: "ramp", style: `background: linear-gradient(to right, ${ramp.join(", ")})` });
  const hit = node("span", { class: "key" }, node("span", { class: "hit" }), words.right);
  return node("div", { class: "legend" }, node("span", { class: "key" }, "0", bar, filledText(words.most, { most: end })), hit);
}
