"""FastAPI and TensorFlow server that loads the MLP for each request, as the original application did."""

import base64
import os
from typing import Any

import keras
from fastapi import FastAPI
from pydantic import BaseModel

from digits.decode import decode
from digits.preprocess import normalize


class Drawing(BaseModel):
    drawing_data: str


app = FastAPI()


@app.post("/predict")
def predict(body: Drawing) -> dict[str, Any]:
    picture = normalize(decode(base64.b64decode(body.drawing_data.partition(",")[2])))
    model = keras.models.load_model(os.environ["KERAS_MODEL"])
    probabilities = model.predict(picture.reshape(1, -1) / 255, verbose=0)[0]
    return {"digit": int(probabilities.argmax()), "probabilities": probabilities.tolist()}
