"""Requests to sources: several at once, each with its own time, none of them waited for longer.

The network is reached through :mod:`kierto.hub.outgoing` only. What comes back is bounded in size
and is judged by whoever reads it; here a failure is told from an answer, no more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote, urlencode

import orjson
from django.db import connections

from kierto.hub import contexts, outgoing
from kierto.hub.distribution import health
from kierto.hub.distribution.asking import Asking
from kierto.hub.distribution.identity import onward
from kierto.hub.distribution.registry import Source
from kierto.hub.distribution.renaming import renamed_entity, without_context
from kierto.hub.distribution.warnings import (
    DISCONNECTED,
    INVALID,
    PERSISTENT,
    TRANSIENT,
    warning,
)
from kierto.ngsild.contexts import CORE, Context
from kierto.ngsild.errors import NgsiLdError

if TYPE_CHECKING:
    from kierto.ngsild.members import Document

SECONDS: Final = 5.0
"""How long a source may take where its registration does not say."""

LONGEST_SECONDS: Final = 30.0
ANSWER_BYTES: Final = 16 * 1024 * 1024
SOURCES_AT_ONCE: Final = 32

_OWN_HEADERS = frozenset(
    {"ngsild-tenant", "via", "link", "content-type", "content-length", "accept", "host"}
    | {"jsonldcontext", "contenttype", "transfer-encoding", "connection", "upgrade", "te"}
    | {"ngsild-entitymap", "ngsild-snapshot", "expect", "trailer", "cookie"}
)
# Never copied from a request to somebody else, whatever a registration asks for.
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})
_REQUEST = "urn:ngsi-ld:request"

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Terms:
    """In which context a source is spoken to.

    Attributes:
        context: what names are written in.
        link: address for the Link header; empty where names need none.
        inline: the context travels in the body, which is application/ld+json.
    """

    context: Context
    link: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Forward:
    """One request to a source.

    Attributes:
        path: below ``/ngsi-ld/v1``, quoted.
        query: parameters, in the order they are sent.
        body: JSON without ``@context``, in ``terms``.
    """

    source: Source
    method: str
    path: str
    terms: Terms
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(slots=True)
class Outcome:
    """What came back.

    Attributes:
        status: of HTTP; 0 where nothing came.
        body: parsed JSON; ``None`` where there is none.
        headers: lower-case.
        warning: what NGSILD-Warning says of it; empty where all is well.
        failure: why nothing came, as an error to answer with.
    """

    forward: Forward
    status: int = 0
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    warning: str = ""
    failure: NgsiLdError | None = None

    @property
    def ok(self) -> bool:
        """Whether the source did what it was asked for."""
        return self.failure is None and 200 <= self.status < 300


class SourceFailed(NgsiLdError):
    """The one source that has the data did not answer."""

    name = "InternalError"
    title = "A registered context source did not answer"
    status = 502


def terms_for(source: Source, context: Context) -> Terms:
    """In which context a source is spoken to (clauses 4.3.6.6, 6.3.5)."""
    info = source.stored.get("contextSourceInfo", {})
    registered = info.get("jsonldContext")
    if registered:
        return Terms(contexts.context_for(registered), link=registered)
    address = _address(context)
    if info.get("contentType") == "application/ld+json":
        return Terms(context, link=address, inline=True)
    if context.source is None or address:
        return Terms(context, link=address)
    return Terms(context, inline=True)


def _address(context: Context) -> str:
    source = context.source
    if isinstance(source, list) and len(source) == 1:
        source = source[0]
    return source if isinstance(source, str) else ""


def for_reading(terms: Terms) -> Terms:
    """The same where there is no body: a context without an address gives way to whole names."""
    if terms.link or terms.context.source is None:
        return Terms(terms.context, terms.link)
    return Terms(CORE)


def rewritten(payload: Any, before: Context, terms: Terms) -> Any:
    """A payload in the source's terms, without its ``@context``."""
    if terms.context is before:
        return without_context(payload)
    if isinstance(payload, dict):
        return renamed_entity(payload, before, terms.context)
    return payload


def part_of_path(text: str) -> str:
    """An identifier or a name, as a segment of a path."""
    return quote(text, safe=":")


# --------------------------------------------------------------------- sending


def send_all(asking: Asking, forwards: Sequence[Forward]) -> list[Outcome]:
    """All of them at once; the outcomes in the same order. Nothing is raised."""
    prepared = [prepare(asking, forward) for forward in forwards]
    return in_parallel(lambda one: send(*one), prepared) if prepared else []


def prepare(asking: Asking, forward: Forward) -> tuple[Forward, dict[str, str]]:
    """A request and its headers: all that needs the database, before threads begin."""
    return forward, _headers(asking, forward)


