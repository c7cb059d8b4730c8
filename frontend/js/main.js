// Entry point of the page: connects the canvas, the API and the views.
import { PredictionError, requestPredictions } from "./api.js";
import { DrawingCanvas, listenToKeys } from "./canvas/canvas.js";
import { acceptFiles, fillSamples } from "./canvas/pictures.js";
import { chosenLanguage, language, messages } from "./i18n/messages.js";
import { errorMessage, notOneDigitSentence, statusDetail, statusSentence, translate } from "./i18n/sentences.js";
import { Chart, timingsAndVersions } from "./views/chart.js";

/** @typedef {import("./api.js").Result} Result */
/** @typedef {import("./api.js").Choice} Choice */
/** @typedef {import("./api.js").Model} Model */
/** @typedef {import("./api.js").Prediction} Prediction */

const REQUEST_INTERVAL = 250; // milliseconds, so at most four requests a second
const WAITING_DELAY = 200; // milliseconds; a faster response needs no "Asking ..." before it
const COLD_START_DELAY = 1000; // milliseconds until the cold start is explained
const DEMONSTRATION_DELAY = 1500; // milliseconds after loading until an untouched page draws an example
const SETUP_DELAY = 1500; // milliseconds after loading, so that the service worker does not compete with the first view

const byId = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
const main = /** @type {HTMLElement} */ (document.querySelector("main"));
translate();

/** @type {Map<Model, Chart>} */
const charts = new Map([
  ["tree", new Chart("tree")],
  ["mlp", new Chart("mlp")],
]);
const canvas = new DrawingCanvas(byId("canvas"), {
  onChange: drawingChanged,
  onPaint: drawingPainted,
  onFinish: drawingFinished,
});

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
/** @type {import("./views/play.js").Play | undefined} */
let play;
/** @type {import("./views/preview.js").Preview | undefined} */
let preview;
/** @type {Promise<void> | undefined} */
let loadingPreview;
/** @type {import("./views/inside.js").NetworkPicture | undefined} */
let networkPicture;

byId("charts").append(...[...charts.values()].map((chart) => chart.element));
byId("canvas").addEventListener("pointerenter", loadPreview, { once: true });
byId("undo").addEventListener("click", () => canvas.undo());
byId("redo").addEventListener("click", () => canvas.redo());
byId("clear").addEventListener("click", () => canvas.clear());
restoreSwitch(byId("auto"));
byId("language").value = language;
byId("language").parentElement.hidden = chosenLanguage === undefined;
byId("language").addEventListener("change", changeLanguage);
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
byId("inside").addEventListener("toggle", showInside);
byId("offline").addEventListener("toggle", showOfflineCopy, { once: true });
addEventListener("load", () => setTimeout(prepareOffline, SETUP_DELAY));
addEventListener("load", () => setTimeout(showExample, DEMONSTRATION_DELAY));
addEventListener("hashchange", openLink);
openLink();

/** Redraw the strokes of a shared link. The next change of the drawing removes them from the address. */
async function openLink() {
  const { hash } = location;
  if (!hash) return;
  const { decodeStrokes } = await import("./canvas/link.js");
  const strokes = decodeStrokes(hash);
  if (strokes.length === 0) return;
  canvas.load(strokes);
  history.replaceState(null, "", hash);
}

/** Save the chosen language, and reload the page with the strokes in its address. */
async function changeLanguage() {
  localStorage.setItem("language", byId("language").value);
  const { encodeStrokes } = await import("./canvas/link.js");
  if (canvas.strokes.length && !canvas.isExample) history.replaceState(null, "", encodeStrokes(canvas.strokes));
  location.reload();
}

async function showExample() {
  if (!canvas.isUntouched) return;
  const { demonstrate } = await import("./canvas/demonstration.js");
  demonstrate(canvas, drawingFinished);
}

