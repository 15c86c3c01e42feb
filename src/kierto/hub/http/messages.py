"""A request and a response, as plain as they can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"
LD_JSON = "application/ld+json"
GEO_JSON = "application/geo+json"
MERGE_PATCH = "application/merge-patch+json"

REMOTE = "/ngsi-ld/ex/remote-notify"
"""Where sources tell of what this node subscribed to there; no operation of the interface."""


@dataclass(slots=True)
class Request:
    """What a client sends.

    Attributes:
        method: in capitals.
        path: below ``/ngsi-ld/v1``, percent-decoded, starting with a slash.
        query: parameters, decoded; each once.
        headers: names in lower case.
        body: bytes; empty where there is none.
        remote: address of the client, for the log.
        base: scheme and host as the client wrote them, for addresses in answers.
        query_text: the query as it was written, without the question mark.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    remote: str = ""
    base: str = ""
    query_text: str = ""


@dataclass(slots=True)
class Response:
    """What a client gets.

    Attributes:
        status: of HTTP.
        body: an object that orjson writes, bytes as they are, or ``None`` for no body.
        headers: names as they are written; a list of values writes the header once for each.
        media_type: of the body.
        after: called when the answer is on its way out; never fails it.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str | list[str]] = field(default_factory=dict)
    media_type: str = JSON
    after: Callable[[], None] | None = None
