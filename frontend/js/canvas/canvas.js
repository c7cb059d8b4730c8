// Canvas to draw on: pointer input, undo history, painting, and the image that is sent.
// Strokes are stored as points, so that the ink is sharp at every size and the image sent is always the same.

/** @typedef {import("./pictures.js").Picture} Picture */
/** @typedef {{x: number, y: number, width: number}} Point in canvas widths, 0..1 from the top left corner */
/** @typedef {Point[]} Stroke */
/** @typedef {{strokes: Stroke[], picture?: Picture}} Drawing strokes, or a picture instead */

export const BRUSH = 0.07; // canvas widths; 2-3 of the 28 pixels once the digit is scaled, as in MNIST
export const SENT_SIZE = 280; // pixels, each side of the image sent: ten for each that the models see, about 4 KB
const SAVED_SIZE = 560; // pixels, each side of the picture that a visitor saves
const LEAST_LENGTH = 0.6; // canvas widths of the longer side as sent; a smaller drawing is enlarged, its ink is not
const PRESSURE_STEPS = 32; // of a pen; too fine to be visible
const DOT_LENGTH = 1e-4; // canvas widths; browsers differ on whether a line of no length has round ends
const PIXELATED_UP_TO = 100; // pixels of a picture's longer side; a larger picture is smoothed