/** Show the controls for sharing and playing below a complete answer. */
async function showPlay() {
  const view = await import("./views/play.js").catch(() => undefined); // the page works without
  if (!view || isStale || !latest) return;
  play ??= new view.Play(canvas);
  byId("play").replaceChildren(play.element);
  byId("play").hidden = false;
  play.show(latest);
}

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
  const choice = selectedChoice();
  const timers = [
    setTimeout(() => showWaiting(messages.waiting(messages.names[choice])), WAITING_DELAY),
    setTimeout(() => showWaiting(messages.coldStart), COLD_START_DELAY),
  ];
  signal.addEventListener("abort", () => timers.forEach(clearTimeout));
  byId("prediction").setAttribute("aria-busy", "true");
  try {
    const drawing = canvas.toDataURL();
    await new Promise((resolve) => setTimeout(resolve, requestedAt + REQUEST_INTERVAL - performance.now()));
    signal.throwIfAborted();
    requestedAt = performance.now();
    const result = await predictWithFallback(choice, drawing, signal);
    signal.throwIfAborted();
    showResult(result);
  } catch (error) {
    if (signal.aborted) return;
    const isExpected = error instanceof PredictionError;
    showError(isExpected ? errorMessage(error, choice) : messages.errors.page, isExpected && error.isRetryable);
    if (!isExpected) throw error;
  } finally {
    timers.forEach(clearTimeout);
    if (!signal.aborted) byId("prediction").setAttribute("aria-busy", "false"); // otherwise the next request decides
  }
}

/**
 * Predict on the server, or in this browser when the server is unreachable: with the saved models, or the preview's.
 * @param {Choice} choice
 * @param {string} drawing a data URL
 * @param {AbortSignal} signal
 * @returns {Promise<Result>}
 */
async function predictWithFallback(choice, drawing, signal) {
  try {
    return await requestPredictions(choice, drawing, isExplaining(), signal);
  } catch (error) {
    const isDisconnected = error instanceof PredictionError && ["unreachable", "interrupted"].includes(error.cause);
    if (signal.aborted || !isDisconnected) throw error;
    const predictor = await import("./local/predictor.js").catch(() => undefined);
    if (predictor && (await predictor.isSaved())) return predictor.predict(choice, drawing);
    if (choice === "tree") throw error;
    await loadPreview();
    if (!preview) throw error;
    return preview.predict(drawing);
  }
}

/** Load the network that answers while one draws. Without it the server answers at the end of each stroke. */
function loadPreview() {
  loadingPreview ??= startPreview();
  return loadingPreview;
}

async function startPreview() {
  try {
    const { Preview, loadNetwork } = await import("./views/preview.js");
    preview = new Preview(await loadNetwork(), canvas, showPreview);
    drawingPainted();
  } catch {
    loadingPreview = undefined; // the next stroke tries again
  }
}

function drawingPainted() {
  const isShown = isStale && byId("auto").checked && selectedChoice() !== "tree";
  if (isShown && canvas.strokes.length > 0 && !canvas.isExample) preview?.update();
}

function showPreview() {
  if (isStale) charts.get("mlp")?.show(preview?.prediction, true);
  if (byId("inside").open) networkPicture?.show(preview?.answer);
}

/** Show the preview network's units, of strokes as they are drawn and of a picture once it is answered. */
async function showInside() {
  if (!byId("inside").open) return;
  const view = await import("./views/inside.js").catch(() => undefined);
  await loadPreview();
  if (!view || !preview) return showError(messages.errors.notLoaded);
  networkPicture ??= new view.NetworkPicture();
  byId("inside").append(networkPicture.element);
  const isPicture = canvas.strokes.length === 0 && !canvas.isBlank;
  networkPicture.show(isPicture ? await preview.readPicture(canvas.toDataURL()) : preview.answer);
}

/** @returns {Prediction | undefined} this browser's answer, until the server's is there */
function shownPreview() {
  return isStale && selectedChoice() !== "tree" ? preview?.prediction : undefined;
}

/** @param {string} message unless there is a preview to show meanwhile */
function showWaiting(message) {
  const prediction = shownPreview();
  showStatus(prediction ? messages.preview.waiting(prediction.digit) : message);
}

/** @param {Result} result */
function showResult(result) {
  if (isStale) predictions.clear();
  main.style.minBlockSize = "";
  isStale = false;
  latest = result;
  for (const prediction of result.predictions) predictions.set(prediction.model, prediction);
  byId("input-image").src = result.input;
  byId("facts").replaceChildren(...timingsAndVersions(result));
  render();
  showInside();
}

