"""Which handler answers which address.

Identifiers are URIs and may hold slashes. A server of WSGI hands paths over decoded, so patterns
are matched from their fixed parts: those with more of them first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import re2

from kierto.hub.http.messages import JSON, LD_JSON, MERGE_PATCH, Response

if TYPE_CHECKING:
    from kierto.hub.http.call import Call

Handler = Callable[["Call"], Response]

ALWAYS_ALLOWED = frozenset({"local"})
"""Query parameters that every operation takes (clause 6.3.18)."""

SHORT: Final = 1_024
"""Characters of a path up to which Python's expressions are the faster ones. They try a path of
many parts in every way it can be cut; RE2 takes linear time however long it is."""

_READ = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the interface.

    Attributes:
        method: in capitals.
        pattern: below ``/ngsi-ld/v1``, such as ``/entities/{entityId}/attrs/{attrId}``.
        handler: answers.
        operation: name of the operation as registrations know it (``retrieveEntity``…).
        scope: what the caller must be allowed to; empty gives ``read`` for GET, else ``write``.
        parameters: query parameters that are known; others are refused. ``None``: not checked.
        offers: media types of the answer, first preferred; only these are negotiated. Empty: the
            answer has no body to negotiate.
        accepts: media types of the body; empty: there is no body to read.
        creates: the operation brings its tenant into being.
        tenantless: what it tells belongs to no tenant; the header is not looked at.
    """

    method: str
    pattern: str
    handler: Handler
    operation: str
    scope: str = ""
    parameters: frozenset[str] | None = None
    offers: tuple[str, ...] | None = None
    accepts: tuple[str, ...] | None = None
    creates: bool = False
    tenantless: bool = False

    @property
    def needed_scope(self) -> str:
        """What the caller must be allowed to."""
        return self.scope or ("read" if self.method in _READ else "write")

    @property
    def offered(self) -> tuple[str, ...]:
        """Media types the answer can have."""
        if self.offers is not None:
            return self.offers
        return (JSON, LD_JSON) if self.method in _READ else ()

    @property
    def accepted(self) -> tuple[str, ...]:
        """Media types the body can have."""
        if self.accepts is not None:
            return self.accepts
        if self.method == "PATCH":
            return (JSON, LD_JSON, MERGE_PATCH)
        return (JSON, LD_JSON) if self.method in {"POST", "PUT"} else ()


@dataclass(frozen=True, slots=True)
class _Address:
    short: re.Pattern[str]
    long: Any
    routes: dict[str, Route]

    def match(self, path: str) -> dict[str, str] | None:
        """The parameters in a path; ``None`` where it is another address."""
        found = (self.short if len(path) <= SHORT else self.long).fullmatch(path)
        return None if found is None else found.groupdict()


class Router:
    """All routes, found by path and method."""

    def __init__(self, routes: Iterable[Route]) -> None:
        patterns: dict[str, dict[str, Route]] = {}
        for route in routes:
            methods = patterns.setdefault(route.pattern, {})
            if route.method in methods:
                raise ValueError(f"{route.method} {route.pattern} is declared twice")
            methods[route.method] = route
        self._by_start: dict[str, list[_Address]] = {}
        for pattern in sorted(patterns, key=_precedence):
            start = pattern.split("/", 2)[1]
            source = "/".join(map(_part, pattern.split("/")))
            address = _Address(re.compile(source, re.DOTALL), _linear(source), patterns[pattern])
            self._by_start.setdefault(start, []).append(address)

    def find(self, path: str) -> tuple[dict[str, Route], dict[str, str]] | None:
        """Routes by method and the parameters in the path; ``None`` where nothing stands."""
        if path.endswith("/"):
            path = path[:-1]
        for address in self._by_start.get(path.split("/", 2)[1] if "/" in path else "", ()):
            params = address.match(path)
            if params is not None:
                return address.routes, params
        return None

    @property
    def routes(self) -> Sequence[Route]:
        """All of them, for the description of the interface."""
        return [
            route
            for addresses in self._by_start.values()
            for address in addresses
            for route in address.routes.values()
        ]


def _precedence(pattern: str) -> tuple[int, int]:
    parts = pattern.split("/")
    fixed = sum(not part.startswith("{") for part in parts)
    return -fixed, -len(parts)


def _linear(source: str) -> Any:
    options = re2.Options()
    options.dot_nl = True
    return re2.compile(source, options)


def _part(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    name = part[1:-1]
    # An instance is named by a URI without slashes: so an attribute's name may have them.
    return f"(?P<{name}>[^/]*:[^/]*)" if name == "instanceId" else f"(?P<{name}>[^/].*?)"
