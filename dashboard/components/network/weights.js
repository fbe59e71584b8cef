// A reader's weights: the .safetensors file that core's readers write -> a network, laid out for speed.
//
// Shapes: G gates (LSTM 4, GRU 3, RNN 1), D = 28 pixels, H hidden, L layers, K = 10 classes.

import { WeightsError } from "./errors.js";
import { packedProducts, paddedTo8 } from "./product.js";

const GATE_COUNTS = { lstm: 4, gru: 3, rnn: 1 };
const PIXELS_A_ROW = 28;
const DIGITS = 10;
const LONGEST_WAIT = 224;
const HEADER_LENGTH_BYTES = 8;
const LARGEST_HEADER_BYTES = 100e6; // the format's own limit
const ITEM_BYTES = { F32: 4, F16: 2 };

// The file's content (ArrayBuffer) -> {cell, layers, hidden, wait, inputs, classes, arrays, card, stack,
// readout, addProduct}.
// arrays: PyTorch's names -> Float32Array, row-major. stack: one {k, inputs, U, W, bias, bias_hh} a layer; readout:
// {V, bias}; their matrices are packed for addProduct. Throws WeightsError.
export function networkOf(buffer) {
  const { header, start } = safetensorsHeader(buffer);
  const { __metadata__: metadata = {}, ...entries } = header;
  const arrays = {};
  const shapes = {};
  for (const [name, entry] of Object.entries(entries)) {
    arrays[name] = tensorOf(buffer, start, name, entry);
    shapes[name] = entry.shape;
  }
  return networkOfArrays(arrays, shapes, cardOf(metadata));
}

// Named arrays with their shapes -> a network. Throws WeightsError unless they are exactly a row reader's.
export function networkOfArrays(arrays, shapes, card = {}) {
  const cell = Object.keys(GATE_COUNTS).find((name) => `${name}.weight_hh_l0` in shapes);
  if (cell === undefined || !("classifier.weight" in shapes)) {
    const names = "lstm.weight_ih_l0 and classifier.bias";
    throw new WeightsError(`These are not a row reader's weights: expected names such as ${names}.`);
  }
  const hidden = shapes[`${cell}.weight_hh_l0`].at(-1);
  const layers = Object.keys(shapes).filter((name) => name.startsWith(`${cell}.weight_hh_l`)).length;
  checkShapes(shapes, shapesOf(cell, hidden, layers));
  if (!Object.values(arrays).every((array) => array.every(Number.isFinite))) {
    throw new WeightsError("These weights hold values that are not finite numbers: export them again.");
  }
  const wait = waitOf(card);
  const network = { cell, layers, hidden, wait, inputs: PIXELS_A_ROW, classes: DIGITS, arrays, card };
  return { ...network, ...laidOut(network) };
}

// Name -> shape of every array of such a network.
export function shapesOf(cell, hidden, layers) {
  const outputs = GATE_COUNTS[cell] * hidden;
  const shapes = { "classifier.weight": [DIGITS, hidden], "classifier.bias": [DIGITS] };
  for (let k = 0; k < layers; k++) {
    shapes[`${cell}.weight_ih_l${k}`] = [outputs, k ? hidden : PIXELS_A_ROW];
    shapes[`${cell}.weight_hh_l${k}`] = [outputs, hidden];
    shapes[`${cell}.bias_ih_l${k}`] = shapes[`${cell}.bias_hh_l${k}`] = [outputs];
  }
  return shapes;
}

// What a trace works with: {stack, readout, addProduct}.
function laidOut({ cell, layers, hidden, arrays }) {
  const shapes = shapesOf(cell, hidden, layers);
  const names = Object.keys(shapes).filter((name) => shapes[name].length === 2);
  const matrices = names.map((name) => ({ matrix: arrays[name], outputs: shapes[name][0], inputs: shapes[name][1] }));
  const { packed, addProduct } = packedProducts(matrices);
  const matrixOf = (name) => packed[names.indexOf(name)];
  const stack = Array.from({ length: layers }, (_, k) => layerOf(cell, k, arrays, matrixOf));
  return { stack, readout: { V: matrixOf("classifier.weight"), bias: arrays["classifier.bias"] }, addProduct };
}

