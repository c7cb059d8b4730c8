// The ONNX operators that the project's models use: https://onnx.ai/onnx/operators.

/** @typedef {{shape: number[], data: Float32Array | Uint8Array | number[]}} Tensor */
/** @typedef {Record<string, number | string | number[] | string[] | undefined>} Attributes */
/** @typedef {(inputs: Tensor[], attributes: Attributes, outputs: number) => Tensor | Tensor[]} Operator */

export const FLOAT = 1; // ONNX data type

const isOneTree = (/** @type {number[]} */ trees) => trees.every((tree) => tree === 0);
const isInOrder = (/** @type {number[]} */ nodes) => nodes.every((node, i) => node === i);
const isKnownMode = (/** @type {string[]} */ modes) => modes.every((mode) => mode === "BRANCH_LEQ" || mode === "LEAF");

/**
 * Implementation of each operator, and the allowed values of its attributes, or their test; null: any value.
 * @type {Record<string, [Operator, Record<string, number | string | null | ((value: any) => boolean)>?]>}
 */
export const OPERATORS = {
  Add: [pairwise((a, b) => a + b)],
  Sub: [pairwise((a, b) => a - b)],
  Mul: [pairwise((a, b) => a * b)],
  Div: [pairwise((a, b) => a / b)],
  Identity: [([tensor]) => tensor],
  Cast: [each((value) => value), { to: FLOAT }],
  Relu: [each((value) => Math.max(value, 0))],
  Sqrt: [each(Math.sqrt)],
  Sigmoid: [each((value) => 1 / (1 + Math.exp(-value)))],
  Round: [each(roundHalfToEven)],
  Clip: [
    ([tensor, least, most]) => each((value) => Math.min(Math.max(value, scalar(least)), scalar(most)))([tensor], {}, 1),
  ],
  Reshape: [reshape],
  Split: [split, { axis: null, num_outputs: null }],
  Concat: [concat, { axis: null }],
  MatMul: [multiply],
  Gemm: [multiply, { alpha: 1, beta: 1, transA: 0, transB: 0 }],
  GridSample: [gridSample, { align_corners: 1, mode: "bilinear", padding_mode: "zeros" }],
  Softmax: [softmax, { axis: -1 }],
  AveragePool: [averagePool, { kernel_shape: null, pads: null, count_include_pad: 1 }],
  TreeEnsembleClassifier: [
    decisionTree,
    {
      base_values: null,
      class_ids: null,
      class_nodeids: null,
      class_treeids: isOneTree,
      class_weights: null,
      classlabels_int64s: null,
      nodes_falsenodeids: null,
      nodes_featureids: null,
      nodes_modes: isKnownMode,
      nodes_nodeids: isInOrder,
      nodes_treeids: isOneTree,
      nodes_truenodeids: null,
      nodes_values: null,
      post_transform: "NONE",
    },
  ],
  Normalizer: [divideBySum, { norm: "L1" }],
};

/** @param {Tensor} tensor */
function scalar({ data }) {
  return data[0];
}

