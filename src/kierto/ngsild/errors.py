"""Refusals as NGSI-LD names them (ETSI GS CIM 009 v1.9.1, clauses 5.5.2 and 6.3.2).

Every class carries the type, the status and the title of a problem (RFC 7807); the detail says
what is wrong with this very request, and where.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar

TYPES = "https://uri.etsi.org/ngsi-ld/errors/"


class NgsiLdError(Exception):
    """A request was refused; nothing was written.

    Attributes:
        type: URI that names the kind of error.
        status: HTTP status to answer with.
        title: the kind in words.
        detail: what is wrong here, in English, for the programmer of the client.
        members: further members of the problem (for example ``{"notFound": […]}``).
    """

    name: ClassVar[str] = "InternalError"
    title: ClassVar[str] = "There has been an error while answering"
    status: int = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, detail: str = "", *, status: int | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members
        if status is not None:
            self.status = status

    @property
    def type(self) -> str:
        """The URI of this kind of error."""
        return TYPES + self.name

    def problem(self) -> dict[str, Any]:
        """Problem details: type, title, status, detail where there is one, further members."""
        body: dict[str, Any] = {
            "type": self.type,
            "title": self.title,
            "status": int(self.status),
        }
        if self.detail:
            body["detail"] = self.detail
        return body | self.members


class InvalidRequest(NgsiLdError):
    """The request is not even well-formed: its body is no JSON, its syntax is broken."""

    name = "InvalidRequest"
    title = "The request is syntactically invalid"
    status = HTTPStatus.BAD_REQUEST


class BadRequestData(NgsiLdError):
    """The request is well-formed and means nothing the specification allows."""

    name = "BadRequestData"
    title = "The request contains data that does not meet the requirements of the operation"
    status = HTTPStatus.BAD_REQUEST


class AlreadyExists(NgsiLdError):
    """There is one with this identifier."""

    name = "AlreadyExists"
    title = "The element already exists"
    status = HTTPStatus.CONFLICT


class OperationNotSupported(NgsiLdError):
    """The node does not do this."""

    name = "OperationNotSupported"
    title = "The operation is not supported"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ResourceNotFound(NgsiLdError):
    """There is nothing with this identifier, or nothing the asker may see."""

    name = "ResourceNotFound"
    title = "The resource was not found"
    status = HTTPStatus.NOT_FOUND


class InternalError(NgsiLdError):
    """The node failed."""

    name = "InternalError"


class TooComplexQuery(NgsiLdError):
    """The query asks for more work than the node gives to one request."""

    name = "TooComplexQuery"
    title = "The query is too complex"
    status = HTTPStatus.FORBIDDEN


class TooManyResults(NgsiLdError):
    """The answer would be larger than the node gives to one request."""

    name = "TooManyResults"
    title = "The query has too many results"
    status = HTTPStatus.FORBIDDEN


class LdContextNotAvailable(NgsiLdError):
    """A context could not be had; ``url`` names it."""

    name = "LdContextNotAvailable"
    title = "A remote JSON-LD @context is not available"
    status = HTTPStatus.GATEWAY_TIMEOUT

    def __init__(self, detail: str = "", *, url: str = "", status: int | None = None) -> None:
        super().__init__(detail or f"The @context {url} could not be retrieved.", status=status)
        self.url = url


class NoMultiTenantSupport(NgsiLdError):
    """The node serves one tenant only."""

    name = "NoMultiTenantSupport"
    title = "Tenants are not supported"
    status = HTTPStatus.NOT_IMPLEMENTED


class NonexistentTenant(NgsiLdError):
    """There is no such tenant."""

    name = "NonexistentTenant"
    title = "The tenant does not exist"
    status = HTTPStatus.NOT_FOUND


class Conflict(NgsiLdError):
    """What is asked contradicts what stands, for example an exclusive registration."""

    name = "Conflict"
    title = "The operation conflicts with an existing element"
    status = HTTPStatus.CONFLICT


class LoopDetected(NgsiLdError):
    """The request came back to a node it has already passed."""

    name = "LoopDetected"
    title = "A loop was detected while the request was forwarded"
    status = HTTPStatus.LOOP_DETECTED


class NotAcceptable(NgsiLdError):
    """None of the media types the client accepts can be served."""

    name = "NotAcceptable"
    title = "The requested representation is not available"
    status = HTTPStatus.NOT_ACCEPTABLE


class UnsupportedMediaType(NgsiLdError):
    """The body is of a media type the operation does not read."""

    name = "UnsupportedMediaType"
    title = "The media type of the request is not supported"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class LengthRequired(NgsiLdError):
    """The request says no Content-Length."""

    name = "LengthRequired"
    title = "The length of the request is required"
    status = HTTPStatus.LENGTH_REQUIRED


class TooLarge(NgsiLdError):
    """The body is larger than the node reads."""

    name = "RequestEntityTooLarge"
    title = "The request is too large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Unauthorized(NgsiLdError):
    """Nobody is signed in, or the token is not valid."""

    name = "Unauthorized"
    title = "Credentials are required"
    status = HTTPStatus.UNAUTHORIZED


class Forbidden(NgsiLdError):
    """Whoever asks may not do this."""

    name = "Forbidden"
    title = "The operation is not allowed"
    status = HTTPStatus.FORBIDDEN
