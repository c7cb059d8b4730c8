"""Nothing comes in; the JSON Schemas of what the routes under /api take and give go out, by name."""

from digits.preprocess import SIZE
from export.openapi.shapes import Schema, answer, number, ref, request, rows, text, whole

PICTURE = text(pattern="^data:image/png;base64,", description="A grey PNG as a data URL.")
SHARE = number(minimum=0, maximum=1)
SHARES = rows(SHARE, "One share for each digit, 0 to 9; together 1.", 10)
DIGIT = whole(minimum=0, maximum=9)
PIXEL = whole(minimum=0, maximum=SIZE - 1)
NAME = text("The model's name, as it stands in paths.", examples=["mlp", "tree"])
VERSION = text("The first twelve digits of the model file's SHA-256.", pattern="^[0-9a-f]{12}$")
TENSOR = answer(
    "An input or output of the ONNX graph.",
    {"name": text(), "dtype": text(), "shape": rows({"type": ["integer", "string"]})},
)
FILE = {
    "file": text("The ONNX file."),
    "bytes": whole("The size of the file.", minimum=1),
    "sha256": text("The SHA-256 of the file.", pattern="^[0-9a-f]{64}$"),
}
PARITY = {"type": "object", "description": "How far the answers of the file are from those of the trained model."}
PREDICTION = {
    "model": NAME,
    "version": VERSION,
    "digit": DIGIT | {"description": "The likeliest digit."},
    "probabilities": SHARES,
}
EXPLANATION = {"explanation": {"oneOf": [ref("NetworkExplanation"), ref("TreeExplanation")]}}
INPUT = PICTURE | {"description": f"What the models see of the drawing: a grey {SIZE} x {SIZE} PNG as a data URL."}

STEP = answer(
    "One test of one pixel.",
    {
        "row": PIXEL | {"description": "Of the tested pixel in `seen`."},
        "column": PIXEL | {"description": "Of the tested pixel in `seen`."},
        "position": rows(number(), "Row and column in `input` of what the pixel is made of.", 2),
        "threshold": number("The value that the test compares with."),
        "value": number("The value of the pixel.", minimum=0, maximum=255),
        "side": text("`low` where the value is not above the threshold.", enum=["low", "high"]),
        "samples": whole("How many of the training images came this way.", minimum=1),
        "probabilities": SHARES | {"description": "The shares of the classes after the step."},
    },
)
EXPLAINED = {
    "method": text("The method's short name."),
    "score": number("What is explained."),
    "baseline": number("The score before anything is seen."),
    "attribution": rows(
        rows(number(), "", SIZE),
        "What each pixel of `input` adds to the score; the sum is `score` less `baseline`.",
        SIZE,
    ),
    "seen": PICTURE | {"description": "What the model made of `input` before it judged, as a data URL."},
}

SCHEMAS: dict[str, Schema] = {
    "Drawing": request(
        "A drawing inside JSON or a form.",
        {"drawing_data": text("An image as canvas.toDataURL() gives it, or its bare base64.", format="data-url")},
        ["drawing_data"],
    ),
    "Prediction": answer("What one model answers.", PREDICTION | {"input": INPUT}, EXPLANATION),
    "Comparison": answer(
        "What every model answers to the same picture.",
        {"input": INPUT, "predictions": rows(answer("What one model answers.", PREDICTION, EXPLANATION))},
    ),
    "NetworkExplanation": answer(
        "How much each pixel speaks for the digit and against the runner-up. "
        "The score is the logarithm of the ratio of their probabilities, shared out by DeepLIFT's rescale rule "
        "(Shrikumar et al., ICML 2017) against a blank picture.",
        EXPLAINED | {"runner_up": DIGIT | {"description": "The second likeliest digit."}},
    ),
    "TreeExplanation": answer(
        "The way from the tree's root to the leaf that answers. The score is the digit's share there; each step's "
        "change of it belongs to the pixel that is tested (Saabas, 2014).",
        EXPLAINED
        | {
            "path": rows(STEP, "The tests on the way."),
            "root": SHARES | {"description": "The shares of the classes before the first test."},
        },
    ),
    "Models": answer(
        "The models that are served.",
        {
            "bundle": VERSION | {"description": "The version of them all: the start of their manifest's sha256."},
            "models": rows(ref("Model")),
        },
    ),
    "Model": answer(
        "What the manifest says of one model.",
        {
            **FILE,
            "name": NAME,
            "title": text("The model's name for people."),
            "version": VERSION,
            "input": TENSOR,
            "output": TENSOR,
            "labels": rows(DIGIT, "The class at each place of the output."),
            "metrics": {"type": "object", "description": "Measured with onnxruntime on MNIST's test images."},
            "parity": PARITY,
            "explanation": answer("What explains the model's answers.", {**FILE, "parity": PARITY}),
            "recipe": {"type": "object", "description": "How the model was trained."},
            "tools": {"type": "object", "description": "What made the file, with versions."},
        },
    ),
    "Health": answer(
        "Every model has answered.",
        {
            "status": text(const="ok"),
            "models": {"type": "object", "description": "Versions by name.", "additionalProperties": VERSION},
        },
    ),
    "OriginalAnswer": answer(
        "The answer of the application that this one replaces.",
        {
            "result": whole("1: the picture was read.", const=1),
            "error": text("Empty.", const=""),
            "data": SHARES,
        },
    ),
    "OriginalRefusal": answer(
        "What the application that this one replaces says when it cannot answer.",
        {
            "result": whole("0: see `error`.", const=0),
            "error": text("What is wrong and what to do.", minLength=1),
            "data": rows({}, "Empty.", maxItems=0),
        },
    ),
    "Problem": answer(
        "What is wrong with a request (RFC 9457).",
        {
            "type": text("The kind of problem, for programs.", format="uri"),
            "title": text("The kind of problem, for people.", minLength=1),
            "status": whole("The HTTP status.", minimum=400, maximum=599),
            "detail": text("What is wrong and what to do.", minLength=1),
        },
    ),
}
