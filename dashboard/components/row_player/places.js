// Rows and units as a person writes them, from 1: "3, 17, 20-24"; "1:3" is unit 3 of layer 1, and without a layer it
// is the top one's.

const SPAN = /^(?:(\d+):)?(\d+)(?:-(\d+))?$/;

// -> numbers from 0, below `count`; null where the text is none.
export function placesIn(text, count) {
  const found = spansIn(text, 1, count);
  return found && found.every(({ given }) => !given) ? found.flatMap(({ places }) => places) : null;
}

// -> ["layer:unit", ...] from 0; null where the text names none.
export function unitsIn(text, { layers, hidden }) {
  const found = spansIn(text, layers, hidden);
  return found && found.flatMap(({ layer, places }) => places.map((unit) => `${layer}:${unit}`));
}

function spansIn(text, layers, count) {
  const parts = text.replace(/\s*([:-])\s*/g, "$1").split(/[\s,，、]+/).filter(Boolean);
  const found = parts.map((part) => spanOf(part.match(SPAN), layers, count));
  return found.includes(null) ? null : found;
}

function spanOf(match, layers, count) {
  if (!match) return null;
  const [layer, first, last] = [match[1] ?? layers, match[2], match[3] ?? match[2]].map(Number);
  if (layer < 1 || layer > layers || first < 1 || first > last || last > count) return null;
  const places = Array.from({ length: last - first + 1 }, (_, k) => first - 1 + k);
  return { layer: layer - 1, given: match[1], places };
}

// Numbers from 0 -> "3, 17, 20-24".
export function spansOf(places) {
  const spans = [];
  for (const place of [...places].sort((one, other) => one - other)) {
    const last = spans[spans.length - 1];
    if (last && last[1] === place - 1) last[1] = place;
    else spans.push([place, place]);
  }
  return spans.map(([first, last]) => (first === last ? `${first + 1}` : `${first + 1}-${last + 1}`)).join(", ");
}

// ["layer:unit", ...] from 0 -> "1:3, 17".
export function unitsText(keys, layers) {
  const units = (layer) => keys.map((key) => key.split(":").map(Number)).filter(([at]) => at === layer).map(([, unit]) => unit);
  const texts = Array.from({ length: layers }, (_, layer) => {
    const spans = spansOf(units(layer)).split(", ").filter(Boolean);
    return spans.map((span) => (layer === layers - 1 ? span : `${layer + 1}:${span}`));
  });
  return texts.flat().join(", ");
}