function drawingChanged() {
  if (!canvas.isBlank) warmUp();
  if (!canvas.isBlank && !canvas.isExample) loadPreview();
  if (canvas.strokes.length === 0) preview?.clear();
  if (canvas.isBlank) showInside();
  isStale = true;
  if (location.hash && !canvas.isUntouched) history.replaceState(null, "", location.pathname + location.search);
  if (canvas.isBlank) predictions.clear();
  if (canvas.isBlank && latest) main.style.minBlockSize = `${main.offsetHeight}px`; // a shorter page would scroll
  byId("undo").setAttribute("aria-disabled", String(!canvas.canUndo)); // `disabled` would lose the focus
  byId("redo").setAttribute("aria-disabled", String(!canvas.canRedo));
  byId("clear").setAttribute("aria-disabled", String(canvas.isBlank));
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
  byId("prediction").setAttribute("aria-busy", "false");
  render();
}

/** Register the service worker, and update the saved models if there are any. */
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
  const view = await import("./views/explanation.js").catch(() => undefined);
  if (!view) return showError(messages.errors.notLoaded);
  explanation ??= new view.Explanation();
  byId("explanation").replaceChildren(explanation.element);
  byId("explain").setAttribute("aria-expanded", String(!isExplaining()));
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
    const prediction = model === "mlp" ? shownPreview() : undefined;
    chart.show(prediction ?? predictions.get(model), Boolean(prediction));
  });
  byId("prediction").classList.toggle("stale", isStale);
  byId("predict").hidden = byId("auto").checked;
  byId("input").hidden = shown.length === 0;
  byId("explanation").hidden = !isExplaining() || shown.length === 0;
  if (latest && isExplaining()) explanation?.show({ ...latest, predictions: shown });
  const isComplete = !isStale && (latest?.isOffline ? shown.length > 0 : shown.length === selectedModels().length);
  const isOld = !isComplete && shown.length > 0 && byId("auto").checked; // the verdict stays until the next
  const pressPredict = byId("auto").checked ? "" : messages.pressPredict;
  const isShown = isComplete || isOld;
  showStatus(isShown ? statusSentence(shown) : canvas.isBlank ? messages.blank : pressPredict);
  byId("retry").hidden = !(isComplete && latest?.isOffline);
  byId("play").hidden = !isComplete;
  if (isComplete) showPlay();
  byId("detail").textContent = isComplete ? detail(shown) : isOld ? statusDetail(shown) : "";
  for (const id of ["status", "detail"]) byId(id).classList.toggle("old", isOld);
  setText("notice", isComplete ? notOneDigitSentence(latest) : "");
}

/**
 * Describe a complete answer: its confidence, the sample's true digit, and what was computed in this browser.
 * @param {Prediction[]} shown
 */
function detail(shown) {
  const { predictedHere, treeMissing } = messages.offlineCopy;
  const isTreeMissing = selectedChoice() === "both" && shown.length === 1;
  const where = latest?.isOffline ? [predictedHere, ...(isTreeMissing ? [treeMissing] : [])] : [];
  const written = canvas.label === undefined ? [] : [messages.pictures.written(canvas.label)];
  return [statusDetail(shown), ...written, ...where].join(" ");
}

/** Whether a selected model's prediction, or its explanation if requested, is missing for this drawing. */
function needsPrediction() {
  const isMissing = (/** @type {Prediction | undefined} */ prediction) =>
    !prediction || (isExplaining() && !prediction.explanation);
  return !canvas.isBlank && (isStale || selectedModels().some((model) => isMissing(predictions.get(model))));
}

function isExplaining() {
  return byId("explain").getAttribute("aria-expanded") === "true";
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
  const prediction = shownPreview();
  setText("notice", prediction ? messages.preview.stays(prediction.digit) : "");
}

/**
 * @param {string} message
 * @param {boolean} [isError]
 */
function showStatus(message, isError = false) {
  byId("status").classList.toggle("problem", isError);
  byId("status").classList.remove("old");
  byId("retry").hidden = true;
  setText("status", message);
}

/**
 * Set the text of a live region, so that it is announced once.
 * @param {string} id
 * @param {string} text
 */
function setText(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}
