// Surgery: what is held still, silenced, blanked or reordered while a network reads; the mirror of core's surgery.
//
// A surgery is plain data, everything optional:
//   clamp: [{gate, value, layer, units, firstRow, lastRow}], or lists in this order as Python's Clamp becomes in JSON;
//     layer null: every layer; units null: every unit; lastRow: the last clamped row itself, null: to the end
//   silenced: [[layer, unit]]: h = 0 and C = 0 after every row
//   rows: the rows that are read, in this order, BLANK for an empty one; null: all, top to bottom
// Rows, layers and units count from 0.

import { ConfigError } from "./errors.js";

export const BLANK = -1;
export const CLAMPABLE = { lstm: ["f", "i", "o"], gru: ["r", "z"], rnn: [] };
const MOST_ROWS = 1024;

// A surgery, checked against the network and a frame of `height` rows ->
// {rows, layers: one {clamps, silenced} a layer}. Throws ConfigError for what the network or the frame does not have.
export function preparedSurgery(surgery, network, height) {
  const clamps = (surgery.clamp ?? []).map(clampOf);
  const silenced = surgery.silenced ?? [];
  const rows = surgery.rows ?? null;
  clamps.forEach((clamp) => checkClamp(clamp, network));
  checkIndices("layer", silenced.map(([layer]) => layer), network.layers);
  checkIndices("unit", silenced.map(([, unit]) => unit), network.hidden);
  if (rows) checkRows(rows, height);
  const layers = Array.from({ length: network.layers }, (_, k) => ({
    clamps: clamps.filter((clamp) => clamp.layer === null || clamp.layer === k),
    silenced: silenced.filter(([layer]) => layer === k).map(([, unit]) => unit),
  }));
  return { rows, layers };
}

// How many rows a frame of `height` rows has under this surgery.
export const rowsUnder = (surgery, height) => surgery?.rows?.length ?? height;

// Copies x (height, columns) into `arranged`, rows blanked and reordered; rows null: as it is.
export function arrangeRows(rows, x, columns, arranged) {
  if (rows === null) return arranged.set(x);
  rows.forEach((row, t) => {
    const at = t * columns;
    if (row === BLANK) arranged.fill(0, at, at + columns);
    else for (let j = 0; j < columns; j++) arranged[at + j] = x[row * columns + j];
  });
}

// Overwrites the clamped gates of row t, whose H values begin at `at`. Where clamps overlap the later one holds.
export function holdGates(clamps, t, values, at, hidden) {
  for (const { gate, value, units, firstRow, lastRow } of clamps) {
    if (t < firstRow || (lastRow !== null && t > lastRow)) continue;
    if (units === null) values[gate].fill(value, at, at + hidden);
    else for (const unit of units) values[gate][at + unit] = value;
  }
}

// Sets the silenced units of the row that begins at `at` to 0.
export function silenceUnits(silenced, state, at) {
  for (const unit of silenced) state[at + unit] = 0;
}

function clampOf(entry) {
  const [gate, value, layer, units, firstRow, lastRow] = Array.isArray(entry)
    ? entry
    : [entry.gate, entry.value, entry.layer, entry.units, entry.firstRow, entry.lastRow];
  return { gate, value, layer: layer ?? null, units: units ?? null, firstRow: firstRow ?? 0, lastRow: lastRow ?? null };
}

function checkClamp({ gate, value, layer, units, firstRow, lastRow }, { cell, layers, hidden }) {
  const gates = CLAMPABLE[cell];
  if (!gates.includes(gate)) {
    const names = gates.length ? `choose ${gates.join(" or ")}` : "silence units instead";
    throw new ConfigError(`A reader of kind ${cell.toUpperCase()} has no gate '${gate}': ${names}.`);
  }
  if (!(value >= 0 && value <= 1)) {
    throw new ConfigError(`A gate cannot be held at ${value}: choose a value from 0 to 1.`);
  }
  checkIndices("layer", layer === null ? [] : [layer], layers);
  checkIndices("unit", units ?? [], hidden);
  if (!(firstRow >= 0) || (lastRow !== null && !(lastRow >= firstRow))) {
    throw new ConfigError(`Rows ${firstRow} to ${lastRow} are none: give a first row from 0 and a last row after it.`);
  }
}

function checkRows(rows, height) {
  if (!(rows.length >= 1 && rows.length <= MOST_ROWS)) {
    throw new ConfigError(`${rows.length} rows cannot be read: give 1 to ${MOST_ROWS}.`);
  }
  checkIndices("row", rows.filter((row) => row !== BLANK), height);
}

function checkIndices(noun, indices, count) {
  for (const index of indices) {
    if (!(Number.isInteger(index) && index >= 0 && index < count)) {
      throw new ConfigError(`There is no ${noun} ${index}: choose one from 0 to ${count - 1}.`);
    }
  }
}
