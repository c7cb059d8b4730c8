// Pictures from files (chosen, dropped, pasted) and the test set samples: decoding, scaling, encoding.
import { messages } from "../i18n/messages.js";

/** @typedef {{image: HTMLCanvasElement, url: string, label?: number}} Picture to show, to send as a data URL, and its digit if known */
/** @typedef {{show: (picture: Picture) => void}} Receiver */
/** @typedef {(message: string) => void} OnError */
/** @typedef {"unreadable" | "tooLarge" | "empty" | "samplesUnavailable"} Cause */

const SAMPLE_SIZE = 28; // pixels, each side
const EASY = [0, 2, 4, 6, 8]; // digits whose sample both models read; a test compares it with evaluation.samples
const HARD = [1, 3, 5, 7, 9]; // the tree misreads all, the neural network some
const MAX_SIZE = 100_000_000; // bytes of a file, and pixels: the browser needs 400 MB to decode them
const MAX_SENT_SIDE = 1024; // pixels, the longer side when a large picture is scaled down; the API uses no more
const API_LIMITS = { url: 940_000, pixels: 16_000_000 }; // characters (a file of 700 kB) and pixels
const API_FORMATS = /^[^,]*,(iVBORw0KGgo|\/9j\/|UklGR)/; // the first bytes of PNG, JPEG and WebP, in base64

export class PictureError extends Error {
  /** @param {Cause} cause */
  constructor(cause) {
    super(cause);
    this.cause = cause;
  }
}

/**
 * Read a picture. The file itself is sent if the API reads its format, otherwise the browser's decoded copy.
 * @param {Blob} file
 * @returns {Promise<Picture>} rejects with PictureError
 */
export async function readPicture(file) {
  if (file.size === 0) throw new PictureError("empty");
  if (file.size > MAX_SIZE) throw new PictureError("tooLarge");
  const reader = new FileReader();
  reader.readAsDataURL(file);
  await loaded(reader, "unreadable"); // fails for a folder
  const url = String(reader.result);
  const image = await loadImage(url, "unreadable");
  const { width, height } = image;
  if (width * height === 0) throw new PictureError("empty");
  if (width * height > MAX_SIZE) throw new PictureError("tooLarge");
  const canvas = crop(image, 0, width, height, Math.min(1, MAX_SENT_SIDE / Math.max(width, height)));
  const isAccepted = API_FORMATS.test(url) && url.length < API_LIMITS.url && width * height <= API_LIMITS.pixels;
  const sent = isAccepted ? url : encode(canvas);
  putOnPaper(canvas);
  return { image: canvas, url: sent };
}

/**
 * Put a transparent picture on white paper, or on black if its ink is light, as the server does.
 * @param {HTMLCanvasElement} canvas
 */
function putOnPaper(canvas) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let [light, opacity] = [0, 0];
  for (let i = 0; i < data.length; i += 4) {
    light += ((data[i] + data[i + 1] + data[i + 2]) / 3) * data[i + 3];
    opacity += data[i + 3];
  }
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = light > 127.5 * opacity ? "black" : "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
}

/**
 * Cut a sample out of samples.png: 28x28 pixels, which preprocessing does not change.
 * @param {number} digit
 * @returns {Promise<Picture>} rejects with PictureError
 */
export async function readSample(digit) {
  const samples = await loadImage("samples.png", "samplesUnavailable");
  const canvas = crop(samples, digit * SAMPLE_SIZE, SAMPLE_SIZE, SAMPLE_SIZE);
  return { image: canvas, url: canvas.toDataURL(), label: digit };
}

/**
 * Accept a picture dropped anywhere on the page, pasted, or chosen.
 * @param {HTMLElement} page gets the class "dropping" while a file is dragged over it
 * @param {Receiver} receiver
 * @param {OnError} onError
 */
