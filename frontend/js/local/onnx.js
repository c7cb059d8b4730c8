// The bytes of an ONNX file come in; what its network makes of an input goes out, computed here, step by step.
// Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; operators: https://onnx.ai/onnx/operators.

/** @typedef {{shape: number[], data: Float32Array | Uint8Array | number[]}} Tensor */
/** @typedef {Record<string, number | string>} Attributes */
/** @typedef {(inputs: Tensor[], attributes: Attributes, outputs: number) => Tensor | Tensor[]} Operator */

const FLOAT = 1; // ONNX's numbers of types
const INT64 = 7;

/** The network has something that is not known here: a newer page may know it. */
export class Unknown extends Error {}

/**
 * Prepare a network with one input and one output.
 * @param {ArrayBuffer} file
 * @returns {(input: Tensor) => Tensor} throws, as this does, Unknown
 */
export function network(file) {
  const graph = read(read(new Uint8Array(file))[7][0]);
  const constants = new Map(all(graph[5], constant));
  const nodes = all(graph[1], node);
  const [input] = all(graph[11], name).filter((name) => !constants.has(name));
  const [output] = all(graph[12], name);
  return (given) => {
    const known = new Map(constants).set(input, given);
    for (const { inputs, outputs, attributes, compute } of nodes) {
      const results = [compute(inputs.map((name) => known.get(name)), attributes, outputs.length)].flat();
      outputs.forEach((name, index) => known.set(name, results[index]));
    }
    return known.get(output);
  };
}

/**
 * Read a message of protocol buffers: its values by the number of their field.
 * @param {Uint8Array} bytes
 * @returns {any[][]} numbers, and bytes where the field has a length
 */
function read(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = [];
  let place = 0;
  const take = (/** @type {number} */ length) => bytes.subarray(place, (place += length));
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(place++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
  };
  const float = () => view.getFloat32((place += 4) - 4, true);
  const kinds = [varint, () => take(8), () => take(varint()), undefined, undefined, float];
  while (place < bytes.length) {
    const tag = varint();
    (found[tag >> 3] ??= []).push(kinds[tag & 7]());
  }
  return found;
}

/**
 * @template T
 * @param {Uint8Array[]} messages
 * @param {(fields: any[][]) => T} make
 */
const all = (messages = [], make) => messages.map((message) => make(read(message)));
const text = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);
const name = (/** @type {any[][]} */ fields) => text(fields[1][0]);

/**
 * @param {any[][]} fields of a TensorProto
 * @returns {[string, Tensor]}
 */
function constant({ 1: shape = [], 2: [type], 8: [name], 9: raw }) {
  if (!raw || (type !== FLOAT && type !== INT64)) throw new Unknown(`numbers of type ${type}`);
  const bytes = raw[0].slice().buffer; // of their own, where they begin at a multiple of their size
  const data = type === FLOAT ? new Float32Array(bytes) : Array.from(new BigInt64Array(bytes), Number);
  return [text(name), { shape, data }];
}

/** @param {any[][]} fields of a NodeProto */
function node({ 1: inputs = [], 2: outputs, 4: [type], 5: given }) {
  const attributes = Object.fromEntries(
    all(given, ({ 1: [name], 2: float, 3: int, 4: string }) => [text(name), float?.[0] ?? int?.[0] ?? text(string?.[0])]),
  );
  const kind = text(type);
  const [compute, may] = OPERATORS[kind] ?? [];
  const isKnown = ([name, value]) => may?.[name] === null || may?.[name] === value;
  if (!compute || !Object.entries(attributes).every(isKnown)) {
    throw new Unknown(`${kind} ${JSON.stringify(attributes)}`);
  }
  return { inputs: inputs.map(text), outputs: outputs.map(text), attributes, compute };
}

/**
 * By name: what is computed, and what the attributes may be: null for anything.
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
  Round: [each(roundHalfToEven)],
  Clip: [([tensor, least, most]) => each((value) => Math.min(Math.max(value, at(least)), at(most)))([tensor])],
  Reshape: [reshape],
  Split: [split, { axis: null, num_outputs: null }],
  Concat: [concat, { axis: null }],
  MatMul: [multiply],
  Gemm: [multiply, { alpha: 1, beta: 1, transA: 0, transB: 0 }],
  GridSample: [gridSample, { align_corners: 1, mode: "bilinear", padding_mode: "zeros" }],
  Softmax: [softmax, { axis: -1 }],
};

const at = (/** @type {Tensor} */ scalar) => scalar.data[0];
const size = (/** @type {number[]} */ shape) => shape.reduce((product, length) => product * length, 1);

/**
 * @param {(value: number) => number} compute
 * @returns {Operator}
 */
function each(compute) {
  return ([{ shape, data }]) => ({ shape, data: Float32Array.from(data, compute) });
}

/** @param {number} value */
function roundHalfToEven(value) {
  const low = Math.floor(value);
  const isUp = value - low > 0.5 || (value - low === 0.5 && low % 2 !== 0);
  return low + Number(isUp);
}

/**
 * An axis of length 1, or one that is missing in front, is repeated as often as the other tensor asks.
 * @param {(a: number, b: number) => number} compute
 * @returns {Operator}
 */
