// Entry point of the page: connects the canvas, the API and the views.
import { PredictionError, requestPredictions } from "./api.js";
import { DrawingCanvas, listenToKeys } from "./canvas/canvas.js";
import { acceptFiles, fillSamples } from "./canvas/pictures.js";
import { messages } from "./i18n/messages.js";
import { errorMessage, statusDetail, statusSentence, translate } from "./i18n/sentences.js";
import { Chart, timingsAndVersions } from "./views/chart.js";

/** @typedef {import("./api.js").Result} Result */
/** @typedef {import("./api.js").Choice} Choice */
/** @typedef {import("./api.js").Model} Model */
/** @typedef {import("./api.js").Prediction} Prediction */

const REQUEST_INTERVAL = 250; // milliseconds, so at most four requests a second
const WAITING_DELAY = 200; // milliseconds; a faster response needs no "Asking ..." before it
const COLD_START_DELAY = 1000; // milliseconds until the cold start is explained
const SETUP_DELAY = 1500; // milliseconds after loading, so that the service worker does not compete with the first view

const byId = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
translate();

/** @type {Map<Model, Chart>} */
const charts = new Map([
  ["tree", new Chart("tree")],
  ["mlp", new Chart("mlp")],
]);
const canvas = new DrawingCanvas(byId("canvas"), { onChange: drawingChanged, onFinish: drawingFinished });

/** @type {Map<Model, Prediction>} of the drawing as it was last sent */
const predictions = new Map();
/** @type {Result | undefined} */
let latest;
let isStale = true; // whether the drawing has changed since `latest`
let request = new AbortController(); // the latest; aborted by the next, and by every change of drawing or choice
let requestedAt = -REQUEST_INTERVAL; // milliseconds, of performance.now()
let isWarm = false; // whether the Lambda function has been started
/** @type {import("./views/explanation.js").Explanation | undefined} */
let explanation;

byId("charts").append(...[...charts.values()].map((chart) => chart.element));
byId("undo").addEventListener("click", () => canvas.undo());
byId("redo").addEventListener("click", () => canvas.redo());
byId("clear").addEventListener("click", () => canvas.clear());
restoreSwitch(byId("auto"));
byId("retry").addEventListener("click", predict);
byId("explain").addEventListener("click", toggleExplanation);
byId("predict-form").addEventListener("change", choiceChanged);
byId("predict-form").addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  predict();
});
listenToKeys(canvas);
acceptFiles(document.body, canvas, showError);
fillSamples(byId("samples"), canvas, showError);
drawingChanged();
byId("offline").addEventListener("toggle", showOfflineCopy, { once: true });
addEventListener("load", () => setTimeout(prepareOffline, SETUP_DELAY));

/**
 * Restore a switch from localStorage, and save its changes.
 * @param {HTMLInputElement} toggle
 */
function restoreSwitch(toggle) {
  try {
    toggle.checked = localStorage.getItem(toggle.id) !== "off";
    toggle.addEventListener("change", () => localStorage.setItem(toggle.id, toggle.checked ? "on" : "off"));
  } catch {
    // Storage is blocked: the switch starts on.
  }
}

/** Predict the current drawing, as soon as REQUEST_INTERVAL allows. */
async function predict() {
  const signal = restartRequest();
  if (canvas.isBlank) return showError(messages.blank);
  const [choice, drawing] = [selectedChoice(), canvas.toDataURL()];
  const timers = [
    setTimeout(() => showStatus(messages.waiting(messages.names[choice])), WAITING_DELAY),
    setTimeout(() => showStatus(messages.coldStart), COLD_START_DELAY),
  ];
  signal.addEventListener("abort", () => timers.forEach(clearTimeout));
  byId("prediction").ariaBusy = "true";
  try {
    await new Promise((resolve) => setTimeout(resolve, requestedAt + REQUEST_INTERVAL - performance.now()));
    signal.throwIfAborted();
    requestedAt = performance.now();
    const result = await predictWithFallback(choice, drawing, signal);
    signal.throwIfAborted();
    showResult(result);
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof PredictionError)) throw error;
    showError(errorMessage(error, choice), error.isRetryable);
  }
  timers.forEach(clearTimeout);
  byId("prediction").ariaBusy = "false";
}

/**
 * Predict on the server, or with the neural network saved in this browser when the server is unreachable.
 * @param {Choice} choice
 * @param {string} drawing a data URL
 * @param {AbortSignal} signal
 * @returns {Promise<Result>}
 */
async function predictWithFallback(choice, drawing, signal) {
  try {
    return await requestPredictions(choice, drawing, isExplaining(), signal);
  } catch (error) {
    const isUnreachable = error instanceof PredictionError && error.cause === "unreachable";
    if (signal.aborted || choice === "tree" || !isUnreachable) throw error;
    const predictor = await import("./local/predictor.js").catch(() => undefined);
    if (!(await predictor?.isSaved())) throw error;
    return /** @type {NonNullable<typeof predictor>} */ (predictor).predict(drawing);
  }
}

