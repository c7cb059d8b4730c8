// Sentences and numbers of the page in the visitor's language, made from predictions and errors.
import { language, messages } from "./messages.js";

/** @typedef {import("../api.js").Choice} Choice */
/** @typedef {import("../api.js").PredictionError} PredictionError */
/** @typedef {import("../api.js").Prediction} Prediction */
/** @typedef {import("../api.js").Result} Result */

const NOTABLE_DIFFERENCE = 0.02; // of probability; models closer than this count as equally confident
const CONFIDENT = 0.9; // probability above which a model counts as confident
/** @type {Intl.NumberFormat | undefined} made at the first answer: it takes a phone a tenth of a second */
let percent;

/**
 * Format with one decimal. No model is certain, so nothing is written as 0 or 100 %.
 * @param {number} probability 0..1
 */
export function formatPercent(probability) {
  percent ??= new Intl.NumberFormat(language, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  if (probability < 0.0005) return `<${percent.format(0.001)}`;
  return probability < 0.9995 ? percent.format(probability) : `>${percent.format(0.999)}`;
}

/**
 * Format a probability for a sentence: "more than 99.9%" instead of ">99.9%".
 * @param {number} probability 0..1
 */
export function percentInWords(probability) {
  const number = formatPercent(probability);
  if (number.startsWith(">")) return messages.moreThan(number.slice(1));
  return number.startsWith("<") ? messages.lessThan(number.slice(1)) : number;
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
 * @returns {string} the second guess of one model, or the confidence of two; low confidence first
 */
export function statusDetail([first, second]) {
  if (!second) return secondGuess(first);
  const [one, other] = [first, second].map(({ digit, probabilities }) => probabilities[digit]);
  const both = [...new Set([confidence(first), confidence(second)])].join(messages.and);
  if (Math.max(one, other) < CONFIDENT) return messages.unconfident(both);
  if (first.digit !== second.digit) return messages.eachConfidence(confidence(first), confidence(second));
  if (Math.min(one, other) > CONFIDENT && Math.abs(one - other) <= NOTABLE_DIFFERENCE) return messages.confident(both);
  const [more, less] = one > other ? [first, second] : [second, first];
  return messages.moreConfident(messages.names[more.model], confidence(more), confidence(less));
}

/** @param {Prediction} prediction */
function secondGuess(prediction) {
  const { digit: predicted, probabilities } = prediction;
  const others = probabilities.map((probability, digit) => (digit === predicted ? -1 : probability));
  const next = others.indexOf(Math.max(...others));
  const sentence = messages.secondGuess(next, confidence(prediction, next));
  return probabilities[predicted] < CONFIDENT ? `${messages.unsure} ${sentence}` : sentence;
}

/**
 * @param {Result | undefined} result
 * @returns {string} why the picture is not one digit; empty if it is one, or it is not known
 */
export function notOneDigitSentence(result) {
  return result?.is_digit === false ? messages.notOneDigit[result.reason ?? "not_a_digit"] : "";
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
  for (const element of document.querySelectorAll("[data-label]"))
    element.setAttribute("aria-label", texts[key(element, "label")]);
  for (const image of document.images) if (key(image, "alt")) image.alt = texts[key(image, "alt")];
}

/**
 * @param {Element} element
 * @param {string} name
 */
function key(element, name) {
  return element.getAttribute(`data-${name}`) ?? "";
}
