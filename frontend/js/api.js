// A drawing goes out to /api; the models' answers come in, or a Failure that says why not.

/** @typedef {"tree" | "mlp"} Model */
/** @typedef {Model | "both"} Choice */
/**
 * @typedef {object} Prediction
 * @property {Model} model
 * @property {string} version
 * @property {number} digit
 * @property {number[]} probabilities ten, 0..1
 * @property {object} [explanation] where it was asked for
 */
/**
 * @typedef {object} Answer
 * @property {string} input the 28x28 PNG that was classified, a data URL
 * @property {Prediction[]} predictions
 * @property {Record<string, number>} milliseconds of each step on the server, by its name there, and of the `round` trip
 * @property {boolean} [isOffline] answered in this browser, by the network alone
 */
/** @typedef {"unreachable" | "late" | "refused" | "garbled"} Cause */

const PATIENCE = 30_000; // milliseconds; the cloud's own gateway gives up then

/** Why there is no answer. */
export class Failure extends Error {
  /**
   * @param {Cause} cause
   * @param {number} [status] of HTTP, where the server refused
   * @param {{type?: string, detail?: string}} [problem] the server's own words (RFC 9457), where it gave any
   */
  constructor(cause, status = 0, { type = "", detail = "" } = {}) {
    super(detail || cause, { cause });
    this.status = status;
    this.type = type;
    this.detail = detail;
  }

  /** Whether the same question may be answered in a while: the fault is not in the question. */
  get mayPass() {
    return this.status < 400 || this.status === 429 || this.status >= 500;
  }
}

/**
 * Ask one model, or both, what the drawing shows.
 * @param {Choice} choice
 * @param {string} drawing a data URL
 * @param {boolean} explain whether to say why, too
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>} throws Failure, or the signal's own reason when it aborts
 */
export async function ask(choice, drawing, explain, signal) {
  const path = (choice === "both" ? "/api/compare" : `/api/predict/${choice}`) + (explain ? "?explain=true" : "");
  try {
    return await post(path, drawing, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    throw new Failure(causeOf(error));
  }
}

/**
 * @param {string} path
 * @param {string} drawing
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function post(path, drawing, signal) {
  const start = performance.now();
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ drawing_data: drawing }),
    signal,
  });
  if (!response.ok) throw new Failure("refused", response.status, await problemOf(response));
  const { input, predictions, ...prediction } = await response.json();
  const milliseconds = { ...stepsOf(response), round: performance.now() - start };
  const answer = { input, predictions: predictions ?? [prediction], milliseconds };
  if (!answer.predictions.every(isPrediction)) throw new Failure("garbled");
  return answer;
}

/** @param {Prediction} prediction */
function isPrediction(prediction) {
  return prediction.probabilities?.length === 10;
}

/**
 * Whatever stands between here and the function (a gateway, a proxy) may refuse in a format of its own.
 * @param {Response} response
 * @returns {Promise<{type?: string, detail?: string} | undefined>}
 */
async function problemOf(response) {
  if (!response.headers.get("Content-Type")?.startsWith("application/problem+json")) return undefined;
  return response.json();
}

/**
 * @param {Response} response
 * @returns {Record<string, number>} as its header Server-Timing has them (`decode;dur=0.31, run;dur=0.12`)
 */
function stepsOf(response) {
  const steps = (response.headers.get("Server-Timing") ?? "").matchAll(/([\w-]+);dur=([\d.]+)/g);
  return Object.fromEntries(Array.from(steps, ([, name, duration]) => [name, Number(duration)]));
}

/**
 * @param {unknown} error what fetch or Response.json threw
 * @returns {Cause}
 */
function causeOf(error) {
  if (error instanceof DOMException && error.name === "TimeoutError") return "late";
  return error instanceof SyntaxError ? "garbled" : "unreachable";
}
