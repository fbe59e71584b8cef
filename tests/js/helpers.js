// Small networks and the files that hold them.

import { networkOfArrays, shapesOf } from "../../dashboard/components/network/weights.js";

// Numbers from -1 to 1, the same at every run.
export function numbersFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

export function arraysOf(cell, hidden, layers) {
  const shapes = shapesOf(cell, hidden, layers);
  const next = numbersFrom(7);
  const filled = (shape) => Float32Array.from({ length: shape.reduce((one, other) => one * other) }, () => next());
  return { shapes, arrays: Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, filled(shape)])) };
}

export function aNetwork(cell, hidden = 8, layers = 2, card = {}) {
  const { shapes, arrays } = arraysOf(cell, hidden, layers);
  return networkOfArrays(arrays, shapes, card);
}

export function aFrame(rows = 28) {
  const next = numbersFrom(3);
  return Float32Array.from({ length: rows * 28 }, () => Math.max(next(), 0));
}

// A .safetensors file; `change` may damage its header.
export function aFile(cell, hidden = 8, layers = 1, change = (header) => header) {
  const { shapes, arrays } = arraysOf(cell, hidden, layers);
  let at = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const entry = { dtype: "F32", shape, data_offsets: [at, at + arrays[name].byteLength] };
    at += arrays[name].byteLength;
    return [name, entry];
  });
  const header = change({ __metadata__: { row_by_row: '{"name": "a"}' }, ...Object.fromEntries(entries) });
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + at);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  for (const [name, { data_offsets: place }] of entries) {
    file.set(new Uint8Array(arrays[name].buffer), 8 + text.length + place[0]);
  }
  return file.buffer;
}
