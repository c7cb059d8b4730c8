// Interpreter of ONNX models: protocol buffer parser, and the operators that the neural network uses.
// Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; operators: https://onnx.ai/onnx/operators.

/** @typedef {{shape: number[], data: Float32Array | Uint8Array | number[]}} Tensor */
/** @typedef {Record<string, number | string | undefined>} Attributes */
/** @typedef {(inputs: Tensor[], attributes: Attributes, outputs: number) => Tensor | Tensor[]} Operator */
/** @typedef {(operator: string, inputs: Tensor[]) => void} Observer gets the inputs of each node before it is computed */
/** @typedef {any[][]} Fields values of a protocol buffer message by field number: numbers, or bytes for nested messages */

const FLOAT = 1; // ONNX data types
const INT64 = 7;

/** The model has an operator, attribute or data type that is not implemented here. */
export class UnsupportedModel extends Error {}

/**
 * Load a model with one input.
 * @param {ArrayBuffer} file
 * @returns {(input: Tensor, observe?: Observer) => Record<string, Tensor>} outputs by name; throws UnsupportedModel, as does loading
 */
export function loadModel(file) {
  const graph = parse(parse(new Uint8Array(file))[7][0]);
  const constants = new Map(parseAll(graph[5], parseConstant));
  const nodes = parseAll(graph[1], parseNode);
  const [inputName] = parseAll(graph[11], parseName).filter((name) => !constants.has(name));
  const outputNames = parseAll(graph[12], parseName);
  return (input, observe) => {
    /** @type {Map<string, Tensor>} */
    const tensors = new Map(constants).set(inputName, input);
    const get = (/** @type {string} */ name) => /** @type {Tensor} */ (tensors.get(name));
    for (const { operator, inputs, outputs, attributes, compute } of nodes) {
      const values = inputs.map(get);
      observe?.(operator, values);
      const results = [compute(values, attributes, outputs.length)].flat();
      for (const [index, name] of outputs.entries()) tensors.set(name, results[index]);
    }
    return Object.fromEntries(outputNames.map((name) => [name, get(name)]));
  };
}

/**
 * Parse a protocol buffer message.
 * @param {Uint8Array} bytes
 * @returns {Fields}
 */
function parse(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {Fields} */
  const fields = [];
  let offset = 0;
  const take = (/** @type {number} */ length) => {
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(offset++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
  };
  const float = () => {
    offset += 4;
    return view.getFloat32(offset - 4, true);
  };
  /** @type {Record<number, () => number | Uint8Array>} by wire type */
  const readers = { 0: varint, 1: () => take(8), 2: () => take(varint()), 5: float };
  while (offset < bytes.length) {
    const tag = varint();
    fields[tag >> 3] ??= [];
    fields[tag >> 3].push(readers[tag & 7]());
  }
  return fields;
}

/**
 * @template T
 * @param {Uint8Array[] | undefined} messages
 * @param {(fields: Fields) => T} parseOne
 */
function parseAll(messages, parseOne) {
  return (messages ?? []).map((message) => parseOne(parse(message)));
}

/** @param {Uint8Array} bytes */
function decodeText(bytes) {
  return new TextDecoder().decode(bytes);
}

/** @param {Fields} fields of a ValueInfoProto */
function parseName(fields) {
  return decodeText(fields[1][0]);
}

/**
 * @param {Fields} fields of a TensorProto
 * @returns {[string, Tensor]}
 */
function parseConstant({ 1: shape = [], 2: [type], 8: [name], 9: raw }) {
  if (!raw || (type !== FLOAT && type !== INT64)) throw new UnsupportedModel(`data type ${type}`);
  const bytes = raw[0].slice().buffer; // a copy, so that the numbers are aligned
  const data = type === FLOAT ? new Float32Array(bytes) : Array.from(new BigInt64Array(bytes), Number);
  return [decodeText(name), { shape, data }];
}

/** @param {Fields} fields of a NodeProto */
function parseNode({ 1: inputs = [], 2: outputs, 4: [type], 5: attributeMessages }) {
  /** @type {Attributes} */
  const attributes = Object.fromEntries(parseAll(attributeMessages, parseAttribute));
  const operator = decodeText(type);
  const [compute, allowed] = OPERATORS[operator] ?? [];
  const isSupported = Object.entries(attributes).every(
    ([name, value]) => allowed?.[name] === null || allowed?.[name] === value,
  );
  if (!compute || !isSupported) throw new UnsupportedModel(`${operator} ${JSON.stringify(attributes)}`);
  return { operator, inputs: inputs.map(decodeText), outputs: outputs.map(decodeText), attributes, compute };
}

/**
 * @param {Fields} fields of an AttributeProto
 * @returns {[string, number | string]}
 */
function parseAttribute({ 1: [name], 2: float, 3: int, 4: string }) {
  return [decodeText(name), float?.[0] ?? int?.[0] ?? decodeText(string?.[0])];
}

/**
 * Implementation of each operator, and the allowed values of its attributes; null: any value.
 * @type {Record<string, [Operator, Record<string, number | string | null>?]>}
 */
const OPERATORS = {
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
 * @param {number | string | undefined} axis negative: from the last
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
