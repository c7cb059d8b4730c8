// Explained answers come in; panels go out that show why: the tree's questions step by step, what the ink said to the network.
import { language, percent, words } from "./words.js";

/** @typedef {import("./api.js").Answer} Answer */
/** @typedef {import("./api.js").Prediction} Prediction */
/**
 * @typedef {object} Step one question of the tree
 * @property {number} row of the pixel in `seen`, from 0
 * @property {number} column
 * @property {[number, number]} position row and column in the answer's `input` of what the pixel is made of
 * @property {number} threshold
 * @property {number} value a whole number, 0 paper .. 255 ink
 * @property {"low" | "high"} side high: the value is above the threshold
 * @property {number} samples training pictures that went the same way
 * @property {number[]} probabilities of the digits among them
 */

const PACE = 500; // milliseconds for each step that is played
const CELL = 10; // units of a drawing for each pixel beneath it: letters smaller than one unit are spoilt by some browsers
const TELLING = 0.4; // of the strongest pixel's contribution; those above it bear a + or a -, so that colour is not needed
const NOTABLE = 0.05; // of the strongest part's contribution; less is called nothing
const MILLION = Math.log(1e6);
const BRIGHT = 117; // the grey, 0..255, on which black and white can be read equally well: 4.5 to 1
const BOX = { start: 4, size: 20 }; // the rows, and the columns, of the 28 that a digit is scaled to

const said = words.explanation;

/** Why the models answer as they do: one panel for each. */
export class Explanation {
  element = make("div", "reasons");
  #panels = { tree: new Path(), mlp: new Evidence() };
  #excuse = make("p", "", said.offline);
  /** @type {Map<object, Prediction>} what each panel shows */
  #shown = new Map();

  /** @param {Answer} answer one that is shown already stays as the person left it */
  show({ input, predictions, isOffline }) {
    const explained = predictions.filter(({ explanation }) => explanation);
    const parts = explained.map((prediction) => {
      const panel = this.#panels[prediction.model];
      if (this.#shown.get(panel) !== prediction) panel.show(prediction, input);
      this.#shown.set(panel, prediction);
      return panel.element;
    });
    if (isOffline) parts.push(this.#excuse);
    const { children } = this.element;
    if (parts.length === children.length && parts.every((part, place) => part === children[place])) return; // keep the focus
    this.element.replaceChildren(...parts);
  }
}

/** The tree's questions, from its root to the leaf that answers. */
class Path {
  #title = make("h2");
  #seen = new Pixels(said.pixels);
  #input = new Pixels(said.here);
  #columns = make("ol", "columns", ...Array.from({ length: 10 }, (_, digit) => make("li", "", String(digit))));
  #back = button(said.back, () => this.#ask(-1));
  #play = button(said.play, () => (this.#timer ? this.#pause() : this.#start()));
  #next = button(said.next, () => this.#ask(1));
  #slider = make("input");
  #sentence = make("p", "step");
  #summary = make("summary");
  #list = make("ol");
  #timer = 0;
  #asked = 0; // questions
  /** @type {Step[]} */
  #steps = [];
  /** @type {number[]} probabilities before the first question */
  #root = [];

  constructor() {
    this.#columns.role = "img";
    this.#slider.type = "range";
    this.#slider.ariaLabel = said.slider;
    this.#slider.addEventListener("input", () => {
      this.#pause();
      this.#turnTo(Number(this.#slider.value));
    });
    const text = [
      make("div", "player", this.#back, this.#play, this.#next, this.#slider),
      this.#sentence,
      make("details", "", this.#summary, this.#list),
    ];
    this.element = panel(this.#title, this.#seen, [this.#input.element, this.#columns], text);
  }

  /**
   * Show the whole path.
   * @param {Prediction} prediction
   * @param {string} input
   */
  show({ digit, explanation: { seen, path, root } }, input) {
    this.#pause();
    this.#title.textContent = said.title(words.names.tree, digit);
    this.#seen.show(seen);
    this.#input.show(input);
    this.#steps = path;
    this.#root = root;
    this.#slider.max = path.length;
    this.#summary.textContent = said.all(path.length);
    this.#list.replaceChildren(...path.map((/** @type {Step} */ step) => make("li", "", told(step))));
    this.#sentence.ariaLive = "off";
    this.#turnTo(path.length);
  }

  /**
   * Go on or back by one question. Whoever asks for it wants to hear it; a player, or the slider, would say it twice.
   * @param {1 | -1} by
   */
  #ask(by) {
    this.#pause();
    this.#sentence.ariaLive = "polite";
    this.#turnTo(Math.min(Math.max(this.#asked + by, 0), this.#steps.length));
  }

  #start() {
    this.#sentence.ariaLive = "off";
    this.#play.textContent = said.pause;
    if (this.#asked === this.#steps.length) this.#turnTo(0);
    this.#timer = setInterval(() => {
      this.#turnTo(this.#asked + 1);
      if (this.#asked === this.#steps.length) this.#pause();
    }, PACE);
  }

  #pause() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#play.textContent = said.play;
    this.#sentence.ariaLive = "off";
  }

