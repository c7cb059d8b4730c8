"""FastAPI dependencies: the current bundle, a model by name, the picture in the body."""

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from digits.decode import decode
from digits.http import body
from digits.http.timing import timed
from digits.preprocess import Picture, normalize
from digits.registry import Bundle, Classifier

MODEL_NAMES = ["mlp", "tree"]


async def get_bundle(request: Request) -> Bundle:
    """Return the bundle for this request; a reload during the request does not change it."""
    return request.app.state.registry.bundle  # type: ignore[no-any-return]


CurrentBundle = Annotated[Bundle, Depends(get_bundle)]


ModelPath = Annotated[str, Path(), WithJsonSchema({"type": "string", "enum": MODEL_NAMES})]


async def get_classifier(request: Request, model: ModelPath) -> Classifier:
    """Return the model named in the path. Raises UnknownModel, ModelUnavailable."""
    bundle: Bundle = request.app.state.registry.bundle  # not by get_bundle: a dependency takes 20 us
    classifier = bundle[model]
    request.scope.update(model=model, bundle=bundle)
    return classifier


Model = Annotated[Classifier, Depends(get_classifier)]


async def get_all_classifiers(request: Request) -> dict[str, Classifier]:
    """Return every model by name. Raises ModelUnavailable."""
    classifiers: dict[str, Classifier] = request.app.state.registry.bundle.all()
    request.scope["model"] = ",".join(classifiers)
    return classifiers


AllModels = Annotated[dict[str, Classifier], Depends(get_all_classifiers)]


def to_picture(request: Request, image: bytes) -> Picture:
    """Decode and preprocess an image file. Returns (28, 28) uint8. Raises NotAnImage, TooLarge, NothingDrawn."""
    return timed(request, "normalize", normalize, timed(request, "decode", decode, image))


async def read_picture(request: Request) -> Picture:
    """Return the preprocessed picture in the body: (28, 28) uint8, 0 paper .. 255 ink."""
    return to_picture(request, await body.read_image(request))


BodyPicture = Annotated[Picture, Depends(read_picture)]


def parse_flag(text: Any) -> Any:
    """Accept only `true` and `false`, as OpenAPI's boolean: pydantic also accepts `1`, `on` and `yes`."""
    if text not in ("true", "false"):
        raise PydanticCustomError("flag", "neither true nor false. Send explain=true, or leave it out")
    return text


Explain = Annotated[
    bool, Query(description="Whether to explain the prediction, which takes longer."), BeforeValidator(parse_flag)
]
