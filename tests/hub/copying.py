"""Sources at which subscriptions stand, and what they tell: for tests of copies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from kierto.hub import access
from kierto.hub.callers import OPEN, VISITOR, Caller
from kierto.hub.distribution import health, registry
from kierto.hub.models import SubscriptionCopy
from kierto.hub.subscriptions.copies import payloads, working
from tests.factories.parties import make_person
from tests.hub.endpoints import Endpoint, Reply, Seen
from tests.hub.sources import register, saying
from tests.hub.telling import ask, fresh_machinery

LAMP = "urn:ngsi-ld:Light:one"
NOWHERE = "http://127.0.0.1:9997"


@contextmanager
def fresh_copies(settings: Any) -> Iterator[None]:
    """Nothing remembered from another test, and nobody busy when it ends."""
    settings.HUB_INWARD = True
    settings.HUB_OPEN = True
    _forget()
    with fresh_machinery():
        yield
        working.current().wait()
    _forget()


def _forget() -> None:
    registry.forget()
    health.forget()
    working.forget()


def keeping(refusals: dict[str, int] | None = None) -> Reply:
    """A source that keeps subscriptions, and answers some methods with a status of its own."""
    kept: dict[str, Any] = {}

    def reply(handler: BaseHTTPRequestHandler) -> None:
        name = handler.path.rpartition("/")[2]
        seen: Seen = handler.seen  # type: ignore[attr-defined]
        status = (refusals or {}).get(handler.command, 0)
        if status:
            saying(None, status)(handler)
        elif handler.command == "POST":
            kept[seen.json["id"]] = seen.json
            saying(None, 201)(handler)
        elif name not in kept:
            saying(None, 404)(handler)
        elif handler.command == "DELETE":
            del kept[name]
            saying(None, 204)(handler)
        else:
            saying({"status": "active"} if handler.command == "GET" else None)(handler)

    return reply


def subscribe(url: str, name: str = "urn:s:1", caller: Caller = OPEN, **members: Any) -> str:
    payload = {
        "id": name,
        "type": "Subscription",
        "entities": [{"type": "Light"}],
        "notification": {"endpoint": {"uri": url}} | members.pop("notification", {}),
        **members,
    }
    made = ask("POST", "/subscriptions", payload, caller)
    assert made.status == 201, made.body
    assert working.current().wait()
    return name


def registered(source: Endpoint, **options: Any) -> str:
    name = register(source.url, **{"operations": ("federationOps",), **options})
    assert working.current().wait()
    return name


def again() -> None:
    """All copies are due, and are looked after."""
    health.forget()
    SubscriptionCopy.objects.update(due_at=0)
    working.look_after()


def tell(*elements: Any, copy: SubscriptionCopy | None = None, **headers: str) -> int:
    """The source sends a notification; what it is answered."""
    row = copy or SubscriptionCopy.objects.get()
    body = {"type": "Notification", "subscriptionId": row.urn, "data": list(elements)}
    if not headers:
        headers = {payloads.WORD: payloads.word_of(row.urn)}
    return ask("POST", payloads.REMOTE, body, VISITOR, **headers).status


def asked(source: Endpoint) -> list[tuple[str, str]]:
    """Methods, and paths without the names of copies."""
    return [(seen.method, "/".join(seen.path.split("/")[:4])) for seen in source.seen]


def person(*levels: int) -> Caller:
    agent = make_person().agent
    scopes = frozenset({"read", "subscribe"})
    reader = access.Reader(frozenset(levels), frozenset({agent.pk}))
    return Caller("person", agent.pk, scopes, frozenset({""}), reader)
