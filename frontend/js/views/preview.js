// Preview: the compact network's answer in this browser while one draws, until the server's arrives.
import { PredictionError } from "../api.js";
import { classify, decode, predictWith } from "../local/model.js";
import { loadModel } from "../local/onnx.js";
import { normalize } from "../local/preprocess.js";

/** @typedef {import("../canvas/canvas.js").DrawingCanvas} DrawingCanvas */
/** @typedef {import("../local/model.js").LocalModel} LocalModel */
/** @typedef {ReturnType<typeof classify>} Answer */

/**
 * Load the compact network, a file of the page.
 * @returns {Promise<LocalModel>} rejects where it cannot be loaded
 */
export async function loadNetwork() {
  const [manifest, file] = await Promise.all(["preview/manifest.json", "preview/mlp.onnx"].map(get));
  const { models } = await manifest.json();
  return { model: "mlp", version: models.mlp.version, run: loadModel(await file.arrayBuffer()) };
}

/** @param {string} path */
async function get(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

const MAX_BLOCKED = 12; // milliseconds of a frame that an answer may take each time

/** The answers to a canvas that is drawn on. */
export class Preview {
  #network;
  #canvas;
  #onChange;
  #timer = 0;
  #restUntil = 0; // milliseconds, of performance.now()
  /** @type {Answer | undefined} undefined: nothing to read */
  answer;

  /**
   * @param {LocalModel} network
   * @param {DrawingCanvas} canvas
   * @param {() => void} onChange
   */
  constructor(network, canvas, onChange) {
    this.#network = network;
    this.#canvas = canvas;
    this.#onChange = onChange;
  }

  /** Predict the strokes: now, or on a slow device after it has painted for twice as long as the last answer took. */
  update() {
    clearTimeout(this.#timer);
    const start = performance.now();
    if (start < this.#restUntil) {
      this.#timer = setTimeout(() => this.update(), this.#restUntil - start);
      return;
    }
    this.answer = this.#read(this.#canvas.toImageData());
    this.#onChange();
    const end = performance.now();
    this.#restUntil = end + (end - start > MAX_BLOCKED ? 2 * (end - start) : 0);
  }

  /**
   * Predict a drawing, which may be a picture, when the server is unreachable.
   * @param {string} drawing a data URL
   */
  predict(drawing) {
    return predictWith([this.#network], drawing);
  }

  /** Forget the answer: the drawing is another one. */
  clear() {
    clearTimeout(this.#timer);
    this.answer = undefined;
  }

  /**
   * Compute the answer to a picture, for its layers.
   * @param {string} drawing a data URL
   */
  async readPicture(drawing) {
    const image = await decode(drawing).catch(() => undefined);
    return image && this.#read(image);
  }

  /** The answer's prediction. */
  get prediction() {
    return this.answer?.prediction;
  }

  /** @param {ImageData} image */
  #read(image) {
    try {
      return classify(this.#network, normalize(image));
    } catch (error) {
      if (error instanceof PredictionError) return undefined; // nothing to read yet
      throw error;
    }
  }
}