/** @param {Result} result */
function showResult(result) {
  if (isStale) predictions.clear();
  isStale = false;
  latest = result;
  for (const prediction of result.predictions) predictions.set(prediction.model, prediction);
  byId("input-image").src = result.input;
  byId("facts").replaceChildren(...timingsAndVersions(result));
  render();
}

function drawingChanged() {
  if (!canvas.isBlank) warmUp();
  isStale = true;
  if (canvas.isBlank) predictions.clear();
  byId("undo").ariaDisabled = String(!canvas.canUndo); // `disabled` would lose the focus
  byId("redo").ariaDisabled = String(!canvas.canRedo);
  byId("clear").ariaDisabled = String(canvas.isBlank);
  byId("hint").hidden = !canvas.isBlank;
  cancelRequest();
}

function drawingFinished() {
  if (byId("auto").checked) predict();
}

function choiceChanged() {
  cancelRequest();
  if (byId("auto").checked && needsPrediction()) predict();
}

function cancelRequest() {
  restartRequest();
  byId("prediction").ariaBusy = "false";
  render();
}

/** Register the service worker, and update the saved neural network if there is one. */
async function prepareOffline() {
  navigator.serviceWorker?.register("sw.js").catch(() => undefined); // fails in private windows; the page works without
  if (await globalThis.caches?.has("offline-model").catch(() => false)) {
    const { save } = await import("./local/predictor.js");
    await save().catch(() => undefined); // the saved version stays
  }
}

/** Start the Lambda function during the first stroke, which takes about as long as a cold start. */
function warmUp() {
  if (isWarm) return;
  isWarm = true;
  fetch("/api/health").catch(() => undefined); // the prediction request reports the same error
}

async function showOfflineCopy() {
  const { connectOfflineCopy } = await import("./views/offline_copy.js");
  connectOfflineCopy(byId("offline-button"), byId("offline-status"));
}

async function toggleExplanation() {
  try {
    const { Explanation } = await import("./views/explanation.js");
    explanation ??= new Explanation();
  } catch {
    return showError(messages.errors.unreachable);
  }
  byId("explanation").replaceChildren(explanation.element);
  byId("explain").ariaExpanded = String(!isExplaining());
  render();
  if (isExplaining() && needsPrediction()) await predict();
  if (isExplaining()) byId("explanation").scrollIntoView({ block: "nearest" });
}

/** Show the predictions of the selected models. */
function render() {
  const choice = selectedChoice();
  const shown = selectedModels().flatMap((model) => predictions.get(model) ?? []);
  charts.forEach((chart, model) => {
    chart.element.hidden = choice !== "both" && choice !== model;
    chart.show(predictions.get(model));
  });
  byId("prediction").classList.toggle("stale", isStale);
  byId("input").hidden = shown.length === 0;
  byId("explanation").hidden = !isExplaining() || shown.length === 0;
  if (latest && isExplaining()) explanation?.show({ ...latest, predictions: shown });
  const isComplete = !isStale && shown.length === (latest?.isOffline ? 1 : selectedModels().length);
  const pressPredict = byId("auto").checked ? "" : messages.pressPredict(messages.names[choice]);
  showStatus(isComplete ? statusSentence(shown) : canvas.isBlank ? messages.blank : pressPredict);
  const detail = () => (latest?.isOffline ? messages.offlineCopy.predictedHere : statusDetail(shown));
  byId("detail").textContent = isComplete ? detail() : "";
}

/** Whether a selected model's prediction, or its explanation if requested, is missing for this drawing. */
function needsPrediction() {
  const isMissing = (/** @type {Prediction | undefined} */ prediction) =>
    !prediction || (isExplaining() && !prediction.explanation);
  return !canvas.isBlank && (isStale || selectedModels().some((model) => isMissing(predictions.get(model))));
}

function isExplaining() {
  return byId("explain").ariaExpanded === "true";
}

/** Abort the open request, if any. Return the signal of the next. */
function restartRequest() {
  request.abort();
  request = new AbortController();
  return request.signal;
}

/** @returns {Choice} */
function selectedChoice() {
  return byId("predict-form").elements.choice.value;
}

/** @returns {Model[]} */
function selectedModels() {
  const choice = selectedChoice();
  return choice === "both" ? [...charts.keys()] : [choice];
}

/**
 * @param {string} message
 * @param {boolean} [isRetryable]
 */
function showError(message, isRetryable = false) {
  showStatus(""); // so that screen readers announce the same error again
  showStatus(message, true);
  byId("retry").hidden = !isRetryable;
  byId("detail").textContent = canvas.isBlank ? "" : messages.drawingSaved;
}

/**
 * @param {string} message
 * @param {boolean} [isError]
 */
function showStatus(message, isError = false) {
  byId("status").classList.toggle("problem", isError);
  byId("retry").hidden = true;
  if (byId("status").textContent !== message) byId("status").textContent = message; // announced once
}
