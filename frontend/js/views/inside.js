// Picture of the network at work: the pixels it sees, its two hidden layers, the ten outputs, and the strongest links.
import { messages } from "../i18n/messages.js";

/** @typedef {import("../local/model.js").Layer} Layer */
/** @typedef {import("./preview.js").Answer} Answer */
/** @typedef {{layer: number, from: number, to: number}} Link from an input of a layer to one of its units */
/** @typedef {{x: number, columns: number, cell: number}} Block a grid of units in the picture */

const LINKS = [2, 3, 8]; // strongest inputs of each linked unit, by layer: 8 of the answer, 24 and 48 before them
const [WIDTH, HEIGHT] = [640, 168]; // units of the picture
/** @type {Block[]} pixels, hidden layers, outputs */
const BLOCKS = [
  { x: 0, columns: 28, cell: 6 },
  { x: 258, columns: 8, cell: 10.5 },
  { x: 432, columns: 8, cell: 10.5 },
  { x: 606, columns: 1, cell: 16.8 },
];

/** A canvas that shows one answer of the preview network. */
export class NetworkPicture {
  #canvas = document.createElement("canvas");
  element = document.createElement("figure");
  /** @type {Answer | undefined} */
  #answer;

  constructor() {
    const caption = document.createElement("figcaption");
    caption.className = "caption";
    caption.textContent = messages.inside.caption;
    this.#canvas.setAttribute("role", "img");
    this.#canvas.className = "network";
    this.#canvas.setAttribute("aria-label", messages.inside.label);
    this.element.append(this.#canvas, caption);
    addEventListener("themechange", () => this.show(this.#answer));
    new ResizeObserver(() => this.show(this.#answer)).observe(this.#canvas);
  }

  /** @param {Answer | undefined} answer undefined: a network at rest */
  show(answer) {
    this.#answer = answer;
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    const width = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    this.#canvas.width = width; // erases it, too
    this.#canvas.height = Math.round((width * HEIGHT) / WIDTH);
    context.scale(width / WIDTH, width / WIDTH);
    const { color, borderTopColor } = getComputedStyle(this.#canvas);
    for (const [index, count] of [784, 128, 128].entries()) {
      paintFrame(context, BLOCKS[index], count, borderTopColor);
      if (answer) paintUnits(context, BLOCKS[index], answer.layers[index].values, color);
    }
    if (answer) paintLinks(context, strongestLinks(answer.layers, answer.prediction.digit), color);
    const { color: ink } = getComputedStyle(this.element);
    paintOutputs(context, answer?.prediction.probabilities ?? [], ink, color);
  }
}

/**
 * Find the inputs that add most to an answer, and back to the pixels those that add most to them.
 * @param {Layer[]} layers
 * @param {number} digit
 * @returns {Link[]} from the last layer to the first
 */
export function strongestLinks(layers, digit) {
  let units = [digit];
  /** @type {Link[]} */
  const links = [];
  for (let layer = layers.length - 1; layer >= 0; layer--) {
    const found = units.flatMap((to) => strongestInputs(layers[layer], to, LINKS[layer]).map((from) => ({ from, to })));
    links.push(...found.map((link) => ({ layer, ...link })));
    units = [...new Set(found.map(({ from }) => from))];
  }
  return links;
}

/**
 * @param {Layer} layer
 * @param {number} unit
 * @param {number} count
 */
function strongestInputs({ values, weights }, unit, count) {
  const units = weights.length / values.length;
  const added = [];
  for (let from = 0; from < values.length; from++) {
    const value = values[from] && values[from] * weights[from * units + unit];
    if (value > 0) added.push({ from, value });
  }
  added.sort((a, b) => b.value - a.value);
  return added.slice(0, count).map(({ from }) => from);
}

/**
 * @param {Block} block
 * @param {number} index of a unit
 * @returns {[x: number, y: number]} of its center
 */
function centerOf({ x, columns, cell }, index) {
  return [x + ((index % columns) + 0.5) * cell, (Math.floor(index / columns) + 0.5) * cell];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Block} block
 * @param {number} count of units
 * @param {string} color
 */
function paintFrame(context, { x, columns, cell }, count, color) {
  context.strokeStyle = color;
  context.strokeRect(x + 0.5, 0.5, columns * cell - 1, (count / columns) * cell - 1);
}

/**
 * Paint the active units, the more opaque the more active.
 * @param {CanvasRenderingContext2D} context
 * @param {Block} block
 * @param {Layer["values"]} values
 * @param {string} color
 */
function paintUnits(context, block, values, color) {
  const strongest = Math.max(...values);
  context.fillStyle = color;
  for (let i = 0; i < values.length; i++) {
    if (values[i] <= 0) continue;
    const [x, y] = centerOf(block, i);
    context.globalAlpha = values[i] / strongest;
    context.fillRect(x - block.cell / 2, y - block.cell / 2, block.cell - 1, block.cell - 1);
  }
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Link[]} links
 * @param {string} color
 */
function paintLinks(context, links, color) {
  context.strokeStyle = color;
  context.globalAlpha = 0.45;
  context.beginPath();
  for (const { layer, from, to } of links) {
    context.moveTo(...centerOf(BLOCKS[layer], from));
    context.lineTo(...centerOf(BLOCKS[layer + 1], to));
  }
  context.stroke();
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} probabilities none: a network at rest
 * @param {string} ink
 * @param {string} color of the answer
 */
function paintOutputs(context, probabilities, ink, color) {
  const block = BLOCKS[3];
  const top = probabilities.indexOf(Math.max(...probabilities));
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let digit = 0; digit < 10; digit++) {
    const [x, y] = centerOf(block, digit);
    context.fillStyle = digit === top ? color : ink;
    context.font = `${digit === top ? "bold 17px" : "13px"} sans-serif`;
    context.fillText(String(digit), x + 4, y);
    context.fillRect(x + 14, y - 4, 12 * (probabilities[digit] ?? 0), 8);
  }
}
