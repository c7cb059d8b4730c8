// What happened comes in; what the page says about it goes out.

/** @typedef {import("./api.js").Choice} Choice */
/** @typedef {import("./api.js").Failure} Failure */
/** @typedef {import("./api.js").Prediction} Prediction */

export const TITLES = { tree: "Decision tree", mlp: "Neural network" };
const NAMES = { tree: "the decision tree", mlp: "the neural network", both: "both models" };

const again = "your drawing is kept, press Predict to try again.";

export const BLANK = "Draw one digit, 0 to 9, then press Predict.";

/** @param {Choice} choice */
export const invitation = (choice) => `Press Predict to ask ${NAMES[choice]}.`;

/** @param {Choice} choice */
export const waiting = (choice) => `Asking ${NAMES[choice]} …`;

/** @param {Prediction[]} predictions of one model, or of both */
export function verdict(predictions) {
  const [first, second] = predictions;
  if (!second) return `${capital(says(first))}, ${sure(first)} sure.`;
  if (first.digit === second.digit) return `Both models say ${first.digit}.`;
  return `They differ: ${says(first)}, ${says(second)}.`;
}

/**
 * @param {Failure} failure
 * @param {Choice} choice
 * @returns {string} what is wrong and what to do; the drawing is there still in each case
 */
export function regret({ cause, status, detail }, choice) {
  if (cause === "unreachable") return `The server cannot be reached. Check your connection; ${again}`;
  if (cause === "late") return `The server took too long. ${capital(again)}`;
  if (cause === "garbled") return `The answer cannot be read: something between here and the server changed it. ${capital(again)}`;
  if (status === 429) return `Too many questions at once. Wait a few seconds; ${again}`;
  if (status === 503 && choice === "both") return `${detail || down(status)} One of the models may still answer alone: choose it.`;
  return detail || `${down(status)} ${capital(again)}`;
}

/**
 * @param {number} probability 0..1
 * @returns {string} with one decimal; what is not quite certain is not written as 100
 */
export function percent(probability) {
  return probability >= 0.9995 && probability < 1 ? ">99.9%" : `${(probability * 100).toFixed(1)}%`;
}

/** @param {number} status */
const down = (status) => `The server cannot answer now (${status}).`;

/** @param {Prediction} prediction */
const says = ({ model, digit }) => `${NAMES[model]} says ${digit}`;

/** @param {Prediction} prediction */
const sure = ({ digit, probabilities }) => percent(probabilities[digit]).replace(">", "more than ");

/** @param {string} sentence */
const capital = (sentence) => sentence[0].toUpperCase() + sentence.slice(1);
