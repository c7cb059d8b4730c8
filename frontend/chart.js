// A prediction comes in; a card goes out: the answer large, and ten bars with their numbers.
import { TITLES, percent } from "./words.js";

/** @typedef {import("./api.js").Model} Model */
/** @typedef {import("./api.js").Prediction} Prediction */

/** The card of one model. */
export class Chart {
  #digit = make("p", "digit");
  #bars = Array.from({ length: 10 }, (_, digit) => new Bar(digit));

  /** @param {Model} model */
  constructor(model) {
    const title = make("h2", "", TITLES[model]);
    const list = make("ol", "bars");
    list.setAttribute("aria-label", `Probability of each digit, ${TITLES[model]}`);
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
