// A drawing comes in; the network's answer goes out, computed in this browser, for when the server cannot be reached.
// The network is the bundle's own file: it comes when a person asks for it, and stays until it is to be forgotten.
import { Failure } from "../api.js";
import { normalize, SIDE } from "./preprocess.js";
import { network, Unknown } from "./onnx.js";
import { words } from "../i18n/words.js";

/** @typedef {import("../api.js").Answer} Answer */
/** @typedef {{version: string, run: (input: import("./onnx.js").Tensor) => import("./onnx.js").Tensor}} Network */

const CACHE = "network"; // of its own: sw.js drops those of the page with each release
const MODELS = "/models";
const KEY = `${MODELS}/mlp`; // of what is kept, whatever the file is called
const GONE = new Set(["QuotaExceededError", "SecurityError"]); // how browsers say that they store nothing more, or at all

/** @type {Promise<Network> | undefined} the network that is kept, ready to answer */
let loaded;
/** @type {Promise<void> | undefined} while it comes */
let keeping;

/** @returns {Promise<boolean>} */
export async function isKept() {
  return (await keptVersion()) !== undefined;
}

/** @returns {Promise<string | undefined>} of the network that is kept */
export async function keptVersion() {
  return (await find())?.headers.get("Version") ?? undefined;
}

/**
 * Keep the network that the server has, if it is not the one that is kept already. Until all of it has come and is
 * found whole, what was kept before stays.
 * @param {(share: number) => void} [onProgress] told 0..1
 * @returns {Promise<void>} throws Failure, in words
 */
export function keep(onProgress = () => undefined) {
  keeping ??= fill(onProgress).finally(() => (keeping = undefined));
  return keeping;
}

export async function forget() {
  loaded = undefined;
  await globalThis.caches?.delete(CACHE);
}

/**
 * @param {string} drawing a data URL
 * @returns {Promise<Answer>} throws Failure
 */
export async function answer(drawing) {
  const { version, run } = await (loaded ??= load());
  const milliseconds = {};
  const timed = async (/** @type {string} */ step, /** @type {() => any} */ work) => {
    const start = performance.now();
    const result = await work();
    milliseconds[step] = performance.now() - start;
    return result;
  };
  const image = await timed("decode", () => decode(drawing));
  const picture = await timed("normalize", () => normalize(image));
  const { data } = await timed("run", () => run({ shape: [1, SIDE, SIDE], data: picture }));
  const probabilities = Array.from(data);
  const digit = probabilities.indexOf(Math.max(...probabilities));
  return {
    input: encode(picture),
    predictions: [{ model: "mlp", version, digit, probabilities }],
    milliseconds,
    isOffline: true,
  };
}

/** @returns {Promise<Response | undefined>} */
async function find() {
  return globalThis.caches?.match(KEY, { cacheName: CACHE }).catch(() => undefined);
}

/** @param {(share: number) => void} onProgress */
async function fill(onProgress) {
  if (!globalThis.caches) throw failure(words.offline.unable);
  const manifest = await get("manifest.json", "no-cache");
  const { file, bytes, sha256, version } = await manifest.json().then(({ models }) => models.mlp, damaged);
  if (version !== (await keptVersion())) {
    const data = await download(await get(file, "no-store"), bytes, onProgress); // the browser's own cache has no use for it
    if ((await digest(data)) !== sha256) damaged();
    const kept = new Response(data, { headers: { Version: version, SHA256: sha256 } });
    await store(kept).catch((error) => {
      throw GONE.has(error.name) ? failure(words.offline.full) : error;
    });
    loaded = undefined;
  }
  onProgress(1);
}

/** @param {Response} response */
async function store(response) {
  await (await caches.open(CACHE)).put(KEY, response); // the old one is read until this one is there
}

/**
 * @param {string} file
 * @param {RequestCache} cache
 */
async function get(file, cache) {
  const response = await fetch(`${MODELS}/${file}`, { cache }).catch(unreachable);
  if (!response.ok) throw failure(words.failure.down(response.status));
  return response;
}

/**
 * @param {Response} response
 * @param {number} length
 * @param {(share: number) => void} onProgress
 */
async function download(response, length, onProgress) {
  const data = new Uint8Array(length);
  const reader = response.body.getReader();
  let place = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(unreachable);
    if (done) return data;
    if (place + value.length > length) damaged();
    data.set(value, place);
    place += value.length;
    onProgress(place / length);
  }
}

/** @returns {Promise<Network>} */
async function load() {
  try {
    const kept = await find();
    if (!kept) throw failure(words.offline.absent);
    const bytes = await kept.arrayBuffer();
    if ((await digest(bytes)) !== kept.headers.get("SHA256")) {
      await forget();
      damaged();
    }
    return { version: kept.headers.get("Version"), run: network(bytes) };
  } catch (error) {
    loaded = undefined;
    throw error instanceof Unknown ? failure(`${words.offline.unknown} (${error.message})`) : error;
  }
}

/**
 * @param {string} drawing
 * @returns {Promise<ImageData>}
 */
async function decode(drawing) {
  const bytes = Uint8Array.from(atob(drawing.slice(drawing.indexOf(",") + 1)), (letter) => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes]), { colorSpaceConversion: "none", premultiplyAlpha: "none" }).catch(() => {
    throw new Failure("refused", 422, { type: "urn:digits:not-an-image" });
  });
  const context = sheet(image.width, image.height);
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height);
}

/**
 * @param {Uint8Array} picture 28x28
 * @returns {string} a data URL
 */
function encode(picture) {
  const context = sheet(SIDE, SIDE);
  const image = context.createImageData(SIDE, SIDE);
  picture.forEach((level, i) => image.data.set([level, level, level, 255], 4 * i));
  context.putImageData(image, 0, 0);
  return context.canvas.toDataURL();
}

/**
 * @param {number} width
 * @param {number} height
 */
function sheet(width, height) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  return canvas.getContext("2d", { willReadFrequently: true });
}

/** @param {BufferSource} data */
async function digest(data) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const failure = (/** @type {string} */ detail) => new Failure("refused", 0, { detail });

/** @returns {never} */
function damaged() {
  throw failure(words.offline.damaged);
}

/** @returns {never} */
function unreachable() {
  throw new Failure("unreachable", 0, { detail: words.failure.unreachable });
}
