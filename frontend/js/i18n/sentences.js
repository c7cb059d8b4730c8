// Sentences and numbers of the page in the visitor's language, made from predictions and errors.
import { language, messages } from "./messages.js";

/** @typedef {import("../api.js").Choice} Choice */
/** @typedef {import("../api.js").PredictionError} PredictionError */
/** @typedef {import("../api.js").Prediction} Prediction */

const NOTABLE_DIFFERENCE = 0.02; // of probability; models closer than this count as equally confident
const CONFIDENT = 0.9; // probability above which a model counts as confident

/**
 * Format with one decimal. No model is certain, so nothing is written as 100 %.
 * @param {number} probability 0..1
 */
export function formatPercent(probability) {
  const format = (/** @type {number} */ value) =>
    value.toLocaleString(language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return probability < 0.9995 ? format(probability) : `>${format(0.999)}`;
}

/**
 * Format a probability for a sentence: "more than 99.9%" instead of ">99.9%".
 * @param {number} probability 0..1
 */
export function percentInWords(probability) {
  return formatPercent(probability).replace(/^>(.+)/, (_, number) => messages.moreThan(number));
}

/**
 * Format with two significant digits, and at most two decimals.
 * @param {number} milliseconds
 */
export function formatDuration(milliseconds) {
  return `${milliseconds.toLocaleString(language, { maximumSignificantDigits: 2, maximumFractionDigits: 2 })} ms`;
}

/**
 * @param {Prediction[]} predictions of one model, or of the tree and the neural network
 * @returns {string} the predicted digit in a sentence
 */
export function statusSentence([first, second]) {
  if (!second) return messages.single(messages.names[first.model], first.digit, confidence(first));
  return first.digit === second.digit ? messages.agree(first.digit) : messages.disagree(first.digit, second.digit);
}

/**
 * @param {Prediction[]} predictions of one model, or of the tree and the neural network
 * @returns {string} the second guess of one model, or the confidence of two
 */
export function statusDetail([first, second]) {
  if (!second) {
    const others = first.probabilities.map((probability, digit) => (digit === first.digit ? -1 : probability));
    const next = others.indexOf(Math.max(...others));
    return messages.secondGuess(next, confidence(first, next));
  }
  if (first.digit !== second.digit) {
    return `${otherDigit(first, second.digit)} ${otherDigit(second, first.digit)}`;
  }
  const [one, other] = [first, second].map(({ digit, probabilities }) => probabilities[digit]);
  const [more, less] = one > other ? [first, second] : [second, first];
  if (Math.abs(one - other) > NOTABLE_DIFFERENCE) {
    return messages.moreConfident(messages.names[more.model], confidence(more), confidence(less));
  }
  const both = [...new Set([confidence(first), confidence(second)])].join(messages.and);
  return Math.min(one, other) > CONFIDENT ? messages.confident(both) : messages.unconfident(both);
}

/**
 * @param {Prediction} prediction
 * @param {number} digit
 */
function otherDigit(prediction, digit) {
  return messages.otherDigit(messages.names[prediction.model], digit, confidence(prediction, digit));
}

/**
 * @param {Prediction} prediction
 * @param {number} [digit]
 */
function confidence({ digit: predicted, probabilities }, digit = predicted) {
  return percentInWords(probabilities[digit]);
}

/**
 * @param {PredictionError} error
 * @param {Choice} choice
 * @returns {string} the cause, and what to do
 */
export function errorMessage({ cause, status, type, detail }, choice) {
  if (cause !== "rejected") return messages.errors[cause];
  if (status === 429) return messages.errors.rateLimited;
  const problems = /** @type {Record<string, string>} */ (messages.problems);
  const message = problems[type] ?? (detail || messages.errors.unavailable(status));
  return status === 503 && choice === "both" ? `${message} ${messages.errors.tryOneModel}` : message;
}

/** Translate the texts of index.html. */
export function translate() {
  document.documentElement.lang = language;
  document.title = messages.page.title;
  const texts = /** @type {Record<string, string>} */ (messages.page);
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = texts[key(element, "text")];
  for (const element of document.querySelectorAll("[data-label]")) element.ariaLabel = texts[key(element, "label")];
  for (const image of document.images) if (key(image, "alt")) image.alt = texts[key(image, "alt")];
}

/**
 * @param {Element} element
 * @param {string} name
 */
function key(element, name) {
  return element.getAttribute(`data-${name}`) ?? "";
}
