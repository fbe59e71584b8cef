// Finds what stands on the page, also inside the elements: Streamlit puts each into a shadow root of its own.

const HOST = "[data-testid=stBidiComponentIsolated]";

// path: "SELECTOR", or "SELECTOR >>> SELECTOR" for what an element that stands in the first has inside. -> what is
// seen of it, else what is there, else undefined.
export function found(path) {
  const [outer, inner] = path.split(" >>> ");
  const outside = [...document.querySelectorAll(outer)];
  const all = inner === undefined ? outside : outside.flatMap((box) => insideOf(box, inner));
  return all.find((element) => element.checkVisibility()) ?? all[0];
}

function insideOf(box, selector) {
  const roots = [...box.querySelectorAll(HOST)].map((host) => host.shadowRoot).filter(Boolean);
  return roots.flatMap((root) => [...root.querySelectorAll(selector)]);
}
