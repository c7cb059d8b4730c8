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
from digits.likeness import assess
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
    prediction, likeness = classify(request, model, picture, explain)
    likeness = likeness or score_by_network(request, picture)
    return Prediction(**prediction, **likeness, input=as_data_url(picture))


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
    classified = [classify(request, model, picture, explain) for model in models.values()]
    predictions = [ModelPrediction(**prediction) for prediction, _ in classified]
    likeness = next((fields for _, fields in classified if fields), {})
    return Comparison(predictions=predictions, **likeness, input=as_data_url(picture))


def classify(
    request: Request, model: Classifier, picture: Picture, explained: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run the model on a picture (28, 28) uint8.

    Returns the fields of a ModelPrediction, and those of an AssessedPicture, of which the tree has none.
    """
    probabilities, likeness = timed(request, "run", model.score, picture[None])
    prediction: dict[str, Any] = {
        "model": model.entry["name"],
        "version": model.entry["version"],
        "digit": int(probabilities[0].argmax()),
        "probabilities": probabilities[0].tolist(),
    }
    if explained:
        from digits.explain import explain  # few requests need it

        prediction["explanation"] = timed(request, "explain", explain, model, picture)
    return prediction, assess(model, picture, likeness)


def score_by_network(request: Request, picture: Picture) -> dict[str, Any]:
    """Return the fields of an AssessedPicture by the network; none if it cannot be loaded, or has no such output."""
    network: Classifier | None = request.scope["bundle"].likeness_model()
    if network is None:
        return {}
    _, likeness = timed(request, "run", network.score, picture[None])
    return assess(network, picture, likeness)
