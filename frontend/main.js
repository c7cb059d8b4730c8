// The page: a drawing and a choice of models make a question; its answer fills the charts, and words say how it went.
import { ask, Failure } from "./api.js";
import { Chart } from "./chart.js";
import { Sheet } from "./sheet.js";
import { BLANK, invitation, regret, verdict, waiting } from "./words.js";

/** @typedef {import("./api.js").Answer} Answer */
/** @typedef {import("./api.js").Choice} Choice */
/** @typedef {import("./api.js").Model} Model */
/** @typedef {import("./api.js").Prediction} Prediction */

const QUICK = 200; // milliseconds; an answer within them needs no "Asking ..." before it

const form = /** @type {HTMLFormElement} */ (document.getElementById("question"));
const answer = /** @type {HTMLElement} */ (document.getElementById("answer"));
const status = /** @type {HTMLElement} */ (document.getElementById("status"));
const seen = /** @type {HTMLImageElement} */ (document.getElementById("seen"));
const hint = /** @type {HTMLElement} */ (document.getElementById("hint"));
const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("sheet"));

/** @type {Map<Model, Chart>} */
const charts = new Map([["tree", new Chart("tree")], ["mlp", new Chart("mlp")]]);
const sheet = new Sheet(canvas, drawingChanged);

/** @type {Map<Model, Prediction>} what has been answered about the drawing as it was last sent */
const predictions = new Map();
let isStale = false; // the drawing has changed since
let question = new AbortController(); // the latest; asking another, or changing this one, withdraws it

form.addEventListener("submit", (event) => {
  event.preventDefault();
  predict();
});
form.addEventListener("change", questionChanged);
form.querySelector("#clear")?.addEventListener("click", () => sheet.clear());
document.getElementById("charts")?.append(...[...charts.values()].map((chart) => chart.element));
questionChanged();

async function predict() {
  const signal = withdraw();
  const choice = chosen();
  if (status.classList.contains("problem")) say(""); // the same problem again is news, too
  const slow = setTimeout(() => say(waiting(choice)), QUICK);
  answer.ariaBusy = "true";
  try {
    accept(await ask(choice, sheet.toDataURL(), signal));
  } catch (error) {
    if (signal.aborted) return; // a newer question has been asked
    if (!(error instanceof Failure)) throw error;
    say(regret(error, choice), true);
  } finally {
    clearTimeout(slow);
    if (!signal.aborted) answer.ariaBusy = "false";
  }
}

/** @param {Answer} answer */
function accept({ input, predictions: news }) {
  if (isStale) predictions.clear();
  isStale = false;
  news.forEach((prediction) => predictions.set(prediction.model, prediction));
  seen.src = input;
  seen.hidden = false;
  show();
}

function drawingChanged() {
  isStale = true;
  if (sheet.isBlank) {
    predictions.clear();
    seen.hidden = true;
  }
  questionChanged();
}

function questionChanged() {
  withdraw();
  answer.ariaBusy = "false";
  show();
}

/** Show all that is known for the present choice. */
function show() {
  const choice = chosen();
  charts.forEach((chart, model) => {
    chart.element.hidden = choice !== "both" && choice !== model;
    chart.show(predictions.get(model));
  });
  answer.classList.toggle("stale", isStale);
  hint.hidden = !sheet.isBlank;
  say(summary(choice));
}

/** @param {Choice} choice */
function summary(choice) {
  if (sheet.isBlank) return BLANK;
  const models = /** @type {Model[]} */ (choice === "both" ? [...charts.keys()] : [choice]);
  const known = models.flatMap((model) => predictions.get(model) ?? []);
  return isStale || known.length < models.length ? invitation(choice) : verdict(known);
}

/** Abort the question that is open, if any, and open another. */
function withdraw() {
  question.abort();
  question = new AbortController();
  return question.signal;
}

function chosen() {
  return /** @type {Choice} */ (new FormData(form).get("choice"));
}

/**
 * @param {string} words
 * @param {boolean} [isProblem]
 */
function say(words, isProblem = false) {
  status.classList.toggle("problem", isProblem);
  if (status.textContent !== words) status.textContent = words; // said once by a screen reader
}