/** @param {number[]} shape */
function size(shape) {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * @param {Attributes[string]} axis negative: from the last
 * @param {number[]} shape
 */
function positiveAxis(axis, shape) {
  return Number(axis ?? 0) < 0 ? shape.length + Number(axis) : Number(axis ?? 0);
}

/**
 * @param {(value: number) => number} compute
 * @returns {Operator}
 */
function each(compute) {
  return ([{ shape, data: values }]) => {
    const data = new Float32Array(values.length);
    for (let i = 0; i < data.length; i++) data[i] = compute(values[i]); // Float32Array.from takes ten times as long
    return { shape, data };
  };
}

/** @param {number} value */
function roundHalfToEven(value) {
  const low = Math.floor(value);
  const isUp = value - low > 0.5 || (value - low === 0.5 && low % 2 !== 0);
  return low + Number(isUp);
}

/**
 * Compute element by element, with broadcasting: axes of length 1 and missing leading axes are repeated.
 * @param {(a: number, b: number) => number} compute
 * @returns {Operator}
 */
function pairwise(compute) {
  return ([a, b]) => {
    if (size(b.shape) === 1 && a.shape.length >= b.shape.length)
      return each((value) => compute(value, b.data[0]))([a], {}, 1);
    const rank = Math.max(a.shape.length, b.shape.length);
    const [one, other] = [a, b].map(({ shape }) => [...Array(rank - shape.length).fill(1), ...shape]);
    const shape = one.map((length, axis) => (length === 1 ? other[axis] : length));
    const data = new Float32Array(size(shape));
    const offset = (/** @type {number[]} */ lengths, /** @type {number} */ index) => {
      let [total, rest] = [0, index];
      for (let axis = rank - 1, step = 1; axis >= 0; step *= lengths[axis--]) {
        if (lengths[axis] > 1) total += (rest % shape[axis]) * step;
        rest = Math.floor(rest / shape[axis]);
      }
      return total;
    };
    for (let i = 0; i < data.length; i++) data[i] = compute(a.data[offset(one, i)], b.data[offset(other, i)]);
    return { shape, data };
  };
}

/** @type {Operator} */
function reshape([{ shape: old, data }, target]) {
  const shape = Array.from(target.data, (length, axis) => (length === 0 ? old[axis] : length));
  const inferred = shape.indexOf(-1);
  if (inferred >= 0) shape[inferred] = -data.length / size(shape);
  return { shape, data };
}

/** @type {Operator} */
function split([{ shape, data }, lengths], { axis, num_outputs: parts }, outputs) {
  const along = positiveAxis(axis, shape);
  const equal = Math.ceil(shape[along] / Number(parts ?? outputs));
  const inner = size(shape.slice(along + 1));
  let start = 0;
  return Array.from({ length: outputs }, (_, part) => {
    const length = lengths ? lengths.data[part] : Math.min(equal, shape[along] - start);
    const from = start;
    start += length;
    const partShape = replaceAt(shape, along, length);
    const row = length * inner;
    const offset = (/** @type {number} */ i) => (Math.floor(i / row) * shape[along] + from) * inner + (i % row);
    return { shape: partShape, data: Float32Array.from({ length: size(partShape) }, (_, i) => data[offset(i)]) };
  });
}

/** @type {Operator} */
function concat(tensors, { axis }) {
  const [{ shape }] = tensors;
  const along = positiveAxis(axis, shape);
  const rows = tensors.map((tensor) => size(tensor.shape.slice(along)));
  /** @type {number[]} */
  const data = [];
  for (let outer = 0; outer < size(shape.slice(0, along)); outer++) {
    for (const [i, tensor] of tensors.entries())
      data.push(...tensor.data.slice(outer * rows[i], (outer + 1) * rows[i]));
  }
  const length = tensors.reduce((sum, tensor) => sum + tensor.shape[along], 0);
  return { shape: replaceAt(shape, along, length), data: Float32Array.from(data) };
}

/**
 * Return a shape with another length along an axis. (Firefox 113 has no Array.prototype.with.)
 * @param {number[]} shape
 * @param {number} along
 * @param {number} length
 */
function replaceAt(shape, along, length) {
  return shape.map((other, axis) => (axis === along ? length : other));
}

/**
 * Multiply two matrices, and add a row (Gemm). Zeros are skipped: most inputs are paper or inactive units.
 * @type {Operator}
 */
function multiply([
  {
    shape: [rows, inner],
    data: left,
  },
  {
    shape: [, columns],
    data: right,
  },
  bias,
]) {
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const sums = new Float32Array(columns);
    for (let i = 0; i < inner; i++) {
      const factor = left[row * inner + i];
      if (factor === 0) continue;
      for (let column = 0, offset = i * columns; column < columns; column++) sums[column] += factor * right[offset++];
    }
    data.set(sums, row * columns);
  }
  const product = { shape: [rows, columns], data };
  return bias ? pairwise((a, b) => a + b)([product, bias], {}, 1) : product;
}

/**
 * Sample images bilinearly at the points of a grid; pixels outside are 0. Each step is rounded to 32 bits as in
 * onnxruntime: the model rounds the result, and a half may go either way.
 * @type {Operator}
 */
