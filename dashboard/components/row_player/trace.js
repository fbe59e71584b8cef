// What the player asks of a trace, whether a message brought it or the browser made it.

// Where unit number s (an index into `units`) of a layer has its value at a row. A message holds the shown units alone;
// a trace made in the browser holds all, `width` a row.
export const at = (trace, layer, row, s) =>
  (layer * trace.rows + row) * trace.width + (trace.width === trace.units.length ? s : trace.units[s]);

// The rows about this one over which a line keeps its side of zero and half of its value there: first and last.
export function held(line, row) {
  const keeps = (value) => value * Math.sign(line[row]) >= Math.abs(line[row]) / 2;
  let [first, last] = [row, row];
  while (first > 0 && keeps(line[first - 1])) first--;
  while (last < line.length - 1 && keeps(line[last + 1])) last++;
  return [first, last];
}

export const minus = (text) => text.replace("-", "−");

// The value as text, to the decimals that a message has.
export function shown(trace, letter, layer, row, s, reading = trace) {
  const text = reading.values[letter][at(trace, layer, row, s)].toFixed(trace.decimals[letter]);
  return minus(Number(text) === 0 ? text.replace("-", "") : text);
}

// Digits at a row, most probable first: [[digit, probability], ...].
export function ranking(reading, row) {
  const found = Array.from(reading.p.subarray(row * 10, row * 10 + 10), (p, digit) => [digit, p]);
  return found.sort((one, other) => other[1] - one[1]);
}

// Shown units of a layer, by index or by the row where |h| peaks; under surgery in the browser, where it peaked before.
export function ordered(trace, layer, order) {
  const all = trace.units.map((_, s) => s);
  if (order === "index") return all;
  const peaks = all.map((s) => peakOf(trace, layer, s));
  return all.sort((one, other) => peaks[one] - peaks[other] || one - other);
}

function peakOf(trace, layer, s) {
  let [peak, most] = [0, -1];
  for (let row = 0; row < trace.rows; row++) {
    const reach = Math.abs((trace.orderedBy ?? trace).values.h[at(trace, layer, row, s)]);
    if (reach > most) [peak, most] = [row, reach];
  }
  return peak;
}

// Whether two traces are the same to the eye: of one shape, and no opinion or pixel differs by more than `most`.
export function alike(one, other, most = 2e-3) {
  const near = (a, b) => a.length === b.length && a.every((value, at) => Math.abs(value - b[at]) <= most);
  return one.cell === other.cell && one.hidden === other.hidden && near(one.p, other.p) && near(one.x, other.x);
}
