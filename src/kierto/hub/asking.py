"""Questions of people, put to the very interface that programs use.

A page builds the request that a program would send, has it answered in this process, and shows
both. So what a page says and what the interface says are the same, and a reader can take the
request away and send it themselves.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from kierto.hub.callers import caller_of_agent
from kierto.hub.http import Request, answer
from kierto.hub.vocabulary import CONTEXT_NAME
from kierto.parties.models import Agent

ROOT: Final = "/ngsi-ld/v1"
_REL: Final = 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and what came back.

    Attributes:
        path: below the root of the interface, with its query.
        address: the whole of it, for another program.
        curl: a command line that asks the same.
        status: of HTTP.
        body: parsed; ``None`` where there is none.
        headers: those of the answer, names in lower case.
        milliseconds: how long it took here.
    """

    path: str
    address: str
    curl: str
    status: int
    body: Any
    headers: dict[str, str]
    milliseconds: float

    @property
    def is_refused(self) -> bool:
        """Whether the interface says that something is wrong with the question."""
        return self.status >= 400

    @property
    def text(self) -> str:
        """The body as it is sent, indented."""
        if self.body is None:
            return ""
        return orjson.dumps(self.body, option=orjson.OPT_INDENT_2).decode()

    @property
    def total(self) -> int | None:
        """How many there are in all, where that was asked for."""
        found = self.headers.get("ngsild-results-count", "")
        return int(found) if found.isdecimal() else None


def ask(
    path: str,
    parameters: Mapping[str, str],
    *,
    by: Agent | None,
    base: str,
    accept: str = "application/json",
) -> Asked:
    """Send a GET request to this node's own interface, as this reader.

    Args:
        path: below the root, such as ``/entities``.
        parameters: of the query; empty ones are left out.
        by: who asks; ``None`` is a visitor.
        base: scheme and host under which the reader knows this node.
    """
    filled = {name: value for name, value in parameters.items() if value}
    link = f"<{base}/data/{CONTEXT_NAME}>; {_REL}"
    headers = {"accept": accept, "link": link}
    request = Request(method="GET", path=path, query=filled, headers=headers, base=base)
    request.query_text = urlencode(filled, quote_via=quote)
    started = time.perf_counter()
    response = answer(request, caller=caller_of_agent(by))
    took = (time.perf_counter() - started) * 1000
    body = response.body
    if isinstance(body, bytes):
        body = orjson.loads(body) if body else None
    elif body is not None:
        body = orjson.loads(orjson.dumps(body))
    shown = path + (f"?{request.query_text}" if filled else "")
    address = f"{base}{ROOT}{quote(path, safe='/:')}" + shown[len(path) :]
    curl = shlex.join(["curl", "-H", f"Accept: {accept}", "-H", f"Link: {link}", address])
    return Asked(
        path=f"{ROOT}{shown}",
        address=address,
        curl=curl,
        status=response.status,
        body=body,
        headers={name.lower(): str(value) for name, value in response.headers.items()},
        milliseconds=took,
    )
