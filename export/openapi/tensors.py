"""Nothing comes in; the JSON Schemas of what the Open Inference Protocol takes and gives go out, by name."""

from digits.preprocess import SIZE
from digits.tensors import BYTES, INPUT, MAX_BATCH, MAX_ID, OUTPUTS
from export.openapi.schemas import DIGIT, NAME, SHARE, VERSION
from export.openapi.shapes import Schema, answer, ref, request, rows, text, whole

OUTPUT = text(enum=[*OUTPUTS])
SHAPE = rows(whole(minimum=-1), "-1: as many as are sent.")
METADATA = answer("A tensor that a model takes or gives.", {"name": text(), "datatype": text(), "shape": SHAPE})
IN_BINARY = {"type": "boolean", "description": "Whether to send it in binary, behind the JSON."}
SIZE_IN_BINARY = whole("How many bytes of it follow the JSON.", minimum=0)

SCHEMAS: dict[str, Schema] = {
    "Server": answer(
        "The server.",
        {"name": text(), "version": text(), "extensions": rows(text(), "What it knows beyond the protocol.")},
    ),
    "ServerLive": answer("The server answers.", {"live": {"const": True}}),
    "ServerReady": answer("Every model has answered.", {"live": {"const": True}, "ready": {"const": True}}),
    "ModelReady": answer("The model has answered.", {"name": NAME, "ready": {"const": True}}),
    "ModelMetadata": answer(
        "What a model takes and gives.",
        {
            "name": NAME,
            "versions": rows(VERSION),
            "platform": text(),
            "inputs": rows(METADATA),
            "outputs": rows(METADATA),
        },
    ),
    "InferenceRequest": request(
        f"Images, each {SIZE} x {SIZE}, 0 for paper to 255 for ink, as `input` shows them: they are not normalized.",
        {
            "id": text("It comes back with the answer.", maxLength=MAX_ID),
            "parameters": request("", {"binary_data_output": IN_BINARY}, []),
            "inputs": rows(ref("Images"), "One tensor, with all the images in it.", 1),
            "outputs": rows(
                request("", {"name": OUTPUT, "parameters": request("", {"binary_data": IN_BINARY}, [])}, ["name"]),
                "What to answer, each at most once, in this order. Without it, or empty: everything.",
            ),
        },
        ["inputs"],
    ),
    "Images": request(
        "The input of the models.",
        {
            "name": text(const=INPUT["name"]),
            "datatype": text("FP32 is rounded to whole numbers.", enum=[*BYTES]),
            "shape": {
                "type": "array",
                "prefixItems": [whole(minimum=1, maximum=MAX_BATCH), {"const": SIZE}, {"const": SIZE}],
                "items": False,
                "minItems": 3,
            },
            "data": {
                "type": "array",
                "description": "The pixels, row by row: flat, or nested as the shape is. Whole numbers for UINT8.",
                "items": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 255}, {"type": "array"}]},
                "minItems": 1,
            },
            "parameters": request("", {"binary_data_size": SIZE_IN_BINARY}, []),
        },
        ["name", "datatype", "shape"],
    ),
    "InferenceAnswer": answer(
        "The outputs, in the order in which they were asked for.",
        {
            "model_name": NAME,
            "model_version": VERSION,
            "outputs": rows(
                answer(
                    "One output. Its data is flat.",
                    {"name": OUTPUT, "datatype": text(enum=["FP32", "INT64"]), "shape": rows(whole(minimum=1))},
                    {
                        "data": rows({"anyOf": [SHARE, DIGIT]}),
                        "parameters": answer("", {"binary_data_size": SIZE_IN_BINARY}),
                    },
                )
            ),
        },
        {"id": text("That of the request.")},
    ),
    "InferenceError": answer("What is wrong and what to do.", {"error": text(minLength=1)}),
}
