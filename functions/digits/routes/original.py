"""Routes with the original application's paths, requests and responses: at the root, as there, and under /api."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import WithJsonSchema

from digits.dependencies import CurrentBundle, to_picture
from digits.errors import DigitsError
from digits.http import body
from digits.http.timing import timed
from digits.openapi.document import ORIGINAL_BODY, errors
from digits.registry import Bundle
from digits.routes.predict import PICTURE_ERRORS
from digits.schemas import OriginalAnswer, OriginalError


class OriginalRoute(APIRoute):
    """Route that returns errors in the original application's format."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_errors(request: Request) -> Response:
            try:
                return await handle(request)
            except DigitsError as error:
                return JSONResponse(OriginalError(error=str(error)).model_dump(), error.status)

        return handle_errors


async def read_drawing(
    request: Request,
    drawing_data: Annotated[
        str | None,
        Query(description="The drawing, used instead of one in the body. A space is read as a plus sign."),
        WithJsonSchema({"type": "string", "format": "data-url"}),
    ] = None,
) -> bytes:
    """Return the image file from the query, a form, JSON, or the body itself."""
    if drawing_data is not None:
        return body.decode_drawing(drawing_data)
    return await body.read_image_or_form(request)


DrawingFile = Annotated[bytes, Depends(read_drawing)]

router = APIRouter(tags=["original"], route_class=OriginalRoute)
DECLARATION: dict[str, Any] = {"responses": errors(*PICTURE_ERRORS), "openapi_extra": {"requestBody": ORIGINAL_BODY}}


@router.post("/predict/", include_in_schema=False)
@router.post(
    "/api/predict/",
    operation_id="predictAsOriginalTree",
    summary="Classify a drawing as the original application did, with the decision tree",
    **DECLARATION,
)
async def predict_tree(request: Request, bundle: CurrentBundle, image: DrawingFile) -> OriginalAnswer:
    return predict(request, bundle, "tree", image)


@router.post("/predict_nn/", include_in_schema=False)
@router.post(
    "/api/predict_nn/",
    operation_id="predictAsOriginalMlp",
    summary="Classify a drawing as the original application did, with the neural network",
    **DECLARATION,
)
async def predict_mlp(request: Request, bundle: CurrentBundle, image: DrawingFile) -> OriginalAnswer:
    return predict(request, bundle, "mlp", image)


def predict(request: Request, bundle: Bundle, model: str, image: bytes) -> OriginalAnswer:
    request.scope["model"] = model
    picture = to_picture(request, image)
    return OriginalAnswer(data=timed(request, "run", bundle[model].probabilities, picture[None])[0].tolist())
