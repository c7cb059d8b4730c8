// Preprocessing of a picture of one digit to the models' 28x28 input, for offline predictions.
// For a drawing on a canvas it equals `normalize` in functions/digits/preprocess.py bit for bit; the reasons are given
// there. Photographs and pictures with frames or lines need `digits.ink`, which only the server has.
import { PredictionError } from "../api.js";
import { reduce, resize } from "./resample.js";

/** @typedef {import("./resample.js").Picture} Picture */
/** @typedef {import("./resample.js").Box} Box */

export const SIZE = 28; // pixels, each side of the models' input
export const DIGIT = 20; // pixels, the longer side of the digit in it
export const CENTER = 14; // pixel index, both axes, of the digit's center of mass
export const MAX_DECODE_SIDE = 1000; // pixels, each side of a photograph; a larger one shows no more of a digit
export const MIN_CONTRAST = 16; // gray levels of 255 between ink and paper
export const FULL_CONTRAST = 250; // gray levels; MNIST's digits all reach 254 and are not stretched
export const THIN_STROKE_LEVEL = 127; // of 255; a weaker line after scaling is thinner than half a pixel
export const NOISE_LEVEL = 63; // of 255; no ink where a picture is larger than 28x28
const OPAQUE_BLACK = 0xff000000; // red, green, blue and alpha, from the lowest byte; most of a drawing
const ROUNDING = 2; // gray levels that a browser adds to half transparent colors, because it stores them premultiplied
const REDUCING_GAP = 3; // Pillow's: from this many whole pixels on, rectangles are averaged first

/**
 * @param {ImageData} image
 * @returns {Uint8Array} 28x28, 0 paper .. 255 ink; throws PredictionError when nothing is drawn
 */
export function normalize(image) {
  const ink = stretchContrast(downsample(grayscale(image)));
  return center(scale(ink, boundingBox(ink)));
}

/**
 * Convert to gray levels. Transparent pixels become paper.
 * @param {ImageData} image
 * @returns {Picture}
 */
function grayscale({ width, height, data }) {
  const pixels = new Uint8Array(width * height);
  const words = new Uint32Array(data.buffer); // of four bytes
  let isOpaque = true;
  for (let i = 0, offset = 0; i < pixels.length; i++, offset += 4) {
    if (words[i] === OPAQUE_BLACK) continue;
    pixels[i] = (data[offset] * 19595 + data[offset + 1] * 38470 + data[offset + 2] * 7471 + 0x8000) >> 16;
    if (data[offset + 3] !== 255) isOpaque = false;
  }
  const picture = { width, height, pixels };
  return isOpaque
    ? picture
    : placeOnPaper(
        picture,
        pixels.map((_, i) => data[4 * i + 3]),
      );
}

/**
 * @param {Picture} picture
 * @param {Uint8Array} opacity of each pixel
 * @returns {Picture}
 */
function placeOnPaper({ width, height, pixels }, opacity) {
  const visible = opacity.filter(Boolean).length;
  const solid = histogram(pixels.filter((_, i) => opacity[i] > 127));
  const isOneColor = solid.findLastIndex(Boolean) - solid.findIndex(Boolean) <= ROUNDING;
  if (isOneColor && visible <= pixels.length / 2) return { width, height, pixels: opacity };
  const levels = histogram(pixels.filter((_, i) => opacity[i] > 0));
  const half = levelAtRank(levels, visible / 2);
  const paper = visible > pixels.length / 2 ? half : half > 127 ? 0 : 255;
  const mixed = pixels.map((value, i) => {
    const doubled = value * opacity[i] + paper * (255 - opacity[i]) + 128;
    return (doubled + (doubled >> 8)) >> 8;
  });
  return { width, height, pixels: mixed };
}

/** @param {Picture} picture */
function downsample(picture) {
  const factor = Math.floor(Math.floor(Math.sqrt(picture.width * picture.height)) / MAX_DECODE_SIDE);
  return factor > 1 ? reduce(picture, factor, factor) : picture;
}

/**
 * Make the paper 0 and the strongest ink 255, whichever of the two was darker.
 * @param {Picture} picture
 * @returns {Picture}
 */
