// Interpreter of ONNX models. Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
import { FLOAT, OPERATORS } from "./operators.js";

/** @typedef {import("./operators.js").Tensor} Tensor */
/** @typedef {import("./operators.js").Attributes} Attributes */
/** @typedef {(operator: string, inputs: Tensor[]) => void} Observer gets the inputs of each node before it is computed */
/** @typedef {any[][]} Fields values of a protocol buffer message by field number: numbers, or bytes for nested messages */

const INT64 = 7; // ONNX data type

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
  const isSupported = Object.entries(attributes).every(([name, value]) => {
    const rule = allowed?.[name];
    return typeof rule === "function" ? rule(value) : rule === null || rule === value;
  });
  if (!compute || !isSupported) throw new UnsupportedModel(`${operator} ${JSON.stringify(attributes).slice(0, 200)}`);
  return { operator, inputs: inputs.map(decodeText), outputs: outputs.map(decodeText), attributes, compute };
}

/**
 * @param {Fields} fields of an AttributeProto
 * @returns {[string, Attributes[string]]}
 */
function parseAttribute({ 1: [name], 2: float, 3: int, 4: string, 7: floats, 8: ints, 9: strings }) {
  const list = floats ?? ints ?? strings?.map(decodeText);
  return [decodeText(name), list ?? float?.[0] ?? int?.[0] ?? decodeText(string?.[0])];
}
