// What the browser computes, for Python to compare: node mirror.js JOBS.json.
//
// A job is {kind: "frames" or "canvases", drawings, out} or {kind: "traces", weights, x, rows, surgery, out}.
// or {kind: "terms", weights, x, rows, places: [[layer, row, unit, digit]], out} or {kind: "texts", texts, out}.
// `x` and `out` are files of float32 numbers; all but traces answer in JSON.

import { readFileSync, writeFileSync } from "node:fs";
import { textOf } from "../../dashboard/components/formulas/places.js";
import { traceOf } from "../../dashboard/components/network/cells.js";
import { decisionOf } from "../../dashboard/components/network/decision.js";
import { frameOf, strokesOf } from "../../dashboard/components/network/frame.js";
import { readoutOf, termsOf } from "../../dashboard/components/network/terms.js";
import { networkOf } from "../../dashboard/components/network/weights.js";

const contentOf = (name) => {
  const bytes = readFileSync(name);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
};

// The answer, or the name and words of the error in its place.
function attempt(act) {
  try {
    return act();
  } catch (error) {
    return { error: error.name, words: error.message };
  }
}

// Numbers that JSON lacks come as words.
const revived = (_, value) => ({ nan: NaN, inf: Infinity, "-inf": -Infinity })[value] ?? value;

const RUN = {
  frames({ drawings, out }) {
    const answers = drawings.map(({ strokes, width, size }) =>
      attempt(() => {
        const frame = frameOf(strokes, width, size);
        return { ...frame, pixels: Array.from(frame.pixels) };
      }),
    );
    writeFileSync(out, JSON.stringify(answers));
  },

  canvases({ drawings, out }) {
    writeFileSync(out, JSON.stringify(drawings.map((drawing) => attempt(() => strokesOf(drawing)))));
  },

  // out: for each frame every letter, logits and p; out.json: the decisions.
  traces({ weights, x, rows, surgery, out }) {
    const network = networkOf(contentOf(weights));
    const frames = new Float32Array(contentOf(x));
    const size = rows * network.inputs;
    const parts = [];
    const decisions = [];
    for (let from = 0; from < frames.length; from += size) {
      const trace = traceOf(network, frames.subarray(from, from + size), rows, surgery);
      const arrays = [...trace.letters.map((letter) => trace.values[letter]), trace.logits, trace.p];
      parts.push(...arrays.map((array) => Buffer.from(array.slice().buffer)));
      decisions.push(decisionOf(trace));
    }
    writeFileSync(out, Buffer.concat(parts));
    writeFileSync(`${out}.json`, JSON.stringify(decisions));
  },

  // For each place the equations' terms, and the readout's of a digit.
  terms({ weights, x, rows, places, out }) {
    const network = networkOf(contentOf(weights));
    const trace = traceOf(network, new Float32Array(contentOf(x)), rows);
    const found = places.map(([layer, row, unit, digit]) => [termsOf(network, trace, layer, row, unit), readoutOf(network, trace, row, digit)]);
    writeFileSync(out, JSON.stringify(found));
  },

  texts({ texts, out }) {
    writeFileSync(out, JSON.stringify(texts.map(([place, terms]) => textOf(place, terms))));
  },
};

for (const job of JSON.parse(readFileSync(process.argv[2], "utf-8"), revived)) RUN[job.kind](job);
