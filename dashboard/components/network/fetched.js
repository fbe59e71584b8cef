// A network from its file, wherever that is.

import { networkOf } from "./weights.js";

// source: an address, or the file itself -> {network, content: the file}. Throws where it cannot be had, or is none.
export async function fetchedNetwork(source) {
  const content = source instanceof ArrayBuffer ? source : await fetchedContent(source);
  return { network: networkOf(content), content };
}

async function fetchedContent(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} for ${url}`);
  return response.arrayBuffer();
}
