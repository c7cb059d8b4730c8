"""Images come in; the digits go out in one slant, size and place, by a graph that each exported model begins with.

Moment normalization as in R. G. Casey, "Moment normalization of handprinted characters", IBM Journal of Research and
Development 14 (5), 1970: the first moments of the ink give its place, the second its slant, height and width. There is
one definition, an ONNX graph, so that training sees exactly the pixels that serving sees. The sums of whole numbers are
exact in float32 and the pixels are rounded, so that an image looks the same alone and among others.
"""

from functools import cache

import numpy as np
import onnx
import onnx.numpy_helper
import onnx.parser
import onnxruntime as ort
from numpy.typing import NDArray

from training.dataset import Images
from training.recipes import View

SIDE = 28
CENTRE = 14.0  # where `digits.preprocess.normalize` puts the centre of mass: moments about it stay small
NARROWEST, WIDEST = 2.2, 8.0  # pixels of standard deviation that are believed: a one is narrow, and stays so
LEAST = 2.0  # square pixels added to each variance: that of a dot is not to be divided by

# Few nodes: onnxruntime spends 0.3 to 0.4 us on each, more than on what it computes.
GRAPH = """
<ir_version: 10, opset_import: ["": 18]>
moments (uint8[batch,28,28] images) => (float[batch,{pixels}] pixels) {{
    flat = Reshape (images, row)
    grey = Cast <to = 1> (flat)
    sums = Gemm (grey, powers, least)
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
    spread = Clip (deviations, narrowest, widest)
    lean = Mul (slant, spread)
    pose = Concat <axis = 1> (spread, lean, firsts)
    sources = Gemm (pose, unit_sources, centre)
    grid = Reshape (sources, grid_shape)
    image = Reshape (grey, image_shape)
    {blur}
    seen = GridSample <align_corners = 1, mode = "bilinear", padding_mode = "zeros"> (blurred, grid)
    whole = Round (seen)
    pixels = Reshape (whole, view_shape)
}}
"""


def model(view: View) -> onnx.ModelProto:
    """Build the graph: `images` (batch, 28, 28) uint8 -> `pixels` (batch, rows * columns) float32, both 0..255."""
    y, x = np.mgrid[:SIDE, :SIDE].reshape(2, -1) - CENTRE
    one = np.ones(SIDE * SIDE)
    row, column = np.mgrid[: view.rows, : view.columns].reshape(2, -1)
    down = (row - (view.rows - 1) / 2) / view.row_deviation  # in standard deviations from the middle of the view
    right = (column - (view.columns - 1) / 2) / view.column_deviation
    zero, unit = np.zeros_like(down), np.ones_like(down)
    before, after = (view.blur - 1) // 2, view.blur // 2  # an even square moves the image by half a pixel
    # What the source (x, y) of each pixel has of: width, height, lean of the width, lean of the height, mean x, y, x.
    sources = [(right, zero), (zero, down), (zero, zero), (down, zero), (unit, zero), (zero, unit), (zero, zero)]
    to_grid = 2 / (SIDE - 1)  # GridSample's coordinates: -1 and 1 are the outermost pixels
    constants: dict[str, NDArray[np.generic]] = {
        "row": np.array([-1, SIDE * SIDE]),
        "powers": np.stack([one, x, y, x, x, y, y, x * x + LEAST, y * y + LEAST, x * y], axis=1).astype(np.float32),
        "least": np.array([1, 0, 0, 0, 0, 0, 0, LEAST, LEAST, 0], np.float32),
        "parts": np.array([1, 9]),
        "narrowest": np.array(NARROWEST, np.float32),
        "widest": np.array(WIDEST, np.float32),
        "unit_sources": (np.stack(sources).transpose(0, 2, 1).reshape(7, -1) * to_grid).astype(np.float32),
        "centre": np.array([(CENTRE - (SIDE - 1) / 2 - (after - before) / 2) * to_grid], np.float32),
        "grid_shape": np.array([-1, view.rows, view.columns, 2]),
        "image_shape": np.array([-1, 1, SIDE, SIDE]),
        "view_shape": np.array([-1, view.rows * view.columns]),
    }
    kernel, pads = [view.blur] * 2, [before, before, after, after]
    blur = f"AveragePool <kernel_shape = {kernel}, pads = {pads}, count_include_pad = 1>"
    text = GRAPH.format(
        pixels=view.rows * view.columns, blur=f"blurred = {blur if view.blur > 1 else 'Identity'} (image)"
    )
    graph = onnx.parser.parse_model(text)
    graph.graph.initializer.extend(onnx.numpy_helper.from_array(v, k) for k, v in constants.items())
    onnx.checker.check_model(graph, full_check=True)
    return graph


def pixels(images: Images, view: View | None) -> NDArray[np.float32]:
    """What a model is shown: (n, 28, 28) uint8 -> (n, rows * columns) float32, whole numbers; as they are for None."""
    if view is None:
        return images.reshape(len(images), -1).astype(np.float32)
    return _session(view).run(["pixels"], {"images": images})[0]  # type: ignore[no-any-return]


@cache
def _session(view: View) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(model(view).SerializeToString(), options, providers=["CPUExecutionProvider"])
