// Why a picture is not one digit. Equal to `reason` in functions/digits/likeness.py; the reasons are given there.
import { SIZE } from "./preprocess.js";

/** @typedef {import("../api.js").Reason} Reason */

export const INK_LEVEL = 40; // of 255; columns without more are blank
export const MIN_MASS_RATIO = 0.25; // of a group's ink to the heaviest group's
export const MIN_HEIGHT_RATIO = 0.5; // of a group's rows to the tallest group's

/**
 * @param {Uint8Array} picture 28x28, 0 paper .. 255 ink
 * @returns {Reason}
 */
export function reason(picture) {
  const groups = inkGroups(picture);
  const heights = groups.map(({ first, last }) => last - first + 1);
  const leastMass = MIN_MASS_RATIO * Math.max(...groups.map(({ mass }) => mass));
  const leastHeight = MIN_HEIGHT_RATIO * Math.max(...heights);
  const alike = groups.filter(({ mass }, i) => mass >= leastMass && heights[i] >= leastHeight);
  return alike.length > 1 ? "several_digits" : "not_a_digit";
}

/**
 * Find the runs of columns with ink.
 * @param {Uint8Array} picture
 */
function inkGroups(picture) {
  /** @type {{mass: number, first: number, last: number}[]} first and last row with ink */
  const groups = [];
  let isBlank = true;
  for (let column = 0; column < SIZE; column++) {
    const levels = Array.from({ length: SIZE }, (_, row) => picture[row * SIZE + column]);
    const first = levels.findIndex(isInk);
    if (first >= 0) {
      if (isBlank) groups.push({ mass: 0, first, last: first });
      const group = groups[groups.length - 1];
      group.mass += levels.filter(isInk).reduce((sum, level) => sum + level, 0);
      group.first = Math.min(group.first, first);
      group.last = Math.max(group.last, levels.findLastIndex(isInk));
    }
    isBlank = first < 0;
  }
  return groups;
}

/** @param {number} level */
function isInk(level) {
  return level > INK_LEVEL;
}
