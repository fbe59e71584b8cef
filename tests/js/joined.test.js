import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { frameOf } from "../../dashboard/components/network/frame.js";

const FOLDER = new URL("../../dashboard/components/network/", import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".js"));

// As they are served: one script, imports and the word export taken away.
function joined(files) {
  const texts = files.map((name) => readFileSync(new URL(name, FOLDER), "utf-8"));
  return texts.join("\n").replace(/^import .*$/gm, "").replace(/^export /gm, "");
}

test("imports stand on one line, without renames, and exports have names", () => {
  for (const name of FILES) {
    const text = readFileSync(new URL(name, FOLDER), "utf-8");
    const lines = (word) => text.split("\n").filter((line) => line.startsWith(word));
    for (const line of lines("import")) assert.match(line, /^import \{ \w+(, \w+)* \} from "\.\/\w+\.js";$/);
    for (const line of lines("export")) assert.match(line, /^export (async function|function|const|class) \w+/);
  }
});

test("the joined script runs, whatever the order of its files", () => {
  const strokes = [[[60, 60], [200, 60], [120, 220]]];
  for (const files of [FILES, FILES.toReversed()]) {
    const made = new Function(`"use strict"; ${joined(files)}; return { frameOf, traceOf, networkOf, decisionOf };`)();
    assert.deepEqual(made.frameOf(strokes), frameOf(strokes));
  }
});
