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
 * @property {Record<string, number>} milliseconds of each server step, and of the whole request (`roundTrip`)
 * @property {boolean} [isOffline] computed in this browser, by the neural network only
 */
/** @typedef {"unreachable" | "timeout" | "rejected" | "invalid"} Cause */

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
  try {
    return await post(path, drawing, AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT)]));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PredictionError) throw error;
    throw new PredictionError(causeOf(error));
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
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ drawing_data: drawing }),
    signal,
  });
  if (!response.ok) throw new PredictionError("rejected", response.status, await readProblem(response));
  const { input, predictions, ...prediction } = await response.json();
  const milliseconds = { ...serverTimings(response), roundTrip: performance.now() - start };
  const result = { input, predictions: predictions ?? [prediction], milliseconds };
  if (!result.predictions.every(isPrediction)) throw new PredictionError("invalid");
  return result;
}

/** @param {Prediction} prediction */
function isPrediction(prediction) {
  return prediction.probabilities?.length === 10;
}

/**
 * Read the problem document of an error response. A gateway or proxy may send an error in another format.
 * @param {Response} response
 * @returns {Promise<{type?: string, detail?: string} | undefined>}
 */
async function readProblem(response) {
  if (!response.headers.get("Content-Type")?.startsWith("application/problem+json")) return undefined;
  return response.json();
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

/**
 * @param {unknown} error thrown by fetch or Response.json
 * @returns {Cause}
 */
function causeOf(error) {
  if (error instanceof DOMException && error.name === "TimeoutError") return "timeout";
  return error instanceof SyntaxError ? "invalid" : "unreachable";
}
