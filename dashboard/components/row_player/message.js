// The message of message.py: header, then numbers. Values are whole multiples of 10^-decimals.

export function decode(bytes) {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const length = new DataView(buffer).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, 4, length));
  const header = JSON.parse(text);
  const take = takeFrom(buffer, 4 + length);
  const { rows, columns, layers, letters, units } = header;
  const reading = (withX) => ({
    p: take(Float32Array, rows * 10),
    x: withX ? take(Int16Array, rows * columns) : null,
    values: Object.fromEntries(letters.map((letter) => [letter, take(Int16Array, layers * rows * units.length)])),
  });
  const own = reading(true);
  return { ...header, text, ...own, before: header.compare ? reading(false) : null };
}

function takeFrom(buffer, offset) {
  return (Kind, count) => {
    const end = offset + count * Kind.BYTES_PER_ELEMENT;
    const numbers = new Kind(buffer.slice(offset, end)); // a copy, because offsets need not be aligned
    offset = end;
    return numbers;
  };
}

// Where unit number s (an index into `units`) of a layer has its value at a row.
export const at = (trace, layer, row, s) => (layer * trace.rows + row) * trace.units.length + s;

export const minus = (text) => text.replace("-", "−");

// The value as the trace has it, to the decimals that were sent.
export function shown(trace, letter, layer, row, s, reading = trace) {
  const decimals = trace.decimals[letter];
  return minus((reading.values[letter][at(trace, layer, row, s)] / 10 ** decimals).toFixed(decimals));
}

// Digits at a row, most probable first: [[digit, probability], ...].
export function ranking(reading, row) {
  const found = Array.from(reading.p.subarray(row * 10, row * 10 + 10), (p, digit) => [digit, p]);
  return found.sort((one, other) => other[1] - one[1]);
}

// Shown units of a layer, by index or by the row where |h| peaks.
export function ordered(trace, layer, order) {
  const all = trace.units.map((_, s) => s);
  if (order === "index") return all;
  const h = trace.values.h;
  const peaks = all.map((s) => {
    let peak = 0;
    for (let row = 1; row < trace.rows; row++) {
      if (Math.abs(h[at(trace, layer, row, s)]) > Math.abs(h[at(trace, layer, peak, s)])) peak = row;
    }
    return peak;
  });
  return all.sort((one, other) => peaks[one] - peaks[other] || one - other);
}
