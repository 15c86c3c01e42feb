"""Failures of sources as errors of this interface (clauses 5.6, 6.3.17)."""

from __future__ import annotations

from typing import Final

from kierto.hub.distribution.forwarding import Outcome, SourceFailed
from kierto.ngsild.errors import (
    AlreadyExists,
    BadRequestData,
    Conflict,
    Forbidden,
    LoopDetected,
    NgsiLdError,
    ResourceNotFound,
)

_KNOWN: Final[dict[int, type[NgsiLdError]]] = {
    400: BadRequestData,
    403: Forbidden,
    404: ResourceNotFound,
    409: Conflict,
    508: LoopDetected,
}


def error_of(outcome: Outcome) -> NgsiLdError:
    """Why a source did not do its part."""
    if outcome.failure is not None:
        return outcome.failure
    body = outcome.body if isinstance(outcome.body, dict) else {}
    said = body.get("detail")
    detail = f"The source answered {outcome.status}"
    detail += f": {said[:500]}" if isinstance(said, str) else "."
    kind = str(body.get("type", "")).rsplit("/", 1)[-1]
    if outcome.status == 409 and kind != "Conflict":
        return AlreadyExists(detail)
    known = _KNOWN.get(outcome.status)
    return known(detail) if known is not None else SourceFailed(detail)


def unsupported(operation: str) -> NgsiLdError:
    """A source that holds what is written does not let itself be written to."""
    return Conflict(
        f"A registered source holds what is written here, and does not offer {operation}."
    )
