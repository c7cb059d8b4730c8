// Predictions of models in this browser.
import { PredictionError } from "../api.js";
import { reason } from "./likeness.js";
import { normalize, SIZE } from "./preprocess.js";

/** @typedef {import("./onnx.js").Tensor} Tensor */
/** @typedef {{values: Tensor["data"], weights: Tensor["data"]}} Layer the inputs of a dense layer, and their weights by unit */
/** @typedef {import("../api.js").Result} Result */
/** @typedef {import("../api.js").Prediction} Prediction */
/** @typedef {import("../api.js").Model} Model */
/**
 * @typedef {object} LocalModel
 * @property {Model} model
 * @property {string} version
 * @property {number} [threshold] of the output `digit_likeness`; undefined: the model has none
 * @property {ReturnType<typeof import("./onnx.js").loadModel>} run
 */

/**
 * Predict a drawing as the server does.
 * @param {LocalModel[]} models
 * @param {string} drawing a data URL
 * @returns {Promise<Result>} rejects with PredictionError
 */
export async function predictWith(models, drawing) {
  /** @type {Record<string, number>} */
  const milliseconds = {};
  let last = performance.now();
  const stop = (/** @type {string} */ step) => {
    const now = performance.now();
    milliseconds[step] = now - last;
    last = now;
  };
  const image = await decode(drawing);
  stop("decode");
  const input = normalize(image);
  stop("normalize");
  const answers = models.map((model) => ({ ...classify(model, input), threshold: model.threshold }));
  stop("run");
  const detector = answers.find(({ threshold }) => threshold !== undefined);
  return {
    input: encode(input),
    predictions: answers.map(({ prediction }) => prediction),
    ...(detector ? assess(input, detector.likeness, Number(detector.threshold)) : {}),
    milliseconds,
    isOffline: true,
  };
}

/**
 * @param {LocalModel} model
 * @param {Uint8Array} input 28x28
 * @returns {{prediction: Prediction, layers: Layer[], likeness: number}}
 */
export function classify({ model, version, run }, input) {
  /** @type {Layer[]} */
  const layers = [];
  const outputs = run({ shape: [1, SIZE, SIZE], data: input }, (operator, [values, weights]) => {
    if (operator === "MatMul") layers.push({ values: values.data, weights: weights.data }); // the deskewing has none
  });
  const probabilities = Array.from(outputs.probabilities.data);
  const digit = probabilities.indexOf(Math.max(...probabilities));
  return {
    prediction: { model, version, digit, probabilities },
    layers,
    likeness: outputs.digit_likeness?.data[0],
  };
}

/**
 * @param {Uint8Array} input 28x28
 * @param {number} likeness 0..1
 * @param {number} threshold
 */
function assess(input, likeness, threshold) {
  const isDigit = likeness >= threshold;
  return { digit_likeness: likeness, is_digit: isDigit, ...(isDigit ? {} : { reason: reason(input) }) };
}

/**
 * @param {string} drawing a data URL
 * @returns {Promise<ImageData>}
 */
export async function decode(drawing) {
  const bytes = Uint8Array.from(atob(drawing.slice(drawing.indexOf(",") + 1)), (letter) => letter.charCodeAt(0));
  const options = /** @type {const} */ ({ colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const image = await createImageBitmap(new Blob([bytes]), options).catch(() => {
    throw new PredictionError("rejected", 422, { type: "urn:digits:not-an-image" });
  });
  const context = makeContext(image.width, image.height);
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height);
}

/**
 * @param {Uint8Array} input 28x28
 * @returns {string} a data URL
 */
function encode(input) {
  const context = makeContext(SIZE, SIZE);
  const image = context.createImageData(SIZE, SIZE);
  input.forEach((level, i) => {
    image.data.set([level, level, level, 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
  return context.canvas.toDataURL();
}

/**
 * @param {number} width
 * @param {number} height
 */
function makeContext(width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
}
