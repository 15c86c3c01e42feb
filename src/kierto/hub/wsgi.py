"""The interface as a WSGI application: nothing of Django's middleware stands before it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.conf import settings
from django.db import close_old_connections, connection
from django.http.request import split_domain_port, validate_host

from kierto.hub.http import answers, bodies
from kierto.hub.http.answering import answer
from kierto.hub.http.call import once
from kierto.hub.http.messages import Request, Response
from kierto.ngsild.errors import InvalidRequest, NgsiLdError, TooLarge

ROOT = "/ngsi-ld/v1"

_PARAMETERS = 64
_UNSAFE = re.compile(r"[^\x20-\x7e\xa0-\xff]")
_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

StartResponse = Callable[..., Any]


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answers what stands below ``/ngsi-ld/v1``."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        # As Django does between requests: what the server closed, or what is old, is opened anew.
        close_old_connections()
    try:
        request = read_request(environ)
    except NgsiLdError as error:
        response = answers.problem(error)
        response.headers["Connection"] = "close"
    else:
        response = answer(request)
    body, headers = written(response)
    headers.append(("Content-Length", str(len(body))))
    start_response(_STATUS.get(response.status, f"{response.status} Unknown"), headers)
    if environ["REQUEST_METHOD"] == "HEAD":
        body = b""
    return [body]


def read_request(environ: dict[str, Any]) -> Request:
    """The request in a WSGI environment.

    Raises:
        InvalidRequest: its path or query is no UTF-8, a parameter stands twice, its length lies.
        TooLarge: its body is longer than the node reads; it is not read.
    """
    query_text = environ.get("QUERY_STRING", "")
    try:
        path = environ.get("PATH_INFO", "").encode("latin-1").decode()
        query = once(
            parse_qsl(
                query_text, keep_blank_values=True, max_num_fields=_PARAMETERS, errors="strict"
            )
            if query_text
            else []
        )
    except ValueError as error:
        raise InvalidRequest("The address is no UTF-8, or has too many parameters.") from error
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    content_type = environ.get("CONTENT_TYPE")
    if content_type:
        headers["content-type"] = content_type
    length = environ.get("CONTENT_LENGTH")
    if length:
        headers["content-length"] = length
    return Request(
        method=environ["REQUEST_METHOD"],
        path=path.removeprefix(ROOT) or "/",
        query=query,
        headers=headers,
        body=_body(environ, length),
        remote=environ.get("REMOTE_ADDR", ""),
        base=_base(environ, headers),
        query_text=query_text,
    )


def _base(environ: dict[str, Any], headers: dict[str, str]) -> str:
    """Scheme and host for addresses in answers; empty where the host is none of this node's."""
    host = headers.get("host", "")
    if not _is_served(host, tuple(settings.ALLOWED_HOSTS)):
        return ""
    told: tuple[str, str] | None = getattr(settings, "SECURE_PROXY_SSL_HEADER", None)
    secure = told is not None and environ.get(told[0]) == told[1]
    return f"{'https' if secure else environ.get('wsgi.url_scheme', 'http')}://{host}"


@functools.lru_cache(maxsize=1_024)
def _is_served(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, list(allowed))


def _body(environ: dict[str, Any], length: str | None) -> bytes:
    if not length:
        # Without a length nothing is read: the request is refused, or needs no body.
        return b""
    if not length.isascii() or not length.isdigit() or len(length) > 18:
        raise InvalidRequest("Content-Length is no number.")
    if int(length) > bodies.BODY_BYTES:
        raise TooLarge(f"The body has more than {bodies.BODY_BYTES} bytes; send it in parts.")
    body: bytes = environ["wsgi.input"].read(int(length))
    if len(body) != int(length):
        raise InvalidRequest("The body is shorter than its Content-Length.")
    return body


def written(response: Response) -> tuple[bytes, list[tuple[str, str]]]:
    """The bytes of the body, and the headers; none of them can hold a line break."""
    headers: list[tuple[str, str]] = []
    body = response.body
    if body is None:
        data = b""
    else:
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        headers.append(("Content-Type", response.media_type))
    for name, value in response.headers.items():
        for text in (value,) if isinstance(value, str) else value:
            headers.append((name, _UNSAFE.sub("?", text)))
    headers.append(("X-Content-Type-Options", "nosniff"))
    return data, headers
