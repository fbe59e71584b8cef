import assert from "node:assert/strict";
import test from "node:test";
import { sorted } from "../../dashboard/components/run_table/order.js";

const rows = [10, null, 9, 100].map((value) => ({ order: [`run ${value}`, value] }));
const values = (column, descending) => sorted(rows, column, descending).map(({ order }) => order[1]);

test("numbers by size, either way, what is not there last", () => {
  assert.deepEqual(values(1, false), [9, 10, 100, null]);
  assert.deepEqual(values(1, true), [100, 10, 9, null]);
});

test("texts as people sort them: 9 before 10", () => {
  assert.deepEqual(values(0, false), [9, 10, 100, null]);
});

test("a column that is not there leaves the order", () => {
  assert.deepEqual(sorted(rows, -1, true), rows);
});
