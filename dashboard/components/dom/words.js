// Templates of words.toml with their {placeholders} filled.

import { node } from "./node.js";

// "Row {row} of {rows}" -> texts and nodes, every value that `strong` names in <b>.
export function filledNodes(template, values, strong = []) {
  return template.split(/(\{\w+\})/).filter(Boolean).map((part) => {
    const name = part.match(/^\{(\w+)\}$/)?.[1];
    if (!name) return part;
    return strong.includes(name) ? node("b", {}, String(values[name])) : String(values[name]);
  });
}

export const filledText = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
