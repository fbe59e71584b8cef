// The text of a number's place in a formula; the mirror of dashboard/learn/formulas.py.

import { minus } from "../row_player/trace.js";

// place: "sum", a term; "W h + U x + b", a sum of terms; "(a)", a factor; "y:4", with so many decimals.
export function textOf(place, terms) {
  if (place.startsWith("(")) return factorText(numberText(terms[place.slice(1, -1)]));
  const [names, decimals] = place.split(":");
  const [first, ...others] = names.split(" + ").map((name) => numberText(terms[name], Number(decimals ?? 3)));
  return [first, ...others.map((text) => (text.startsWith("−") ? `− ${text.slice(1)}` : `+ ${text}`))].join(" ");
}

const factorText = (text) => (text.startsWith("−") ? `(${text})` : text);

// Fixed decimals; zero has no minus.
function numberText(value, decimals = 3) {
  const text = value.toFixed(decimals);
  return minus(Number(text) === 0 ? text.replace("-", "") : text);
}
