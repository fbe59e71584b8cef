// What is shown, read again in the browser: by the network of another step of the training, or under surgery.

import { traceOf, workspaceOf } from "../network/cells.js";
import { liveTrace } from "./live.js";

// source: what the page's message or the pen brought, {x, rows, ...}. surgery: null for none; else the trace has the
// reading before it too, as `before`.
export function rereadTrace(source, network, surgery) {
  const { plain, cut } = roomsFor(network, source.rows);
  const given = source.rows - network.wait; // a source holds the rows that are waited too
  const x = source.x.subarray(0, given * network.inputs);
  const before = traceOf(network, x, given, null, plain);
  if (!surgery) return liveTrace(source, network, before);
  const read = traceOf(network, x, given, surgery, cut);
  return { ...liveTrace(source, network, read), before, orderedBy: before }; // no column moves
}

const rooms = new Map(); // form -> two workspaces, which networks of one form share: only one trace is shown

function roomsFor(network, rows) {
  const form = [network.cell, network.layers, network.hidden, rows].join();
  if (!rooms.has(form)) rooms.set(form, { plain: workspaceOf(network, rows), cut: workspaceOf(network, rows) });
  return rooms.get(form);
}
