// Puts an SVG into the page and gives it the theme's colours by name.

export default function ({ data, parentElement }) {
  const figure = parentElement.querySelector(".picture");
  const style = getComputedStyle(figure);
  const list = (name) => style.getPropertyValue(`--st-chart-${name}-colors`).split(",").map((colour) => colour.trim());
  const [lstm, gru, rnn] = list("categorical");
  const signed = list("diverging");
  const colours = { lstm, gru, rnn, gate: list("sequential").at(-3), minus: signed[1], plus: signed.at(-2) };
  for (const [name, colour] of Object.entries(colours)) figure.style.setProperty(`--${name}`, colour);
  if (figure.dataset.svg !== data.svg) {
    figure.innerHTML = data.svg;
    figure.dataset.svg = data.svg;
  }
}