function gridSample([
  {
    shape: [images, channels, height, width],
    data: pixels,
  },
  {
    shape: [, rows, columns],
    data: grid,
  },
]) {
  const points = rows * columns;
  const data = new Float32Array(images * channels * points);
  const pixel = (/** @type {number} */ plane, /** @type {number} */ y, /** @type {number} */ x) =>
    y >= 0 && y < height && x >= 0 && x < width ? pixels[(plane * height + y) * width + x] : 0;
  for (let i = 0; i < data.length; i++) {
    const plane = Math.floor(i / points);
    const offset = 2 * (Math.floor(plane / channels) * points + (i % points));
    const [x, y] = [width, height].map((side, axis) =>
      float32(float32(float32(grid[offset + axis] + 1) / 2) * (side - 1)),
    );
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const row = (/** @type {number} */ y) => mix(x - left, pixel(plane, y, left), pixel(plane, y, left + 1));
    data[i] = mix(y - top, row(top), row(top + 1));
  }
  return { shape: [images, channels, rows, columns], data };
}

const float32 = Math.fround;

/**
 * @param {number} share of the second, 0..1
 * @param {number} first
 * @param {number} second
 */
function mix(share, first, second) {
  return float32(float32(float32(1 - share) * first) + float32(float32(share) * second));
}

/** @type {Operator} */
function softmax([{ shape, data }]) {
  const length = shape[shape.length - 1];
  const result = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += length) {
    const row = data.slice(start, start + length);
    const max = Math.max(...row);
    const powers = Array.from(row, (value) => Math.exp(value - max));
    const sum = powers.reduce((total, power) => total + power, 0);
    result.set(
      powers.map((power) => power / sum),
      start,
    );
  }
  return { shape, data: result };
}

/**
 * Average the rectangle around each pixel; pixels outside are 0.
 * @type {Operator}
 */
function averagePool(
  [
    {
      shape: [images, channels, height, width],
      data: pixels,
    },
  ],
  { kernel_shape: kernel, pads },
) {
  const [down, across] = /** @type {number[]} */ (kernel);
  const [top, left, bottom, right] = /** @type {number[]} */ (pads);
  const [rows, columns] = [height + top + bottom - down + 1, width + left + right - across + 1];
  const data = new Float32Array(images * channels * rows * columns);
  for (let i = 0; i < data.length; i++) {
    const [column, row] = [i % columns, Math.floor(i / columns) % rows];
    const plane = Math.floor(i / columns / rows) * height * width;
    let sum = 0;
    for (let y = Math.max(row - top, 0); y < Math.min(row - top + down, height); y++)
      for (let x = Math.max(column - left, 0); x < Math.min(column - left + across, width); x++)
        sum += pixels[plane + y * width + x];
    data[i] = sum / (down * across);
  }
  return { shape: [images, channels, rows, columns], data };
}

/**
 * Classify each row of features with a decision tree. A node's class weights stand one after the other.
 * @type {Operator}
 */
function decisionTree([{ shape, data }], attributes) {
  const list = (/** @type {string} */ name) => /** @type {any[]} */ (attributes[name]);
  const [modes, features, thresholds] = ["nodes_modes", "nodes_featureids", "nodes_values"].map(list);
  const [ifTrue, ifFalse] = ["nodes_truenodeids", "nodes_falsenodeids"].map(list);
  const [leaves, classes, weights] = ["class_nodeids", "class_ids", "class_weights"].map(list);
  const [labels, base] = ["classlabels_int64s", "base_values"].map(list);
  const rows = Array.from({ length: shape[0] }, (_, row) => {
    let node = 0;
    while (modes[node] !== "LEAF") {
      const isTrue = data[row * shape[1] + features[node]] <= thresholds[node];
      node = (isTrue ? ifTrue : ifFalse)[node];
    }
    const scores = Float32Array.from(base);
    for (let i = leaves.indexOf(node); leaves[i] === node; i++) scores[classes[i]] += weights[i];
    return scores;
  });
  return [
    { shape: [rows.length], data: rows.map((scores) => labels[scores.indexOf(Math.max(...scores))]) },
    { shape: [rows.length, labels.length], data: Float32Array.from(rows.flatMap((scores) => [...scores])) },
  ];
}

/** @type {Operator} */
function divideBySum([{ shape, data }]) {
  const length = shape[shape.length - 1];
  const sums = new Float32Array(data.length / length);
  for (let i = 0; i < data.length; i++) sums[Math.floor(i / length)] += Math.abs(data[i]);
  return { shape, data: Float32Array.from(data, (value, i) => value / sums[Math.floor(i / length)]) };
}
