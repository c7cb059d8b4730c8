// The page's own example on its first visit: a seven that draws itself, until the visitor touches the page.
import { BRUSH } from "./canvas.js";

/** @typedef {import("./canvas.js").DrawingCanvas} DrawingCanvas */

const DURATION = 1200; // milliseconds
const CORNERS = [
  [0.25, 0.25],
  [0.75, 0.24],
  [0.58, 0.5],
  [0.48, 0.8],
];
const STEPS = 12; // points from one corner to the next
const SEEN = "demonstrated"; // in localStorage

/**
 * Draw the digit once on this device, and call `onFinish`. A touch or a key ends it; the canvas is then blank.
 * @param {DrawingCanvas} canvas blank
 * @param {() => void} onFinish
 */
export function demonstrate(canvas, onFinish) {
  if (wasSeen() || matchMedia("(prefers-reduced-motion: reduce)").matches || !canvas.isUntouched) return;
  const points = makePoints();
  const start = performance.now();
  const touched = new AbortController();
  const end = () => {
    touched.abort();
    if (canvas.isExample) canvas.showExample([]);
  };
  for (const type of ["pointerdown", "keydown", "paste", "drop"]) {
    addEventListener(type, end, { signal: touched.signal, capture: true }); // before the canvas starts a stroke
  }
  const step = () => {
    if (touched.signal.aborted || !(canvas.isUntouched || canvas.isExample)) return;
    const share = Math.min(1, (performance.now() - start) / DURATION);
    canvas.showExample([points.slice(0, Math.ceil(share * points.length) || 1)]);
    if (share === 1) onFinish();
    else requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

function makePoints() {
  return CORNERS.slice(1).flatMap(([x, y], corner) =>
    Array.from({ length: STEPS }, (_, i) => {
      const [fromX, fromY] = CORNERS[corner];
      const share = i / (STEPS - 1);
      return { x: fromX + (x - fromX) * share, y: fromY + (y - fromY) * share, width: BRUSH };
    }),
  );
}

function wasSeen() {
  try {
    const seen = localStorage.getItem(SEEN) !== null;
    localStorage.setItem(SEEN, "1");
    return seen;
  } catch {
    return true; // storage is blocked: it would be shown at every visit
  }
}
