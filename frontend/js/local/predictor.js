// Offline predictions: both models, saved in this browser on request, for when the server is unreachable.
import { PredictionError } from "../api.js";
import { messages } from "../i18n/messages.js";
import { predictWith } from "./model.js";
import { loadModel, UnsupportedModel } from "./onnx.js";

/** @typedef {import("../api.js").Choice} Choice */
/** @typedef {import("../api.js").Model} Model */
/** @typedef {import("../api.js").Result} Result */
/** @typedef {import("./model.js").LocalModel} LocalModel */

const CACHE = "offline-model"; // not one of sw.js's caches, which each release replaces
const FOLDER = "/models"; // of the files, and of their keys in the cache, whatever a file's name
/** @type {Model[]} */
const MODELS = ["tree", "mlp"];
const STORAGE_ERRORS = new Set(["QuotaExceededError", "SecurityError"]);

/** @type {Map<Model, Promise<LocalModel>>} saved models in memory */
const loaded = new Map();
/** @type {Promise<void> | undefined} */
let saving;
let download = new AbortController(); // of `saving`

/** @returns {Promise<boolean>} */
export async function isSaved() {
  const versions = await Promise.all(MODELS.map(savedVersion));
  return versions.every((version) => version !== undefined);
}

/**
 * @param {Model} model
 * @returns {Promise<string | undefined>}
 */
export async function savedVersion(model) {
  return (await findSaved(model))?.headers.get("Version") ?? undefined;
}

/**
 * Save the server's models, but for versions that are saved already. The previous version stays until the new one is
 * downloaded and its checksum verified.
 * @param {(share: number) => void} [onProgress] gets 0..1
 * @returns {Promise<void>} rejects with PredictionError, its detail a translated sentence; with AbortError if `remove`
 *   ends it
 */
export function save(onProgress = () => undefined) {
  saving ??= downloadAndStore(onProgress, download.signal).finally(() => {
    saving = undefined;
  });
  return saving;
}

/** Remove the saved models. A download that is running, of an update, ends: it would save them again. */
export async function remove() {
  download.abort();
  download = new AbortController();
  await saving?.catch(() => undefined);
  loaded.clear();
  await globalThis.caches?.delete(CACHE);
}

/**
 * Predict with a saved model, or both.
 * @param {Choice} choice
 * @param {string} drawing a data URL
 * @returns {Promise<Result>} rejects with PredictionError
 */
export async function predict(choice, drawing) {
  const models = choice === "both" ? MODELS : [choice];
  return predictWith(await Promise.all(models.map(load)), drawing);
}

/**
 * @param {Model} model
 * @returns {Promise<Response | undefined>}
 */
async function findSaved(model) {
  return globalThis.caches?.match(`${FOLDER}/${model}`, { cacheName: CACHE }).catch(() => undefined);
}

/**
 * @param {(share: number) => void} onProgress
 * @param {AbortSignal} signal
 */
async function downloadAndStore(onProgress, signal) {
  if (!globalThis.caches) throw errorOf(messages.offlineErrors.storageUnavailable);
  const manifest = await get("manifest.json", "no-cache", signal);
  const { models } = await manifest.json().catch(throwCorrupt);
  const entries = MODELS.map((model) => models[model] ?? throwCorrupt());
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const [i, entry] of entries.entries()) {
    const before = done;
    await saveModel(MODELS[i], entry, (bytes) => onProgress((before + bytes) / total), signal);
    done += entry.bytes;
  }
  onProgress(1);
}

/**
 * @param {Model} model
 * @param {{file: string, bytes: number, sha256: string, version: string, digit_likeness?: {threshold: number}}} entry
 * @param {(bytes: number) => void} onProgress
 * @param {AbortSignal} signal
 */
async function saveModel(model, { file, bytes, sha256, version, digit_likeness }, onProgress, signal) {
  if (version === (await savedVersion(model))) return;
  const response = await get(file, "no-store", signal); // no second copy in the HTTP cache
  const data = await readAll(response, bytes, onProgress);
  if ((await hexDigest(data)) !== sha256) throwCorrupt();
  const threshold = String(digit_likeness?.threshold ?? "");
  const saved = new Response(data, { headers: { Version: version, SHA256: sha256, Threshold: threshold } });
  signal.throwIfAborted();
  await store(model, saved).catch((error) => {
    throw STORAGE_ERRORS.has(error.name) ? errorOf(messages.offlineErrors.storageFull) : error;
  });
  loaded.delete(model);
}

/**
 * @param {Model} model
 * @param {Response} response
 */
async function store(model, response) {
  await (await caches.open(CACHE)).put(`${FOLDER}/${model}`, response); // replaces the previous version atomically
}

/**
 * @param {string} file
 * @param {RequestCache} cache
 * @param {AbortSignal} signal
 */
async function get(file, cache, signal) {
  const response = await fetch(`${FOLDER}/${file}`, { cache, signal }).catch(throwUnreachable);
  if (!response.ok) throw errorOf(messages.errors.unavailable(response.status));
  return response;
}

/**
 * @param {Response} response
 * @param {number} length bytes
 * @param {(bytes: number) => void} onProgress gets those that have arrived
 */
async function readAll(response, length, onProgress) {
  const data = new Uint8Array(length);
  const reader = /** @type {NonNullable<Response["body"]>} */ (response.body).getReader();
  let offset = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(throwUnreachable);
    if (done) return data;
    if (offset + value.length > length) throwCorrupt();
    data.set(value, offset);
    offset += value.length;
    onProgress(offset);
  }
}

/**
 * Return a saved model from memory, where it stays once it is loaded.
 * @param {Model} model
 */
function load(model) {
  const saved = loaded.get(model) ?? read(model);
  loaded.set(model, saved);
  saved.catch(() => loaded.delete(model));
  return saved;
}

/**
 * @param {Model} model
 * @returns {Promise<LocalModel>}
 */
async function read(model) {
  const saved = await findSaved(model);
  if (!saved) throw errorOf(messages.offlineErrors.notSaved);
  const bytes = await saved.arrayBuffer();
  if ((await hexDigest(bytes)) !== saved.headers.get("SHA256")) {
    await remove();
    throwCorrupt();
  }
  const threshold = saved.headers.get("Threshold");
  try {
    return {
      model,
      version: saved.headers.get("Version") ?? "",
      threshold: threshold ? Number(threshold) : undefined,
      run: loadModel(bytes),
    };
  } catch (error) {
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
