"""Maps of temporal queries (clause 5.14.5): the entities whose history has something to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kierto.hub.distribution.entity_maps import Entries
from kierto.hub.distribution.gathering import DEEPEST
from kierto.hub.distribution.retrieving import NOBODY_ELSE
from kierto.hub.http.answering import answer
from kierto.hub.http.messages import Request
from kierto.ngsild.errors import (
    BadRequestData,
    InternalError,
    InvalidRequest,
    LdContextNotAvailable,
    NgsiLdError,
    TooComplexQuery,
    TooManyResults,
)

if TYPE_CHECKING:
    from kierto.hub.http import Call

PAGE: Final = 500

_TOLD: Final[dict[str, type[NgsiLdError]]] = {
    each.name: each
    for each in (
        *(BadRequestData, InvalidRequest, TooComplexQuery, TooManyResults),
        LdContextNotAvailable,
    )
}
_OF_THE_MAP: Final = frozenset({"entityMapLifetime", "splitEntities", "limit", "offset", "count"})


def entries(call: Call) -> Entries:
    """Entities of the temporal query that the parameters of a request say.

    Raises:
        BadRequestData: there is no temporal query, or it is wrong.
        TooManyResults: they are more than a map holds.
    """
    if not call.query.get("timerel"):
        raise BadRequestData("A temporal query is needed: timerel and timeAt.")
    found: list[str] = []
    while True:
        page = _page(call, len(found))
        found.extend(page)
        if len(page) < PAGE:
            return [(key, [NOBODY_ELSE]) for key in dict.fromkeys(found)]
        if len(found) >= DEEPEST:
            raise TooManyResults(f"A map holds up to {DEEPEST} entities; narrow the query.")


def _page(call: Call, offset: int) -> list[str]:
    """The interface is asked as by the caller: what they may not see is in no map."""
    query = {name: text for name, text in call.query.items() if name not in _OF_THE_MAP}
    query |= {"limit": str(PAGE), "offset": str(offset), "lastN": "1"}
    headers = {
        name: text
        for name, text in call.request.headers.items()
        if name in {"link", "ngsild-tenant", "via"}
    }
    request = Request("GET", "/temporal/entities", query, headers, base=call.request.base)
    response = answer(request, caller=call.caller)
    if response.status not in {200, 206} or not isinstance(response.body, list):
        raise _as_told(response.body)
    return [str(one["id"]) for one in response.body if isinstance(one, dict) and "id" in one]


def _as_told(body: object) -> NgsiLdError:
    """What the interface said, as it said it."""
    said = body if isinstance(body, dict) else {}
    kind = _TOLD.get(str(said.get("type")).rpartition("/")[2])
    if kind is None:
        return InternalError("The history could not be asked.")
    return kind(str(said.get("detail", "")))
