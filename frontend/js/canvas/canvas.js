// Pointers, keys and pictures come in; a drawing goes out: on the canvas as smooth ink, and as a picture to send.
// Strokes are kept as points, so that the ink is sharp at every size and the picture sent is always the same.

/** @typedef {import("./pictures.js").Picture} Picture */
/** @typedef {{x: number, y: number, width: number}} Point in widths of the sheet: 0..1 from its top left corner */
/** @typedef {Point[]} Stroke */
/** @typedef {{strokes: Stroke[], picture?: Picture}} Drawing strokes, or a picture from elsewhere */

const BRUSH = 0.07; // widths of the sheet; two or three pixels of the 28 once the digit is scaled, as MNIST's pens
const STEPS = 32; // of a pen's pressure; nobody sees one
const SENT = 280; // pixels, each side of the picture sent: ten for each that the models see, about 4 KB
const DOT = 1e-4; // widths of the sheet; browsers differ on whether a line of no length has round ends
const TINY = 100; // pixels; a smaller picture shows each of them

/** A square canvas to draw on. */
export class Sheet {
  /** @type {Drawing[]} only the stroke under way is ever changed */
  #history = [{ strokes: [] }];
  #place = 0; // in the history
  /** @type {number | null} the pointer that draws; others (a resting palm, a second finger) are ignored */
  #pointer = null;
  #frame = 0;
  #canvas;
  #changed;
  #finished;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{changed: () => void, finished: () => void}} told when the drawing begins to differ from what it was, and
   *   when a change is complete and there is something to read
   */
  constructor(canvas, { changed, finished }) {
    this.#canvas = canvas;
    this.#changed = changed;
    this.#finished = finished;
    canvas.addEventListener("pointerdown", (event) => this.#start(event));
    canvas.addEventListener("pointermove", (event) => this.#extend(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(end, (event) => this.#end(/** @type {PointerEvent} */ (event)));
    }
    canvas.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press is a slow stroke
    addEventListener("themechange", () => this.#repaint());
    new ResizeObserver(() => this.#repaint()).observe(canvas);
    this.#watchResolution();
  }

  get isBlank() {
    return !this.#drawing.picture && !this.#drawing.strokes.length;
  }

  get isDrawing() {
    return this.#pointer !== null;
  }

  get canUndo() {
    return this.#place > 0;
  }

  get canRedo() {
    return this.#place < this.#history.length - 1;
  }

  undo() {
    if (this.canUndo) this.#move(-1);
  }

  redo() {
    if (this.canRedo) this.#move(1);
  }

  clear() {
    if (!this.isBlank) this.show();
  }

  /** @param {Picture} [picture] in place of the strokes, until the next one; without it the sheet is blank */
  show(picture) {
    this.#keep({ strokes: [], picture });
    this.#move(0);
  }

  /** What to send: the picture, or the strokes as a PNG, white on black as in MNIST, whatever the screen and its colours. */
  toDataURL() {
    const { strokes, picture } = this.#drawing;
    if (picture) return picture.url;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SENT;
    const context = contextOf(canvas);
    context.fillRect(0, 0, SENT, SENT);
    paint(context, { strokes }, "white");
    return canvas.toDataURL();
  }

  get #drawing() {
    return this.#history[this.#place];
  }

  /** @param {Drawing} drawing instead of what was undone */
  #keep(drawing) {
    this.#history.splice(++this.#place, Infinity, drawing);
  }

  /** @param {number} steps in the history */
  #move(steps) {
    this.#place += steps;
    this.#pointer = null; // a stroke under way ends here
    this.#repaint();
    this.#changed();
    if (!this.isBlank) this.#finished();
  }

  /** @param {PointerEvent} event */
  #start(event) {
    if (this.isDrawing || event.button !== 0) return;
    this.#canvas.setPointerCapture(event.pointerId); // a stroke goes on outside the sheet and may come back
    this.#keep({ strokes: [...this.#drawing.strokes, []] });
    this.#pointer = event.pointerId;
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
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = null;
    this.#finished();
  }

  /** @param {PointerEvent[]} events */
  #add(events) {
    const { left, top, width } = this.#canvas.getBoundingClientRect();
    for (const { clientX, clientY, pointerType, pressure } of events) {
      const [x, y] = [(clientX - left) / width, (clientY - top) / width];
      this.#drawing.strokes.at(-1)?.push({ x, y, width: pointerType === "pen" ? widthAt(pressure) : BRUSH });
    }
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
      paint(contextOf(canvas), this.#drawing, getComputedStyle(canvas).color);
    });
  }
}

/** @type {Record<string, "undo" | "redo" | "clear">} */
const KEYS = { "Control z": "undo", "Control Shift z": "redo", "Control y": "redo", delete: "clear", backspace: "clear" };

/** @param {Pick<Sheet, "undo" | "redo" | "clear">} sheet */
export function listenToKeys(sheet) {
  addEventListener("keydown", (event) => {
    const { altKey, ctrlKey, key, metaKey, shiftKey, target } = event;
    if (altKey || /** @type {Element} */ (target).closest("select, :read-write")) return;
    const act = KEYS[`${ctrlKey || metaKey ? "Control " : ""}${shiftKey ? "Shift " : ""}${key.toLowerCase()}`];
    if (!act) return;
    event.preventDefault();
    sheet[act]();
  });
}

/** @param {number} pressure 0..1; 0.5 where the pen cannot measure it */
const widthAt = (pressure) => BRUSH * (1 + 0.8 * (Math.round(pressure * STEPS) / STEPS - 0.5));

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Drawing} drawing
 * @param {string} color of the ink
 */
function paint(context, { strokes, picture }, color) {
  context.scale(context.canvas.width, context.canvas.width);
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = color;
  strokes.forEach((stroke) => ink(context, stroke));
  if (picture) fit(context, picture.image);
}

/**
 * Ink a smooth line: from middle to middle between the points, bent towards each point. Where the width stays, so does
 * the path: paths that overlap have harder edges.
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke} stroke
 */
function ink(context, stroke) {
  context.beginPath();
  context.moveTo(stroke[0].x, stroke[0].y);
  stroke.forEach(({ x, y, width }, index) => {
    const next = stroke[index + 1];
    const [endX, endY] = next ? [(x + next.x) / 2, (y + next.y) / 2] : [x + DOT, y];
    if (next) context.quadraticCurveTo(x, y, endX, endY);
    else context.lineTo(endX, endY);
    if (next?.width === width) return;
    context.lineWidth = width;
    context.stroke();
    context.beginPath();
    context.moveTo(endX, endY);
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLCanvasElement} image
 */
function fit(context, image) {
  const longer = Math.max(image.width, image.height);
  const [width, height] = [image.width / longer, image.height / longer];
  const place = /** @type {const} */ ([(1 - width) / 2, (1 - height) / 2, width, height]);
  context.fillStyle = "gray"; // shows ink of any colour, where the paper is transparent
  context.fillRect(...place);
  context.imageSmoothingEnabled = longer > TINY;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, ...place);
}
