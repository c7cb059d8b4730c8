"""The application in this process, with the models of a bundle."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from digits.registry import Bundle
from evaluation.schema import Kind

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

REFUSED = 422  # the status of a picture in which no digit is found


@dataclass(frozen=True)
class Answer:
    """Answer to one picture. A refused picture has no predictions."""

    probabilities: dict[Kind, Sequence[float]]  # ten, by model
    is_digit: bool = True  # true, too, if the response does not say
    input: str | None = None  # of the models: PNG, base64

    def digit(self, model: Kind) -> int | None:
        return int(np.argmax(self.probabilities[model])) if self.probabilities else None

    def confidence(self, model: Kind) -> float:
        return max(self.probabilities[model]) if self.probabilities else 0.0


def open_client(bundle: Path) -> "TestClient":
    """Return a client of the application with the models of a bundle."""
    from fastapi.testclient import TestClient  # slow to import, and so is the application

    from digits.app import create_app

    app = create_app()
    app.state.registry.replace(Bundle(bundle))
    return TestClient(app)


def classify(client: "TestClient", picture: bytes) -> Answer:
    """Send a PNG or JPEG file to /api/compare. Raises HTTPStatusError if it fails."""
    media_type = "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"
    response = client.post("/api/compare", content=picture, headers={"Content-Type": media_type})
    if response.status_code == REFUSED:
        return Answer({})
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    probabilities = {one["model"]: one["probabilities"] for one in answer["predictions"]}
    return Answer(probabilities, answer.get("is_digit", True), answer["input"].partition(",")[2])
