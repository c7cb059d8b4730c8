// Explanation panels: the tree's decision path, and the neural network's attribution of each pixel.
import { language, messages } from "../i18n/messages.js";
import { formatPercent, percentInWords } from "../i18n/sentences.js";
import { make, svg } from "./elements.js";
import { PathDiagram } from "./path_diagram.js";

/** @typedef {import("../api.js").Result} Result */
/** @typedef {import("../api.js").Prediction} Prediction */
/** @typedef {import("../api.js").TreeStep} TreeStep */
/** @typedef {import("../api.js").TreeExplanation} TreeExplanation */
/** @typedef {import("../api.js").MlpExplanation} MlpExplanation */

const PLAY_INTERVAL = 500; // milliseconds for each step
const PIXEL = 10; // SVG units for each pixel; browsers render letters smaller than one unit badly
const SIGN_THRESHOLD = 0.3; // of the strongest pixel; more than that shows its sign

const texts = messages.explanation;

/** One panel for each model. */
export class Explanation {
  #panels = { tree: new TreePath(), mlp: new Attribution() };
  #offline = make("p", { textContent: texts.offline });
  element = make(
    "div",
    { className: "explanations" },
    this.#panels.tree.element,
    this.#panels.mlp.element,
    this.#offline,
  );
  /** @type {Record<string, Prediction>} a panel keeps its step until there is another prediction */
  #shown = {};

