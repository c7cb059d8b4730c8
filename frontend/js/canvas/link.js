// Link to a drawing: its strokes in the fragment of the page's address, which browsers send to no server.

/** @typedef {import("./canvas.js").Stroke} Stroke */

const KEY = "#strokes=";
const STEPS = 1000; // of coordinates and widths, per canvas width
const MAX_POINTS = 20_000; // a longer link is not of this page
const RANGE = 3; // canvas widths that a point may be away from the canvas

/**
 * @param {Stroke[]} strokes
 * @returns {string} the fragment, with its "#"
 */
export function encodeStrokes(strokes) {
  /** @type {number[]} */
  const bytes = [];
  let last = [0, 0, 0];
  for (const stroke of strokes) {
    writeVarint(bytes, stroke.length);
    for (const { x, y, width } of stroke) {
      const now = [x, y, width].map((value) => Math.round(value * STEPS));
      now.forEach((value, i) => {
        const change = value - last[i];
        writeVarint(bytes, change < 0 ? -2 * change - 1 : 2 * change);
      });
      last = now;
    }
  }
  const text = bytes.map((byte) => String.fromCharCode(byte)).join("");
  return KEY + btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * @param {string} fragment of an address, with its "#"
 * @returns {Stroke[]} none if the fragment is not one of `encodeStrokes`
 */
export function decodeStrokes(fragment) {
  if (!fragment.startsWith(KEY)) return [];
  try {
    const text = atob(fragment.slice(KEY.length).replaceAll("-", "+").replaceAll("_", "/"));
    const strokes = readStrokes(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
    return strokes.flat().every(isNear) ? strokes : [];
  } catch {
    return []; // cut off, or changed
  }
}

/** @param {Uint8Array} bytes */
function readStrokes(bytes) {
  let offset = 0;
  const read = () => {
    let [value, scale] = [0, 1];
    for (; bytes[offset] > 127; scale *= 128) value += (bytes[offset++] - 128) * scale;
    if (offset >= bytes.length || scale > 2 ** 28) throw new RangeError("incomplete");
    return value + bytes[offset++] * scale;
  };
  const change = () => {
    const value = read();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  /** @type {Stroke[]} */
  const strokes = [];
  let [x, y, width] = [0, 0, 0];
  while (offset < bytes.length) {
    const length = read();
    if (length < 1 || length > MAX_POINTS) throw new RangeError("no stroke");
    const points = Array.from({ length }, () => {
      [x, y, width] = [x + change(), y + change(), width + change()];
      return { x: x / STEPS, y: y / STEPS, width: width / STEPS };
    });
    strokes.push(points);
  }
  return strokes;
}

/** @param {import("./canvas.js").Point} point */
function isNear({ x, y, width }) {
  return Math.max(Math.abs(x), Math.abs(y)) <= RANGE && width > 0 && width <= 1;
}

/**
 * @param {number[]} bytes
 * @param {number} value a whole number, not negative
 */
function writeVarint(bytes, value) {
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
}
