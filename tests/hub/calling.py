"""Requests to the interface, for its tests."""

from __future__ import annotations

from typing import Any

import orjson

from kierto.hub.callers import OPEN, Caller
from kierto.hub.http import Request, Response, answer

BASE = "http://node.example"
LD = "application/ld+json"
GEO = "application/geo+json"


def call(
    method: str,
    path: str,
    body: Any = None,
    *,
    by: Caller | None = OPEN,
    headers: dict[str, str] | None = None,
    **query: str,
) -> Response:
    """One request; a body is sent as application/json unless a header says otherwise."""
    data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    said = {"content-length": str(len(data))} if method in {"POST", "PATCH", "PUT"} else {}
    if data:
        said["content-type"] = "application/json"
    return answer(Request(method, path, query, said | (headers or {}), data, base=BASE), caller=by)


def made(**entity: Any) -> str:
    """An entity that stands; gives its id."""
    entity = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"} | entity
    response = call("POST", "/entities", entity)
    assert response.status == 201, response.body
    return str(entity["id"])


def shown(entity_id: str, **query: str) -> Any:
    """What a retrieve says of an entity."""
    response = call("GET", f"/entities/{entity_id}", **query)
    assert response.status == 200, response.body
    return response.body


def error_of(response: Response) -> tuple[int, str]:
    """Status and the name of the error."""
    return response.status, str(response.body["type"]).rsplit("/", 1)[-1]
