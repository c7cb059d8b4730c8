"""Predictions for a drawing, by one model or by every model."""

from typing import Any

from fastapi import APIRouter, Request

from digits.decode import as_data_url
from digits.dependencies import AllModels, BodyPicture, Explain, Model
from digits.errors import (
    MalformedRequest,
    ModelUnavailable,
    NotAnImage,
    NothingDrawn,
    TooLarge,
    UnknownModel,
    UnsupportedMediaType,
)
from digits.http.timing import timed
from digits.openapi.document import PICTURE_BODY, errors, link
from digits.preprocess import Picture
from digits.registry import Classifier
from digits.schemas import Comparison, ModelPrediction, Prediction

PICTURE_ERRORS = (MalformedRequest, TooLarge, UnsupportedMediaType, NotAnImage, NothingDrawn, ModelUnavailable)
MODEL = "$response.body#/model"

router = APIRouter(tags=["drawings"])


@router.post(
    "/api/predict/{model}",
    operation_id="predict",
    summary="Classify a drawing with one model",
    response_model_exclude_none=True,
    openapi_extra={"requestBody": PICTURE_BODY},
    responses=errors(UnknownModel, *PICTURE_ERRORS)
    | {
        200: {
            "links": {
                "model": link("model", "Describe the model.", model=MODEL),
                "metadata": link(
                    "metadataVersion",
                    "Describe this version of the model in the Open Inference Protocol.",
                    model=MODEL,
                    version="$response.body#/version",
                ),
            }
        }
    },
)
async def predict(request: Request, model: Model, picture: BodyPicture, explain: Explain = False) -> Prediction:
    return Prediction(**classify(request, model, picture, explain), input=as_data_url(picture))


@router.post(
    "/api/compare",
    operation_id="compare",
    summary="Classify a drawing with every model",
    response_model_exclude_none=True,
    openapi_extra={"requestBody": PICTURE_BODY},
    responses=errors(*PICTURE_ERRORS)
    | {
        200: {
            "links": {"model": link("model", "Describe the first model.", model="$response.body#/predictions/0/model")}
        }
    },
)
async def compare(request: Request, models: AllModels, picture: BodyPicture, explain: Explain = False) -> Comparison:
    predictions = [ModelPrediction(**classify(request, model, picture, explain)) for model in models.values()]
    return Comparison(input=as_data_url(picture), predictions=predictions)


def classify(request: Request, model: Classifier, picture: Picture, explained: bool = False) -> dict[str, Any]:
    """Run the model on a picture (28, 28) uint8. Returns the fields of a ModelPrediction."""
    probabilities = timed(request, "run", model.probabilities, picture[None])[0]
    prediction: dict[str, Any] = {
        "model": model.entry["name"],
        "version": model.entry["version"],
        "digit": int(probabilities.argmax()),
        "probabilities": probabilities.tolist(),
    }
    if explained:
        from digits.explain import explain  # few requests need it

        prediction["explanation"] = timed(request, "explain", explain, model, picture)
    return prediction