/** A square canvas to draw on. */
export class DrawingCanvas {
  /** @type {Drawing[]} only the unfinished stroke is ever changed */
  #history = [{ strokes: [] }];
  #index = 0; // in the history
  /** @type {number | null} the drawing pointer; others (a resting palm, a second finger) are ignored */
  #pointer = null;
  #frame = 0;
  /** @type {{drawing?: Drawing, images: Map<string, HTMLCanvasElement>}} finished strokes, by size and color */
  #finished = { images: new Map() };
  #sent = contextOf(square(SENT_SIZE), { willReadFrequently: true });
  #canvas;
  #onChange;
  #onPaint;
  #onFinish;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{onChange: () => void, onPaint?: () => void, onFinish: () => void}} callbacks onChange: the drawing starts to
   *   change; onPaint: it has been painted, in an animation frame; onFinish: a change is complete and the canvas is not
   *   blank
   */
  constructor(canvas, { onChange, onPaint = () => undefined, onFinish }) {
    this.#canvas = canvas;
    this.#onChange = onChange;
    this.#onPaint = onPaint;
    this.#onFinish = onFinish;
    canvas.addEventListener("pointerdown", (event) => this.#start(event));
    canvas.addEventListener("pointermove", (event) => this.#extend(event));
    canvas.addEventListener("pointerup", (event) => this.#end(event));
    canvas.addEventListener("pointercancel", (event) => this.#end(event));
    canvas.addEventListener("lostpointercapture", (event) => this.#end(event));
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
    return this.#index > 0;
  }

  get canRedo() {
    return this.#index < this.#history.length - 1;
  }

  undo() {
    if (this.canUndo) this.#step(-1);
  }

  redo() {
    if (this.canRedo) this.#step(1);
  }

  clear() {
    if (!this.isBlank) this.show();
  }

  /** @param {Picture} [picture] instead of the strokes, until the next stroke; undefined: a blank canvas */
  show(picture) {
    this.#push({ strokes: [], picture });
    this.#step(0);
  }

  /** Return the picture, or the strokes as a PNG, white on black as in MNIST, whatever the screen and its colors. */
  toDataURL() {
    return this.#drawing.picture?.url ?? this.#paintSent().canvas.toDataURL();
  }

  /** Return the strokes as the pixels that toDataURL encodes. */
  toImageData() {
    return this.#paintSent().getImageData(0, 0, SENT_SIZE, SENT_SIZE);
  }

  #paintSent() {
    const context = this.#sent;
    const strokes = enlarge(this.strokes);
    const isCached = this.isDrawing && strokes === this.strokes;
    context.resetTransform();
    context.fillRect(0, 0, SENT_SIZE, SENT_SIZE);
    if (isCached) context.drawImage(this.#paintFinished(SENT_SIZE, "white"), 0, 0);
    paint(context, { strokes: isCached ? strokes.slice(-1) : strokes }, "white");
    return context;
  }

  /** @returns {number | undefined} the true digit of a sample */
  get label() {
    return this.#drawing.picture?.label;
  }

  /** The strokes as they were drawn; none of a picture. */
  get strokes() {
    return this.#drawing.strokes;
  }

  /** Whether nothing has been drawn, opened or undone. */
  get isUntouched() {
    return this.#history.length === 1 && this.isBlank;
  }

  /** Whether it shows strokes that are not the visitor's. */
  get isExample() {
    return this.#history.length === 1 && !this.isBlank;
  }

  /** @param {Stroke[]} strokes of a link */
  load(strokes) {
    this.#push({ strokes });
    this.#step(0);
  }

  /** @param {Stroke[]} strokes that are not the visitor's: they cannot be undone, and the first own stroke replaces them */
  showExample(strokes) {
    this.#history = [{ strokes }];
    this.#index = 0;
    this.#repaint();
    this.#onChange();
  }

  /** Return the drawing as a PNG data URL, as it looks on paper: black on white. */
  toPicture() {
    const context = contextOf(square(SAVED_SIZE));
    context.fillStyle = "white";
    context.fillRect(0, 0, SAVED_SIZE, SAVED_SIZE);
    paint(context, this.#drawing, "black");
    return context.canvas.toDataURL();
  }

  get #drawing() {
    return this.#history[this.#index];
  }

  /** @param {Drawing} drawing replaces everything that was undone */
  #push(drawing) {
    this.#history.splice(++this.#index, Infinity, drawing);
  }

  /** @param {number} steps in the history */
  #step(steps) {
    this.#index += steps;
    this.#pointer = null; // ends an unfinished stroke
    this.#repaint();
    this.#onChange();
    if (!this.isBlank) this.#onFinish();
  }

  /** @param {PointerEvent} event */
  #start(event) {
    if (this.isDrawing || event.button !== 0) return;
    this.#canvas.setPointerCapture(event.pointerId); // the stroke may leave the canvas and return
    this.#push({ strokes: [...this.#drawing.strokes, []] });
    this.#pointer = event.pointerId;
    this.#add([event]);
    this.#onChange();
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
    this.#onFinish();
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

  /** Repaint after zooming, or on another screen: the canvas may keep its size while its pixels change. */
  #watchResolution() {
    const changed = () => {
      this.#repaint();
      this.#watchResolution();
    };
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", changed, { once: true });
  }

  /** Paint in the next frame, once. */
  #repaint() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      const { clientWidth, width } = this.#canvas;
      const size = Math.round(clientWidth * devicePixelRatio);
      if (width !== size) this.#canvas.width = this.#canvas.height = size;
      const context = contextOf(this.#canvas);
      const color = getComputedStyle(this.#canvas).color;
      const { strokes, picture } = this.#drawing;
      context.resetTransform();
      context.clearRect(0, 0, size, size);
      if (this.isDrawing) context.drawImage(this.#paintFinished(size, color), 0, 0);
      paint(context, this.isDrawing ? { strokes: strokes.slice(-1) } : { strokes, picture }, color);
      this.#onPaint();
    });
  }

  /**
   * Paint the strokes before the current one, once: each frame then paints only the current one.
   * @param {number} size pixels
   * @param {string} color
   */
  #paintFinished(size, color) {
    if (this.#finished.drawing !== this.#drawing) this.#finished = { drawing: this.#drawing, images: new Map() };
    const key = `${size} ${color}`;
    const cached = this.#finished.images.get(key);
    if (cached) return cached;
    const image = square(size);
    paint(contextOf(image), { strokes: this.#drawing.strokes.slice(0, -1) }, color);
    this.#finished.images.set(key, image);
    return image;
  }
}

/**
 * Enlarge a small drawing, around the canvas' center, to LEAST_LENGTH. The width of its lines stays: in proportion to
 * the digit it is then that of a digit drawn as large as the canvas asks for.
 * @param {Stroke[]} strokes
 * @returns {Stroke[]}
 */
export function enlarge(strokes) {
  const points = strokes.flat();
  const ends = (/** @type {"x" | "y"} */ axis) => {
    const values = points.map((point) => point[axis]);
    return [Math.min(...values), Math.max(...values)];
  };
  const [[left, right], [top, bottom]] = [ends("x"), ends("y")];
  const length = Math.max(right - left, bottom - top);
  if (length >= LEAST_LENGTH || length < BRUSH) return strokes; // a dot stays a dot
  const factor = LEAST_LENGTH / length;
  const scale = (/** @type {number} */ value, /** @type {number} */ middle) => 0.5 + (value - middle) * factor;
  return strokes.map((stroke) =>
    stroke.map(({ x, y, width }) => ({
      x: scale(x, (left + right) / 2),
      y: scale(y, (top + bottom) / 2),
      width,
    })),
  );
}

/** @param {number} size pixels */
function square(size) {
  return Object.assign(document.createElement("canvas"), { width: size, height: size });
}

/** @type {Record<string, "undo" | "redo" | "clear">} */
const KEYS = {
  "Control z": "undo",
  "Control Shift z": "redo",
  "Control y": "redo",
  delete: "clear",
  backspace: "clear",
};

/** @param {Pick<DrawingCanvas, "undo" | "redo" | "clear">} canvas */
export function listenToKeys(canvas) {
  addEventListener("keydown", (event) => {
    const { altKey, ctrlKey, key, metaKey, shiftKey, target } = event;
    if (altKey || /** @type {Element} */ (target).closest("select, :read-write, [type=range]")) return;
    const action = KEYS[`${ctrlKey || metaKey ? "Control " : ""}${shiftKey ? "Shift " : ""}${key.toLowerCase()}`];
    if (!action) return;
    event.preventDefault();
    canvas[action]();
  });
}

/** @param {number} pressure 0..1; 0.5 from a pen without a pressure sensor */
function widthAt(pressure) {
  return BRUSH * (1 + 0.8 * (Math.round(pressure * PRESSURE_STEPS) / PRESSURE_STEPS - 0.5));
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
function contextOf(canvas, settings) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", settings));
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
  for (const stroke of strokes) paintStroke(context, stroke);
  if (picture) paintPicture(context, picture.image);
}

/**
 * Paint a smooth line: quadratic curves from midpoint to midpoint, with the points as control points. A path continues
 * while the width stays the same: paths that overlap have harder edges.
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke} stroke
 */
function paintStroke(context, stroke) {
  context.beginPath();
  context.moveTo(stroke[0].x, stroke[0].y);
  stroke.forEach(({ x, y, width }, index) => {
    const next = stroke[index + 1];
    const [endX, endY] = next ? [(x + next.x) / 2, (y + next.y) / 2] : [x + DOT_LENGTH, y];
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
function paintPicture(context, image) {
  const longer = Math.max(image.width, image.height);
  const [width, height] = [image.width / longer, image.height / longer];
  const box = /** @type {const} */ ([(1 - width) / 2, (1 - height) / 2, width, height]);
  context.imageSmoothingEnabled = longer > PIXELATED_UP_TO;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, ...box);
}
