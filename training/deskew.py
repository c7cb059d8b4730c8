"""Images come in; the same images sheared upright go out, by a graph that also stands in front of the exported tree.

The slant is that of the principal axis: the least-squares line of the columns over the rows of the ink. There is one
definition, an ONNX graph, so that training sees exactly the pixels that serving sees. Moments are summed in float64,
where they are exact, and the pixels are rounded, so that a threshold at .5 divides them alike everywhere.
"""

from functools import cache

import numpy as np
import onnx
import onnx.numpy_helper
import onnx.parser
import onnxruntime as ort
from numpy.typing import NDArray

from training.dataset import Images

GRAPH = """
<ir_version: 10, opset_import: ["": 18]>
deskew (uint8[batch,28,28] images) => (float[batch,784] pixels) {
    exact = Cast <to = 11> (images)
    flat = Reshape (exact, row)
    moments = MatMul (flat, powers)
    mass, x, y, xy, yy = Split <axis = 1, num_outputs = 5> (moments)
    ink = Max (mass, one)
    row_mean = Div (y, ink)
    x_part = Mul (x, row_mean)
    y_part = Mul (y, row_mean)
    covariance = Sub (xy, x_part)
    spread = Sub (yy, y_part)
    variance = Max (spread, one)
    slant = Div (covariance, variance)
    from_mean = Sub (rows, row_mean)
    moved = Mul (slant, from_mean)
    moved_grid = Mul (moved, pixel)
    moved_float = Cast <to = 1> (moved_grid)
    moved_rows = Unsqueeze (moved_float, last_axes)
    columns = Add (grid_columns, moved_rows)
    columns_axis = Unsqueeze (columns, last)
    shape = Shape (columns_axis)
    rows_axis = Expand (grid_rows, shape)
    grid = Concat <axis = 3> (columns_axis, rows_axis)
    grey = Cast <to = 1> (images)
    grey_channel = Unsqueeze (grey, channel)
    upright = GridSample <align_corners = 1, mode = "bilinear", padding_mode = "zeros"> (grey_channel, grid)
    whole = Round (upright)
    pixels = Reshape (whole, row)
}
"""


def model() -> onnx.ModelProto:
    """Build the graph: `images` (batch, 28, 28) uint8 -> `pixels` (batch, 784) float32, whole numbers 0..255."""
    y, x = np.mgrid[:28, :28].reshape(2, 784).astype(np.float64)
    unit = np.linspace(-1, 1, 28, dtype=np.float32)  # GridSample's coordinates: -1 and 1 are the outermost pixels
    constants: dict[str, NDArray[np.generic]] = {
        "row": np.array([-1, 784]),
        "powers": np.stack([np.ones(784), x, y, x * y, y * y], axis=1),
        "one": np.array(1.0),
        "rows": np.arange(28.0)[None],
        "pixel": np.array(2 / 27),
        "last_axes": np.array([2]),
        "last": np.array([3]),
        "channel": np.array([1]),
        "grid_columns": unit[None, None, :],
        "grid_rows": unit[None, :, None, None],
    }
    graph = onnx.parser.parse_model(GRAPH)
    graph.graph.initializer.extend(onnx.numpy_helper.from_array(v, k) for k, v in constants.items())
    onnx.checker.check_model(graph, full_check=True)
    return graph


def deskew(images: Images) -> NDArray[np.float32]:
    """Shear each image upright: (n, 28, 28) uint8 -> (n, 784) float32, whole numbers, both 0..255."""
    return _session().run(["pixels"], {"images": images})[0]  # type: ignore[no-any-return]


@cache
def _session() -> ort.InferenceSession:
    return ort.InferenceSession(model().SerializeToString(), providers=["CPUExecutionProvider"])
