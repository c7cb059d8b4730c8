// A picture of one digit comes in; the 28x28 picture that the models were trained on goes out.
// The same as `normalize` in functions/digits/preprocess.py, number for number, for what a browser decodes without loss:
// there stands why each step is as it is.
import { Failure } from "../api.js";
import { reduce, resize } from "./resample.js";

/** @typedef {import("./resample.js").Picture} Picture */
/** @typedef {import("./resample.js").Box} Box */

export const SIDE = 28; // pixels, each side of the picture that the models see
const DIGIT = 20; // pixels, the longer side of the digit in it
const CENTER = 14; // pixel index, both axes, of the digit's centre of mass
const SHARP = 1000; // pixels, each side of a photograph; what is larger shows no more of a digit
const MIN_CONTRAST = 16; // grey levels of 255 between ink and paper
const FULL_CONTRAST = 250; // grey levels; MNIST's digits all reach 254 and are not stretched
const THIN = 127; // of 255; weaker after scaling is a line thinner than half a pixel
const FAINT = 63; // of 255; no ink where a picture is larger than 28x28
const ROUNDING = 2; // grey levels that a browser adds where a colour is half transparent: it keeps their product
const GAP = 3; // whole squares of pixels that have to fit before they are averaged first

/**
 * @param {ImageData} image
 * @returns {Uint8Array} 28x28, 0 paper .. 255 ink; throws Failure when nothing is drawn
 */
export function normalize(image) {
  const ink = stretched(smaller(grey(image)));
  return placed(scaled(ink, boxOf(ink)));
}

/**
 * @param {ImageData} image
 * @returns {Picture} what is transparent becomes paper
 */
function grey({ width, height, data }) {
  const pixels = new Uint8Array(width * height);
  const opacity = new Uint8Array(width * height);
  for (let i = 0, place = 0; i < pixels.length; i++, place += 4) {
    pixels[i] = (data[place] * 19595 + data[place + 1] * 38470 + data[place + 2] * 7471 + 0x8000) >> 16;
    opacity[i] = data[place + 3];
  }
  const picture = { width, height, pixels };
  if (opacity.every((value) => value === 255)) return picture;
  const visible = opacity.filter(Boolean).length;
  const solid = histogram(pixels.filter((_, i) => opacity[i] > 127));
  const isOneColour = solid.findLastIndex(Boolean) - solid.findIndex(Boolean) <= ROUNDING;
  if (isOneColour && visible <= pixels.length / 2) return { width, height, pixels: opacity };
  const levels = histogram(pixels.filter((_, i) => opacity[i] > 0));
  const half = median(levels, visible / 2);
  const paper = visible > pixels.length / 2 ? half : half > 127 ? 0 : 255;
  const mixed = pixels.map((value, i) => {
    const doubled = value * opacity[i] + paper * (255 - opacity[i]) + 128;
    return (doubled + (doubled >> 8)) >> 8;
  });
  return { width, height, pixels: mixed };
}

/** @param {Picture} picture */
function smaller(picture) {
  const factor = Math.floor(Math.floor(Math.sqrt(picture.width * picture.height)) / SHARP);
  return factor > 1 ? reduce(picture, factor, factor) : picture;
}

/**
 * Make the paper 0 and the strongest ink 255, whichever of the two was darker.
 * @param {Picture} picture
 * @returns {Picture}
 */
function stretched({ width, height, pixels }) {
  const edge = [...pixels.subarray(0, width), ...pixels.subarray(-width)];
  for (let y = 0; y < height; y++) edge.push(pixels[y * width], pixels[(y + 1) * width - 1]);
  const paper = median(histogram(edge), edge.length / 2 + 1);
  const levels = histogram(pixels);
  const darkest = levels.findIndex(Boolean);
  const lightest = levels.findLastIndex(Boolean);
  const strongest = lightest - paper >= paper - darkest ? lightest : darkest;
  const contrast = Math.abs(strongest - paper);
  if (contrast < MIN_CONTRAST) throw nothingDrawn();
  if (paper === 0 && contrast >= FULL_CONTRAST) return { width, height, pixels };
  const sign = strongest > paper ? 1 : -1;
  const table = levels.map((_, level) => Math.min(Math.max(Math.floor((sign * (level - paper) * 255) / contrast), 0), 255));
  return { width, height, pixels: pixels.map((level) => table[level]) };
}

/**
 * @param {Picture} ink
 * @returns {Box} around the digit
 */
function boxOf({ width, height, pixels }) {
  const least = Math.max(width, height) > SIDE ? FAINT : 0;
  const box = [width, height, 0, 0];
  for (let i = 0; i < pixels.length; i++) {
    if (pixels[i] <= least) continue;
    const x = i % width;
    const y = Math.floor(i / width);
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x + 1);
    box[3] = Math.max(box[3], y + 1);
  }
  return /** @type {Box} */ (box);
}

/**
 * Scale the box so that its longer side has DIGIT pixels.
 * @param {Picture} ink
 * @param {Box} box
 * @returns {Picture}
 */
function scaled(ink, box) {
  const [width, height] = [box[2] - box[0], box[3] - box[1]];
  const scale = DIGIT / Math.max(width, height);
  const [across, down] = [width, height].map((side) => Math.max(1, roundHalfToEven(side * scale)));
  const digit = resize(ink, across, down, box, GAP);
  if (Math.max(width, height) === DIGIT) return digit; // cut out, as it is
  const strongest = Math.max(...digit.pixels);
  if (strongest > THIN) return digit;
  if (strongest === 0) throw nothingDrawn();
  return { ...digit, pixels: digit.pixels.map((level) => level * (255 / strongest)) };
}

/**
 * Put the digit where its centre of mass, to the nearest pixel, is on CENTER.
 * @param {Picture} digit
 */
function placed({ width, height, pixels }) {
  const mass = sum(pixels);
  const start = (/** @type {number[]} */ moments, /** @type {number} */ side) =>
    Math.min(Math.max(Math.trunc(CENTER - sum(moments) / mass + 0.5), 0), SIDE - side);
  const top = start(Array.from(pixels, (level, i) => level * Math.floor(i / width)), height);
  const left = start(Array.from(pixels, (level, i) => level * (i % width)), width);
  const picture = new Uint8Array(SIDE * SIDE);
  for (let y = 0; y < height; y++) {
    picture.set(pixels.subarray(y * width, (y + 1) * width), (top + y) * SIDE + left);
  }
  return picture;
}

const nothingDrawn = () => new Failure("refused", 422, { type: "urn:digits:nothing-drawn" });

/** @param {Iterable<number>} levels */
function histogram(levels) {
  const counts = Array(256).fill(0);
  for (const level of levels) counts[level]++;
  return counts;
}

/**
 * @param {number[]} counts of each level
 * @param {number} rank
 * @returns {number} the first level up to which there are `rank` of them
 */
function median(counts, rank) {
  let passed = 0;
  return counts.findIndex((count) => (passed += count) >= rank);
}

/** @param {Iterable<number>} values */
function sum(values) {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** @param {number} value of Python's `round` */
function roundHalfToEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
