// What changes in the table of runs while it stands, handed to it where it is there, else kept for it.

export default function ({ data }) {
  globalThis.rowByRowTicks = data;
  globalThis.rowByRowRunTable?.tick(data);
}
