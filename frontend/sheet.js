// Pointers come in; a drawing goes out: on the canvas as smooth ink, and as a picture to send.
// Strokes are kept as points, not pixels, so that the ink is sharp at every size and the picture sent is always the same.

/** @typedef {{x: number, y: number}} Point in widths of the sheet: 0..1 from its top left corner */
/** @typedef {Point[]} Stroke */

const BRUSH = 0.07; // widths of the sheet; two or three pixels of the 28 once the digit is scaled, as MNIST's pens
const SENT = 280; // pixels, each side of the picture sent: ten for each that the models see, about 4 KB
const DOT = 1e-4; // widths of the sheet; browsers differ on whether a line of no length has round ends

/** A square canvas to draw on. */
export class Sheet {
  /** @type {Stroke[]} */
  #strokes = [];
  /** @type {number | null} the pointer that draws; others (a resting palm, a second finger) are ignored */
  #pointer = null;
  #frame = 0;
  #canvas;
  #changed;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => void} changed called when the drawing begins to differ from what it was
   */
  constructor(canvas, changed) {
    this.#canvas = canvas;
    this.#changed = changed;
    canvas.addEventListener("pointerdown", (event) => this.#start(event));
    canvas.addEventListener("pointermove", (event) => this.#extend(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(end, (event) => this.#end(event));
    }
    canvas.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press is a slow stroke
    new ResizeObserver(() => this.#repaint()).observe(canvas);
    this.#watchResolution();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#repaint());
  }

  get isBlank() {
    return this.#strokes.length === 0;
  }

  clear() {
    this.#strokes = [];
    this.#pointer = null;
    this.#repaint();
    this.#changed();
  }

  /** The drawing as a PNG data URL, white on black as in MNIST, whatever the screen and its colours. */
  toDataURL() {
    const picture = document.createElement("canvas");
    picture.width = picture.height = SENT;
    const context = contextOf(picture);
    context.fillRect(0, 0, SENT, SENT);
    paint(context, this.#strokes, "white");
    return picture.toDataURL("image/png");
  }

  /** @param {PointerEvent} event */
  #start(event) {
    if (this.#pointer !== null || event.button !== 0) return;
    this.#pointer = event.pointerId;
    this.#canvas.setPointerCapture(event.pointerId); // a stroke goes on outside the sheet and may come back
    this.#strokes.push([]);
    this.#add([event]);
    this.#changed();
  }

  /** @param {PointerEvent} event */
  #extend(event) {
    if (event.pointerId !== this.#pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    this.#add(events.length > 0 ? events : [event]);
  }

  /** @param {PointerEvent} event */
  #end(event) {
    if (event.pointerId === this.#pointer) this.#pointer = null;
  }

  /** @param {PointerEvent[]} events */
  #add(events) {
    const { left, top, width } = this.#canvas.getBoundingClientRect();
    const points = events.map(({ clientX, clientY }) => ({ x: (clientX - left) / width, y: (clientY - top) / width }));
    this.#strokes.at(-1)?.push(...points);
    this.#repaint();
  }

  /** Repaint when the window is zoomed or moved to another screen: the sheet's size may stay, its pixels do not. */
  #watchResolution() {
    const changed = () => {
      this.#repaint();
      this.#watchResolution();
    };
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", changed, { once: true });
  }

  /** Paint in the next frame, once however often asked. */
  #repaint() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      const canvas = this.#canvas;
      canvas.width = canvas.height = Math.round(canvas.clientWidth * devicePixelRatio); // empties it, too
      paint(contextOf(canvas), this.#strokes, getComputedStyle(canvas).color);
    });
  }
}

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke[]} strokes
 * @param {string} color
 */
function paint(context, strokes, color) {
  context.scale(context.canvas.width, context.canvas.width);
  context.lineWidth = BRUSH;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = color;
  for (const stroke of strokes) {
    trace(context, stroke);
    context.stroke();
  }
}

/**
 * Trace a smooth line: from middle to middle between the points, bent towards each point.
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke} stroke
 */
function trace(context, stroke) {
  const last = stroke[stroke.length - 1];
  context.beginPath();
  context.moveTo(stroke[0].x, stroke[0].y);
  stroke.slice(1).forEach((next, index) => {
    const point = stroke[index];
    context.quadraticCurveTo(point.x, point.y, (point.x + next.x) / 2, (point.y + next.y) / 2);
  });
  context.lineTo(last.x + DOT, last.y);
}
