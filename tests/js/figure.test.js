import assert from "node:assert/strict";
import test from "node:test";
import { withTheme } from "../../dashboard/components/live_plot/figure.js";

const PROPERTIES = {
  "--st-text-color": " #112233",
  "--st-font": '"Source Sans", sans-serif',
  "--st-chart-categorical-colors": "#aaaaaa, #bbbbbb,#cccccc",
};
const style = { getPropertyValue: (name) => PROPERTIES[name] };

test("colours of the theme take their names' places, anywhere in a figure", () => {
  const figure = { data: [{ line: { color: "--st-chart-categorical-colors[2]" } }], layout: { font: { color: "--st-text-color" } } };
  assert.deepEqual(withTheme(figure, style), { data: [{ line: { color: "#cccccc" } }], layout: { font: { color: "#112233" } } });
});

test("an opacity becomes two hex digits", () => {
  assert.equal(withTheme("--st-text-color/0.2", style), "#11223333");
  assert.equal(withTheme("--st-chart-categorical-colors[0]/1", style), "#aaaaaaff");
});

test("a font keeps its commas, and what names nothing stays", () => {
  assert.equal(withTheme("--st-font", style), PROPERTIES["--st-font"]);
  const plain = { x: { dtype: "f4", bdata: "AA==" }, y: [1, null, true], text: "a --st-text-color" };
  assert.deepEqual(withTheme(plain, style), plain);
});
