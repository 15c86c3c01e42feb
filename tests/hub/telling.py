"""Entities that change and somebody who is told: what tests of subscriptions begin with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from django.db import connections

from kierto.hub.access import Access
from kierto.hub.callers import OPEN, Caller
from kierto.hub.http.answering import answer
from kierto.hub.http.messages import Request, Response
from kierto.hub.models import OutboxRow
from kierto.hub.store import committing, tenants, writing
from kierto.hub.store import connections as store_connections
from kierto.hub.store.changes import Change
from kierto.hub.subscriptions import books, clock, index, lanes, owners, tenants_by_id
from kierto.ngsild import times
from kierto.ngsild.contexts import CORE
from kierto.ngsild.entities import read_entity


def ask(
    method: str, path: str, payload: Any = None, caller: Caller | None = OPEN, **headers: str
) -> Response:
    """One request to the interface."""
    body = b"" if payload is None else orjson.dumps(payload)
    said = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    if payload is not None:
        said |= {"content-length": str(len(body))}
        said.setdefault("content-type", "application/json")
    path, _, query = path.partition("?")
    pairs = dict(each.split("=") for each in query.split("&")) if query else {}
    return answer(
        Request(method, path, pairs, said, body, base="http://node.example", query_text=query),
        caller=caller,
    )


def subscribe(url: str, name: str = "urn:s:1", caller: Caller = OPEN, **members: Any) -> str:
    """A subscription to lamps; members ``endpoint`` and ``notification`` are merged in."""
    endpoint = {"uri": url} | members.pop("endpoint", {})
    notification = {"endpoint": endpoint} | members.pop("notification", {})
    headers = members.pop("headers", {})
    payload: dict[str, Any] = {"id": name, "type": "Subscription", "entities": [{"type": "Lamp"}]}
    payload |= {"notification": notification} | members
    made = ask("POST", "/subscriptions", payload, caller, **headers)
    assert made.status == 201, made.body
    return name


def read(name: str = "urn:s:1") -> dict[str, Any]:
    """The subscription as the interface shows it."""
    body = ask("GET", f"/subscriptions/{name}").body
    assert isinstance(body, dict)
    return body


def lamp(name: str, power: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "type": "Lamp", "power": power, **more}


def put(
    name: str, power: Any, *, access: Access | None = None, tenant: str = "", **more: Any
) -> None:
    """Make or replace a lamp, straight in the store."""
    new = read_entity(lamp(name, power, **more), CORE, now=times.now())
    store = tenants.find(tenant, create=True)
    (result,) = writing.write([Change(store, name, lambda _before: new, OPEN, access=access)])
    assert result.error is None, result.error


def settle(seconds: float = 20.0) -> None:
    """Until nothing is on its way and everything is written down."""
    until = time.monotonic() + seconds
    while not lanes.is_idle() and time.monotonic() < until:
        time.sleep(0.01)
    books.current().write()


def due_now() -> int:
    """Everything in the outbox is due, and is sent."""
    settle()
    OutboxRow.objects.update(due_at=0, holder="")
    for health in [*lanes.current()._endpoints.values(), *lanes.current()._subscriptions.values()]:
        health.closed_until = 0.0
    count = clock.send_waiting()
    settle()
    return count


@contextmanager
def fresh_machinery() -> Iterator[None]:
    """Nothing remembered from another test, and nothing left for the next."""
    forget()
    try:
        yield
    finally:
        settle()
        committing.stop()
        store_connections.close_all()
        forget()
        connections.close_all()


def forget() -> None:
    index.forget()
    owners.forget()
    tenants.forget()
    tenants_by_id.forget()
    lanes.forget()
    books.forget()
