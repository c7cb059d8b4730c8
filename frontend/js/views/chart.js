// Bar chart of one model's ten probabilities, and the list of timings and model versions.
import { messages } from "../i18n/messages.js";
import { formatDuration, formatPercent } from "../i18n/sentences.js";

/** @typedef {import("../api.js").Result} Result */
/** @typedef {import("../api.js").Model} Model */
/** @typedef {import("../api.js").Prediction} Prediction */

/** The card of one model. */
export class Chart {
  #note = make("span", "note");
  #digit = make("p", "digit");
  #bars = Array.from({ length: 10 }, (_, digit) => new Bar(digit));

  /** @param {Model} model */
  constructor(model) {
    const title = make("h2", "", messages.page[model]);
    title.append(this.#note);
    const list = make("ol", "bars");
    list.setAttribute("aria-label", messages.chartLabel(messages.page[model]));
    list.setAttribute("role", "list"); // Safari drops the role of lists without bullets
    list.append(...this.#bars.map((bar) => bar.element));
    this.element = make("article", `chart ${model}`);
    this.element.append(title, this.#digit, list);
    this.show(undefined);
  }

  /**
   * @param {Prediction | undefined} prediction undefined: an empty chart of the same size
   * @param {boolean} [isPreview] whether this browser predicted it, until the server does
   */
  show(prediction, isPreview = false) {
    this.element.classList.toggle("preview", isPreview);
    setText(this.#note, isPreview ? messages.preview.note : "");
    setText(this.#digit, prediction ? String(prediction.digit) : "");
    this.#bars.forEach((bar, digit) => {
      bar.show(prediction?.probabilities[digit], digit === prediction?.digit);
    });
  }
}

class Bar {
  #fill = make("span", "fill");
  #number = make("span", "number");

  /** @param {number} digit */
  constructor(digit) {
    const track = make("span", "track");
    track.append(this.#fill);
    this.element = make("li", "");
    this.element.append(make("span", "label", String(digit)), track, this.#number);
  }

  /**
   * @param {number | undefined} probability 0..1
   * @param {boolean} isTop
   */
  show(probability, isTop) {
    this.element.classList.toggle("top", isTop);
    this.#fill.style.setProperty("--probability", (probability ?? 0).toFixed(3));
    setText(this.#number, probability === undefined ? "" : formatPercent(probability));
  }
}

/**
 * Change a text if it differs: the same text again would be laid out again, in each frame of a preview.
 * @param {Element} element
 * @param {string} text
 */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Return description list entries: the milliseconds of each step, and the version of each model.
 * @param {Result} result
 */
export function timingsAndVersions({ milliseconds, predictions }) {
  const times = Object.entries(milliseconds).map(([step, duration]) => [
    /** @type {Record<string, string>} */ (messages.steps)[step] ?? step,
    formatDuration(duration),
  ]);
  const versions = predictions.map(({ model, version }) => [messages.page[model], version]);
  return [...times, ...versions].map(([name, value]) => {
    const pair = make("div", "");
    pair.append(make("dt", "", name), make("dd", "", value));
    return pair;
  });
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} [text]
 */
function make(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
