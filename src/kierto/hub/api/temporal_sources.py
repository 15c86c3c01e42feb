"""Histories of which other sources have a part: answered from everywhere (5.7.3, 5.7.4)."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db.backends.utils import CursorWrapper

from kierto.hub.distribution import histories, registry
from kierto.hub.distribution.asking import Asking, Match, asking_of
from kierto.hub.distribution.histories import ONE, SEVERAL, Told
from kierto.hub.history import cursors, entities, finding, scoping, spans, telling
from kierto.hub.history.entities import Past
from kierto.hub.http import answers
from kierto.hub.http.call import Call
from kierto.hub.http.messages import Response
from kierto.hub.store import watching
from kierto.ngsild.errors import ResourceNotFound, TooManyResults
from kierto.ngsild.matching import Query
from kierto.ngsild.representations import Shape
from kierto.ngsild.temporal import History, TemporalQuery, write_history
from kierto.ngsild.types import TypeSelection

DEEPEST: Final = 1_000
"""Entities that can be paged through where other sources have a part of the answer."""


def sources_of(
    call: Call, query: Query, time: TemporalQuery, *, one: bool = False
) -> tuple[Asking, list[Match]] | None:
    """Who else has a part of the answer; ``None`` where nobody has, which costs one look."""
    if call.local or registry.is_empty(call.tenant.id):
        return None
    asking = asking_of(call)
    matches = histories.matches_of(asking, query, time, ONE if one else SEVERAL)
    return (asking, matches) if matches else None


def retrieve(call: Call, query: Query, time: TemporalQuery, shape: Shape) -> Response | None:
    """One history; ``None`` where this node alone has it.

    Raises:
        ResourceNotFound: nobody has it, or nothing of it is left to show.
    """
    found = sources_of(call, query, time, one=True)
    if found is None:
        return None
    asking, matches = found
    (entity_id,) = query.ids or ("",)
    with cursors.reading() as cursor:
        past = entities.get(cursor, call.tenant.id, entity_id, call.reader)
        own = _own(call, cursor, [] if past is None else [past], query, time, shape)
    told = histories.gather(asking, matches, query, time, own, need=1, entity_id=entity_id)
    written = [write_history(each, call.context, shape, time) for each in told.histories]
    response = None
    if written and set(written[0]) - {"id", "type", "scope"}:
        response = _ranged(answers.of_element(call, written[0]), told)
    if response is None:
        error = ResourceNotFound(f"Nobody who answered knows a history of {entity_id[:256]}.")
        response = answers.problem(error)
    return answers.warn(response, told.warnings)


def query(
    call: Call, query: Query, time: TemporalQuery, shape: Shape, *, descending: bool
) -> Response | None:
    """A page of histories; ``None`` where this node alone has them.

    Raises:
        TooManyResults: the page lies deeper than sources are asked for.
    """
    found = sources_of(call, query, time)
    if found is None:
        return None
    asking, matches = found
    limit, offset, count = call.paging()
    need = DEEPEST if count else offset + limit + 1
    if offset + limit > DEEPEST:
        raise TooManyResults(
            f"Other sources have a part in this query; of such, the first {DEEPEST} entities can "
            "be paged through. Narrow it, or ask each source."
        )
    with cursors.reading() as cursor:
        pasts = finding.find(
            cursor, call.tenant.id, query, time, call.reader,
            limit=need, offset=0, count=False, descending=descending,
        ).pasts  # fmt: skip
        own = _own(call, cursor, pasts, query, time, shape)

    def rest(ids: list[str]) -> list[History]:
        with cursors.reading() as cursor:
            found = entities.find(cursor, call.tenant.id, ids).values()
            pasts = [past for past in found if call.reader.may_read(past.access)]
            return _own(call, cursor, pasts, query, time, shape).histories

    told = histories.gather(asking, matches, query, time, own, need=need, rest=rest)
    told.histories.sort(key=lambda history: history["id"], reverse=descending)
    page = told.histories[offset : offset + limit]
    response = answers.of_list(
        call,
        [write_history(each, call.context, shape, time) for each in page],
        total=len(told.histories) if count else None,
        more=len(told.histories) > offset + limit and limit > 0,
    )
    return answers.warn(_ranged(response, told), told.warnings)


def _own(
    call: Call,
    cursor: CursorWrapper,
    pasts: list[Past],
    query: Query,
    time: TemporalQuery,
    shape: Shape,
) -> Told:
    """What this node has of them, not written yet."""
    watching.saw_past(call.tenant, pasts, call.reader)
    called = telling.wanted_names(cursor, pasts, shape)
    page = None if time.aggr_methods else settings.HUB_HISTORY_PAGE
    span = spans.instances(cursor, [past.number for past in pasts], time, called, page)
    told = []
    for past in pasts:
        rows = span.rows[past.number]
        if query.scope_q is not None:
            allowed = scoping.intervals(cursor, past, query.scope_q, time)
            rows = scoping.within(rows, allowed)
        told.append(telling.history_of(cursor, past, rows, time))
    return Told(told, span.range)


def _ranged(response: Response, told: Told) -> Response:
    """206 where instances are on other pages (clause 6.3.10)."""
    if told.range is not None and response.status == 200:
        response.status = 206
        response.headers["Content-Range"] = told.range.header()
    return response


def narrowed(entity_id: str, types: TypeSelection | None, shape: Shape) -> Query:
    """The query that names one entity, and what is to be told of it."""
    return Query(
        ids=frozenset({entity_id}), types=types, attrs=shape.attrs, dataset_ids=shape.dataset_id
    )
