// Files come in, dropped, pasted or chosen, and samples from the test set; pictures to show and to send go out.
import { words } from "../i18n/words.js";

/** @typedef {{image: HTMLCanvasElement, url: string}} Picture to show, and to send as a data URL */
/** @typedef {{show: (picture: Picture) => void}} Receiver */
/** @typedef {(words: string) => void} OnError told what is wrong and what to do */
/** @typedef {"picture" | "large" | "empty" | "samples"} Cause */

const SIDE = 28; // pixels, of a sample
const LARGEST = 100_000_000; // bytes of a file, and pixels: the browser takes 400 MB to decode them
const LONGER = 1024; // pixels, the longer side of what is sent instead of a large picture; the API looks at no more
const READ = { url: 940_000, pixels: 16_000_000 }; // characters (a file of 700 kB) and pixels that the API takes
const READABLE = /^[^,]*,(iVBORw0KGgo|\/9j\/|UklGR)/; // by the API: how PNG, JPEG and WebP begin, in base64

/** Why there is no picture. */
export class Unreadable extends Error {
  /** @param {Cause} cause */
  constructor(cause) {
    super(cause, { cause });
  }
}

/**
 * Read a picture. The API gets the file itself where it reads such files, else what the browser makes of it.
 * @param {Blob} file
 * @returns {Promise<Picture>} throws Unreadable
 */
export async function readPicture(file) {
  if (file.size === 0) throw new Unreadable("empty");
  if (file.size > LARGEST) throw new Unreadable("large");
  const reader = new FileReader();
  reader.readAsDataURL(file);
  await loaded(reader, "picture"); // a folder fails here
  const url = String(reader.result);
  const image = await load(url, "picture");
  const { width, height } = image;
  if (width * height === 0) throw new Unreadable("empty");
  if (width * height > LARGEST) throw new Unreadable("large");
  const scale = Math.min(1, LONGER / Math.max(width, height));
  const canvas = draw(image, 0, width, height, scale);
  const isSent = READABLE.test(url) && url.length < READ.url && width * height <= READ.pixels;
  return { image: canvas, url: isSent ? url : small(canvas) };
}

/**
 * Cut out a sample: its own 28x28 pixels, so that the models see them unchanged.
 * @param {number} digit
 * @returns {Promise<Picture>} throws Unreadable
 */
export async function sample(digit) {
  const canvas = draw(await load("samples.png", "samples"), digit * SIDE, SIDE, SIDE);
  return { image: canvas, url: canvas.toDataURL() };
}

/**
 * Take a picture that is dropped anywhere on the page, pasted, or chosen.
 * @param {HTMLElement} page has the class "dropping" while a file is held over it
 * @param {Receiver} receiver
 * @param {OnError} onError
 */
export function acceptFiles(page, receiver, onError) {
  const take = (/** @type {FileList | undefined | null} */ files) => {
    const all = [...(files ?? [])];
    const file = all.find(({ type }) => type.startsWith("image/")) ?? all[0];
    if (file) offer(readPicture(file), receiver, onError);
  };
  page.style.setProperty("--drop", JSON.stringify(words.sheet.drop));
  addEventListener("dragover", (event) => {
    event.preventDefault(); // else what is dropped is opened in place of the page
    const { dataTransfer } = event;
    if (!dataTransfer?.types.includes("Files")) return;
    dataTransfer.dropEffect = "copy";
    page.classList.add("dropping");
  });
  addEventListener("dragleave", ({ relatedTarget }) => relatedTarget ?? page.classList.remove("dropping"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    page.classList.remove("dropping");
    take(event.dataTransfer?.files);
  });
  addEventListener("paste", ({ clipboardData }) => take(clipboardData?.files));
  const input = /** @type {HTMLInputElement} */ (page.querySelector("[type=file]"));
  input.addEventListener("change", () => {
    take(input.files);
    input.value = ""; // the same file may be chosen again
  });
}

/**
 * Make a button of each sample, and a toolbar of them: one stop of the Tab key, with arrow keys between its buttons.
 * @param {HTMLElement} toolbar empty, and named
 * @param {Receiver} receiver
 * @param {OnError} onError
 */
export function fillSamples(toolbar, receiver, onError) {
  toolbar.role = "toolbar";
  const buttons = Array.from({ length: 10 }, (_, digit) => {
    const button = document.createElement("button");
    button.type = "button";
    button.ariaLabel = words.sheet.sample(digit);
    button.style.setProperty("--digit", String(digit));
    button.tabIndex = digit === 0 ? 0 : -1;
    button.addEventListener("click", () => offer(sample(digit), receiver, onError));
    button.addEventListener("focus", () => buttons.forEach((other) => (other.tabIndex = other === button ? 0 : -1)));
    button.addEventListener("keydown", (event) => {
      const next = { ArrowLeft: digit - 1, ArrowRight: (digit + 1) % 10, Home: 0, End: -1 }[event.key];
      if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return; // Alt+Left is the browser's
      event.preventDefault(); // of scrolling
      buttons.at(next)?.focus();
    });
    return button;
  });
  toolbar.append(...buttons);
}

/** @type {Promise<Picture>} whatever was asked for before it comes too late */
let latest;

/**
 * @param {Promise<Picture>} reading
 * @param {Receiver} receiver
 * @param {OnError} onError
 */
async function offer(reading, receiver, onError) {
  latest = reading;
  try {
    const picture = await reading;
    if (reading === latest) receiver.show(picture);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    if (reading === latest) onError(words.sheet[/** @type {Cause} */ (error.cause)]);
  }
}

/**
 * @param {string} url
 * @param {Cause} cause to give where there is no picture
 * @returns {Promise<HTMLImageElement>} throws Unreadable
 */
async function load(url, cause) {
  const image = new Image();
  image.src = url;
  await loaded(image, cause);
  return image;
}

/**
 * @param {FileReader | HTMLImageElement} source
 * @param {Cause} cause
 */
function loaded(source, cause) {
  return new Promise((resolve, reject) => {
    source.onload = resolve;
    source.onerror = () => reject(new Unreadable(cause));
  });
}

/**
 * Draw a part of an image, from its top to its bottom.
 * @param {HTMLImageElement} image
 * @param {number} left
 * @param {number} width
 * @param {number} height
 * @param {number} [scale]
 */
function draw(image, left, width, height, scale = 1) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * scale);
  canvas.height = Math.ceil(height * scale);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.imageSmoothingQuality = "high";
  context.drawImage(image, left, 0, width, height, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/**
 * @param {HTMLCanvasElement} canvas at most LONGER a side
 * @returns {string} exact, unless that is too long for the API, as photographs are
 */
function small(canvas) {
  const exact = canvas.toDataURL();
  return exact.length < READ.url ? exact : canvas.toDataURL("image/jpeg", 0.8);
}
