"""The one door to the network: contexts, forwarded requests and notifications go through it.

Every call has a time limit for the whole of it (name, connection, request, answer to the last
byte) and a limit of size. The connection is made to an address that :mod:`kierto.hub.addresses`
judged, never to a name that may mean something else a moment later. No proxy is asked, no
redirect is followed unless the caller wants it, and each step of one is judged anew.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from kierto.hub import addresses
from kierto.hub.addresses import QUEUE, WEB, SchemePorts, Target, read_url
from kierto.hub.lines import Line, kept_lines, open_line
from kierto.hub.refusals import OutgoingError, Refused, TimedOut, TooLong, Unreachable

__all__ = [
    "QUEUE",
    "WEB",
    "Answer",
    "OutgoingError",
    "Refused",
    "TimedOut",
    "TooLong",
    "Unreachable",
    "check",
    "fetch",
]

_CHECK_SECONDS = 0.5

# Said by the connection itself; a stranger who could say them could hide a second request.
_OF_THE_CONNECTION = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"}
    | {"expect", "keep-alive", "proxy-authorization", "proxy-connection", "accept-encoding"}
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Names of headers are lower-case; several of one name are joined by ", "."""

    status: int
    headers: dict[str, str]
    body: bytes


def check(url: object, schemes: SchemePorts = WEB) -> None:
    """Nothing, when the node would call this address as far as can be told now.

    A name that is not known (yet) passes: it is judged again at every connection.

    Raises:
        Refused: the address leads inward, or is no URL of these schemes.
    """
    target = read_url(url, schemes)
    try:
        addresses.places_of(target.host, target.port, seconds=_CHECK_SECONDS)
    except Unreachable:
        return


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: float = 5.0,
    limit_bytes: int = 1_000_000,
    purpose: str = "",
    redirects: int = 0,
) -> Answer:
    """Call an address and read the answer.

    Args:
        headers: what to say besides what the connection says itself (Host, Content-Length …).
        timeout: seconds for the whole call.
        limit_bytes: the longest answer that is read.
        purpose: what it is for, in the texts of errors ("context", "notification" …).
        redirects: how many redirects may be followed (of GET and HEAD only).

    Raises:
        Refused: the address, or one it redirects to, may not be called.
        Unreachable: no answer (TimedOut: not in time; TooLong: more than the limit).
    """
    deadline = time.monotonic() + timeout
    said = dict(headers or {})
    for _ in range(redirects + 1):
        target = read_url(url)
        answer = _ask(method, target, said, body, deadline, limit_bytes)
        where = answer.headers.get("location")
        if answer.status not in {301, 302, 303, 307, 308} or not where or not redirects:
            return answer
        if method not in {"GET", "HEAD"}:
            return answer
        try:
            onward = urljoin(url, where)
            elsewhere = urlsplit(onward)[:2] != urlsplit(url)[:2]
        except ValueError as error:
            raise Unreachable("The answer leads to an address that is none.") from error
        if elsewhere:  # to somebody else go no secrets
            said = {k: v for k, v in said.items() if k.lower() in {"accept", "user-agent"}}
        url = onward
    raise Unreachable(f"Too many redirects on the way to the {purpose or 'answer'}.")


def _ask(
    method: str,
    target: Target,
    headers: Mapping[str, str],
    body: bytes | None,
    deadline: float,
    limit: int,
) -> Answer:
    kept = kept_lines()
    key = (target.scheme, target.host, target.port)
    while True:
        line = kept.take(key) or open_line(target, deadline)
        try:
            answer = _converse(line, method, target, headers, body, deadline, limit)
        except TimeoutError as error:
            line.http.close()
            raise TimedOut("The answer was not there in time.") from error
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            line.http.close()
            if line.used and method in {"GET", "HEAD"}:
                continue  # the other side let an idle connection go as we took it up
            raise Unreachable("The other side hung up.") from error
        except (OSError, http.client.HTTPException) as error:
            line.http.close()
            raise Unreachable("What came was no answer of HTTP.") from error
        except BaseException:
            line.http.close()
            raise
        if line.http.sock is not None:
            kept.keep(key, line)
        return answer


def _converse(
    line: Line,
    method: str,
    target: Target,
    headers: Mapping[str, str],
    body: bytes | None,
    deadline: float,
    limit: int,
) -> Answer:
    line.socket.deadline = deadline
    try:
        line.http.request(method, target.path, body=body, headers=_said(target, headers))
    except ValueError as error:
        raise Refused("A header holds signs that no header may hold.") from error
    response = line.http.getresponse()
    read = response.read(limit + 1)
    if len(read) > limit:
        raise TooLong(f"The answer is longer than {limit} bytes.")
    answered: dict[str, str] = {}
    for name, value in response.getheaders():
        low = name.lower()
        answered[low] = f"{answered[low]}, {value}" if low in answered else value
    if response.will_close or not response.isclosed():
        line.http.close()
    return Answer(response.status, answered, read)


def _said(target: Target, headers: Mapping[str, str]) -> dict[str, Any]:
    said: dict[str, Any] = {"Host": target.authority, "Accept-Encoding": "identity"}
    for name, value in headers.items():
        if name.lower() not in _OF_THE_CONNECTION:
            said[name] = str(value).encode()
    said.setdefault("User-Agent", "Kierto")
    return said
