// The order of a table's rows: numbers by size, texts as people sort them, what is not there last, either way.

export function sorted(rows, column, descending) {
  if (column < 0) return rows;
  const way = descending ? -1 : 1;
  return [...rows].sort((one, other) => compared(one.order[column], other.order[column], way));
}

function compared(one, other, way) {
  if (one === null || other === null) return (one === null) - (other === null);
  if (typeof one === "number" && typeof other === "number") return way * (one - other);
  return way * String(one).localeCompare(String(other), undefined, { numeric: true });
}
