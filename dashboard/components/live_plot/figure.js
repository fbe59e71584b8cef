// The theme in a figure: its colours and font are named in the figure and known only in the page.

import { themeColours } from "../dom/theme.js";

// Replaces every "--st-...[index]/opacity" in the figure by the theme's colour, every "--st-font" by its font.
export function withTheme(figure, style) {
  const resolve = (value) => {
    if (Array.isArray(value)) return value.map(resolve);
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, resolve(inner)]));
    return typeof value === "string" && value.startsWith("--st-") ? themed(value, style) : value;
  };
  return resolve(figure);
}

function themed(name, style) {
  const [, property, index, opacity] = name.match(/^(--[\w-]+)(?:\[(\d+)\])?(?:\/([\d.]+))?$/);
  const value = index === undefined ? style.getPropertyValue(property).trim() : themeColours(style, property)[Number(index)];
  return opacity === undefined ? value : value + alpha(opacity);
}

// Two hex digits behind a #rrggbb colour, which is what config.toml holds.
const alpha = (opacity) => Math.round(Number(opacity) * 255).toString(16).padStart(2, "0");
