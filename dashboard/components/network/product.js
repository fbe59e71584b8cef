// Products of matrices and vectors: nearly the whole time of a trace goes here.
//
// A matrix (outputs, inputs) is packed in blocks of eight outputs that lie beside each other, input by input, so that
// one walk through memory feeds eight sums. Where the browser has WebAssembly with SIMD, a kernel adds four of them at
// once, five times as fast as the loop below (tests/benchmarks/network_speed.py); else the loop serves.

const BLOCK = 8;
const PAGE_BYTES = 65536;

// How many numbers a product takes: a multiple of eight; those past the outputs are zeros.
export const paddedTo8 = (outputs) => Math.ceil(outputs / BLOCK) * BLOCK;

// Row-major matrices [{matrix, outputs, inputs}] -> {packed: Float32Array for each, addProduct}.
// addProduct(packed, inputs, x, from, out, to) adds the product with the numbers of x from `from` to out from `to`.
export function packedProducts(matrices) {
  const numbers = matrices.map(({ outputs, inputs }) => paddedTo8(outputs) * inputs);
  const most = (name) => paddedTo8(Math.max(...matrices.map((entry) => entry[name])));
  const total = numbers.reduce((one, other) => one + other) + most("inputs") + most("outputs");
  const memory = simdMemory(total * Float32Array.BYTES_PER_ELEMENT);
  const buffer = memory?.buffer ?? new ArrayBuffer(total * Float32Array.BYTES_PER_ELEMENT);
  let at = 0;
  const take = (count) => new Float32Array(buffer, (at += count * 4) - count * 4, count);
  const packed = matrices.map((entry, k) => packInto(take(numbers[k]), entry));
  const addProduct = memory ? simdProduct(memory.multiply, take(most("inputs")), take(most("outputs"))) : plainProduct;
  return { packed, addProduct };
}

export function packInto(packed, { matrix, outputs, inputs }) {
  for (let j = 0; j < outputs; j++) {
    const block = (j - (j % BLOCK)) * inputs + (j % BLOCK);
    for (let k = 0; k < inputs; k++) packed[block + BLOCK * k] = matrix[j * inputs + k];
  }
  return packed;
}

// Float32 weights with float64 sums are the fastest that plain JavaScript offers.
export function plainProduct(packed, inputs, x, from, out, to) {
  for (let at = 0; at < packed.length; to += BLOCK) {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let k = 0; k < inputs; k++, at += BLOCK) {
      const value = x[from + k];
      s0 += packed[at] * value;
      s1 += packed[at + 1] * value;
      s2 += packed[at + 2] * value;
      s3 += packed[at + 3] * value;
      s4 += packed[at + 4] * value;
      s5 += packed[at + 5] * value;
      s6 += packed[at + 6] * value;
      s7 += packed[at + 7] * value;
    }
    out[to] += s0;
    out[to + 1] += s1;
    out[to + 2] += s2;
    out[to + 3] += s3;
    out[to + 4] += s4;
    out[to + 5] += s5;
    out[to + 6] += s6;
    out[to + 7] += s7;
  }
}

// The vector goes into the kernel's memory and the sums come out of it: little beside the matrix, which stays there.
function simdProduct(multiply, vector, sums) {
  return (packed, inputs, x, from, out, to) => {
    for (let k = 0; k < inputs; k++) vector[k] = x[from + k];
    const outputs = packed.length / inputs;
    multiply(packed.byteOffset, outputs / BLOCK, inputs, vector.byteOffset, sums.byteOffset);
    for (let j = 0; j < outputs; j++) out[to + j] += sums[j];
  };
}

// Memory of so many bytes with the kernel that works on it; null where the browser has none or forbids it.
function simdMemory(bytes) {
  try {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(kernelCode()), { m: { m: memory } });
    return { buffer: memory.buffer, multiply: exports.f };
  } catch {
    return null;
  }
}

// The kernel, assembled by hand: multiply(packed, blocks, inputs, x, sums), addresses in bytes.
// https://webassembly.github.io/spec/core/binary
function kernelCode() {
  const [packed, blocks, inputs, x, sums, at, end, low, high] = [0, 1, 2, 3, 4, 5, 6, 7, 8]; // locals
  const [i32, v128, nothing] = [0x7f, 0x7b, 0x40];
  const [get, set, tee] = [0x20, 0x21, 0x22].map((code) => (local) => [code, local]);
  const [loop, close, again, less] = [[0x03, nothing], [0x0b], [0x0d, 0], [0x49]];
  const whole = (value) => [0x41, value]; // to 63
  const [plus, minusOne, shifted] = [[0x6a], [...whole(1), 0x6b], [...whole(2), 0x74]];
  const access = (code, align) => (offset) => [0xfd, code, align, offset];
  const [load, store, splat] = [access(0, 4), access(11, 4), access(9, 2)];
  const [times, add, zeros] = [[0xfd, 0xe6, 1], [0xfd, 0xe4, 1], [...whole(0), 0xfd, 17]];
  const feed = (sum, offset) => [get(sum), get(packed), load(offset), get(at), splat(0), times, add, set(sum)];
  const step = (local, bytes) => [get(local), whole(bytes), plus];
  const code = [
    [get(x), get(inputs), shifted, plus, set(end), loop], // for each block
    [zeros, set(low), zeros, set(high), get(x), set(at), loop], // for each input
    [...feed(low, 0), ...feed(high, 16), step(packed, 32), set(packed)],
    [step(at, 4), tee(at), get(end), less, again, close],
    [get(sums), get(low), store(0), get(sums), get(high), store(16), step(sums, 32), set(sums)],
    [get(blocks), minusOne, tee(blocks), again, close, close],
  ].flat(3);
  const length = (count) => (count < 128 ? [count] : [(count & 127) | 128, count >> 7]);
  const sized = (bytes) => [...length(bytes.length), ...bytes];
  const section = (id, bytes) => [id, ...sized(bytes)];
  const [m, f] = ["m", "f"].map((name) => [1, name.charCodeAt(0)]);
  return new Uint8Array([
    ...[0, ...Array.from("asm", (letter) => letter.charCodeAt(0)), 1, 0, 0, 0],
    ...section(1, [1, 0x60, 5, i32, i32, i32, i32, i32, 0]), // the kernel's type
    ...section(2, [1, ...m, ...m, 2, 0, 1]), // imports m.m, a memory
    ...section(3, [1, 0]),
    ...section(7, [1, ...f, 0, 0]), // exports f
    ...section(10, [1, ...sized([2, 2, i32, 2, v128, ...code])]),
  ]);
}
