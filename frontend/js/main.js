// The page: a drawing and a choice of models make a question; its answer fills the charts, and words say how it went.
import { ask, Failure } from "./api.js";
import { Chart, facts } from "./views/chart.js";
import { acceptFiles, fillSamples } from "./canvas/pictures.js";
import { listenToKeys, Sheet } from "./canvas/canvas.js";
import { detail, regret, translate, verdict, words } from "./i18n/words.js";

/** @typedef {import("./api.js").Answer} Answer */
/** @typedef {import("./api.js").Choice} Choice */
/** @typedef {import("./api.js").Model} Model */
/** @typedef {import("./api.js").Prediction} Prediction */

const PACE = 250; // milliseconds between questions, so at most four a second
const QUICK = 200; // milliseconds; an answer within them needs no "Asking ..." before it
const SLOW = 1000; // milliseconds; whoever waits longer wants to know why
const SETTLED = 1500; // milliseconds after loading; the page has all that it needs at first

const at = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
translate();

/** @type {Map<Model, Chart>} */
const charts = new Map([["tree", new Chart("tree")], ["mlp", new Chart("mlp")]]);
const sheet = new Sheet(at("sheet"), { changed: drawingChanged, finished: drawingFinished });

/** @type {Map<Model, Prediction>} what has been answered about the drawing as it was last sent */
const predictions = new Map();
/** @type {Answer | undefined} the latest */
let latest;
let isStale = true; // the drawing has changed since
let question = new AbortController(); // the latest; asking another, or changing this one, withdraws it
let asked = -PACE; // when the latest question went out
/** @type {Promise<unknown> | undefined} */
let waking;
/** @type {import("./views/explanation.js").Explanation | undefined} made when it is first wanted */
let explanation;

at("charts").append(...[...charts.values()].map((chart) => chart.element));
at("undo").addEventListener("click", () => sheet.undo());
at("redo").addEventListener("click", () => sheet.redo());
at("clear").addEventListener("click", () => sheet.clear());
remember(at("auto"));
at("again").addEventListener("click", predict);
at("explain").addEventListener("click", toggleExplanation);
at("question").addEventListener("change", choiceChanged);
at("question").addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  predict();
});
listenToKeys(sheet);
acceptFiles(document.body, sheet, complain);
fillSamples(at("samples"), sheet, complain);
drawingChanged();
at("offline").addEventListener("toggle", offerToKeep, { once: true });
addEventListener("load", () => setTimeout(prepare, SETTLED));

/**
 * Leave a switch as the person left it.
 * @param {HTMLInputElement} toggle
 */
function remember(toggle) {
  try {
    toggle.checked = localStorage.getItem(toggle.id) !== "off";
    toggle.addEventListener("change", () => localStorage.setItem(toggle.id, toggle.checked ? "on" : "off"));
  } catch {
    // A browser that stores nothing for this page begins with the switch on.
  }
}

/** Ask about the drawing as it is, as soon as the pace allows. */
async function predict() {
  const signal = withdraw();
  if (sheet.isBlank) return complain(words.blank);
  const [choice, drawing] = [chosen(), sheet.toDataURL()];
  const timers = [
    setTimeout(() => say(words.waiting(words.names[choice])), QUICK),
    setTimeout(() => say(words.waking), SLOW),
  ];
  signal.addEventListener("abort", () => timers.forEach(clearTimeout));
  at("answer").ariaBusy = "true";
  try {
    await new Promise((resolve) => setTimeout(resolve, asked + PACE - performance.now()));
    signal.throwIfAborted();
    asked = performance.now();
    const answer = await answerTo(choice, drawing, signal);
    signal.throwIfAborted();
    accept(answer);
  } catch (error) {
    if (signal.aborted) return; // a newer question has been asked
    if (!(error instanceof Failure)) throw error;
    complain(regret(error, choice), error.mayPass);
  }
  timers.forEach(clearTimeout);
  at("answer").ariaBusy = "false";
}

/**
 * Ask the server, or the network kept in this browser where the server cannot be reached.
 * @param {Choice} choice
 * @param {string} drawing a data URL
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function answerTo(choice, drawing, signal) {
  try {
    return await ask(choice, drawing, isExplaining(), signal);
  } catch (failure) {
    if (signal.aborted || choice === "tree" || failure.cause !== "unreachable") throw failure;
    const offline = await import("./local/predictor.js").catch(() => undefined);
    if (!(await offline?.isKept())) throw failure;
    return offline.answer(drawing);
  }
}

/** @param {Answer} answer */
function accept(answer) {
  if (isStale) predictions.clear();
  isStale = false;
  latest = answer;
  answer.predictions.forEach((prediction) => predictions.set(prediction.model, prediction));
  at("seen").src = answer.input;
  at("facts").replaceChildren(...facts(answer));
  show();
}

