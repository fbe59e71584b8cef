// Reads drawings beside the page: first {content}, a weights file; then for each {drawing} its trace.

import { traceOf } from "./cells.js";
import { networkOf } from "./weights.js";

let workerNetwork = null;

export function answerInWorker({ data: { content, drawing } }) {
  if (content) workerNetwork = networkOf(content);
  if (drawing) self.postMessage({ drawing, trace: traceOf(workerNetwork, drawing.pixels, drawing.pixels.length / workerNetwork.inputs) });
}

if (typeof WorkerGlobalScope !== "undefined") self.onmessage = answerInWorker;
