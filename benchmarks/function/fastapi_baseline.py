"""FastAPI baseline: the leanest FastAPI, Mangum and onnxruntime handler, with the artifact's packages.

It uses the start-up settings of the shipped application and the prediction of the bare baseline.
"""

# ruff: noqa: I001

from digits import startup  # before every other import

from bare_baseline import predict  # type: ignore[import-not-found]  # copied beside this file
from fastapi import FastAPI
from mangum import Mangum
from pydantic import BaseModel


class Drawing(BaseModel):
    drawing_data: str


class Prediction(BaseModel):
    digit: int
    probabilities: list[float]


app = FastAPI(openapi_url=None)  # no documentation


@app.post("/api/predict/mlp")
async def predict_mlp(drawing: Drawing) -> Prediction:
    return Prediction(**predict(drawing.drawing_data))


handler = Mangum(app, lifespan="off")
startup.finish()
