"""Where contexts come from: pinned files, rows of this node, the network; each parsed once.

A context is kept parsed in this process. Whether rows changed (another process hosts or deletes
one) is looked up every few seconds, so an address never means two things for long.
"""

from __future__ import annotations

import functools
import hashlib
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.db.models import Count, Max
from django.utils import timezone

from kierto.hub import outgoing
from kierto.hub.http.answers import ROOT
from kierto.hub.models import ContextKind, StoredContext
from kierto.ngsild.contexts import CORE, Context, parse_context
from kierto.ngsild.errors import BadRequestData, LdContextNotAvailable

FETCH_BYTES: Final = 4_000_000
"""The longest context that is read from elsewhere (Smart Data Models has 1.2 MB (unverified))."""

FETCH_SECONDS: Final = 5.0
FAILURE_SECONDS: Final = 15.0
"""How long an address that could not be had is not tried again."""

HOSTED_PATH: Final = "/jsonldContexts/"

_LOOK_SECONDS = 2.0
_TERMS = 400_000
_CONTEXTS = 1_000

_lock = threading.Lock()
_parsed: OrderedDict[object, Context] = OrderedDict()
_terms = 0
_failures: dict[str, tuple[float, str]] = {}
_looked = 0.0
_seen: object = None
_used: dict[UUID, tuple[int, float]] = {}


def context_for(source: object) -> Context:
    """What an ``@context`` means, from memory where it was met before.

    Raises:
        BadRequestData: it is no context.
        LdContextNotAvailable: a part of it cannot be had.
    """
    if source is None:
        return CORE
    key = source if isinstance(source, str) else orjson.dumps(source)
    _look_for_changes()
    known = _parsed.get(key)
    if known is not None:
        return known
    context = parse_context(source, loader)
    _remember(key, context)
    return context


def _remember(key: object, context: Context) -> None:
    global _terms
    if context is CORE:
        return
    with _lock:
        if key not in _parsed:
            _parsed[key] = context
            _terms += len(context._terms)
        while len(_parsed) > 1 and (_terms > _TERMS or len(_parsed) > _CONTEXTS):
            _, old = _parsed.popitem(last=False)
            _terms -= len(old._terms)


def forget() -> None:
    """All contexts are read anew."""
    global _terms, _seen
    with _lock:
        _parsed.clear()
        _failures.clear()
        _terms = 0
        _seen = None


def _look_for_changes() -> None:
    global _looked, _seen
    now = time.monotonic()
    if now < _looked + _LOOK_SECONDS:
        return
    _looked = now
    seen = StoredContext.objects.aggregate(
        rows=Count("id"), added=Max("created_at"), renewed=Max("refreshed_at")
    )
    if seen != _seen:
        if _seen is not None:
            forget()
        _seen = seen


# --------------------------------------------------------------------- loading


def loader(url: str) -> object:
    """The document at an address: pinned, kept here, or fetched and kept.

    Raises:
        LdContextNotAvailable: it cannot be had.
    """
    pinned = _pinned().get(url) or _pinned().get(url.rsplit("/", 1)[-1])
    if pinned is not None:
        return orjson.loads(pinned.read_bytes())
    row = find(url)
    if row is not None:
        _count(row.pk)
        return orjson.loads(row.body)
    return fetched(url)


def find(name: str) -> StoredContext | None:
    """A context kept here, by its address, its own address here, or its id."""
    row = StoredContext.objects.filter(address=name).first()
    if row is not None:
        return row
    last = urlsplit(name).path.rstrip("/").rsplit("/", 1)[-1]
    if last != name and ROOT + HOSTED_PATH not in name:
        return None
    try:
        return StoredContext.objects.filter(pk=UUID(last)).first()
    except ValueError:
        return None


def fetched(url: str) -> object:
    """The document from the network, kept as a copy.

    Raises:
        LdContextNotAvailable: nothing is fetched here, the address is refused, does not answer
            in time, or gives no JSON.
    """
    if not settings.HUB_FETCH_CONTEXTS:
        raise LdContextNotAvailable(
            f"The @context {url} is not on this node, which fetches none.", url=url
        )
    failure = _failures.get(url)
    if failure is not None and failure[0] > time.monotonic():
        raise LdContextNotAvailable(failure[1], url=url)
    try:
        document = _download(url)
    except LdContextNotAvailable as error:
        with _lock:
            if len(_failures) > _CONTEXTS:
                _failures.clear()
            _failures[url] = (time.monotonic() + FAILURE_SECONDS, error.detail)
        raise
    keep(ContextKind.CACHED, url, document)
    return document


