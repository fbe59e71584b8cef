// Frames on a picture, [left, top, right, bottom] in its pixels: moved and resized within it.

export const LEAST = 0.03; // of the picture's longer side: no frame becomes smaller than that
const STEP = 0.01; // of the same: an arrow key
const CORNERS = { nw: [1, 1, 0, 0], ne: [0, 1, 1, 0], sw: [1, 0, 0, 1], se: [0, 0, 1, 1] };
export const CORNER_NAMES = Object.keys(CORNERS);

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
const longer = ([width, height]) => Math.max(width, height);

export function movedBox([left, top, right, bottom], dx, dy, [width, height]) {
  const x = clamp(dx, -left, width - right), y = clamp(dy, -top, height - bottom);
  return [left + x, top + y, right + x, bottom + y];
}

// corner: which edges follow; the others stay.
export function resizedBox([left, top, right, bottom], corner, dx, dy, size) {
  const [west, north, east, south] = CORNERS[corner], least = Math.min(LEAST * longer(size), ...size);
  return [
    west ? clamp(left + dx, 0, Math.max(0, right - least)) : left,
    north ? clamp(top + dy, 0, Math.max(0, bottom - least)) : top,
    east ? clamp(right + dx, Math.min(size[0], left + least), size[0]) : right,
    south ? clamp(bottom + dy, Math.min(size[1], top + least), size[1]) : bottom,
  ];
}

// What an arrow key makes of a frame, with Shift of its right and lower edge; null for any other key.
export function keyedBox(box, key, shift, size) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (!steps[key]) return null;
  const [dx, dy] = steps[key].map((part) => part * Math.max(1, STEP * longer(size)));
  return shift ? resizedBox(box, "se", dx, dy, size) : movedBox(box, dx, dy, size);
}

// As the style of an element that lies on the picture.
export function placed([left, top, right, bottom], [width, height]) {
  const percent = (part, whole) => `${((100 * part) / whole).toFixed(3)}%`;
  return {
    left: percent(left, width),
    top: percent(top, height),
    width: percent(right - left, width),
    height: percent(bottom - top, height),
  };
}
