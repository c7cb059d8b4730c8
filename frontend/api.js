// A drawing goes out to /api; the models' answers come in, or a Failure that says why not.

/** @typedef {"tree" | "mlp"} Model */
/** @typedef {Model | "both"} Choice */
/** @typedef {{model: Model, version: string, digit: number, probabilities: number[]}} Prediction */
/** @typedef {{input: string, predictions: Prediction[]}} Answer `input`: the 28x28 PNG that was classified, a data URL */
/** @typedef {"unreachable" | "late" | "refused" | "garbled"} Cause */

const PATIENCE = 30_000; // milliseconds; the cloud's own gateway gives up then

/** Why there is no answer. */
export class Failure extends Error {
  /**
   * @param {Cause} cause
   * @param {number} [status] of HTTP, where the server refused
   * @param {string} [detail] the server's own words (RFC 9457), where it gave any
   */
  constructor(cause, status = 0, detail = "") {
    super(detail || cause, { cause });
    this.status = status;
    this.detail = detail;
  }
}

/**
 * Ask one model, or both, what the drawing shows.
 * @param {Choice} choice
 * @param {string} drawing a data URL
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>} throws Failure, or the signal's own reason when it aborts
 */
export async function ask(choice, drawing, signal) {
  const path = choice === "both" ? "/api/compare" : `/api/predict/${choice}`;
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
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ drawing_data: drawing }),
    signal,
  });
  if (!response.ok) throw new Failure("refused", response.status, await detailOf(response));
  const { input, predictions, ...prediction } = await response.json();
  const answer = { input, predictions: predictions ?? [prediction] };
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
 * @returns {Promise<string>}
 */
async function detailOf(response) {
  if (!response.headers.get("Content-Type")?.startsWith("application/problem+json")) return "";
  return (await response.json()).detail ?? "";
}

/**
 * @param {unknown} error what fetch or Response.json threw
 * @returns {Cause}
 */
function causeOf(error) {
  if (error instanceof DOMException && error.name === "TimeoutError") return "late";
  return error instanceof SyntaxError ? "garbled" : "unreachable";
}
