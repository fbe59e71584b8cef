// The message of message.py: header, then numbers, which travel as whole multiples of 10^-decimals.

export function decode(bytes) {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const length = new DataView(buffer).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, 4, length));
  const header = JSON.parse(text);
  const take = takeFrom(buffer, 4 + length);
  const { rows, columns, layers, letters, units, decimals } = header;
  const fixed = (count, places) => Float32Array.from(take(Int16Array, count), (value) => value / 10 ** places);
  const reading = (withX) => ({
    p: take(Float32Array, rows * 10),
    x: withX ? fixed(rows * columns, 3) : null,
    values: Object.fromEntries(letters.map((letter) => [letter, fixed(layers * rows * units.length, decimals[letter])])),
  });
  const own = reading(true);
  return { ...header, text, ...own, width: units.length, before: header.compare ? reading(false) : null };
}

// Two messages of one form fit the same panels.
export const formOf = ({ cell, layers, hidden, rows, compare, words, options }) =>
  JSON.stringify([cell, layers, hidden, rows, compare, words.label, { ...options, ...formsOf(options) }]);

const formsOf = ({ answer, film, alike }) => ({ answer: Boolean(answer), live: null, film: Boolean(film), weights: null, digit: null, alike: Boolean(alike) });

function takeFrom(buffer, offset) {
  return (Kind, count) => {
    const end = offset + count * Kind.BYTES_PER_ELEMENT;
    const numbers = new Kind(buffer.slice(offset, end)); // a copy, because offsets need not be aligned
    offset = end;
    return numbers;
  };
}
