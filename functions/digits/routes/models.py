"""Descriptions of the models, and the health check."""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from digits.dependencies import CurrentBundle, Model
from digits.errors import ModelUnavailable, UnknownModel
from digits.manifest import Entry
from digits.openapi.document import errors, link
from digits.schemas import Health, Models

IfNoneMatch = Annotated[str, Header(alias="If-None-Match", description="The ETag of the client's copy.")]
FIRST_MODEL = "$response.body#/models/0/name"
NAME = "$response.body#/name"
ETAG: dict[str, Any] = {"headers": {"ETag": {"$ref": "#/components/headers/ETag"}}}
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "The client's copy is current.", **ETAG}}

router = APIRouter(tags=["models"])


@router.get(
    "/api/models",
    operation_id="models",
    summary="Describe every model",
    response_model=Models,
    responses=errors(ModelUnavailable)
    | NOT_MODIFIED
    | {
        200: {
            "links": {
                "model": link("model", "Describe the first model alone.", model=FIRST_MODEL),
                "predict": link("predict", "Classify a drawing with the first model.", model=FIRST_MODEL),
                "again": link(
                    "models", "Respond with 304 while nothing changes.", **{"If-None-Match": "$response.header.ETag"}
                ),
            },
            **ETAG,
        }
    },
)
async def describe_models(bundle: CurrentBundle, if_none_match: IfNoneMatch = "") -> Response:
    classifiers = bundle.load() or bundle.all()  # `all` raises if there is none
    entries = [classifier.entry for classifier in classifiers.values()]
    return description({"bundle": bundle.version, "models": entries}, if_none_match)


@router.get(
    "/api/models/{model}",
    operation_id="model",
    summary="Describe one model",
    response_model=Entry,
    responses=errors(UnknownModel, ModelUnavailable)
    | NOT_MODIFIED
    | {
        200: {
            "links": {
                "predict": link("predict", "Classify a drawing with it.", model=NAME),
                "infer": link(
                    "inferVersion",
                    "Classify images with this version of it.",
                    model=NAME,
                    version="$response.body#/version",
                ),
            },
            **ETAG,
        }
    },
)
async def describe_model(model: Model, if_none_match: IfNoneMatch = "") -> Response:
    return description(model.entry, if_none_match)


@router.get("/api/health", operation_id="health", summary="Run every model once", responses=errors(ModelUnavailable))
async def health(bundle: CurrentBundle) -> Health:
    return Health(models={name: classifier.entry["version"] for name, classifier in bundle.check().items()})


def description(content: Mapping[str, Any], if_none_match: str) -> Response:
    """Return the content with a strong ETag, or 304 if the client's copy is current."""
    text = json.dumps(content)
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in if_none_match:
        return Response(None, 304, headers)
    return Response(text, 200, headers, "application/json")
