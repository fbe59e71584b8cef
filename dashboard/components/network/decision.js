// When a reader made up its mind; the mirror of tracing.decision. Rows count from 0.

export const CERTAIN = Math.fround(0.9); // Python compares float32 probabilities with the nearest float32

// A trace -> {digit, probability, settled, certain, before, beforeProbability}:
//   probability: of the digit after the last row
//   settled: the row from which the answer never changed again
//   certain: the row from which the digit kept at least CERTAIN; null: it ended below
//   before, beforeProbability: the answer at the row before it settled; null: it never changed
export function decisionOf({ rows, logits, p }) {
  const digit = largestOf(logits, rows - 1);
  const probability = (row) => p[row * 10 + digit];
  const settled = startOfLastRun(rows, (row) => largestOf(p, row) === digit);
  const certain = startOfLastRun(rows, (row) => probability(row) >= CERTAIN);
  const before = settled ? largestOf(p, settled - 1) : null;
  return {
    digit,
    probability: probability(rows - 1),
    settled,
    certain: certain < rows ? certain : null,
    before,
    beforeProbability: settled ? p[(settled - 1) * 10 + before] : null,
  };
}

// The digit with the largest of a row's ten values; the first one of equals.
export function largestOf(values, row) {
  let best = 0;
  for (let digit = 1; digit < 10; digit++) if (values[row * 10 + digit] > values[row * 10 + best]) best = digit;
  return best;
}

// The first row from which `holds` is true to the end; `rows` where the end is false.
function startOfLastRun(rows, holds) {
  let start = rows;
  while (start > 0 && holds(start - 1)) start--;
  return start;
}
