// Which term or letter an element stands for.

const ANCHOR = "#term-";
const LETTER = ".katex .mathnormal"; // of a formula
const STRIP = "[data-term]"; // of the player's strips
const ON_STRIPS = { o: "output_gate" }; // in formulas the letter has two meanings

// The o of o_gate: its subscript is a word.
const isGate = (letter) => Boolean(letter.nextElementSibling?.querySelector(".mathrm")?.textContent.includes("gate"));

// path: an event's, from the innermost element out. -> {element, name}, or null.
export function termOf(path) {
  for (const element of path) {
    if (!(element instanceof Element)) continue;
    if (element.matches(`a[href*="${ANCHOR}"]`)) return { element, name: element.hash.slice(ANCHOR.length) };
    if (element.matches(LETTER)) return { element, name: isGate(element) ? ON_STRIPS.o : element.textContent.trim() };
    if (element.matches(STRIP)) return { element, name: ON_STRIPS[element.dataset.term] ?? element.dataset.term };
  }
  return null;
}
