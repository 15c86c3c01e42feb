"""The entities of one query, from this node and from all its sources (clause 5.7.2).

The order is this node's entities first, then each source's own, registrations by their names; an
entity that several have stands where it is met first. That holds for every page as long as nobody
changes anything; an entity map holds it for good.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kierto.hub.distribution import health
from kierto.hub.distribution.answers import Document, Gathered
from kierto.hub.distribution.asking import Asking, Match
from kierto.hub.distribution.forwarding import Outcome, in_parallel, prepare, send
from kierto.hub.distribution.inquiring import inquiry
from kierto.hub.distribution.merging import merged
from kierto.hub.distribution.receiving import documents_of
from kierto.hub.distribution.retrieving import NOBODY_ELSE, own_part
from kierto.ngsild import registrations
from kierto.ngsild.errors import TooManyResults
from kierto.ngsild.matching import Query

OPERATIONS: Final = ("queryEntity", "queryBatch")

DEEPEST: Final = 10_000
"""Entities that one source, or this node, is asked for in one query."""

PAGE: Final = 1_000


@dataclass(slots=True)
class _Answered:
    """What one source gave: its entities by id, whether it has more, what went wrong."""

    documents: dict[str, Document] = field(default_factory=dict)
    whole: bool = True
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    """Entities in order, each with its parts' sources (positions of the matches; -1: here)."""

    documents: dict[str, Document]
    sources: dict[str, list[str]]
    warnings: list[str]
    whole: bool


def page(
    asking: Asking,
    matches: Sequence[Match],
    query: Query,
    local: Callable[[int, int, bool], Any],
    limit: int,
    offset: int,
    count: bool,
) -> Gathered:
    """One page of the query."""
    if offset + limit > DEEPEST:
        raise TooManyResults(
            f"Other sources have a part in this query; of such, the first {DEEPEST} entities can "
            "be paged through. Narrow it, or ask each source."
        )
    need = DEEPEST if count else offset + limit
    found = gather(asking, matches, query, local, need)
    ids = list(found.documents)
    return Gathered(
        [found.documents[one] for one in ids[offset : offset + limit]],
        len(ids) if count else None,
        found.warnings,
    )


def gather(
    asking: Asking,
    matches: Sequence[Match],
    query: Query,
    local: Callable[[int, int, bool], Any],
    need: int,
) -> Found:
    """The first ``need`` entities of the query (perhaps more), merged and judged."""
    matches = [] if asking.in_circle else matches
    asked = relaxed(query) if asking.split else query
    own = _own(asking, matches, asked, local, need)
    answers = _ask_all(asking, matches, query, need)
    order = list(dict.fromkeys([*own, *(key for one in answers for key in one.documents)]))
    _complete(asking, matches, query, answers, order[:need])
    documents: dict[str, Document] = {}
    sources: dict[str, list[str]] = {}
    for key in order:
        document = _assembled(key, own, answers, matches)
        if document is None or not _fits(asking, query, document, key in own, answers, key):
            continue
        documents[key] = document
        sources[key] = _sources_of(key, own, answers, matches)
    health.write_due()
    warnings = [text for one in answers for text in one.warnings]
    whole = len(own) < need and all(one.whole for one in answers)
    return Found(documents, sources, warnings, whole)


def relaxed(query: Query) -> Query:
    """The query without what only the whole entity can fulfil."""
    return dataclasses.replace(query, q=None, geo=None, scope_q=None, attrs=None)


def _own(
    asking: Asking,
    matches: Sequence[Match],
    query: Query,
    local: Callable[[int, int, bool], Any],
    need: int,
) -> dict[str, Document]:
    if asking.split:
        from kierto.hub.store import reading

        found = reading.find(asking.tenant, query, asking.reader, limit=need, offset=0)
    else:
        found = local(need, 0, False)
    own: dict[str, Document] = {}
    proxied = [one for one in matches if one.source.mode in {"exclusive", "redirect"}]
    for document in found.documents:
        part = own_part(_holding(proxied, document), document) if proxied else document
        if part is not None:
            own[document["id"]] = part
    return own