function drawingChanged() {
  if (!sheet.isBlank) wake();
  isStale = true;
  if (sheet.isBlank) predictions.clear();
  at("undo").ariaDisabled = String(!sheet.canUndo); // and not disabled, which would lose the focus of who presses it
  at("redo").ariaDisabled = String(!sheet.canRedo);
  at("clear").ariaDisabled = String(sheet.isBlank);
  at("hint").hidden = !sheet.isBlank;
  questionChanged();
}

function drawingFinished() {
  if (at("auto").checked) predict();
}

function choiceChanged() {
  questionChanged();
  if (at("auto").checked && isWanting()) predict();
}

function questionChanged() {
  withdraw();
  at("answer").ariaBusy = "false";
  show();
}

/** Prepare for a time without a network: keep the page and, where a person keeps the network, its current version. */
async function prepare() {
  navigator.serviceWorker?.register("sw.js").catch(() => undefined); // a private window, say: nothing else is missed
  if (await globalThis.caches?.has("network").catch(() => false)) {
    const { keep } = await import("./local/predictor.js");
    await keep().catch(() => undefined); // what is kept stays
  }
}

/** Start the function while the first stroke is drawn: a cold start takes about as long. */
function wake() {
  waking ??= fetch("/api/health").catch(() => undefined); // what fails here fails again, and is said, when it matters
}

async function offerToKeep() {
  const { offer } = await import("./views/offline_copy.js");
  offer(at("keep"), at("kept"));
}

async function toggleExplanation() {
  try {
    const { Explanation } = await import("./views/explanation.js");
    explanation ??= new Explanation();
  } catch {
    return complain(words.failure.unreachable);
  }
  at("explanation").replaceChildren(explanation.element);
  at("explain").ariaExpanded = String(!isExplaining());
  show();
  if (isExplaining() && isWanting()) await predict();
  if (isExplaining()) at("explanation").scrollIntoView({ block: "nearest" });
}

/** Show all that is known for the present choice. */
function show() {
  const choice = chosen();
  const known = models().flatMap((model) => predictions.get(model) ?? []);
  charts.forEach((chart, model) => {
    chart.element.hidden = choice !== "both" && choice !== model;
    chart.show(predictions.get(model));
  });
  at("answer").classList.toggle("stale", isStale);
  at("proof").hidden = known.length === 0;
  at("explanation").hidden = !isExplaining() || known.length === 0;
  if (latest && isExplaining()) explanation?.show({ ...latest, predictions: known });
  const isAnswered = !isStale && known.length === (latest?.isOffline ? 1 : models().length);
  const invitation = sheet.isBlank ? words.blank : at("auto").checked ? "" : words.invitation(words.names[choice]);
  say(isAnswered ? verdict(known) : invitation);
  at("detail").textContent = !isAnswered ? "" : latest?.isOffline ? words.keep.here : detail(known);
}

/** Whether what is drawn has not been answered, or explained, by all that are asked. */
function isWanting() {
  const isMissing = (/** @type {Prediction | undefined} */ known) => !known || (isExplaining() && !known.explanation);
  return !sheet.isBlank && (isStale || models().some((model) => isMissing(predictions.get(model))));
}

function isExplaining() {
  return at("explain").ariaExpanded === "true";
}

/** Abort the question that is open, if any, and open another. */
function withdraw() {
  question.abort();
  question = new AbortController();
  return question.signal;
}

/** @returns {Choice} */
function chosen() {
  return at("question").elements.choice.value;
}

/** @returns {Model[]} */
function models() {
  const choice = chosen();
  return choice === "both" ? [...charts.keys()] : [choice];
}

/**
 * @param {string} problem
 * @param {boolean} [mayPass] so that the same question is worth another try
 */
function complain(problem, mayPass = false) {
  say(""); // the same problem again is news, too
  say(problem, true);
  at("again").hidden = !mayPass;
  at("detail").textContent = sheet.isBlank ? "" : words.kept;
}

/**
 * @param {string} sentence
 * @param {boolean} [isProblem]
 */
function say(sentence, isProblem = false) {
  at("status").classList.toggle("problem", isProblem);
  at("again").hidden = true;
  if (at("status").textContent !== sentence) at("status").textContent = sentence; // said once by a screen reader
}
