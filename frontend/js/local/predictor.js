// Offline predictions: the neural network, saved in this browser on request, for when the server is unreachable.
import { PredictionError } from "../api.js";
import { messages } from "../i18n/messages.js";
import { predictWith } from "./network.js";
import { loadModel, UnsupportedModel } from "./onnx.js";

/** @typedef {import("../api.js").Result} Result */
/** @typedef {import("./network.js").Network} Network */

const CACHE = "offline-model"; // not one of sw.js's caches, which each release replaces
const MODELS = "/models";
const KEY = `${MODELS}/mlp`; // in the cache, whatever the file's name
const STORAGE_ERRORS = new Set(["QuotaExceededError", "SecurityError"]);

/** @type {Promise<Network> | undefined} the saved model, in memory */
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
  return predictWith(await loaded, drawing);
}

/** @returns {Promise<Response | undefined>} */
async function findSaved() {
  return globalThis.caches?.match(KEY, { cacheName: CACHE }).catch(() => undefined);
}

/** @param {(share: number) => void} onProgress */
async function downloadAndStore(onProgress) {
  if (!globalThis.caches) throw errorOf(messages.offlineErrors.storageUnavailable);
  const manifest = await get("manifest.json", "no-cache");
  const { file, bytes, sha256, version, ...entry } = await manifest
    .json()
    .then(({ models }) => models.mlp, throwCorrupt);
  if (version !== (await savedVersion())) {
    const data = await download(await get(file, "no-store"), bytes, onProgress); // no second copy in the HTTP cache
    if ((await hexDigest(data)) !== sha256) throwCorrupt();
    const threshold = entry.digit_likeness?.threshold ?? "";
    const response = new Response(data, { headers: { Version: version, SHA256: sha256, Threshold: threshold } });
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

/** @returns {Promise<Network>} */
async function load() {
  try {
    const saved = await findSaved();
    if (!saved) throw errorOf(messages.offlineErrors.notSaved);
    const bytes = await saved.arrayBuffer();
    if ((await hexDigest(bytes)) !== saved.headers.get("SHA256")) {
      await remove();
      throwCorrupt();
    }
    const threshold = saved.headers.get("Threshold");
    return {
      version: saved.headers.get("Version") ?? "",
      threshold: threshold ? Number(threshold) : undefined,
      run: loadModel(bytes),
    };
  } catch (error) {
    loaded = undefined;
    if (!(error instanceof UnsupportedModel)) throw error;
    throw errorOf(`${messages.offlineErrors.unsupported} (${error.message})`);
  }
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
