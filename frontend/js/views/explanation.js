// Explained answers come in; panels that show why go out: the tree's questions, what the ink says to the network.
import { inWords, language, percent, words } from "../i18n/words.js";

/** @typedef {import("../api.js").Answer} Answer */
/** @typedef {import("../api.js").Prediction} Prediction */
/** @typedef {Record<string, number> & {side: string, position: number[], probabilities: number[]}} Step see docs/openapi.json */

const PACE = 500; // milliseconds for each question that is played
const CELL = 10; // units for each pixel; browsers spoil letters smaller than one
const TELLING = 0.3; // of the strongest pixel; more than that bears a sign

const said = words.explanation;

/** Why the models answer as they do: one panel for each. */
export class Explanation {
  #panels = { tree: new Path(), mlp: new Evidence() };
  #excuse = make("p", { textContent: said.offline });
  element = make("div", { className: "reasons" }, this.#panels.tree.element, this.#panels.mlp.element, this.#excuse);
  /** @type {Record<string, Prediction>} each stays as the person left it until there is another */
  #shown = {};

  /** @param {Answer} answer */
  show({ input, predictions, isOffline }) {
    this.#excuse.hidden = !isOffline;
    for (const [model, panel] of Object.entries(this.#panels)) {
      const prediction = predictions.find((of) => of.model === model && of.explanation);
      panel.element.hidden = !prediction;
      if (!prediction || prediction === this.#shown[model]) continue;
      this.#shown[model] = prediction;
      panel.element.querySelector("h2").textContent = said.title(words.names[model], prediction.digit);
      panel.show(prediction, input);
    }
  }
}

/** The tree's questions, from its root to the leaf that answers. */
class Path {
  #seen = pixels(said.pixels);
  #input = pixels(said.here);
  #columns = make("div", { className: "columns", role: "img" }, ...Array.from("0123456789", (digit) => make("div", {}, digit)));
  #back = make("button", { type: "button", onclick: () => this.#turnTo(this.#asked - 1, "polite") }, said.back);
  #play = make("button", {
    type: "button",
    onclick: () => this.#turnTo(this.#asked === this.#steps.length ? 1 : this.#asked, "off", !this.#timer),
  });
  #next = make("button", { type: "button", onclick: () => this.#turnTo(this.#asked + 1, "polite") }, said.next);
  #slider = make("input", { type: "range", min: 1, ariaLabel: said.slider, oninput: () => this.#turnTo(this.#slider.valueAsNumber) });
  #sentence = make("p", { className: "step" });
  #summary = make("summary");
  #list = make("ol");
  element = panel(
    this.#seen.element,
    [this.#input.element, this.#columns],
    make("div", { className: "player" }, this.#back, this.#play, this.#next, this.#slider),
    this.#sentence,
    make("details", {}, this.#summary, this.#list),
  );
  #timer = 0; // of what is played
  #asked = 1; // questions
  /** @type {Step[]} */
  #steps = [];

  /** @type {(prediction: Prediction, input: string) => void} */
  show({ explanation: { seen, path } }, input) {
    this.#seen.image.src = seen;
    this.#input.image.src = input;
    this.#steps = path;
    this.#slider.max = path.length;
    this.#summary.textContent = said.all(path.length);
    this.#list.replaceChildren(...path.map((/** @type {Step} */ step) => make("li", {}, told(step))));
    this.#turnTo(path.length);
  }

  /** @type {(to: number, live?: string, isPlaying?: boolean) => void} live: whether it is said; a player would chatter */
  #turnTo(to, live = "off", isPlaying = false) {
    const count = this.#steps.length;
    const asked = Math.min(Math.max(to, 1), count);
    clearTimeout(this.#timer);
    this.#timer = isPlaying && asked < count ? setTimeout(() => this.#turnTo(asked + 1, live, true), PACE) : 0;
    this.#play.textContent = this.#timer ? said.pause : said.play;
    this.#asked = asked;
    const now = this.#steps[asked - 1];
    this.#sentence.ariaLive = live;
    this.#sentence.textContent = this.#slider.ariaValueText = `${said.question(asked, count)} ${told(now)}`;
    this.#slider.value = asked;
    this.#back.ariaDisabled = asked === 1; // not disabled, which would drop the focus
    this.#next.ariaDisabled = asked === count;
    this.#showShares(now.probabilities);
    const numbers = this.#steps.slice(0, asked).map(({ row, column }, place) => [
      row * 28 + column,
      [square(row, column, "asked"), letters(row, column, place + 1)],
    ]);
    const last = [...new Map(numbers).values()].flat(); // of each pixel: some are asked twice
    this.#seen.marks.replaceChildren(...last, ...ring(now.row, now.column, 0.15));
    this.#input.marks.replaceChildren(...ring(now.position[0], now.position[1], 1));
  }

  /** @param {number[]} shares */
  #showShares(shares) {
    this.#columns.ariaLabel = said.shares(shares.map((share, digit) => `${digit}: ${percent(share)}`).join(", "));
    shares.forEach((share, digit) => {
      const column = this.#columns.children[digit];
      column.style.setProperty("--probability", share);
      column.classList.toggle("top", share === Math.max(...shares));
    });
  }
}

/** What each pixel of the ink said to the network. */
class Evidence {
  #heat = pixels(said.heat);
  #seen = pixels(said.straight);
  #for = make("li");
  #against = make("li", { className: "against" });
  #sentence = make("p");
  element = panel(
    this.#heat.element,
    [this.#seen.element],
    make("ul", { className: "legend" }, this.#for, this.#against),
    this.#sentence,
  );

  /** @type {(prediction: Prediction, input: string) => void} */
  show({ digit, explanation: { seen, attribution, runner_up: other, score } }, input) {
    const times = Math.exp(score);
    const likelier = times > 1e6 ? said.million : said.times(times.toLocaleString(language, { maximumSignificantDigits: 2 }));
    this.#heat.image.src = input;
    this.#heat.marks.replaceChildren(...heat(attribution));
    this.#seen.image.src = seen;
    this.#for.textContent = said.speaks(digit, other);
    this.#against.textContent = said.speaks(other, digit);
    this.#sentence.textContent = `${said.likelier(digit, likelier, other)} ${places(attribution)}`;
  }
}

/** @param {Step} step what was asked, and what came of it, in words */
function told({ row, column, threshold, value, side, samples, probabilities }) {
  const share = Math.max(...probabilities);
  const question = said.asks(row + 1, column + 1, Math.floor(threshold), value, side === "high"); // values are whole
  return `${question} ${said.went(samples.toLocaleString(language), probabilities.indexOf(share), inWords(share))}`;
}

/** @param {number[][]} attribution where what speaks most for the digit lies, and what speaks most against it, in words */
function places(attribution) {
  const third = (/** @type {number} */ place) => Number(place > 10) + Number(place > 17); // a digit fills 4 to 23
  const sums = Array(9).fill(0);
  attribution.forEach((row, y) => row.forEach((value, x) => (sums[third(y) * 3 + third(x)] += value)));
  const [most, least] = [Math.max(...sums), Math.min(...sums)];
  const against = least < 0 ? said.least(said.places[sums.indexOf(least)]) : said.none;
  return `${said.most(said.places[sums.indexOf(most)])} ${against}`;
}

/** @param {number[][]} attribution a square on each pixel that contributes, the fuller the more */
function heat(attribution) {
  const strongest = Math.max(...attribution.flat().map(Math.abs));
  const marks = attribution.flatMap((row, y) =>
    row.flatMap((value, x) => [
      value && square(y, x, value > 0 ? "for" : "against", 0, Math.sqrt(Math.abs(value) / strongest)),
      Math.abs(value) > TELLING * strongest && letters(y, x, value > 0 ? "+" : "−"),
    ]),
  );
  return marks.filter(Boolean);
}

/** @type {(row: number, column: number, text: any) => Element} */
const letters = (row, column, text) => draw("text", { x: column * CELL + 5, y: row * CELL + 5 }, text);

/** @type {(row: number, column: number, grow: number) => Element[]} light on dark, to be seen on ink and on paper */
const ring = (row, column, grow) => ["edge", "now"].map((name) => square(row, column, name, grow));

/** @type {(row: number, column: number, name: string, grow?: number, opacity?: number) => Element} `grow` pixels to each side */
function square(row, column, name, grow = 0, opacity = 1) {
  const [x, y, width] = [column - grow, row - grow, 1 + 2 * grow].map((place) => place * CELL);
  return draw("rect", { x, y, width, height: width, class: name, "fill-opacity": opacity });
}

/** @param {string} caption of a picture and its marks */
function pixels(caption) {
  const marks = draw("svg", { "aria-hidden": true });
  const image = make("img", { alt: "" }); // text says it
  image.onload = () => marks.setAttribute("viewBox", `0 0 ${image.naturalWidth * CELL} ${image.naturalHeight * CELL}`);
  const element = make("figure", {}, make("div", {}, image, marks), make("figcaption", { className: "caption" }, caption));
  return { element, image, marks };
}

/** @type {(large: Element, small: Element[], ...text: Element[]) => HTMLElement} */
function panel(large, small, ...text) {
  const parts = [make("h2"), large, make("div", { className: "small" }, ...small), make("div", {}, ...text)];
  return make("section", { className: "reason" }, make("div", {}, ...parts));
}

/** @type {(name: string, attributes: object, text?: any) => Element} of SVG */
function draw(name, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.entries(attributes).forEach(([attribute, value]) => element.setAttribute(attribute, value));
  element.textContent = text;
  return element;
}

/** @type {(tag: string, properties?: object, ...content: any[]) => any} */
function make(tag, properties, ...content) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...content);
  return element;
}
