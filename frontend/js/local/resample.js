// Downscaling of gray pictures, bit for bit as Pillow, which the server uses.
// Pillow computes with integers, so its rounding is part of the result: src/libImaging/{Reduce,Resample}.c.

/** @typedef {{width: number, height: number, pixels: Uint8Array}} Picture gray, 0..255, row by row */
/** @typedef {[left: number, upper: number, right: number, lower: number]} Box */

const SUPPORT = 0.5; // pixels of the result; how far bilinear weights extend beyond a pixel's edge
const ONE = 2 ** 22; // a weight of 1, in fixed point

/**
 * Average rectangles of pixels; those at the right and lower edges may be smaller.
 * @param {Picture} picture
 * @param {number} across pixels of a rectangle
 * @param {number} down
 * @param {Box} [box] the part of the picture
 * @returns {Picture}
 */
export function reduce(picture, across, down, [left, upper, right, lower] = [0, 0, picture.width, picture.height]) {
  const width = Math.ceil((right - left) / across);
  const height = Math.ceil((lower - upper) / down);
  const pixels = new Uint8Array(width * height);
  for (let y = 0, offset = 0; y < height; y++) {
    const top = upper + y * down;
    const bottom = Math.min(top + down, lower);
    for (let x = 0; x < width; x++) {
      const start = left + x * across;
      const end = Math.min(start + across, right);
      const count = (end - start) * (bottom - top);
      let sum = Math.floor(count / 2);
      for (let row = top; row < bottom; row++) {
        for (let i = row * picture.width + start; i < row * picture.width + end; i++) sum += picture.pixels[i];
      }
      pixels[offset++] = (sum * Math.floor(Math.fround(2 ** 24 / count))) / 2 ** 24;
    }
  }
  return { width, height, pixels };
}

/**
 * Scale a part of a picture down, bilinearly, after averaging rectangles where `gap` of them fit into a pixel.
 * @param {Picture} picture
 * @param {number} width of the result
 * @param {number} height
 * @param {Box} box
 * @param {number} gap
 * @returns {Picture}
 */
export function resize(picture, width, height, box, gap) {
  let [source, area] = [picture, box];
  const [left, upper, right, lower] = box;
  const scale = [(right - left) / width, (lower - upper) / height];
  const [across, down] = scale.map((pixels) => Math.max(1, Math.floor(pixels / gap)));
  if (across > 1 || down > 1) {
    const [x, y] = scale.map((pixels) => SUPPORT * pixels);
    /** @type {Box} */
    const around = [
      Math.max(0, Math.floor(left - x)),
      Math.max(0, Math.floor(upper - y)),
      Math.min(picture.width, Math.ceil(right + x)),
      Math.min(picture.height, Math.ceil(lower + y)),
    ];
    source = reduce(picture, across, down, around);
    area = [
      (left - around[0]) / across,
      (upper - around[1]) / down,
      (right - around[0]) / across,
      (lower - around[1]) / down,
    ];
  }
  const [start, top, end, bottom] = area.map(Math.fround);
  const scaleRows = (/** @type {Picture} */ rows) => resample(rows, start, end, width);
  const scaleColumns = (/** @type {Picture} */ rows) => transpose(resample(transpose(rows), top, bottom, height));
  const isTall = source.height > height && source.height - height > 2 * (source.width - width);
  return isTall ? scaleRows(scaleColumns(source)) : scaleColumns(scaleRows(source)); // both round: the order matters
}

/**
 * Scale from `start` to `end` along the rows.
 * @param {Picture} picture
 * @param {number} start
 * @param {number} end
 * @param {number} width of the result
 * @returns {Picture}
 */
function resample(picture, start, end, width) {
  if (picture.width === width && start === 0 && end === width) return picture;
  const pixels = new Uint8ClampedArray(width * picture.height);
  const scale = Math.fround(end - start) / width;
  const reach = Math.max(scale, 1);
  for (let x = 0; x < width; x++) {
    const center = start + (x + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - reach + 0.5));
    const last = Math.min(picture.width, Math.trunc(center + reach + 0.5));
    const triangle = Array.from({ length: last - first }, (_, i) =>
      Math.max(0, 1 - Math.abs((i + first - center + 0.5) * (1 / reach))),
    );
    const sum = triangle.reduce((total, weight) => total + weight, 0);
    const weights = triangle.map((weight) => Math.trunc(0.5 + (weight / sum) * ONE));
    for (let y = 0; y < picture.height; y++) {
      const row = y * picture.width + first;
      const total = weights.reduce((total, weight, i) => total + weight * picture.pixels[row + i], ONE / 2);
      pixels[y * width + x] = Math.floor(total / ONE);
    }
  }
  return { width, height: picture.height, pixels: new Uint8Array(pixels.buffer) };
}

/**
 * @param {Picture} picture
 * @returns {Picture}
 */
function transpose({ width, height, pixels }) {
  const transposed = new Uint8Array(pixels.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) transposed[x * height + y] = pixels[i++];
  }
  return { width: height, height: width, pixels: transposed };
}
