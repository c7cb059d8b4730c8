// An answer comes in; what it says goes out: a card for each model, with ten bars, and how long each step took.
import { duration, percent, words } from "../i18n/words.js";

/** @typedef {import("../api.js").Answer} Answer */
/** @typedef {import("../api.js").Model} Model */
/** @typedef {import("../api.js").Prediction} Prediction */

/** The card of one model. */
export class Chart {
  #digit = make("p", "digit");
  #bars = Array.from({ length: 10 }, (_, digit) => new Bar(digit));

  /** @param {Model} model */
  constructor(model) {
    const title = make("h2", "", words.page[model]);
    const list = make("ol", "bars");
    list.setAttribute("aria-label", words.chart(words.page[model]));
    list.setAttribute("role", "list"); // Safari drops it from lists without bullets
    list.append(...this.#bars.map((bar) => bar.element));
    this.element = make("article", `chart ${model}`);
    this.element.append(title, this.#digit, list);
    this.show(undefined);
  }

  /** @param {Prediction | undefined} prediction none: an empty chart, of the same size */
  show(prediction) {
    this.#digit.textContent = prediction ? String(prediction.digit) : "";
    this.#bars.forEach((bar, digit) => bar.show(prediction?.probabilities[digit], digit === prediction?.digit));
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
   * @param {boolean} isAnswer
   */
  show(probability, isAnswer) {
    this.element.classList.toggle("top", isAnswer);
    this.#fill.style.setProperty("--probability", String(probability ?? 0));
    this.#number.textContent = probability === undefined ? "" : percent(probability);
  }
}

/**
 * The milliseconds of each step, and the versions that answered: names and values for a description list.
 * @param {Answer} answer
 */
export function facts({ milliseconds, predictions }) {
  const times = Object.entries(milliseconds).map(([step, spent]) => [words.steps[step] ?? step, duration(spent)]);
  const versions = predictions.map(({ model, version }) => [words.page[model], version]);
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
