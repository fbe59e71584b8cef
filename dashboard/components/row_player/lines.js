// Where a row stands in a strip. The rows that a network waits, all of them blank, are folded into a thin band, in which
// each line is the mean of several: else two thirds of a strip would show what happens while nothing is read.

export const DIGIT_ROWS = 28;
export const BAND_LINES = 4;

export class Lines {
  // rows: of the trace, those past a digit's being waited. folded: whether they are to be.
  constructor(rows, folded) {
    this.rows = rows;
    this.digit = Math.min(rows, DIGIT_ROWS);
    this.waited = rows - this.digit;
    this.band = folded ? Math.min(this.waited, BAND_LINES) : this.waited;
  }

  // Lines of a strip, each as high as a digit's row.
  get count() {
    return this.digit + this.band;
  }

  // How many lines high this row is.
  height(row) {
    return row < this.digit ? 1 : this.band / this.waited;
  }

  // Lines above this row.
  top(row) {
    return row < this.digit ? row : this.digit + (row - this.digit) * this.height(row);
  }

  middle(row) {
    return this.top(row) + this.height(row) / 2;
  }

  // The rows that stand in a line, whole or in part: the first, and the one after the last.
  rowsOf(line) {
    if (line < this.digit) return [line, line + 1];
    const row = (lines) => this.digit + ((lines - this.digit) * this.waited) / this.band;
    return [Math.floor(row(line)), Math.ceil(row(line + 1))];
  }

  // The row that is played after this one: over what is folded, a line of it at once.
  after(row) {
    return row + (row < this.digit ? 1 : Math.ceil(1 / this.height(row)));
  }

  // The row that stands at this fraction of a strip's height.
  rowAt(fraction) {
    const line = fraction * this.count;
    const row = line < this.digit || !this.waited ? line : this.digit + (line - this.digit) / this.height(this.digit);
    return Math.max(0, Math.min(this.rows - 1, Math.floor(row)));
  }
}
