"""Reference app: the same predictions, written as in the tutorials of FastAPI, Mangum, pydantic and onnxruntime.

Only `make bench` uses it.
"""

import base64
import io
import json
from enum import StrEnum
from pathlib import Path

import onnxruntime as ort
from fastapi import FastAPI
from mangum import Mangum
from PIL import Image
from pydantic import BaseModel

from digits import preprocess  # the same preprocessing, so that predictions are equal

MODELS = Path(preprocess.__file__).with_name("models")


class Model(StrEnum):
    mlp = "mlp"
    tree = "tree"


class Drawing(BaseModel):
    drawing_data: str


class Prediction(BaseModel):
    model: Model
    version: str
    digit: int
    probabilities: list[float]
    input: str


app = FastAPI()
manifest = json.loads((MODELS / "manifest.json").read_text())["models"]
sessions = {model: ort.InferenceSession(MODELS / manifest[model]["file"]) for model in Model}


@app.post("/api/predict/{model}")
def predict(model: Model, body: Drawing) -> Prediction:
    image = Image.open(io.BytesIO(base64.b64decode(body.drawing_data.split(",")[-1])))
    picture = preprocess.normalize(image)
    session = sessions[model]
    (probabilities,) = session.run(["probabilities"], {session.get_inputs()[0].name: picture[None]})
    return Prediction(
        model=model,
        version=manifest[model]["version"],
        digit=int(probabilities[0].argmax()),
        probabilities=probabilities[0].tolist(),
        input=as_data_url(Image.fromarray(picture)),
    )


def as_data_url(image: Image.Image) -> str:
    png = io.BytesIO()
    image.save(png, format="PNG")
    return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()


handler = Mangum(app)
