// A reading that the browser makes alone, in the form of the message that the dashboard's player gets.

import { traceOf, workspaceOf } from "../network/cells.js";
import { loudestUnits, readFrame, roomOf } from "../row_player/live.js";

const GATES = [..."fiorz"];
const DECIMALS = 3;

let readings = 0;

// frame: of frameOf. scale: letter -> the value of its full colour. words: as in message.py; whose options are left to
// the caller. The trace lies in a workspace of its own, because the network's is overwritten at the next stroke.
export function readingOf(network, frame, { scale, words }) {
  const read = readFrame(network, frame.pixels, roomOf(network));
  const { cell, letters, rows, columns, layers, hidden, x, p, values, logits } = read;
  const number = ++readings;
  return {
    ...{ cell, letters, rows, columns, layers, hidden, x, p, values, logits, scale, words },
    gates: letters.filter((letter) => GATES.includes(letter)),
    units: Array.from({ length: hidden }, (_, unit) => unit),
    width: hidden,
    loudest: loudestUnits(network, read),
    decimals: Object.fromEntries(letters.map((letter) => [letter, DECIMALS])),
    compare: false,
    before: null,
    start: { row: null, layer: null, unit: null },
    trace: `reading ${number}`,
    text: `reading ${number}`,
  };
}

// What a text in base64 holds, as ArrayBuffer.
export function bytesOf(base64) {
  const text = atob(base64.trim());
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes.buffer;
}