  /** @param {number} asked questions */
  #turnTo(asked) {
    this.#asked = asked;
    const steps = this.#steps.slice(0, asked);
    const now = steps.at(-1);
    const sentence = now ? `${said.question(asked, this.#steps.length)} ${told(now)}` : said.start;
    this.#sentence.textContent = sentence;
    this.#slider.value = asked;
    this.#slider.ariaValueText = sentence;
    this.#back.ariaDisabled = String(asked === 0); // not disabled: that would drop the focus
    this.#next.ariaDisabled = String(asked === this.#steps.length);
    this.#showShares(now?.probabilities ?? this.#root);
    const again = (/** @type {Step} */ { row, column }, /** @type {number} */ after) =>
      steps.slice(after + 1).some((later) => later.row === row && later.column === column);
    this.#seen.mark([
      ...steps.flatMap((step, place) => (again(step, place) ? [] : number(step, place + 1))),
      ...(now ? ring("rect", square(now.column, now.row)) : []),
    ]);
    this.#input.mark(now ? ring("circle", { cx: middle(now.position[1]), cy: middle(now.position[0]), r: 1.5 * CELL }) : []);
  }

  /** @param {number[]} shares */
  #showShares(shares) {
    const first = [...shares.entries()].sort((a, b) => b[1] - a[1]).slice(0, 3);
    this.#columns.ariaLabel = said.shares(first.map(([digit, share]) => `${digit}: ${percent(share)}`).join(", "));
    shares.forEach((share, digit) => {
      const column = this.#columns.children[digit];
      column.style.setProperty("--probability", share);
      column.classList.toggle("top", digit === first[0][0]);
    });
  }
}

/** What each pixel of the ink said to the network. */
class Evidence {
  #title = make("h2");
  #heat = new Pixels(said.heat);
  #seen = new Pixels(said.straight);
  #for = make("span");
  #against = make("span");
  #sentence = make("p");