function pairwise(compute) {
  return ([a, b]) => {
    const rank = Math.max(a.shape.length, b.shape.length);
    const [one, other] = [a, b].map(({ shape }) => [...Array(rank - shape.length).fill(1), ...shape]);
    const shape = one.map((length, axis) => (length === 1 ? other[axis] : length));
    const data = new Float32Array(size(shape));
    const place = (/** @type {number[]} */ lengths, /** @type {number} */ index) => {
      let found = 0;
      for (let axis = rank - 1, step = 1; axis >= 0; step *= lengths[axis--]) {
        if (lengths[axis] > 1) found += (index % shape[axis]) * step;
        index = Math.floor(index / shape[axis]);
      }
      return found;
    };
    for (let i = 0; i < data.length; i++) data[i] = compute(a.data[place(one, i)], b.data[place(other, i)]);
    return { shape, data };
  };
}

/** @type {Operator} */
function reshape([{ shape: old, data }, wanted]) {
  const shape = Array.from(wanted.data, (length, axis) => (length === 0 ? old[axis] : length));
  const open = shape.indexOf(-1);
  if (open >= 0) shape[open] = -data.length / size(shape);
  return { shape, data };
}

/** @type {Operator} */
function split([{ shape, data }, lengths], { axis = 0, num_outputs: parts }, outputs) {
  const along = Number(axis) < 0 ? shape.length + Number(axis) : Number(axis);
  const equal = Math.ceil(shape[along] / Number(parts ?? outputs));
  const inner = size(shape.slice(along + 1));
  let start = 0;
  return Array.from({ length: outputs }, (_, part) => {
    const length = lengths ? lengths.data[part] : Math.min(equal, shape[along] - start);
    const from = start;
    start += length;
    const own = shape.with(along, length);
    const row = length * inner;
    const place = (/** @type {number} */ i) => (Math.floor(i / row) * shape[along] + from) * inner + (i % row);
    return { shape: own, data: Float32Array.from({ length: size(own) }, (_, i) => data[place(i)]) };
  });
}

/** @type {Operator} */
function concat(tensors, { axis }) {
  const [{ shape }] = tensors;
  const along = Number(axis) < 0 ? shape.length + Number(axis) : Number(axis);
  const rows = tensors.map((tensor) => size(tensor.shape.slice(along)));
  const data = [];
  for (let outer = 0; outer < size(shape.slice(0, along)); outer++) {
    tensors.forEach((tensor, i) => data.push(...tensor.data.slice(outer * rows[i], (outer + 1) * rows[i])));
  }
  const length = tensors.reduce((sum, tensor) => sum + tensor.shape[along], 0);
  return { shape: shape.with(along, length), data: Float32Array.from(data) };
}

/**
 * Multiply two matrices, and add a row (Gemm). Most inputs are paper or off, so what is 0 is passed over.
 * @type {Operator}
 */
function multiply([{ shape: [rows, inner], data: left }, { shape: [, columns], data: right }, bias]) {
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const sums = new Float32Array(columns);
    for (let i = 0; i < inner; i++) {
      const factor = left[row * inner + i];
      if (factor === 0) continue;
      for (let column = 0, place = i * columns; column < columns; column++) sums[column] += factor * right[place++];
    }
    data.set(sums, row * columns);
  }
  const product = { shape: [rows, columns], data };
  return bias ? OPERATORS.Add[0]([product, bias], {}, 1) : product;
}

/**
 * Look at an image where a grid of places says, between pixels too; around the image is nothing.
 * Each step is rounded to 32 bits, as onnxruntime's is: the network rounds what it sees, and a half may go either way.
 * @type {Operator}
 */
function gridSample([{ shape: [images, channels, height, width], data: pixels }, { shape: [, rows, columns], data: grid }]) {
  const seen = rows * columns;
  const data = new Float32Array(images * channels * seen);
  const pixel = (/** @type {number} */ plane, /** @type {number} */ y, /** @type {number} */ x) =>
    y >= 0 && y < height && x >= 0 && x < width ? pixels[(plane * height + y) * width + x] : 0;
  for (let i = 0; i < data.length; i++) {
    const plane = Math.floor(i / seen);
    const place = 2 * (Math.floor(plane / channels) * seen + (i % seen));
    const [x, y] = [width, height].map((side, axis) => float(float(float(grid[place + axis] + 1) / 2) * (side - 1)));
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const row = (/** @type {number} */ y) => mix(x - left, pixel(plane, y, left), pixel(plane, y, left + 1));
    data[i] = mix(y - top, row(top), row(top + 1));
  }
  return { shape: [images, channels, rows, columns], data };
}

const float = Math.fround;

/**
 * @param {number} share of the second, 0..1
 * @param {number} first
 * @param {number} second
 */
const mix = (share, first, second) => float(float(float(1 - share) * first) + float(float(share) * second));

/** @type {Operator} */
function softmax([{ shape, data }]) {
  const length = shape.at(-1);
  const result = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += length) {
    const row = data.slice(start, start + length);
    const most = Math.max(...row);
    const powers = Array.from(row, (value) => Math.exp(value - most));
    const sum = powers.reduce((sum, power) => sum + power, 0);
    result.set(powers.map((power) => power / sum), start);
  }
  return { shape, data: result };
}