export function acceptFiles(page, receiver, onError) {
  const accept = (/** @type {FileList | undefined | null} */ files) => {
    const all = [...(files ?? [])];
    const file = all.find(({ type }) => type.startsWith("image/")) ?? all[0];
    if (file) deliver(readPicture(file), receiver, onError);
  };
  page.style.setProperty("--drop", JSON.stringify(messages.pictures.drop));
  addEventListener("dragover", (event) => {
    event.preventDefault(); // otherwise the browser opens the dropped file instead of the page
    const { dataTransfer } = event;
    if (!dataTransfer?.types.includes("Files")) return;
    dataTransfer.dropEffect = "copy";
    page.classList.add("dropping");
  });
  addEventListener("dragleave", ({ relatedTarget }) => relatedTarget ?? page.classList.remove("dropping"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    page.classList.remove("dropping");
    accept(event.dataTransfer?.files);
  });
  addEventListener("paste", ({ clipboardData }) => accept(clipboardData?.files));
  const input = /** @type {HTMLInputElement} */ (page.querySelector("[type=file]"));
  input.addEventListener("change", () => {
    accept(input.files);
    input.value = ""; // the same file may be chosen again
  });
}

/**
 * Add a button for each sample. The toolbar is one Tab stop, with arrow keys between its buttons.
 * @param {HTMLElement} toolbar empty, and named
 * @param {Receiver} receiver
 * @param {OnError} onError
 */
export function fillSamples(toolbar, receiver, onError) {
  toolbar.setAttribute("role", "toolbar");
  const digits = [...EASY, ...HARD];
  const buttons = digits.map((digit, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", messages.pictures.sample(digit));
    button.style.setProperty("--digit", String(digit));
    button.tabIndex = place === 0 ? 0 : -1;
    button.addEventListener("click", () => deliver(readSample(digit), receiver, onError));
    button.addEventListener("focus", () => {
      for (const other of buttons) other.tabIndex = other === button ? 0 : -1;
    });
    button.addEventListener("keydown", (event) => {
      const next = { ArrowLeft: place - 1, ArrowRight: (place + 1) % 10, Home: 0, End: -1 }[event.key];
      if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return; // Alt+Left is the browser's
      event.preventDefault(); // of scrolling
      buttons.at(next)?.focus();
    });
    return button;
  });
  toolbar.append(group("easy", buttons.slice(0, EASY.length)), group("hard", buttons.slice(EASY.length)));
}

/**
 * @param {"easy" | "hard"} kind
 * @param {HTMLButtonElement[]} buttons
 */
function group(kind, buttons) {
  const element = document.createElement("div");
  const title = document.createElement("p");
  title.id = `samples-${kind}`;
  title.className = "caption";
  title.textContent = messages.pictures[kind];
  element.setAttribute("role", "group");
  element.setAttribute("aria-labelledby", title.id);
  element.append(title, ...buttons);
  return element;
}

/** @type {Promise<Picture>} earlier ones that finish later are dropped */
let latest;

/**
 * @param {Promise<Picture>} reading
 * @param {Receiver} receiver
 * @param {OnError} onError
 */
async function deliver(reading, receiver, onError) {
  latest = reading;
  try {
    const picture = await reading;
    if (reading === latest) receiver.show(picture);
  } catch (error) {
    if (!(error instanceof PictureError)) throw error;
    if (reading === latest) onError(messages.pictures[error.cause]);
  }
}

/**
 * @param {string} url
 * @param {Cause} cause of the error
 * @returns {Promise<HTMLImageElement>} rejects with PictureError
 */
async function loadImage(url, cause) {
  const image = new Image();
  image.src = url;
  await loaded(image, cause);
  return image;
}

/**
 * @param {FileReader | HTMLImageElement} source
 * @param {Cause} cause of the error
 */
function loaded(source, cause) {
  return new Promise((resolve, reject) => {
    source.onload = resolve;
    source.onerror = () => reject(new PictureError(cause));
  });
}

/**
 * Copy a part of an image, at its full height, to a new canvas.
 * @param {HTMLImageElement} image
 * @param {number} left
 * @param {number} width
 * @param {number} height
 * @param {number} [scale]
 */
function crop(image, left, width, height, scale = 1) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * scale);
  canvas.height = Math.ceil(height * scale);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.imageSmoothingQuality = "high";
  context.drawImage(image, left, 0, width, height, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/**
 * Encode as PNG, or as JPEG when the PNG is too long for the API, as photographs are.
 * @param {HTMLCanvasElement} canvas at most MAX_SENT_SIDE a side
 */
function encode(canvas) {
  const png = canvas.toDataURL();
  return png.length < API_LIMITS.url ? png : canvas.toDataURL("image/jpeg", 0.8);
}
