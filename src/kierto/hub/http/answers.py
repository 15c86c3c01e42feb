"""Answers in the forms that the interface has (clauses 6.3.2, 6.3.4 to 6.3.6, 6.3.10, 6.3.15)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from kierto.hub.http.call import Call
from kierto.hub.http.links import context_link, page_link
from kierto.hub.http.messages import GEO_JSON, JSON, LD_JSON, Response
from kierto.ngsild.contexts import CORE_CONTEXT, Context
from kierto.ngsild.errors import LengthRequired, NgsiLdError

ROOT = "/ngsi-ld/v1"


def problem(error: NgsiLdError) -> Response:
    """A refusal. A missing length is answered without a body (clause 6.3.4)."""
    if isinstance(error, LengthRequired):
        return Response(int(error.status))
    return Response(int(error.status), error.problem())


def no_content(headers: dict[str, str | list[str]] | None = None) -> Response:
    """Done; nothing to say."""
    return Response(204, None, headers or {})


def created(path: str, headers: dict[str, str | list[str]] | None = None) -> Response:
    """Something new stands at ``path`` (below the root of the interface, not yet quoted)."""
    return Response(201, None, {"Location": location(path), **(headers or {})})


def location(path: str) -> str:
    """An address of this interface, quoted. Colons stay: identifiers are full of them."""
    return ROOT + quote(path, safe="/:@!$&'()*+,;=-._~")


def of_element(call: Call, element: dict[str, Any], context: Context | None = None) -> Response:
    """One element (entity, type, subscription…), with its context where the media type wants it."""
    context = context or call.context
    response = Response(200, element, media_type=call.media_type)
    if call.media_type == LD_JSON or (call.media_type == GEO_JSON and not wants_plain(call)):
        response.body = {**element, "@context": written(context)}
    if call.media_type != LD_JSON:
        add_link(response, context_link(address_of(call, context)))
    return response


def of_list(
    call: Call,
    elements: Sequence[dict[str, Any]],
    *,
    total: int | None = None,
    more: bool = False,
    context: Context | None = None,
    body: dict[str, Any] | None = None,
    linked_as: str | None = None,
    sort_links: bool = False,
) -> Response:
    """A page of elements.

    Args:
        call: the request.
        elements: of this page.
        total: of all pages, where the client asked for the count.
        more: whether another page follows.
        context: what they are written in; the request's where not given.
        body: what is sent in the place of the elements (a collection of GeoJSON).
        linked_as: media type that the links to other pages say; the answer's where not given.
        sort_links: the parameters in those links stand in the order of their names, so that the
            same page always has the same address.
    """
    context = context or call.context
    response = Response(200, elements if body is None else body, media_type=call.media_type)
    if call.media_type == LD_JSON:
        source = written(context)
        response.body = [{**element, "@context": source} for element in elements]
    elif call.media_type == GEO_JSON and body is not None and not wants_plain(call):
        response.body = {**body, "@context": written(context)}
    if call.media_type != LD_JSON:
        add_link(response, context_link(address_of(call, context)))
    if total is not None:
        response.headers["NGSILD-Results-Count"] = str(total)
    for link in _pages(call, more, linked_as or call.media_type, sort_links):
        add_link(response, link)
    return response


def of_words(call: Call, words: Sequence[Any]) -> Response:
    """A list of plain words, such as addresses of contexts."""
    return Response(200, list(words), media_type=JSON)


def warn(response: Response, warnings: Iterable[str]) -> Response:
    """Adds what other nodes failed to do (clause 6.3.17)."""
    texts = list(warnings)
    if texts:
        response.headers["NGSILD-Warning"] = texts
    return response


def add_link(response: Response, link: str) -> None:
    """One more Link header."""
    before = response.headers.get("Link", [])
    response.headers["Link"] = [*([before] if isinstance(before, str) else before), link]


def written(context: Context) -> Any:
    """The ``@context`` member of an answer: what the client gave, else the core."""
    return CORE_CONTEXT if context.source is None else context.source


def address_of(call: Call, context: Context) -> str:
    """An address under which the context of an answer can be had."""
    if context.source is None:
        return CORE_CONTEXT
    if isinstance(context.source, str):
        return context.source
    from kierto.hub import contexts

    return contexts.address_of(context, call.request.base, call.tenant.name)


def wants_plain(call: Call) -> bool:
    """Whether GeoJSON goes without its context in the body (``Prefer: body=json``)."""
    return "body=json" in call.request.headers.get("prefer", "").replace('"', "").lower()


def _pages(call: Call, more: bool, media_type: str, sort: bool) -> list[str]:
    if call.request.method not in {"GET", "HEAD"} and "limit" not in call.query:
        return []
    limit, offset, _ = call.paging()
    if limit == 0:
        return []
    links = []
    if offset > 0:
        before = _page_address(call, min(limit, offset), max(0, offset - limit), sort)
        links.append(page_link(before, "prev", media_type))
    if more:
        after = _page_address(call, limit, offset + limit, sort)
        links.append(page_link(after, "next", media_type))
    return links


def _page_address(call: Call, limit: int, offset: int, sort: bool) -> str:
    query = {**call.query, "limit": str(limit), "offset": str(offset)}
    pairs = sorted(query.items()) if sort else list(query.items())
    text = urlencode(pairs, quote_via=quote, safe=":*")
    return f"{location(call.request.path.rstrip('/'))}?{text}"
