// The gallery's tiles, drawn anew when its message changes.

import { node } from "../dom/node.js";
import { imageRamp, tileOf } from "./tile.js";

const decoder = new TextDecoder();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".gallery");
  const { header, images } = decoded(data);
  const { words, height } = header;
  root.style.maxHeight = height ? `${height}px` : "";
  root.setAttribute("aria-label", words.label);
  const ramp = imageRamp(root);
  const tell = (name, id) => setTriggerValue(name, { id, moment: Date.now() });
  const tiles = header.tiles.map((tile, n) => {
    const made = tileOf({ ...tile, pixels: images.subarray(784 * n, 784 * (n + 1)) }, words, ramp, () => tell("open", tile.id));
    if (header.removable) made.append(cross(tile, words, () => tell("remove", tile.id)));
    return made;
  });
  root.replaceChildren(node("ul", {}, ...tiles));
}

function cross(tile, words, onclick) {
  return node("button", { type: "button", class: "remove", title: words.remove, "aria-label": words.remove, onclick }, "×");
}

function decoded(data) {
  const end = 4 + new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  return { header: JSON.parse(decoder.decode(data.subarray(4, end))), images: data.subarray(end) };
}