  /** @param {Result} result */
  show({ input, predictions, isOffline }) {
    this.#offline.hidden = !isOffline;
    for (const [model, panel] of Object.entries(this.#panels)) {
      const prediction = predictions.find((each) => each.model === model && each.explanation);
      panel.element.hidden = !prediction;
      if (!prediction || prediction === this.#shown[model]) continue;
      this.#shown[model] = prediction;
      /** @type {Element} */ (panel.element.querySelector("h2")).textContent = texts.title(
        messages.names[prediction.model],
        prediction.digit,
      );
      panel.show(prediction, input);
    }
  }
}

/** The comparisons of the tree, from the root to the leaf, with a player. */
class TreePath {
  #seen = pixels(texts.treeInput);
  #input = pixels(texts.inDrawing);
  #columns = make(
    "div",
    { className: "columns", role: "img" },
    ...Array.from("0123456789", (digit) => make("div", {}, digit)),
  );
  #back = make("button", { type: "button", onclick: () => this.#goTo(this.#current - 1, "polite") }, texts.back);
  #play = make("button", { type: "button", onclick: () => this.#togglePlay() });
  #next = make("button", { type: "button", onclick: () => this.#goTo(this.#current + 1, "polite") }, texts.next);
  #slider = make("input", {
    type: "range",
    min: "1",
    "aria-label": texts.slider,
    oninput: () => this.#goTo(this.#slider.valueAsNumber),
  });
  #sentence = make("p", { className: "step" });
  #diagram = new PathDiagram();
  #summary = make("summary");
  #list = make("ol");
  element = panel(
    this.#seen.element,
    [this.#input.element, this.#columns],
    this.#sentence,
    this.#diagram.element,
    make("div", { className: "player" }, this.#back, this.#play, this.#next, this.#slider),
    make("details", {}, this.#summary, this.#list),
  );
  #timer = 0; // of the player
  #current = 1; // step, from 1
  /** @type {TreeStep[]} */
  #steps = [];

  /**
   * @param {Prediction} prediction
   * @param {string} input a data URL
   */
  show({ digit, explanation }, input) {
    const { seen, path } = /** @type {TreeExplanation} */ (explanation);
    this.#seen.image.src = seen;
    this.#input.image.src = input;
    this.#steps = path;
    this.#slider.max = String(path.length);
    this.#summary.textContent = texts.allSteps(path.length);
    this.#list.replaceChildren(...path.map((step) => make("li", {}, describeStep(step))));
    this.#diagram.draw(path, digit);
    this.#goTo(1, "off", !matchMedia("(prefers-reduced-motion: reduce)").matches);
  }

  #togglePlay() {
    this.#goTo(this.#current === this.#steps.length ? 1 : this.#current, "off", !this.#timer);
  }

  /**
   * @param {number} step
   * @param {string} [live] aria-live; off while playing, or screen readers would announce every step
   * @param {boolean} [isPlaying]
   */
  #goTo(step, live = "off", isPlaying = false) {
    const count = this.#steps.length;
    const current = Math.min(Math.max(step, 1), count);
    clearTimeout(this.#timer);
    const playNext = () => this.#goTo(current + 1, live, true);
    this.#timer = isPlaying && current < count ? setTimeout(playNext, PLAY_INTERVAL) : 0;
    this.#current = current;
    this.#showPlayer(live);
    this.#showProbabilities(this.#steps[current - 1].probabilities);
    this.#showMarks();
  }

  /** @param {string} live */
  #showPlayer(live) {
    const [current, count] = [this.#current, this.#steps.length];
    const sentence = `${texts.step(current, count)} ${describeStep(this.#steps[current - 1])}`;
    this.#play.textContent = this.#timer ? texts.pause : texts.play;
    this.#sentence.setAttribute("aria-live", live);
    this.#sentence.textContent = sentence;
    this.#slider.setAttribute("aria-valuetext", sentence);
    this.#slider.value = String(current);
    this.#back.setAttribute("aria-disabled", String(current === 1)); // `disabled` would lose the focus
    this.#next.setAttribute("aria-disabled", String(current === count));
    this.#diagram.show(current);
  }

  /** @param {number[]} probabilities */
  #showProbabilities(probabilities) {
    const list = probabilities.map((probability, digit) => `${digit}: ${formatPercent(probability)}`);
    this.#columns.setAttribute("aria-label", texts.probabilities(list.join(", ")));
    probabilities.forEach((probability, digit) => {
      const column = /** @type {HTMLElement} */ (this.#columns.children[digit]);
      column.style.setProperty("--probability", String(probability));
      column.classList.toggle("top", probability === Math.max(...probabilities));
    });
  }

  #showMarks() {
    const steps = this.#steps.slice(0, this.#current);
    const marks = steps.flatMap(({ row, column }) => {
      const isHere = (/** @type {TreeStep} */ step) => step.row === row && step.column === column;
      const numbers = steps.flatMap((step, index) => (isHere(step) ? [index + 1] : [])); // a pixel may be asked twice
      return [square(row, column, "compared"), label(row, column, numbers.join("·"))];
    });
    const { row, column, position } = steps[steps.length - 1];
    this.#seen.marks.replaceChildren(...marks, ...ring(row, column, 0.15));
    this.#input.marks.replaceChildren(...ring(position[0], position[1], 1));
  }
}