  constructor() {
    const key = make("ul", "legend", make("li", "for", this.#for), make("li", "against", this.#against));
    this.element = panel(this.#title, this.#heat, [this.#seen.element], [key, this.#sentence]);
    this.element.classList.add("heat");
  }

  /**
   * @param {Prediction} prediction
   * @param {string} input
   */
  show({ digit, explanation: { seen, attribution, runner_up: other, score } }, input) {
    this.#title.textContent = said.title(words.names.mlp, digit);
    this.#heat.show(input);
    this.#heat.mark(heat(attribution));
    this.#seen.show(seen);
    this.#for.textContent = said.speaks(digit, other);
    this.#against.textContent = said.speaks(other, digit);
    const times = score > MILLION ? said.million : said.times(Math.exp(score).toLocaleString(language, { maximumSignificantDigits: 2 }));
    this.#sentence.textContent = `${said.likelier(digit, times, other)} ${places(attribution)}`;
  }
}

/** A picture of few pixels, enlarged, with marks on some of them. */
class Pixels {
  #image = make("img");
  #marks = draw("svg", { "aria-hidden": true });

  /** @param {string} caption */
  constructor(caption) {
    this.#image.alt = ""; // the caption says what it is, and the text what it shows
    this.#image.addEventListener("load", () => {
      const sides = [this.#image.naturalWidth, this.#image.naturalHeight];
      this.#marks.setAttribute("viewBox", `0 0 ${sides.map((side) => side * CELL).join(" ")}`);
    });
    this.element = make("figure", "pixels", make("div", "", this.#image, this.#marks), make("figcaption", "caption", caption));
  }

  /** @param {string} url */
  show(url) {
    this.#image.src = url;
  }

  /** @param {Element[]} marks */
  mark(marks) {
    this.#marks.replaceChildren(...marks);
  }
}

/**
 * @param {Element} title
 * @param {Pixels} large
 * @param {Element[]} small
 * @param {Element[]} text
 */
function panel(title, large, small, text) {
  const parts = [title, large.element, make("div", "small", ...small), make("div", "text", ...text)];
  return make("section", "reason", make("div", "", ...parts)); // the inner one is laid out by the width of the outer
}

/** @param {Step} step what was asked, and what came of it, in words */
function told({ row, column, threshold, value, side, samples, probabilities }) {
  const share = Math.max(...probabilities);
  const question = said.asks(row + 1, column + 1, Math.floor(threshold), value, side === "high");
  return `${question} ${said.went(samples.toLocaleString(language), probabilities.indexOf(share), percent(share))}`;
}

/**
 * @param {number[][]} attribution
 * @returns {Element[]} a coloured square for each pixel that contributes, the fuller the more, and signs on the strongest
 */
function heat(attribution) {
  const strongest = Math.max(...attribution.flat().map(Math.abs));
  let signs = "";
  const squares = attribution.flatMap((row, y) =>
    row.flatMap((value, x) => {
      if (value === 0) return [];
      const strength = Math.abs(value) / strongest;
      if (strength > TELLING) signs += `M${x * CELL + 2.5} ${middle(y)}h5` + (value > 0 ? `m-2.5-2.5v5` : "");
      return draw("rect", { ...square(x, y), class: value > 0 ? "for" : "against", "fill-opacity": strength.toFixed(3) });
    }),
  );
  return [...squares, draw("path", { d: signs })];
}

/**
 * @param {number[][]} attribution
 * @returns {string} where what speaks most for the digit lies, and what speaks most against it: of nine parts of its box
 */
function places(attribution) {
  const third = (/** @type {number} */ place) => Math.min(Math.max(Math.floor(((place - BOX.start) * 3) / BOX.size), 0), 2);
  const sums = Array(9).fill(0);
  attribution.forEach((row, y) => row.forEach((value, x) => (sums[third(y) * 3 + third(x)] += value)));
  const [most, least] = [Math.max(...sums), Math.min(...sums)];
  const against = least < -NOTABLE * most ? said.least(said.places[sums.indexOf(least)]) : said.none;
  return `${said.most(said.places[sums.indexOf(most)])} ${against}`;
}

/**
 * @param {Step} step
 * @param {number} place in the path, from 1
 * @returns {Element[]} the number on its pixel
 */
function number({ row, column, value }, place) {
  const text = draw("text", { x: middle(column), y: middle(row), class: value > BRIGHT ? "on-ink" : "" });
  text.textContent = String(place);
  return [draw("rect", { ...square(column, row), class: "asked" }), text];
}

/**
 * @param {string} shape
 * @param {object} attributes
 * @returns {Element[]} a light line on a wider dark one, to be seen on ink and paper
 */
const ring = (shape, attributes) => ["edge", "now"].map((name) => draw(shape, { ...attributes, class: name }));

/** @param {number} place of a pixel */
const middle = (place) => (place + 0.5) * CELL;

/**
 * @param {number} x
 * @param {number} y
 */
const square = (x, y) => ({ x: x * CELL, y: y * CELL, width: CELL, height: CELL });

/**
 * @param {string} name of an element of SVG
 * @param {Record<string, unknown>} attributes
 */
function draw(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.entries(attributes).forEach(([attribute, value]) => element.setAttribute(attribute, String(value)));
  return element;
}

/**
 * @param {string} label
 * @param {() => void} pressed
 */
function button(label, pressed) {
  const element = make("button", "", label);
  element.type = "button";
  element.addEventListener("click", pressed);
  return element;
}

/**
 * @param {string} tag
 * @param {string} [className]
 * @param {...(Node | string)} content
 * @returns {any}
 */
function make(tag, className = "", ...content) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...content);
  return element;
}
