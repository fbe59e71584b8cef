// The titles are links to the chapter's own address: a click stays in the page and keeps what is set on it, a click with
// Ctrl opens the chapter in another tab.

import { node } from "../dom/node.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const nav = parentElement.querySelector(".contents");
  const { chapters, chapter, label } = data;
  nav.setAttribute("aria-label", label);
  const links = chapters.map((title, place) => link(title, place + 1, place + 1 === chapter));
  const fold = node("details", {}, node("summary", {}, numbered(chapter, chapters[chapter - 1])), node("ol", {}, ...links));
  nav.replaceChildren(fold);
  fold.open = wide.matches; // a wide screen shows them all
  wide.onchange = () => (fold.open = wide.matches);
  nav.onclick = (event) => {
    const chosen = event.target.closest("a");
    if (!chosen || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    fold.open = wide.matches;
    setTriggerValue("choice", Number(chosen.dataset.chapter));
  };
  if (nav.dataset.chapter && nav.dataset.chapter !== String(chapter)) toTop();
  nav.dataset.chapter = chapter;
}

const wide = matchMedia("(min-width: 901px)");

// A new chapter is read from its head, wherever in the old one it was chosen.
const toTop = () => document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 });

function link(title, chapter, open) {
  const attributes = { href: `?chapter=${chapter}`, "data-chapter": chapter, "aria-current": open ? "page" : null };
  return node("li", {}, node("a", attributes, numbered(chapter, title)));
}

const numbered = (chapter, title) => `${chapter} · ${title}`;
