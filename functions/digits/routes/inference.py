"""Open Inference Protocol v2, for its clients (Triton's, KServe's): batches of 28x28 images, not preprocessed.

https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import WithJsonSchema

from digits.dependencies import CurrentBundle, Model, ModelPath, get_classifier
from digits.errors import MalformedRequest, ModelUnavailable, TooLarge, UnknownModel, UnsupportedMediaType
from digits.http import body
from digits.http.problems import INFERENCE_PREFIX
from digits.http.timing import timed
from digits.open_inference.schemas import InferenceAnswer, ModelMetadata, ModelReady, Server, ServerLive, ServerReady
from digits.openapi.document import BINARY, errors, json_body, link
from digits.registry import Classifier

VERSION = "1.0.0"  # as in pyproject.toml, which does not ship
BINARY_MEDIA_TYPE = "application/octet-stream"
MEDIA_TYPES = ("", body.JSON, BINARY_MEDIA_TYPE)  # the protocol's clients send none
JSON_SIZE = "Inference-Header-Content-Length"  # of the extension binary_tensor_data


async def get_version(
    request: Request,
    model: ModelPath,
    version: Annotated[str, Path(), WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{12}$"})],
) -> Classifier:
    """Return the model if it has the version in the path. Raises UnknownModel."""
    classifier = await get_classifier(request, model)
    served = classifier.entry["version"]
    if version != served:
        raise UnknownModel(f"There is no such version of {model}. Use {served}, or leave the version out.")
    return classifier


ModelVersion = Annotated[Classifier, Depends(get_version)]
JsonSize = Annotated[
    int | None,
    Header(alias=JSON_SIZE, ge=0, description="Length of the JSON, in bytes."),
    WithJsonSchema({"type": "integer", "minimum": 0}),
]
MODEL, MODEL_VERSION = "/models/{model}", "/models/{model}/versions/{version}"
MODEL_ERRORS = errors(UnknownModel, ModelUnavailable)
INFER: dict[str, Any] = {
    "response_model": InferenceAnswer,
    "summary": "Classify a batch of images",
    "openapi_extra": {
        "requestBody": {"required": True, "content": json_body("InferenceRequest") | {BINARY_MEDIA_TYPE: BINARY}}
    },
    "responses": errors(UnknownModel, MalformedRequest, TooLarge, UnsupportedMediaType, ModelUnavailable)
    | {
        200: {
            "content": {BINARY_MEDIA_TYPE: BINARY},
            "headers": {JSON_SIZE: {"$ref": f"#/components/headers/{JSON_SIZE}"}},
            "links": {"metadata": link("metadata", "Describe the model.", model="$response.body#/model_name")},
        }
    },
}

router = APIRouter(prefix=INFERENCE_PREFIX, tags=["inference"])


@router.get("", operation_id="server", summary="Describe the server")
async def server() -> Server:
    return Server(name="digits", version=VERSION, extensions=["binary_tensor_data"])


@router.get("/health/live", operation_id="serverLive", summary="Report that the server is live")
async def server_live() -> ServerLive:
    return ServerLive()


@router.get(
    "/health/ready",
    operation_id="serverReady",
    summary="Report that every model is ready",
    responses=errors(ModelUnavailable),
)
async def server_ready(bundle: CurrentBundle) -> ServerReady:
    bundle.check()
    return ServerReady()


@router.get(MODEL, operation_id="metadata", summary="Describe a model's inputs and outputs", responses=MODEL_ERRORS)
async def metadata(model: Model) -> ModelMetadata:
    return describe(model)


@router.get(
    MODEL_VERSION,
    operation_id="metadataVersion",
    summary="Describe a model's inputs and outputs",
    responses=MODEL_ERRORS,
)
async def metadata_version(model: ModelVersion) -> ModelMetadata:
    return describe(model)


@router.get(f"{MODEL}/ready", operation_id="ready", summary="Report that a model is ready", responses=MODEL_ERRORS)
async def ready(model: Model) -> ModelReady:
    return ModelReady(name=model.entry["name"])


@router.get(
    f"{MODEL_VERSION}/ready",
    operation_id="readyVersion",
    summary="Report that a model is ready",
    responses=MODEL_ERRORS,
)
async def ready_version(model: ModelVersion) -> ModelReady:
    return ModelReady(name=model.entry["name"])


@router.post(f"{MODEL}/infer", operation_id="infer", **INFER)
async def infer(request: Request, model: Model, json_size: JsonSize = None) -> Any:
    return await run_inference(request, model, json_size)


@router.post(f"{MODEL_VERSION}/infer", operation_id="inferVersion", **INFER)
async def infer_version(request: Request, model: ModelVersion, json_size: JsonSize = None) -> Any:
    return await run_inference(request, model, json_size)


def describe(model: Classifier) -> ModelMetadata:
    from digits.open_inference import tensors  # takes 15 ms of a cold start; few requests need it

    return ModelMetadata(
        name=model.entry["name"],
        versions=[model.entry["version"]],
        platform="onnx_onnxv1",  # the protocol's name for ONNX Runtime
        inputs=[tensors.INPUT],
        outputs=list(tensors.OUTPUTS.values()),
    )


async def run_inference(request: Request, model: Classifier, json_size: int | None) -> Response:
    """Classify the images of a request. Returns JSON, followed by the outputs that are requested as binary data."""
    from digits.open_inference import tensors

    if body.media_type(request) not in MEDIA_TYPES:
        accepted = ", ".join(MEDIA_TYPES[1:])
        raise UnsupportedMediaType(f"Content-Type is not one of {accepted}. Send one of them, or none.")
    parsed, pictures = timed(request, "decode", tensors.read_request, await request.body(), json_size)
    wanted = tensors.requested_outputs(parsed)
    outputs, binary = tensors.write_outputs(timed(request, "run", model.probabilities, pictures), wanted)
    content = InferenceAnswer(
        model_name=model.entry["name"], model_version=model.entry["version"], id=parsed.id, outputs=outputs
    )
    text = content.model_dump_json(exclude_none=True).encode()
    if not binary:
        return Response(text, media_type=body.JSON)
    return Response(text + binary, headers={JSON_SIZE: str(len(text))}, media_type=BINARY_MEDIA_TYPE)
