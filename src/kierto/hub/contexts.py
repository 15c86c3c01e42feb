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
from uuid import UUID

import orjson
from django.conf import settings
from django.db.models import Count, Max

from kierto.hub import context_rows, outgoing, vocabulary
from kierto.hub.models import ContextKind, StoredContext
from kierto.ngsild.contexts import CORE, Context, is_core_url, parse_context
from kierto.ngsild.errors import BadRequestData, LdContextNotAvailable

FETCH_BYTES: Final = 4_000_000
"""The longest context that is read from elsewhere (Smart Data Models has 1.2 MB (unverified))."""

FETCH_SECONDS: Final = 5.0

FAILURE_SECONDS: Final = 15.0
"""How long an address that could not be had is not tried again."""

_LOOK_SECONDS = 2.0
_TERMS = 400_000
_CONTEXTS = 1_000


class _Memory:
    """What this process knows of contexts; one lock around every change."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.parsed: OrderedDict[object, tuple[Context, tuple[UUID, ...], int]] = OrderedDict()
        self.terms = 0
        self.failures: dict[str, tuple[float, str]] = {}
        self.looked = 0.0
        self.seen: object = None


_memory = _Memory()
_loading = threading.local()


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
    known = _memory.parsed.get(key)
    if known is None:
        known = _parse(key, source)
    for number in known[1]:
        context_rows.count(number)
    return known[0]


def _parse(key: object, source: object) -> tuple[Context, tuple[UUID, ...], int]:
    used: list[UUID] = []
    _loading.used = used
    try:
        context = parse_context(source, loader)
    finally:
        _loading.used = None
    entry = (context, tuple(dict.fromkeys(used)), len(context._terms))
    with _memory.lock:
        if key not in _memory.parsed:
            _memory.parsed[key] = entry
            _memory.terms += entry[2]
        while len(_memory.parsed) > 1 and (
            _memory.terms > _TERMS or len(_memory.parsed) > _CONTEXTS
        ):
            _, old = _memory.parsed.popitem(last=False)
            _memory.terms -= old[2]
    return entry


def forget() -> None:
    """All contexts are read anew."""
    with _memory.lock:
        _memory.parsed.clear()
        _memory.failures.clear()
        _memory.terms = 0
        _memory.seen = None


def _look_for_changes() -> None:
    now = time.monotonic()
    if now < _memory.looked + _LOOK_SECONDS:
        return
    _memory.looked = now
    seen = StoredContext.objects.aggregate(
        rows=Count("id"), added=Max("created_at"), renewed=Max("refreshed_at")
    )
    if _memory.seen not in {None, tuple(seen.values())}:
        forget()
    _memory.seen = tuple(seen.values())


# --------------------------------------------------------------------- loading


def loader(url: str) -> object:
    """The document at an address: pinned, kept here, or fetched and kept.

    Raises:
        LdContextNotAvailable: it cannot be had.
    """
    if url.rsplit("/", 1)[-1] == vocabulary.CONTEXT_NAME:
        return vocabulary.document()
    pinned = _pinned_at(url)
    row = None if pinned is not None else context_rows.find(url)
    if row is None:
        document = _fetched(url) if pinned is None else orjson.loads(pinned.read_bytes())
        row = context_rows.keep(ContextKind.CACHED, url, document)
    used = getattr(_loading, "used", None)
    if used is not None:
        used.append(row.pk)
    return context_rows.document_of(row)


def _fetched(url: str) -> object:
    if not settings.HUB_FETCH_CONTEXTS:
        raise LdContextNotAvailable(
            f"The @context {url} is not on this node, which fetches none.", url=url
        )
    failure = _memory.failures.get(url)
    if failure is not None and failure[0] > time.monotonic():
        raise LdContextNotAvailable(failure[1], url=url)
    try:
        return _download(url)
    except LdContextNotAvailable as error:
        with _memory.lock:
            if len(_memory.failures) > _CONTEXTS:
                _memory.failures.clear()
            _memory.failures[url] = (time.monotonic() + FAILURE_SECONDS, error.detail)
        raise


def _download(url: str) -> dict[str, Any]:
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
        raise BadRequestData(f"What stands at {url} is no JSON.") from error
    if not isinstance(document, dict) or "@context" not in document:
        raise BadRequestData(f"{url} has no @context in it.")
    return {"@context": document["@context"]}


def _pinned_at(url: str) -> Path | None:
    pinned = _pinned()
    return pinned.get(url) or pinned.get(url.rsplit("/", 1)[-1])


@functools.cache
def _pinned() -> dict[str, Path]:
    """Addresses → files: whole ones by the folder's ``map.json``, else last parts of them."""
    if not settings.HUB_CONTEXTS:
        return {}
    folder = Path(settings.HUB_CONTEXTS)
    files = {file.name: file for file in folder.iterdir() if file.suffix in {".jsonld", ".json"}}
    listed = files.pop("map.json", None)
    if listed is None:
        return files
    exact = orjson.loads(listed.read_bytes())
    named = {file.name: file for file in files.values() if file.name not in exact.values()}
    return named | {url: folder / name for url, name in exact.items()}


# --------------------------------------------------------------------- keeping


def host(context: object, tenant: str) -> StoredContext:
    """A context that this node hosts for others.

    Raises:
        BadRequestData: it is no context.
        LdContextNotAvailable: a part of it cannot be had.
    """
    # Its shape first: no address of a context that is none is asked.
    for part in context if isinstance(context, list) else [context]:
        if not isinstance(part, str | dict):
            raise BadRequestData("An @context is a URL, an object, or a list of these.")
    parse_context(context, loader)
    return context_rows.host(context, tenant)


def reload(row: StoredContext) -> None:
    """Fetches a copy anew; where that fails, the old one stays.

    Raises:
        BadRequestData: it is no copy.
        LdContextNotAvailable: it cannot be had, or what is there now is no context.
    """
    if row.kind != ContextKind.CACHED:
        raise BadRequestData("Only a cached @context can be loaded anew.")
    pinned = _pinned_at(row.address)
    try:
        document = _download(row.address) if pinned is None else orjson.loads(pinned.read_bytes())
        parse_context(document["@context"], loader)
    except BadRequestData as error:
        raise LdContextNotAvailable(
            f"What stands at {row.address} is no context: {error.detail}", url=row.address
        ) from error
    context_rows.keep(ContextKind.CACHED, row.address, document)
    forget()


def address_of(context: Context, base: str, tenant: str = "") -> str:
    """An address here for a context that has none of its own; it is kept the first time."""
    body = orjson.dumps(context.source)
    row = context_rows.keep(
        ContextKind.IMPLICIT,
        f"urn:sha256:{hashlib.sha256(tenant.encode() + b':' + body).hexdigest()}",
        {"@context": context.source},
        tenant,
    )
    return context_rows.own_address(row, base)


def implied_address(source: object, base: str, tenant: str = "") -> str | None:
    """The address of a context that is told in several parts or in full, kept here for those who
    are sent what it explains (clauses 5.2.12, 5.13.1); ``None`` where it is one address.

    Args:
        source: the ``@context`` as given.
        base: scheme and host of this node as the client wrote them.
        tenant: whose it is, by name.
    """
    parts = source if isinstance(source, list) else [source]
    told = [part for part in parts if not (isinstance(part, str) and is_core_url(part))]
    if not base or not told or (len(told) == 1 and not isinstance(told[0], dict)):
        return None
    return address_of(context_for(source), base, tenant)
