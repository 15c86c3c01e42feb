"""Sends one reading operation as the reader of the page, never with more rights."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import orjson
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import resolve

from kierto.hub.callers import caller_of_agent
from kierto.hub.http import Request, answer
from kierto.hub.openapi.interface import NGSI_LD, Operation, context_link
from kierto.hub.wsgi import written
from kierto.parties.models import Agent

SHOWN_BYTES: Final = 40_000
"""So much of a body is shown."""

_QUIET: Final = frozenset({"content-security-policy", "x-content-type-options", "set-cookie"})


@dataclass(frozen=True, slots=True)
class Ran:
    """What was sent and what came back.

    Attributes:
        line: method, path and query.
        command: a command line that sends the same, as a visitor.
        status: of HTTP, with its phrase.
        headers: name and value.
        body: as text, set in lines where it is JSON, cut at ``SHOWN_BYTES``.
        is_cut: whether there is more of it.
        milliseconds: how long it took here.
    """

    line: str
    command: str
    status: int
    phrase: str
    headers: tuple[tuple[str, str], ...]
    body: str
    is_cut: bool
    milliseconds: float

    @property
    def is_refused(self) -> bool:
        """Whether the interface says that something is wrong."""
        return self.status >= 400


def run(
    operation: Operation,
    values: Mapping[str, str],
    *,
    by: Agent | None,
    original: HttpRequest,
    accept: str,
) -> Ran:
    """Send it.

    Args:
        operation: one that ``runs``.
        values: parameter → text; those of the path are ``path-NAME``.
        by: as whom; ``None`` is a visitor.
        original: the request of the page, for the name of this node.
        accept: the media type that is asked for.
    """
    if not operation.runs:
        raise ValueError(f"{operation.name} is not for reading")
    base = f"{original.scheme}://{original.get_host()}"
    address = operation.address(base, values)
    query = {
        each.name: values[each.name]
        for each in operation.parameters
        if each.where == "query" and values.get(each.name)
    }
    headers = {"accept": accept}
    own = operation.path.startswith(NGSI_LD)
    if own:
        headers["link"] = context_link(base)
    path = operation.filled(values)
    started = time.perf_counter()
    if own:
        status, found, body = _of_the_hub(path, query, headers, base, by)
    else:
        status, found, body = _of_a_page(path, address, headers, original, by)
    took = (time.perf_counter() - started) * 1000
    line = ["curl", *(part for pair in headers.items() for part in ("-H", _header(*pair)))]
    kind = next((value for name, value in found if name.lower() == "content-type"), "")
    return Ran(
        line=f"{operation.method} {address.removeprefix(base)}",
        command=shlex.join([*line, address]),
        status=status,
        phrase=HTTPStatus(status).phrase,
        headers=tuple(pair for pair in found if pair[0].lower() not in _QUIET),
        body=_readable(body, kind),
        is_cut=len(body) > SHOWN_BYTES,
        milliseconds=took,
    )


def _header(name: str, value: str) -> str:
    return f"{name.title()}: {value}"


Found = tuple[int, list[tuple[str, str]], bytes]


def _of_the_hub(
    path: str, query: dict[str, str], headers: dict[str, str], base: str, by: Agent | None
) -> Found:
    short = path.removeprefix("/ngsi-ld/v1")
    request = Request("GET", short, query, headers, base=base)
    request.query_text = "&".join(f"{name}={quote(text)}" for name, text in query.items())
    response = answer(request, caller=caller_of_agent(by))
    body, found = written(response)
    return response.status, found, body


def _of_a_page(
    path: str,
    address: str,
    headers: dict[str, str],
    original: HttpRequest,
    by: Agent | None,
) -> Found:
    request = HttpRequest()
    request.method = "GET"
    request.path = request.path_info = path
    text = address.partition("?")[2]
    request.META = {
        "SERVER_NAME": original.META.get("SERVER_NAME", "localhost"),
        "SERVER_PORT": original.META.get("SERVER_PORT", "80"),
        "HTTP_HOST": original.get_host(),
        "wsgi.url_scheme": original.scheme,
        "HTTP_ACCEPT": headers["accept"],
        "QUERY_STRING": text,
    }
    request.GET = QueryDict(text)
    request.user = original.user
    # Who asks is known: no header says it, so that no header can say it wrongly.
    request.caller = caller_of_agent(by)  # type: ignore[attr-defined]
    request.agent = by  # type: ignore[attr-defined]
    try:
        match = resolve(path)
        response = match.func(request, *match.args, **match.kwargs)
    except Http404:  # also of the resolver
        return 404, [], b""
    return response.status_code, list(response.items()), _start(response)


def _start(response: HttpResponseBase) -> bytes:
    """The first bytes of the body; of a long one no more is made than is shown."""
    if isinstance(response, HttpResponse):
        return response.content
    found = b""
    parts: Iterable[bytes] = iter(response)
    for part in parts:
        found += part
        if len(found) > SHOWN_BYTES:
            break
    response.close()
    return found


def _readable(body: bytes, kind: str) -> str:
    if "json" in kind and len(body) <= 4 * SHOWN_BYTES:
        try:
            body = orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2)
        except orjson.JSONDecodeError:
            pass
    if b"\x00" in body[:SHOWN_BYTES]:
        return ""
    return body[:SHOWN_BYTES].decode("utf-8", "replace")
