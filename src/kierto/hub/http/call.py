"""One request on its way to its handler: parsed where somebody asks, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kierto.hub.http import bodies, links
from kierto.hub.http.messages import LD_JSON, MERGE_PATCH, Request
from kierto.hub.http.negotiation import media_type
from kierto.hub.http.routing import Route
from kierto.ngsild import times
from kierto.ngsild.contexts import CORE, Context
from kierto.ngsild.errors import BadRequestData, InvalidRequest, TooManyResults

if TYPE_CHECKING:
    from kierto.hub.access import Reader
    from kierto.hub.callers import Caller
    from kierto.hub.store.tenants import Tenant
    from kierto.ngsild.representations import Shape

PAGE = 20
"""Elements of a page where the client names no limit."""

LARGEST_PAGE = 1_000
"""Elements of a page at most."""

LARGEST_OFFSET = 10_000_000

_DIGITS = 18

_UNSET: Any = object()


class Call:
    """What a handler gets.

    Attributes:
        request: as it came.
        route: the operation.
        params: identifiers in the path.
        caller: who asks.
        tenant: whose data.
        media_type: of the answer, negotiated; ``application/json`` where it has no body.
        now: the moment of this request.
    """

    __slots__ = (
        *("caller", "media_type", "now", "params", "request", "route", "tenant"),
        *("_context", "_kind", "_link", "_options", "_payload"),
    )

    def __init__(
        self,
        request: Request,
        route: Route,
        params: dict[str, str],
        *,
        caller: Caller,
        tenant: Tenant,
        media_type: str,
    ) -> None:
        self.request = request
        self.route = route
        self.params = params
        self.caller = caller
        self.tenant = tenant
        self.media_type = media_type
        self.now = times.now()
        self._context: Any = _UNSET
        self._payload: Any = _UNSET
        self._link: Any = _UNSET
        self._kind: str | None = None
        self._options: frozenset[str] | None = None

    # ------------------------------------------------------------ who and how

    @property
    def reader(self) -> Reader:
        """What the caller may read."""
        return self.caller.reader

    @property
    def query(self) -> dict[str, str]:
        """Query parameters."""
        return self.request.query

    @property
    def operation(self) -> str:
        """Name of the operation as registrations know it."""
        return self.route.operation

    @property
    def loop(self) -> str:
        """The Via header: nodes that this request has passed; empty for none."""
        return self.request.headers.get("via", "")

    @property
    def options(self) -> frozenset[str]:
        """Words of the ``options`` parameter."""
        if self._options is None:
            text = self.query.get("options")
            self._options = (
                frozenset(word.strip() for word in text.split(",")) if text else frozenset()
            )
        return self._options

    def flag(self, name: str) -> bool:
        """A parameter that is true or false, or stands in ``options``.

        Raises:
            BadRequestData: it is something else.
        """
        text = self.query.get(name)
        if text is None:
            return name in self.options
        if text not in {"true", "false"}:
            raise BadRequestData(f"{name} is {text[:40]!r}; write true or false.")
        return text == "true"

    @property
    def local(self) -> bool:
        """Whether other nodes are left out (clause 6.3.18)."""
        return self.flag("local")

    def number(self, name: str, default: int, *, smallest: int, largest: int) -> int:
        """A parameter that is a whole number.

        Raises:
            BadRequestData: it is none, or outside the limits.
        """
        text = self.query.get(name)
        if text is None:
            return default
        is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS
        if not is_number or not smallest <= int(text) <= largest:
            raise BadRequestData(
                f"{name} is {text[:40]!r}; write a whole number from {smallest} to {largest}."
            )
        return int(text)

    def paging(self) -> tuple[int, int, bool]:
        """``limit``, ``offset``, whether all are counted (clauses 5.5.9, 6.3.10, 6.3.13).

        Raises:
            BadRequestData: one of them is no such number; a limit of 0 without counting.
            TooManyResults: the limit is above what the node gives at once.
        """
        count = self.flag("count")
        limit = self.number("limit", PAGE, smallest=0, largest=10**9)
        if limit == 0 and not count:
            raise BadRequestData("limit is 0, which asks for nothing; add count=true, or raise it.")
        if limit > LARGEST_PAGE:
            raise TooManyResults(f"limit is {limit}; this node gives {LARGEST_PAGE} at once.")
        offset = self.number("offset", 0, smallest=0, largest=LARGEST_OFFSET)
        return limit, offset, count

    def shape(self) -> Shape:
        """How the answer's entities are written: format, projection, language."""
        from kierto.hub.http.shapes import shape_of

        return shape_of(self)

    # -------------------------------------------------------------------- body

    @property
    def content_type(self) -> str:
        """Media type of the body."""
        return media_type(self.request.headers.get("content-type"))

    @property
    def payload(self) -> Any:
        """The parsed body, ``@context`` still in it.

        Raises:
            InvalidRequest: it is empty or no JSON.
        """
        if self._payload is _UNSET:
            self._payload = bodies.parse(self.request.body)
        return self._payload

    @property
    def members(self) -> dict[str, Any]:
        """The parsed body where it must be an object.

        Raises:
            InvalidRequest: it is no JSON.
            BadRequestData: it is no object, or an empty one.
        """
        payload = self.payload
        if not isinstance(payload, dict):
            raise BadRequestData("The body is no JSON object.")
        return payload

    @property
    def elements(self) -> list[Any]:
        """The parsed body where it must be an array with something in it.

        Raises:
            InvalidRequest: it is no JSON.
            BadRequestData: it is no array, or an empty one.
        """
        payload = self.payload
        if not isinstance(payload, list) or not payload:
            raise BadRequestData("The body is no JSON array with at least one element.")
        return payload

    # ----------------------------------------------------------------- context

    @property
    def context(self) -> Context:
        """What the terms of this request mean; for a batch see :meth:`context_of`.

        Raises:
            BadRequestData: the context stands where it may not, or misses where it must stand.
            LdContextNotAvailable: it cannot be had.
        """
        if self._context is _UNSET:
            payload = self.payload if self.route.accepted and self.request.body else None
            self._context = self.context_of(payload)
        context: Context = self._context
        return context

    def context_of(self, element: Any) -> Context:
        """The context of the body, or of one element of a batch (clause 6.3.5)."""
        from kierto.hub import contexts

        if self._link is _UNSET:
            self._link = self._link_address()
            self._kind = self.content_type if self.request.body and self.route.accepted else ""
        link, kind = self._link, self._kind
        inside = isinstance(element, dict) and "@context" in element
        if kind == LD_JSON:
            if link is not None:
                raise BadRequestData(
                    "The body is application/ld+json and has its own @context; "
                    "leave the Link header out."
                )
            if isinstance(element, dict):
                if not inside:
                    raise BadRequestData(
                        "The body is application/ld+json and has no @context; add one, "
                        "or send application/json."
                    )
                return contexts.context_for(self._resolved(element["@context"]))
            return CORE
        if inside and kind != MERGE_PATCH:
            raise BadRequestData(
                "The body has an @context, which application/json must not; "
                "send application/ld+json."
            )
        if inside:
            return contexts.context_for(element["@context"])
        return CORE if link is None else contexts.context_for(link)

    def _resolved(self, source: Any) -> Any:
        """Addresses without a host are this node's own (JSON-LD 1.1, clause 3.1)."""
        if isinstance(source, str) and source.startswith("/") and self.request.base:
            return self.request.base + source
        if isinstance(source, list):
            return [self._resolved(part) for part in source]
        return source

    def _link_address(self) -> str | None:
        link = self.request.headers.get("link")
        return links.context_address(link) if link else None


def once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Query parameters by name.

    Raises:
        InvalidRequest: one stands twice.
    """
    query = dict(pairs)
    if len(query) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidRequest(f"The parameter {twice[:64]!r} is given more than once.")
    return query
