"""Context sources that are registered, for tests of distributed operations."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from typing import Any

import orjson

from kierto.hub.callers import OPEN, Caller
from kierto.hub.distribution import health, registry
from kierto.hub.http.answering import answer
from kierto.hub.http.messages import Request, Response
from tests.hub.endpoints import Reply

LAMP = "urn:ngsi-ld:Light:one"


def fresh() -> None:
    """Nothing is remembered of sources."""
    registry.forget()
    health.forget()


def ask(
    method: str, path: str, payload: Any = None, caller: Caller | None = OPEN, **headers: str
) -> Response:
    """One request to the interface of this node."""
    body = b"" if payload is None else orjson.dumps(payload)
    said = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    if payload is not None:
        said |= {"content-length": str(len(body))}
        said.setdefault("content-type", "application/json")
    path, _, query = path.partition("?")
    pairs = dict(each.split("=", 1) for each in query.split("&")) if query else {}
    return answer(
        Request(method, path, pairs, said, body, base="http://node.example", query_text=query),
        caller=caller,
    )


def register(
    endpoint: str,
    *,
    mode: str = "inclusive",
    kind: str = "Light",
    entity_id: str = "",
    names: tuple[str, ...] = (),
    operations: tuple[str, ...] = ("retrieveOps", "redirectionOps"),
    number: int = 1,
    **members: Any,
) -> str:
    """Registers a source; the identifier of the registration."""
    selector = {"type": kind} | ({"id": entity_id} if entity_id else {})
    part: dict[str, Any] = {"entities": [selector]}
    if names:
        part["propertyNames"] = list(names)
    name = f"urn:ngsi-ld:ContextSourceRegistration:{number}"
    payload = {
        "id": name,
        "type": "ContextSourceRegistration",
        "endpoint": endpoint,
        "mode": mode,
        "operations": list(operations),
        "information": [part],
        **members,
    }
    response = ask("POST", "/csourceRegistrations", payload)
    assert response.status == 201, response.body
    return name


def lamp(entity_id: str = LAMP, kind: str = "Light", /, **values: Any) -> dict[str, Any]:
    """An entity as a source writes it."""
    return {
        "id": entity_id,
        "type": kind,
        **{name: {"type": "Property", "value": value} for name, value in values.items()},
    }


def saying(body: Any, status: int = 200, after: float = 0.0) -> Reply:
    """A source that always says the same."""
    from tests.hub.endpoints import answer as reply

    written = b"" if body is None else orjson.dumps(body)
    return reply(written, status, after, Content_Type="application/json")


def by_path(answers: dict[str, Any]) -> Reply:
    """A source that answers by the end of the path; 404 for all others."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.partition("?")[0]
        for end, body in answers.items():
            if path.endswith(end):
                saying(body)(handler)
                return
        saying(None, 404)(handler)

    return reply
