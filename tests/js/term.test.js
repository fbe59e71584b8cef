import assert from "node:assert/strict";
import test from "node:test";
import { termOf } from "../../dashboard/components/glossary/term.js";

globalThis.Element ??= class Element {};

// An element that matches selectors of this kind.
const element = (kind, more) => Object.assign(new Element(), { matches: (selector) => selector.includes(kind) }, more);
const link = element("a[href", { hash: "#term-cell_state" });
const letter = element(".katex", { textContent: "C " });
const strip = (name) => element("data-term", { dataset: { term: name } });
const other = element("nothing of ours");

test("a term is a link's, a formula's letter, or a strip's", () => {
  assert.deepEqual(termOf([other, link]), { element: link, name: "cell_state" });
  assert.deepEqual(termOf([letter]), { element: letter, name: "C" });
  assert.equal(termOf([strip("f")]).name, "f");
});

test("o is the output gate on a strip alone", () => {
  assert.equal(termOf([strip("o")]).name, "output_gate");
  assert.equal(termOf([element(".katex", { textContent: "o" })]).name, "o");
});

test("what is no element, or none of these, is no term", () => {
  assert.equal(termOf([other, { nodeType: 9 }]), null);
});
