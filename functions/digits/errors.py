"""Exceptions of the API; `digits.http.problems` turns each into a response.

Each class has the `type`, `title` and `status` of its problem details (RFC 9457); the message is the `detail`, with
what to do about it.
"""


class DigitsError(Exception):
    """Base class of the API's errors; never raised itself."""

    type: str
    title: str
    status: int


class MalformedRequest(DigitsError):
    type, title, status = "urn:digits:malformed-request", "The request cannot be read", 400


class WrongAddress(DigitsError):
    type, title, status = "urn:digits:wrong-address", "This address accepts requests only through CloudFront", 403

    def __init__(self) -> None:
        super().__init__("Send the request to the site's address, which `make deploy` prints (output SiteUrl).")


class UnknownModel(DigitsError):
    type, title, status = "urn:digits:unknown-model", "There is no such model", 404


class UnknownRoute(DigitsError):
    type, title, status = "urn:digits:unknown-route", "There is no such route", 404


class MethodNotAllowed(DigitsError):
    type, title, status = "urn:digits:method-not-allowed", "The route does not support this method", 405


class TooLarge(DigitsError):
    type, title, status = "urn:digits:too-large", "The request or its image is too large", 413


class AddressTooLong(DigitsError):
    type, title, status = "urn:digits:address-too-long", "The address of the request is too long", 414


class UnsupportedMediaType(DigitsError):
    type, title, status = "urn:digits:unsupported-media-type", "This kind of body is not accepted", 415


class NotAnImage(DigitsError):
    type, title, status = "urn:digits:not-an-image", "The image cannot be decoded", 422


class NothingDrawn(DigitsError):
    type, title, status = "urn:digits:nothing-drawn", "There is no ink in the image", 422


class InternalError(DigitsError):
    type, title, status = "urn:digits:fault", "Something went wrong on our side", 500

    def __init__(self) -> None:
        super().__init__("The error is logged under the X-Request-Id of this response. Try again.")


class ModelUnavailable(DigitsError):
    type, title, status = "urn:digits:model-unavailable", "The model cannot be served", 503
