"""Moment normalization of a digit's slant, size and position: the ONNX graph that each exported model begins with.

R. G. Casey, "Moment normalization of handprinted characters", IBM Journal of Research and Development 14 (5), 1970: the
first moments of the ink are its position, the second its slant, height and width. Training runs the same graph as
serving. Sums of integers are exact in float32 and the pixels are rounded, so the result is independent of the batch.
"""

from functools import cache

import numpy as np
import onnx
import onnx.numpy_helper
import onnx.parser
import onnxruntime as ort
from numpy.typing import NDArray

from digits.preprocess import CENTER, SIZE
from training.dataset import Images
from training.recipes import InputTransform

MIN_DEVIATION, MAX_DEVIATION = 2.2, 8.0  # pixels; the bounds of the measured deviation, so that a one stays narrow
ADDED_VARIANCE = 2.0  # square pixels added to each variance: a dot's is close to zero

# Few nodes: onnxruntime spends 0.3 to 0.4 us on each, more than on its computation.
GRAPH = """
<ir_version: 10, opset_import: ["": 18]>
deskew (uint8[batch,28,28] images) => (float[batch,{pixels}] pixels) {{
    flat = Reshape (images, row)
    gray = Cast <to = 1> (flat)
    sums = Gemm (gray, powers, added)
    mass, moments = Split <axis = 1> (sums, parts)
    means = Div (moments, mass)
    firsts, others, seconds = Split <axis = 1, num_outputs = 3> (means)
    products = Mul (firsts, others)
    central = Sub (seconds, products)
    width, height, covariance = Split <axis = 1, num_outputs = 3> (central)
    slant = Div (covariance, height)
    slanted = Mul (slant, covariance)
    upright = Sub (width, slanted)
    variances = Concat <axis = 1> (upright, height)
    deviations = Sqrt (variances)
    spread = Clip (deviations, min_deviation, max_deviation)
    lean = Mul (slant, spread)
    pose = Concat <axis = 1> (spread, lean, firsts)
    sources = Gemm (pose, unit_sources, center)
    grid = Reshape (sources, grid_shape)
    image = Reshape (gray, image_shape)
    {blur}
    seen = GridSample <align_corners = 1, mode = "bilinear", padding_mode = "zeros"> (blurred, grid)
    whole = Round (seen)
    pixels = Reshape (whole, output_shape)
}}
"""


def build_graph(transform: InputTransform) -> onnx.ModelProto:
    """Build the graph: `images` (batch, 28, 28) uint8 -> `pixels` (batch, rows * columns) float32, both 0..255."""
    y, x = np.mgrid[:SIZE, :SIZE].reshape(2, -1) - CENTER
    one = np.ones(SIZE * SIZE)
    powers = [one, x, y, x, x, y, y, x * x + ADDED_VARIANCE, y * y + ADDED_VARIANCE, x * y]
    row, column = np.mgrid[: transform.rows, : transform.columns].reshape(2, -1)
    down = (row - (transform.rows - 1) / 2) / transform.row_deviation  # in standard deviations from the center
    right = (column - (transform.columns - 1) / 2) / transform.column_deviation
    zero, unit = np.zeros_like(down), np.ones_like(down)
    before, after = (transform.blur - 1) // 2, transform.blur // 2  # an even square shifts the image by half a pixel
    # Coefficients of each pixel's source (x, y) for width, height, lean of each, mean x, y, x.
    sources = [(right, zero), (zero, down), (zero, zero), (down, zero), (unit, zero), (zero, unit), (zero, zero)]
    to_grid = 2 / (SIZE - 1)  # GridSample's coordinates: -1 and 1 are the outermost pixels
    constants: dict[str, NDArray[np.generic]] = {
        "row": np.array([-1, SIZE * SIZE]),
        "powers": np.stack(powers, axis=1).astype(np.float32),
        "added": np.array([1, 0, 0, 0, 0, 0, 0, ADDED_VARIANCE, ADDED_VARIANCE, 0], np.float32),
        "parts": np.array([1, 9]),
        "min_deviation": np.array(MIN_DEVIATION, np.float32),
        "max_deviation": np.array(MAX_DEVIATION, np.float32),
        "unit_sources": (np.stack(sources).transpose(0, 2, 1).reshape(7, -1) * to_grid).astype(np.float32),
        "center": np.array([(CENTER - (SIZE - 1) / 2 - (after - before) / 2) * to_grid], np.float32),
        "grid_shape": np.array([-1, transform.rows, transform.columns, 2]),
        "image_shape": np.array([-1, 1, SIZE, SIZE]),
        "output_shape": np.array([-1, transform.rows * transform.columns]),
    }
    kernel, pads = [transform.blur] * 2, [before, before, after, after]
    pool = f"AveragePool <kernel_shape = {kernel}, pads = {pads}, count_include_pad = 1>"
    blur = f"blurred = {pool if transform.blur > 1 else 'Identity'} (image)"
    graph = onnx.parser.parse_model(GRAPH.format(pixels=transform.rows * transform.columns, blur=blur))
    graph.graph.initializer.extend(onnx.numpy_helper.from_array(v, k) for k, v in constants.items())
    onnx.checker.check_model(graph, full_check=True)
    return graph


def transform_images(images: Images, transform: InputTransform | None) -> NDArray[np.float32]:
    """Return the model's input: (n, 28, 28) uint8 -> (n, rows * columns) float32, integers 0..255; None: unchanged."""
    if transform is None:
        return images.reshape(len(images), -1).astype(np.float32)
    return _session(transform).run(["pixels"], {"images": images})[0]  # type: ignore[no-any-return]


@cache
def _session(transform: InputTransform) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(build_graph(transform).SerializeToString(), options, providers=["CPUExecutionProvider"])
