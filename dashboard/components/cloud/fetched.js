// The files of the map, fetched once for all maps of the page.

const files = (globalThis.rowByRowFiles ??= new Map());

export function fetched(address) {
  if (!files.has(address)) {
    const content = fetch(address).then((answer) => {
      if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
      return answer.arrayBuffer();
    });
    files.set(address, content);
    content.catch(() => files.delete(address)); // the next one tries again
  }
  return files.get(address);
}

// The points of a file, as its Python writes it.
export function decodePoints(buffer, count) {
  const rows = (buffer.byteLength / count - 4) / 4;
  const end = 4 * rows * count;
  return {
    rows,
    count,
    places: new Int16Array(buffer, 0, 2 * rows * count),
    digits: new Uint8Array(buffer, end, count),
    answers: new Uint8Array(buffer, end + count, count),
    images: new Uint16Array(buffer, end + 2 * count, count),
  };
}