function stretchContrast({ width, height, pixels }) {
  const border = [...pixels.subarray(0, width), ...pixels.subarray(-width)];
  for (let y = 0; y < height; y++) border.push(pixels[y * width], pixels[(y + 1) * width - 1]);
  const paper = levelAtRank(histogram(border), border.length / 2 + 1);
  const levels = histogram(pixels);
  const darkest = levels.findIndex(Boolean);
  const lightest = levels.findLastIndex(Boolean);
  const strongest = lightest - paper >= paper - darkest ? lightest : darkest;
  const contrast = Math.abs(strongest - paper);
  if (contrast < MIN_CONTRAST) throw nothingDrawn();
  if (paper === 0 && contrast >= FULL_CONTRAST) return { width, height, pixels };
  const sign = strongest > paper ? 1 : -1;
  const table = levels.map((_, level) =>
    Math.min(Math.max(Math.floor((sign * (level - paper) * 255) / contrast), 0), 255),
  );
  return { width, height, pixels: pixels.map((level) => table[level]) };
}

/**
 * @param {Picture} ink
 * @returns {Box} around the digit
 */
function boundingBox({ width, height, pixels }) {
  const noise = Math.max(width, height) > SIZE ? NOISE_LEVEL : 0;
  let [left, upper, right, lower] = [width, height, 0, 0];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (pixels[i++] <= noise) continue;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < upper) upper = y;
      lower = y + 1;
    }
  }
  return [left, upper, right, lower];
}

/**
 * Scale the box so that its longer side has DIGIT pixels.
 * @param {Picture} ink
 * @param {Box} box
 * @returns {Picture}
 */
function scale(ink, box) {
  const [width, height] = [box[2] - box[0], box[3] - box[1]];
  const factor = DIGIT / Math.max(width, height);
  const [across, down] = [width, height].map((side) => Math.max(1, roundHalfToEven(side * factor)));
  const digit = resize(ink, across, down, box, REDUCING_GAP);
  if (Math.max(width, height) === DIGIT) return digit; // cropped, not scaled
  const strongest = Math.max(...digit.pixels);
  if (strongest > THIN_STROKE_LEVEL) return digit;
  if (strongest === 0) throw nothingDrawn();
  return { ...digit, pixels: digit.pixels.map((level) => level * (255 / strongest)) };
}

/**
 * Place the digit with its center of mass, to the nearest pixel, on CENTER.
 * @param {Picture} digit
 */
function center({ width, height, pixels }) {
  const mass = sum(pixels);
  const start = (/** @type {number[]} */ moments, /** @type {number} */ side) =>
    Math.min(Math.max(Math.trunc(CENTER - sum(moments) / mass + 0.5), 0), SIZE - side);
  const top = start(
    Array.from(pixels, (level, i) => level * Math.floor(i / width)),
    height,
  );
  const left = start(
    Array.from(pixels, (level, i) => level * (i % width)),
    width,
  );
  const picture = new Uint8Array(SIZE * SIZE);
  for (let y = 0; y < height; y++) {
    picture.set(pixels.subarray(y * width, (y + 1) * width), (top + y) * SIZE + left);
  }
  return picture;
}

function nothingDrawn() {
  return new PredictionError("rejected", 422, { type: "urn:digits:nothing-drawn" });
}

/**
 * @param {ArrayLike<number>} levels
 * @returns {number[]} 256 counts
 */
function histogram(levels) {
  const counts = Array(256).fill(0);
  for (let i = 0; i < levels.length; i++) counts[levels[i]]++; // for...of takes ten times as long
  return counts;
}

/**
 * Return the first level up to which the counts add up to `rank`.
 * @param {number[]} counts of each level
 * @param {number} rank
 */
function levelAtRank(counts, rank) {
  let total = 0;
  return counts.findIndex((count) => {
    total += count;
    return total >= rank;
  });
}

/** @param {Iterable<number>} values */
function sum(values) {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/**
 * Round as Python's `round`.
 * @param {number} value
 */
function roundHalfToEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