def _holding(matches: Sequence[Match], document: Document) -> list[Match]:
    """Each of the sources that holds something of this very entity, with what it holds."""
    found = []
    for match in matches:
        part = registrations.covers(match.source.stored, document, match.operation)
        if part is not None:
            found.append(dataclasses.replace(match, part=part))
    return found


def _ask_all(asking: Asking, matches: Sequence[Match], query: Query, need: int) -> list[_Answered]:
    prepared = [
        (match, prepare(asking, inquiry(asking, match, query, limit=min(PAGE, need))))
        for match in matches
    ]

    def ask(one: tuple[Match, Any]) -> _Answered:
        match, (forward, headers) = one
        answered = _Answered(whole=False)
        while not answered.whole and len(answered.documents) < need:
            outcome = send(forward, headers)
            more = _take(asking, match, outcome, answered)
            if more < int(forward.query["limit"]) or outcome.warning:
                answered.whole = True
                break
            start = int(forward.query.get("offset", "0")) + more
            again = inquiry(asking, match, query, limit=min(PAGE, need), offset=start)
            forward = again
        return answered

    return in_parallel(ask, prepared) if prepared else []


def _take(asking: Asking, match: Match, outcome: Outcome, answered: _Answered) -> int:
    """Adds an answer's entities; how many it had."""
    told = len(outcome.body) if isinstance(outcome.body, list) else 1
    documents = documents_of(asking, match, outcome)
    if outcome.warning:
        answered.warnings.append(outcome.warning)
    before = len(answered.documents)
    for document in documents:
        answered.documents.setdefault(document["id"], document)
    # A source that repeats itself, whatever it is asked for, has no more to say.
    return told if len(answered.documents) > before else 0


def _complete(
    asking: Asking,
    matches: Sequence[Match],
    query: Query,
    answers: Sequence[_Answered],
    ids: Sequence[str],
) -> None:
    """Fetches parts of the page's entities from sources that have more than they told."""
    wanted = [
        (match, answered, missing)
        for match, answered in zip(matches, answers, strict=True)
        if not answered.whole
        and (missing := [one for one in ids if one not in answered.documents][:PAGE])
    ]
    if not wanted:
        return
    prepared = [
        (match, answered, prepare(asking, _by_ids(asking, match, query, missing)))
        for match, answered, missing in wanted
    ]

    def ask(one: tuple[Match, _Answered, Any]) -> None:
        match, answered, (forward, headers) = one
        _take(asking, match, send(forward, headers), answered)

    in_parallel(ask, prepared)


def _by_ids(asking: Asking, match: Match, query: Query, ids: Collection[str]) -> Any:
    return inquiry(asking, match, query, limit=len(ids), ids=ids)


def _assembled(
    key: str, own: dict[str, Document], answers: Sequence[_Answered], matches: Sequence[Match]
) -> Document | None:
    parts = [own[key]] if key in own else []
    fillers: list[Document] = []
    for match, answered in zip(matches, answers, strict=True):
        document = answered.documents.get(key)
        if document is not None:
            (fillers if match.source.only_fills else parts).append(document)
    return merged(parts, fillers)


def _fits(
    asking: Asking,
    query: Query,
    document: Document,
    mine: bool,
    answers: Sequence[_Answered],
    key: str,
) -> bool:
    """One evaluator decides. What the store found alone was judged by it already."""
    if mine and not asking.split and not any(key in one.documents for one in answers):
        return True
    return query.matches(document)


def _sources_of(
    key: str, own: dict[str, Document], answers: Sequence[_Answered], matches: Sequence[Match]
) -> list[str]:
    names = [NOBODY_ELSE] if key in own else []
    return names + [
        match.source.name
        for match, answered in zip(matches, answers, strict=True)
        if key in answered.documents
    ]