function layerOf(cell, k, arrays, matrixOf) {
  const [bias_ih, bias_hh] = [arrays[`${cell}.bias_ih_l${k}`], arrays[`${cell}.bias_hh_l${k}`]];
  const U = matrixOf(`${cell}.weight_ih_l${k}`);
  // Only the GRU resets W h + b_hh, and so cannot add both biases at once.
  const bias = cell === "gru" ? bias_ih : bias_ih.map((value, j) => value + bias_hh[j]);
  return { k, inputs: U.length / paddedTo8(bias.length), U, W: matrixOf(`${cell}.weight_hh_l${k}`), bias, bias_hh };
}

function checkShapes(found, expected) {
  const words = (shape, missing) => (shape ? `(${shape.join(", ")})` : missing);
  for (const name of [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort()) {
    const is = words(found[name], "missing");
    const wanted = words(expected[name], "no such weight");
    if (is === wanted) continue;
    throw new WeightsError(`${name} is ${is} where a row reader of this kind has ${wanted}: use its own file.`);
  }
}

// ---- the file: uint64 length of the header, header (JSON), numbers (https://github.com/huggingface/safetensors)

function safetensorsHeader(buffer) {
  const bytes = buffer instanceof ArrayBuffer ? buffer.byteLength : 0;
  const length = bytes < HEADER_LENGTH_BYTES ? NaN : Number(new DataView(buffer).getBigUint64(0, true));
  const start = HEADER_LENGTH_BYTES + length;
  if (!(length <= LARGEST_HEADER_BYTES && start <= bytes)) throw damagedFile("its header is cut off");
  return { header: parsedHeader(new Uint8Array(buffer, HEADER_LENGTH_BYTES, length)), start };
}

function parsedHeader(bytes) {
  let header;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw damagedFile("its header is no JSON");
  }
  if (!isPlainObject(header)) throw damagedFile("its header names no weights");
  return header;
}

function tensorOf(buffer, start, name, entry) {
  const { dtype, shape, data_offsets: offsets } = isPlainObject(entry) ? entry : {};
  if (!(dtype in ITEM_BYTES)) throw damagedFile(`${name} is ${dtype}, not F32 or F16`);
  if (!isCounts(shape) || !isCounts(offsets)) throw damagedFile(`${name} has no place`);
  const [from, to] = offsets;
  const bytes = shape.reduce((product, side) => product * side, ITEM_BYTES[dtype]);
  if (to - from !== bytes || start + to > buffer.byteLength) throw damagedFile(`${name} is cut off`);
  const part = buffer.slice(start + from, start + to); // a copy, because offsets need not be aligned
  return dtype === "F32" ? new Float32Array(part) : Float32Array.from(new Uint16Array(part), fromHalf);
}

// IEEE 754 binary16 -> number; not every browser has Float16Array.
function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
}

// What the file says of itself: name, test_accuracy, data, run, config; empty for a foreign file.
function cardOf(metadata) {
  let card;
  try {
    card = JSON.parse(metadata?.row_by_row ?? "{}");
  } catch {
    card = null;
  }
  if (!isPlainObject(card)) throw new WeightsError("The weights have a damaged card: export them again.");
  return card;
}

// Blank rows that it was trained to read after a digit's, before it answers.
function waitOf(card) {
  const wait = card.config?.wait;
  return Number.isInteger(wait) && wait >= 0 && wait <= LONGEST_WAIT ? wait : 0;
}

const isPlainObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isCounts = (list) => Array.isArray(list) && list.every((value) => Number.isInteger(value) && value >= 0);
const damagedFile = (reason) => new WeightsError(`This is no whole .safetensors file (${reason}): export it again.`);
