// Offline predictions: the neural network, saved in this browser on request, for when the server is unreachable.
import { PredictionError } from "../api.js";
import { messages } from "../i18n/messages.js";
import { loadModel, UnsupportedModel } from "./onnx.js";
import { normalize, SIZE } from "./preprocess.js";

/** @typedef {import("../api.js").Result} Result */
/** @typedef {{version: string, run: (input: import("./onnx.js").Tensor) => import("./onnx.js").Tensor}} Model */

const CACHE = "offline-model"; // not one of sw.js's caches, which each release replaces
const MODELS = "/models";
const KEY = `${MODELS}/mlp`; // in the cache, whatever the file's name
const STORAGE_ERRORS = new Set(["QuotaExceededError", "SecurityError"]);

/** @type {Promise<Model> | undefined} the saved model, in memory */
let loaded;
/** @type {Promise<void> | undefined} */
let saving;

/** @returns {Promise<boolean>} */
export async function isSaved() {
  return (await savedVersion()) !== undefined;
}

/** @returns {Promise<string | undefined>} */
export async function savedVersion() {
  return (await findSaved())?.headers.get("Version") ?? undefined;
}

/**
 * Save the server's model unless that version is saved already. The previous version stays until the new one is
 * downloaded and its checksum verified.
 * @param {(share: number) => void} [onProgress] gets 0..1
 * @returns {Promise<void>} rejects with PredictionError, its detail a translated sentence
 */
export function save(onProgress = () => undefined) {
  saving ??= downloadAndStore(onProgress).finally(() => {
    saving = undefined;
  });
  return saving;
}

export async function remove() {
  loaded = undefined;
  await globalThis.caches?.delete(CACHE);
}

/**
 * Predict with the saved model.
 * @param {string} drawing a data URL
 * @returns {Promise<Result>} rejects with PredictionError
 */
export async function predict(drawing) {
  loaded ??= load();
  const { version, run } = await loaded;
  /** @type {Record<string, number>} */
  const milliseconds = {};
  let last = performance.now();
  const stop = (/** @type {string} */ step) => {
    const now = performance.now();
    milliseconds[step] = now - last;
    last = now;
  };
  const image = await decode(drawing);
  stop("decode");
  const input = normalize(image);
  stop("normalize");
  const probabilities = Array.from(run({ shape: [1, SIZE, SIZE], data: input }).data);
  stop("run");
  const digit = probabilities.indexOf(Math.max(...probabilities));
  return {
    input: encode(input),
    predictions: [{ model: "mlp", version, digit, probabilities }],
    milliseconds,
    isOffline: true,
  };
}

/** @returns {Promise<Response | undefined>} */
async function findSaved() {
  return globalThis.caches?.match(KEY, { cacheName: CACHE }).catch(() => undefined);
}

/** @param {(share: number) => void} onProgress */
async function downloadAndStore(onProgress) {
  if (!globalThis.caches) throw errorOf(messages.offlineErrors.storageUnavailable);
  const manifest = await get("manifest.json", "no-cache");
  const { file, bytes, sha256, version } = await manifest.json().then(({ models }) => models.mlp, throwCorrupt);
  if (version !== (await savedVersion())) {
    const data = await download(await get(file, "no-store"), bytes, onProgress); // no second copy in the HTTP cache
    if ((await hexDigest(data)) !== sha256) throwCorrupt();
    const response = new Response(data, { headers: { Version: version, SHA256: sha256 } });
    await store(response).catch((error) => {
      throw STORAGE_ERRORS.has(error.name) ? errorOf(messages.offlineErrors.storageFull) : error;
    });
    loaded = undefined;
  }
  onProgress(1);
}

/** @param {Response} response */
async function store(response) {
  await (await caches.open(CACHE)).put(KEY, response); // replaces the previous version atomically
}

/**
 * @param {string} file
 * @param {RequestCache} cache
 */
async function get(file, cache) {
  const response = await fetch(`${MODELS}/${file}`, { cache }).catch(throwUnreachable);
  if (!response.ok) throw errorOf(messages.errors.unavailable(response.status));
  return response;
}

/**
 * @param {Response} response
 * @param {number} length bytes
 * @param {(share: number) => void} onProgress
 */
async function download(response, length, onProgress) {
  const data = new Uint8Array(length);
  const reader = /** @type {NonNullable<Response["body"]>} */ (response.body).getReader();
  let offset = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(throwUnreachable);
    if (done) return data;
    if (offset + value.length > length) throwCorrupt();
    data.set(value, offset);
    offset += value.length;
    onProgress(offset / length);
  }
}

/** @returns {Promise<Model>} */
async function load() {
  try {
    const saved = await findSaved();
    if (!saved) throw errorOf(messages.offlineErrors.notSaved);
    const bytes = await saved.arrayBuffer();
    if ((await hexDigest(bytes)) !== saved.headers.get("SHA256")) {
      await remove();
      throwCorrupt();
    }
    return { version: saved.headers.get("Version") ?? "", run: loadModel(bytes) };
  } catch (error) {
    loaded = undefined;
    if (!(error instanceof UnsupportedModel)) throw error;
    throw errorOf(`${messages.offlineErrors.unsupported} (${error.message})`);
  }
}

/**
 * @param {string} drawing
 * @returns {Promise<ImageData>}
 */
async function decode(drawing) {
  const bytes = Uint8Array.from(atob(drawing.slice(drawing.indexOf(",") + 1)), (letter) => letter.charCodeAt(0));
  const options = /** @type {const} */ ({ colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const image = await createImageBitmap(new Blob([bytes]), options).catch(() => {
    throw new PredictionError("rejected", 422, { type: "urn:digits:not-an-image" });
  });
  const context = makeContext(image.width, image.height);
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height);
}

/**
 * @param {Uint8Array} input 28x28
 * @returns {string} a data URL
 */
function encode(input) {
  const context = makeContext(SIZE, SIZE);
  const image = context.createImageData(SIZE, SIZE);
  input.forEach((level, i) => {
    image.data.set([level, level, level, 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
  return context.canvas.toDataURL();
}

/**
 * @param {number} width
 * @param {number} height
 */
function makeContext(width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
}

/** @param {BufferSource} data */
async function hexDigest(data) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} detail */
function errorOf(detail) {
  return new PredictionError("rejected", 0, { detail });
}

/** @returns {never} */
function throwCorrupt() {
  throw errorOf(messages.offlineErrors.corrupt);
}

/** @returns {never} */
function throwUnreachable() {
  throw new PredictionError("unreachable", 0, { detail: messages.errors.unreachable });
}