/** The attribution of each pixel to the neural network's prediction. */
class Attribution {
  #heatmap = pixels(texts.heatmap);
  #seen = pixels(texts.deskewed);
  #for = make("li");
  #against = make("li", { className: "against" });
  #sentence = make("p");
  element = panel(
    this.#heatmap.element,
    [this.#seen.element],
    make("ul", { className: "legend" }, this.#for, this.#against),
    this.#sentence,
  );

  /**
   * @param {Prediction} prediction
   * @param {string} input a data URL
   */
  show({ digit, explanation }, input) {
    const { seen, attribution, runner_up: other, score } = /** @type {MlpExplanation} */ (explanation);
    const ratio = Math.exp(score);
    const times =
      ratio > 1e6 ? texts.million : texts.times(ratio.toLocaleString(language, { maximumSignificantDigits: 2 }));
    this.#heatmap.image.className = "faded";
    this.#heatmap.image.src = input;
    this.#heatmap.marks.replaceChildren(...heatmap(attribution));
    this.#seen.image.src = seen;
    this.#for.textContent = texts.evidence(digit, other);
    this.#against.textContent = texts.evidence(other, digit);
    this.#sentence.textContent = `${texts.likelier(digit, times, other)} ${describeRegions(attribution)}`;
  }
}

/**
 * Describe the comparison of a step and its outcome.
 * @param {TreeStep} step
 */
function describeStep({ row, column, threshold, value, side, probabilities }) {
  const top = Math.max(...probabilities);
  const comparison = texts.comparison(row + 1, column + 1, Math.floor(threshold), value, side === "high"); // values are integers
  return `${comparison} ${texts.outcome(probabilities.indexOf(top), percentInWords(top))}`;
}

/**
 * Describe which of nine regions contributes most for the digit, and which most against it.
 * @param {number[][]} attribution
 */
function describeRegions(attribution) {
  const third = (/** @type {number} */ index) => Number(index > 10) + Number(index > 17); // a digit fills pixels 4 to 23
  const sums = Array(9).fill(0);
  attribution.forEach((row, y) => {
    row.forEach((value, x) => {
      sums[third(y) * 3 + third(x)] += value;
    });
  });
  const [most, least] = [Math.max(...sums), Math.min(...sums)];
  const against = least < 0 ? texts.strongestAgainst(texts.regions[sums.indexOf(least)]) : texts.noneAgainst;
  return `${texts.strongestFor(texts.regions[sums.indexOf(most)])} ${against}`;
}

/**
 * Make a square for each pixel that contributes, the more opaque the more it contributes.
 * @param {number[][]} attribution
 */
function heatmap(attribution) {
  const strongest = Math.max(...attribution.flat().map(Math.abs));
  return attribution.flatMap((row, y) =>
    row.flatMap((value, x) => {
      if (value === 0) return [];
      const mark = square(y, x, value > 0 ? "for" : "against", 0, Math.sqrt(Math.abs(value) / strongest));
      const hasSign = Math.abs(value) > SIGN_THRESHOLD * strongest;
      return hasSign ? [mark, label(y, x, value > 0 ? "+" : "−")] : [mark];
    }),
  );
}

/**
 * @param {number} row
 * @param {number} column
 * @param {string} text
 */
function label(row, column, text) {
  /** @type {Record<string, string | number>} */
  const fitted = text.length > 2 ? { textLength: PIXEL - 1, lengthAdjust: "spacingAndGlyphs" } : {};
  return svg("text", { x: column * PIXEL + PIXEL / 2, y: row * PIXEL + PIXEL / 2, ...fitted }, text);
}

/**
 * Make two squares around a pixel, light on dark, visible on ink and on paper.
 * @param {number} row
 * @param {number} column
 * @param {number} margin pixels
 */
function ring(row, column, margin) {
  return ["outline", "current"].map((name) => square(row, column, name, margin));
}

/**
 * @param {number} row
 * @param {number} column
 * @param {string} name
 * @param {number} [margin] pixels on each side
 * @param {number} [opacity]
 */
function square(row, column, name, margin = 0, opacity = 1) {
  const [x, y, width] = [column - margin, row - margin, 1 + 2 * margin].map((pixels) => pixels * PIXEL);
  return svg("rect", { x, y, width, height: width, class: name, "fill-opacity": opacity });
}

/** @param {string} caption of a picture with marks on it */
function pixels(caption) {
  const marks = svg("svg", { "aria-hidden": true });
  const image = make("img", { alt: "" }); // described by the panel's text
  image.onload = () =>
    marks.setAttribute("viewBox", `0 0 ${image.naturalWidth * PIXEL} ${image.naturalHeight * PIXEL}`);
  const figcaption = make("figcaption", { className: "caption" }, caption);
  return { element: make("figure", {}, make("div", {}, image, marks), figcaption), image, marks };
}

/**
 * @param {Element} large
 * @param {Element[]} small
 * @param {...Element} text
 */
function panel(large, small, ...text) {
  const parts = [make("h2"), large, make("div", { className: "small" }, ...small), make("div", {}, ...text)];
  return make("section", { className: "explanation-panel" }, make("div", {}, ...parts));
}