def in_parallel(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """``work`` of every item, at most ``SOURCES_AT_ONCE`` at a time; it must not raise.

    Threads are made for the purpose: one that hangs on a source holds up no other request.
    """
    if len(items) == 1:
        return [work(items[0])]
    results: dict[int, R] = {}
    waiting = iter(range(len(items)))
    lock = threading.Lock()

    def next_item() -> int | None:
        with lock:
            return next(waiting, None)

    def run() -> None:
        while (number := next_item()) is not None:
            results[number] = work(items[number])

    def run_apart() -> None:
        try:
            run()
        finally:
            # A context may have been looked up: the connection of this thread ends with it.
            connections.close_all()

    threads = [
        threading.Thread(target=run_apart, name="kierto-forward", daemon=True)
        for _ in range(min(len(items), SOURCES_AT_ONCE) - 1)
    ]
    for thread in threads:
        thread.start()
    run()
    for thread in threads:
        thread.join()
    return [results[number] for number in range(len(items))]


def send(forward: Forward, headers: dict[str, str]) -> Outcome:
    """One request; what went wrong is in the outcome."""
    source = forward.source
    with _asked(source) as mark:
        if mark is None:
            text = "The source rests after failures, or is busy."
            return _failed(forward, TRANSIENT, text, SourceFailed(text, status=503))
        try:
            answer = outgoing.fetch(
                forward.method,
                _url(forward),
                headers=headers,
                body=_body(forward),
                timeout=seconds_of(source),
                limit_bytes=ANSWER_BYTES,
                purpose="context source",
            )
        except outgoing.TooLong as error:
            mark["reached"] = True
            return _failed(forward, INVALID, str(error), SourceFailed(str(error)))
        except outgoing.TimedOut as error:
            text = "The source did not answer in time."
            return _failed(forward, DISCONNECTED, text, SourceFailed(str(error), status=504))
        except outgoing.OutgoingError as error:
            return _failed(forward, DISCONNECTED, str(error), SourceFailed(str(error)))
        mark["reached"] = True
        outcome = _read(forward, answer)
        mark["well"] = not outcome.warning
        return outcome


@contextmanager
def _asked(source: Source) -> Iterator[dict[str, bool] | None]:
    if not health.begin(source):
        yield None
        return
    mark = {"reached": False, "well": False}
    try:
        yield mark
    finally:
        health.end(source, reached=mark["reached"], well=mark["well"])


def _failed(forward: Forward, code: int, text: str, failure: NgsiLdError) -> Outcome:
    said = warning(code, forward.source.label, text)
    return Outcome(forward, warning=said, failure=failure)


def _read(forward: Forward, answer: outgoing.Answer) -> Outcome:
    outcome = Outcome(forward, answer.status, headers=answer.headers)
    if answer.body.strip():
        try:
            outcome.body = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            if outcome.ok and forward.method == "GET":
                spoil(outcome, "The answer is no JSON.")
    if not outcome.ok and outcome.failure is None and answer.status != 404:
        text = f"The source answered {answer.status}."
        outcome.warning = warning(PERSISTENT, forward.source.label, text)
    return outcome


def spoil(outcome: Outcome, text: str) -> None:
    """What came cannot be used: nothing of it counts."""
    outcome.body = None
    outcome.warning = warning(INVALID, outcome.forward.source.label, text)
    outcome.failure = SourceFailed(text)


def seconds_of(source: Source) -> float:
    """How long the source may take."""
    registered = source.stored.get("management", {}).get("timeout")
    if not registered:
        return SECONDS
    return min(LONGEST_SECONDS, float(registered) / 1000)


def _url(forward: Forward) -> str:
    endpoint = str(forward.source.stored["endpoint"]).rstrip("/")
    if not endpoint.endswith("/ngsi-ld/v1"):
        endpoint += "/ngsi-ld/v1"
    query = f"?{urlencode(forward.query, quote_via=quote, safe=':,')}" if forward.query else ""
    return endpoint + forward.path + query


def _body(forward: Forward) -> bytes | None:
    if forward.body is None:
        return None
    body = forward.body
    if forward.terms.inline:
        source: Document = {"@context": forward.terms.context.source or []}
        body = [{**one, **source} for one in body] if _is_batch(body) else {**body, **source}
    return orjson.dumps(body)


def _is_batch(body: Any) -> bool:
    return isinstance(body, list)


# --------------------------------------------------------------------- headers


def _headers(asking: Asking, forward: Forward) -> dict[str, str]:
    info: Mapping[str, str] = forward.source.stored.get("contextSourceInfo", {})
    headers = {
        "Accept": info.get("accept", "application/json"),
        "Via": onward(asking.via, asking.tenant.name),
    }
    if forward.body is not None:
        kind = "application/ld+json" if forward.terms.inline else "application/json"
        headers["Content-Type"] = kind
    if forward.terms.link and not (forward.terms.inline and forward.body is not None):
        relation = "http://www.w3.org/ns/json-ld#context"
        headers["Link"] = f'<{forward.terms.link}>; rel="{relation}"; type="application/ld+json"'
    tenant = forward.source.stored.get("tenant")
    if tenant:
        headers["NGSILD-Tenant"] = tenant
    headers |= _registered(asking, info)
    headers |= _key(asking, forward.source)
    return headers


def _registered(asking: Asking, info: Mapping[str, str]) -> dict[str, str]:
    """Headers that the registration asks for (clause 4.3.6.5)."""
    headers: dict[str, str] = {}
    for name, value in info.items():
        low = name.lower()
        if low in _OWN_HEADERS:
            continue
        if value != _REQUEST:
            headers[name] = value
        elif low in asking.headers and low not in _SECRET:
            headers[name] = asking.headers[low]
    return headers


def _key(asking: Asking, source: Source) -> dict[str, str]:
    """The key of another city's node goes only where its partners' entities may be seen."""
    from kierto.hub.access import PARTNERS

    number = source.stored.get("node")
    reader = asking.reader
    if not number or not (reader.everything or PARTNERS in reader.levels):
        return {}
    from kierto.hub.models import Node

    key = Node.objects.filter(pk=number).values_list("key", flat=True).first()
    return {"Authorization": f"Bearer {key}"} if key else {}
