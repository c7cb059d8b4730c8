// Diagram of the tree's path: a node for each question, from the root to the leaf, up for yes and down for no.
import { svg } from "./elements.js";

/** @typedef {import("../api.js").TreeStep} TreeStep */

const STEP = 24; // SVG units from one question to the next
const RADIUS = 8;
const MAX_RISE = 20; // units up or down for each answer, less on a long path to one side
const MAX_HEIGHT = 120;

/** The path of one prediction. Described by the panel's sentence and list. */
export class PathDiagram {
  element = svg("svg", { class: "path", "aria-hidden": true });
  /** @type {Element[]} */
  #nodes = [];

  /**
   * @param {TreeStep[]} steps
   * @param {number} digit at the leaf
   */
  draw(steps, digit) {
    const { heights, rise } = climb(steps);
    const places = heights.map((height, index) => ({ x: STEP * (index + 0.5), y: height }));
    const top = Math.min(...heights) - STEP / 2 - rise;
    const bottom = Math.max(...heights) + STEP / 2 + rise;
    this.element.setAttribute("viewBox", `0 ${top} ${STEP * places.length} ${bottom - top}`);
    const taken = places.slice(1).map((to, i) => line(places[i], to, "taken"));
    const others = places.slice(1).map((to, i) => line(places[i], halfway(places[i], to), "other"));
    this.#nodes = places.map((place, index) => node(place, index < steps.length ? String(index + 1) : String(digit)));
    this.#nodes[steps.length].classList.add("leaf");
    this.element.replaceChildren(...others, ...taken, ...this.#nodes);
  }

  /** @param {number} question the current one, from 1; at the last the leaf is reached */
  show(question) {
    const isEnd = question === this.#nodes.length - 1;
    for (const [index, element] of this.#nodes.entries()) {
      element.classList.toggle("reached", index < question || isEnd);
      element.classList.toggle("asked", index === question - 1);
    }
  }
}

/**
 * Return the height of each node, and the rise of each answer: lower where the path would not fit.
 * @param {TreeStep[]} steps
 */
function climb(steps) {
  const levels = [0];
  for (const { side } of steps) levels.push(levels[levels.length - 1] + (side === "high" ? -1 : 1));
  const rise = Math.min(MAX_RISE, MAX_HEIGHT / (Math.max(...levels) - Math.min(...levels)));
  return { heights: levels.map((level) => level * rise), rise };
}

/** @typedef {{x: number, y: number}} Place */

/**
 * Return where the branch that was not taken is cut off.
 * @param {Place} from
 * @param {Place} to the node on the branch that was taken
 */
function halfway(from, to) {
  return { x: from.x + STEP * 0.6, y: from.y - (to.y - from.y) * 0.6 };
}

/**
 * @param {Place} from
 * @param {Place} to
 * @param {string} name
 */
function line(from, to, name) {
  return svg("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y, class: name });
}

/**
 * @param {Place} place
 * @param {string} text
 */
function node({ x, y }, text) {
  const group = svg("g", {});
  group.append(svg("circle", { cx: x, cy: y, r: RADIUS }), svg("text", { x, y }, text));
  return group;
}