def _download(url: str) -> object:
    try:
        answer = outgoing.fetch(
            "GET",
            url,
            headers={"Accept": "application/ld+json, application/json;q=0.9"},
            timeout=FETCH_SECONDS,
            limit_bytes=FETCH_BYTES,
            purpose="context",
            redirects=3,
        )
    except outgoing.OutgoingError as error:
        raise LdContextNotAvailable(
            f"The @context {url} could not be retrieved: {error}", url=url
        ) from error
    if answer.status != 200:
        raise LdContextNotAvailable(
            f"The @context {url} could not be retrieved: its server answered {answer.status}.",
            url=url,
        )
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise LdContextNotAvailable(f"What stands at {url} is no JSON.", url=url) from error
    if not isinstance(document, dict) or "@context" not in document:
        raise LdContextNotAvailable(f"{url} has no @context in it.", url=url)
    return document


@functools.cache
def _pinned() -> dict[str, Path]:
    """Addresses (by the folder's ``map.json``) and last parts of addresses → files."""
    if not settings.HUB_CONTEXTS:
        return {}
    folder = Path(settings.HUB_CONTEXTS)
    files = {file.name: file for file in folder.iterdir() if file.suffix in {".jsonld", ".json"}}
    listed = files.pop("map.json", None)
    if listed is not None:
        return {url: folder / name for url, name in orjson.loads(listed.read_bytes()).items()}
    return files


# --------------------------------------------------------------------- keeping


def keep(kind: ContextKind, address: str, document: object) -> StoredContext:
    """Stores a context; a copy that stands already is renewed. Returns the row as it stands."""
    body = orjson.dumps(document).decode()
    row, made = StoredContext.objects.get_or_create(
        address=address, defaults={"kind": kind, "body": body}
    )
    if not made and kind == ContextKind.CACHED:
        row.body, row.refreshed_at = body, timezone.now()
        row.save(update_fields=["body", "refreshed_at"])
    return row


def host(document: dict[str, Any]) -> StoredContext:
    """A context that this node hosts for others.

    Raises:
        BadRequestData: it is no context.
        LdContextNotAvailable: a part of it cannot be had.
    """
    parse_context(document["@context"], loader)
    number = uuid4()
    return StoredContext.objects.create(
        pk=number,
        kind=ContextKind.HOSTED,
        address=ROOT + HOSTED_PATH + str(number),
        body=orjson.dumps({"@context": document["@context"]}).decode(),
    )


def reload(row: StoredContext) -> None:
    """Fetches a copy anew.

    Raises:
        BadRequestData: it is no copy, or what is there now is no context.
        LdContextNotAvailable: it cannot be had; the old copy stays.
    """
    if row.kind != ContextKind.CACHED:
        raise BadRequestData("Only a cached @context can be loaded anew.")
    document: Any = _download(row.address)
    parse_context(document["@context"], loader)
    keep(ContextKind.CACHED, row.address, document)
    forget()


def address_of(context: Context, base: str) -> str:
    """An address here for a context that has none of its own; it is kept the first time."""
    body = orjson.dumps(context.source)
    row = keep(
        ContextKind.IMPLICIT,
        "urn:sha256:" + hashlib.sha256(body).hexdigest(),
        {"@context": context.source},
    )
    return own_address(row, base)


def own_address(row: StoredContext, base: str) -> str:
    """Where this node serves a context."""
    return f"{base}{ROOT}{HOSTED_PATH}{row.pk}"


def _count(number: UUID) -> None:
    hits, _ = _used.get(number, (0, 0.0))
    if len(_used) < _CONTEXTS * 10:
        _used[number] = (hits + 1, time.time())


def used(number: UUID) -> tuple[int, float]:
    """How often this process read a kept context, and when last (seconds since 1970)."""
    return _used.get(number, (0, 0.0))
