import assert from "node:assert/strict";
import test from "node:test";
import { packInto, packedProducts, paddedTo8, plainProduct } from "../../dashboard/components/network/product.js";
import { numbersFrom } from "./helpers.js";

const made = (count, seed) => Float32Array.from({ length: count }, numbersFrom(seed));

test("a packed matrix holds eight outputs side by side, then zeros", () => {
  const matrix = Array.from({ length: 18 }, (_, at) => at + 1);
  const packed = packInto(new Float32Array(32), { matrix, outputs: 9, inputs: 2 });
  const zeros = Array(7).fill(0);
  assert.deepEqual([...packed.subarray(0, 16)], [1, 3, 5, 7, 9, 11, 13, 15, 2, 4, 6, 8, 10, 12, 14, 16]);
  assert.deepEqual([...packed.subarray(16)], [17, ...zeros, 18, ...zeros]);
});

test("the kernel and the loop find the same products, in any size", () => {
  const sizes = [[8, 1], [10, 33], [32, 28], [99, 33], [1024, 512]];
  const matrices = sizes.map(([outputs, inputs], k) => ({ matrix: made(outputs * inputs, k), outputs, inputs }));
  const { packed, addProduct } = packedProducts(matrices);
  assert.notEqual(addProduct, plainProduct, "this engine has the kernel");
  sizes.forEach(([outputs, inputs], k) => {
    const x = made(inputs + 3, 9);
    const [one, other] = [made(paddedTo8(outputs) + 5, 4), made(paddedTo8(outputs) + 5, 4)];
    addProduct(packed[k], inputs, x, 3, one, 5);
    plainProduct(packed[k], inputs, x, 3, other, 5);
    const start = made(paddedTo8(outputs) + 5, 4);
    assert.ok(one.every((value, at) => Math.abs(value - other[at]) < 1e-4));
    assert.deepEqual(one.subarray(0, 5), start.subarray(0, 5));
    const row = matrices[k].matrix.subarray((outputs - 1) * inputs);
    const last = row.reduce((sum, value, at) => sum + value * x[3 + at], start[5 + outputs - 1]);
    assert.ok(Math.abs(one[5 + outputs - 1] - last) < 1e-4);
  });
});

test("without WebAssembly the loop serves", () => {
  const { WebAssembly } = globalThis;
  try {
    delete globalThis.WebAssembly;
    const { packed, addProduct } = packedProducts([{ matrix: [1, 2, 3, 4], outputs: 2, inputs: 2 }]);
    const out = new Float32Array(8);
    addProduct(packed[0], 2, [1, 10], 0, out, 0);
    assert.equal(addProduct, plainProduct);
    assert.deepEqual([...out.subarray(0, 3)], [21, 43, 0]);
  } finally {
    globalThis.WebAssembly = WebAssembly;
  }
});
