// Client of the prediction API.

/** @typedef {"tree" | "mlp"} Model */
/** @typedef {Model | "both"} Choice */
/**
 * @typedef {object} TreeStep one comparison on the path through the tree; see docs/openapi.json
 * @property {number} row of the compared pixel, 0..27
 * @property {number} column 0..27
 * @property {number} threshold 0..255
 * @property {number} value of the pixel, 0..255
 * @property {"low" | "high"} side
 * @property {number} samples training images that reach the next node
 * @property {number[]} position row and column of the pixel in the picture before deskewing
 * @property {number[]} probabilities ten, at the next node
 */
/** @typedef {{seen: string, path: TreeStep[], root: number[]}} TreeExplanation */
/** @typedef {{seen: string, attribution: number[][], runner_up: number, score: number}} MlpExplanation */
/**
 * @typedef {object} Prediction
 * @property {Model} model
 * @property {string} version
 * @property {number} digit
 * @property {number[]} probabilities ten, 0..1
 * @property {TreeExplanation | MlpExplanation} [explanation]
 */
/**
 * @typedef {object} Result
 * @property {string} input the models' 28x28 input as a PNG data URL
 * @property {Prediction[]} predictions
 * @property {number} [digit_likeness] 0..1; undefined where the server cannot tell
 * @property {boolean} [is_digit]
 * @property {Reason} [reason] where is_digit is false
 * @property {Record<string, number>} milliseconds of each server step, and of the whole request (`roundTrip`)
 * @property {boolean} [isOffline] computed in this browser: by the saved models, or by the preview's network alone
 */
/** @typedef {"several_digits" | "not_a_digit"} Reason */
/**
 * @typedef {"unreachable" | "interrupted" | "timeout" | "rejected" | "invalid"} Cause no connection; a connection that
 *   broke off within the response; no response in time; an error response; a response that is not the API's
 */

const REQUEST_TIMEOUT = 30_000; // milliseconds; API Gateway's own limit

/** A prediction that failed, on the server or in this browser. */
export class PredictionError extends Error {
  /**
   * @param {Cause} cause
   * @param {number} [status] HTTP status of a rejected request
   * @param {{type?: string, detail?: string}} [problem] RFC 9457
   */
  constructor(cause, status = 0, { type = "", detail = "" } = {}) {
    super(detail || cause);
    this.cause = cause;
    this.status = status;
    this.type = type;
    this.detail = detail;
  }

  /** Whether the same request may succeed later. */
  get isRetryable() {
    return this.status < 400 || this.status === 429 || this.status >= 500;
  }
}

/**
 * Request the predictions of one model or both.
 * @param {Choice} choice
 * @param {string} drawing a data URL
 * @param {boolean} explain whether to request explanations
 * @param {AbortSignal} signal
 * @returns {Promise<Result>} rejects with PredictionError, or with the signal's reason when it aborts
 */
export async function requestPredictions(choice, drawing, explain, signal) {
  const path = (choice === "both" ? "/api/compare" : `/api/predict/${choice}`) + (explain ? "?explain=true" : "");
  const limit = AbortSignal.timeout(REQUEST_TIMEOUT);
  try {
    return await post(path, drawing, either(signal, limit));
  } catch (error) {
    signal.throwIfAborted();
    throw limit.aborted ? new PredictionError("timeout") : error;
  }
}

/**
 * @param {string} path
 * @param {string} drawing
 * @param {AbortSignal} signal
 * @returns {Promise<Result>}
 */
async function post(path, drawing, signal) {
  const start = performance.now();
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ drawing_data: drawing });
  const response = await fetch(path, { method: "POST", headers, body, signal }).catch(() => {
    throw new PredictionError("unreachable");
  });
  const text = await response.text().catch(() => {
    throw new PredictionError("interrupted");
  });
  const milliseconds = { ...serverTimings(response), roundTrip: performance.now() - start };
  if (!response.ok) throw new PredictionError("rejected", response.status, problemOf(response, text));
  const { input, predictions, digit_likeness, is_digit, reason, ...prediction } = parseObject(text);
  const result = { input, digit_likeness, is_digit, reason, predictions: predictions ?? [prediction], milliseconds };
  if (!isResult(result)) throw new PredictionError("invalid");
  return result;
}

/**
 * Return a signal that aborts with the first of two; Chrome before 116 and Safari before 17.4 have no AbortSignal.any.
 * @param {AbortSignal[]} signals
 */
function either(...signals) {
  const controller = new AbortController();
  for (const signal of signals) signal.addEventListener("abort", () => controller.abort(signal.reason));
  return controller.signal;
}

/** @param {any} result */
function isResult({ input, predictions }) {
  return (
    typeof input === "string" && Array.isArray(predictions) && predictions.length > 0 && predictions.every(isPrediction)
  );
}

/** @param {any} prediction */
function isPrediction(prediction) {
  const { model, digit, probabilities } = prediction ?? {};
  const isKnown = model === "tree" || model === "mlp";
  return isKnown && probabilities?.length === 10 && probabilities.every(Number.isFinite) && digit in probabilities;
}

/**
 * Read the problem document of an error response. A gateway or proxy may send an error in another format.
 * @param {Response} response
 * @param {string} text
 * @returns {{type?: string, detail?: string}}
 */
function problemOf(response, text) {
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json");
  return isProblem ? parseObject(text) : {};
}

/**
 * @param {string} text
 * @returns {Record<string, any>} empty if the text is not a JSON object
 */
function parseObject(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/**
 * Parse the Server-Timing header (`decode;dur=0.31, run;dur=0.12`).
 * @param {Response} response
 * @returns {Record<string, number>} milliseconds
 */
function serverTimings(response) {
  const steps = (response.headers.get("Server-Timing") ?? "").matchAll(/([\w-]+);dur=([\d.]+)/g);
  return Object.fromEntries(Array.from(steps, ([, name, duration]) => [name, Number(duration)]));
}
