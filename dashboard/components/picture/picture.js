// Puts an SVG into the page and gives it the theme's colours by name.

import { themeColours } from "../dom/theme.js";

export default function ({ data, parentElement }) {
  const figure = parentElement.querySelector(".picture");
  const style = getComputedStyle(figure);
  const list = (name) => themeColours(style, `--st-chart-${name}-colors`);
  const [lstm, gru, rnn] = list("categorical");
  const signed = list("diverging");
  const colours = { lstm, gru, rnn, gate: list("sequential").at(-3), minus: signed[1], plus: signed.at(-2) };
  for (const [name, colour] of Object.entries(colours)) figure.style.setProperty(`--${name}`, colour);
  if (figure.dataset.svg !== data.svg) {
    figure.innerHTML = data.svg;
    figure.dataset.svg = data.svg;
  }
}
