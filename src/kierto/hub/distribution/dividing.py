"""What of a writing operation goes where (clauses 4.3.6.3, 5.6.1.4 and the like).

Exclusive sources take what is theirs first, redirect sources share what is theirs, and what is
left is done here and told to inclusive sources. Auxiliary sources are only read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kierto.hub.access import EVERYTHING, PARTNERS, PUBLIC, Reader
from kierto.hub.distribution.asking import Asking, Match, matching
from kierto.hub.store import reading
from kierto.ngsild.contexts import Context
from kierto.ngsild.errors import LoopDetected
from kierto.ngsild.matching import Query
from kierto.ngsild.types import TypeSelection

RESERVED = frozenset({"id", "@id", "type", "@type", "@context", "scope", "expiresAt", "createdAt"})

# Of a whole entity's operation the source has a part even where it has none of its attributes.
_MAY_GO_OUT = Reader(frozenset({PUBLIC, PARTNERS}))


@dataclass(slots=True)
class Share:
    """What one source gets.

    Attributes:
        names: attributes (IRIs), or ``None`` for the whole request.
    """

    match: Match
    names: frozenset[str] | None


@dataclass(slots=True)
class Division:
    """Who does what.

    Attributes:
        shares: of sources.
        kept: attributes (IRIs) that are done here; ``None`` for the whole request.
        here: whether this node has a part at all.
    """

    shares: list[Share] = field(default_factory=list)
    kept: frozenset[str] | None = None
    here: bool = True


def divide(
    asking: Asking,
    entity_id: str,
    operations: Sequence[str],
    names: frozenset[str] | None,
    types: Sequence[str] | None,
) -> Division:
    """Who does what of an operation on one entity.

    Args:
        operations: names under which registrations allow it.
        names: attributes that are written; ``None``: the entity as a whole.
        types: of the entity, where they are said; else those it has here.

    Raises:
        LoopDetected: what is written belongs to a source that this request came from.
    """
    alone = Division(kept=names)
    asked = Query(ids=frozenset({entity_id}), types=_selection(types), attrs=names or None)
    matches = _matches(asking, asked, operations)
    if matches and types is None:
        own = reading.get(asking.tenant, entity_id, EVERYTHING)
        if own is not None:
            asked = Query(asked.ids, types=_selection(own["type"]), attrs=asked.attrs)
            matches = _matches(asking, asked, operations)
    if not matches:
        return alone
    proxied = [one for one in matches if one.source.mode in {"exclusive", "redirect"}]
    if asking.in_circle:
        if proxied:
            raise LoopDetected("The request came back here, and what it writes stands elsewhere.")
        return alone
    return _divided(asking, entity_id, names, matches, proxied)


def _divided(
    asking: Asking,
    entity_id: str,
    names: frozenset[str] | None,
    matches: list[Match],
    proxied: list[Match],
) -> Division:
    division = Division(kept=names)
    for mode in ("exclusive", "redirect"):
        taken = _take(division, [one for one in proxied if one.source.mode == mode])
        if taken is None:
            return division
        if division.kept is not None:
            division.kept -= taken
    division.here = division.kept is None or not names or bool(division.kept)
    inclusive = [one for one in matches if one.source.mode == "inclusive" and one.supported]
    if inclusive and division.here and may_go_out(asking, entity_id):
        for match in inclusive:
            share = _covered(match, division.kept)
            if share != frozenset() or not names:
                division.shares.append(Share(match, share))
    return division


def _take(division: Division, matches: list[Match]) -> frozenset[str] | None:
    """Gives sources of one mode what is theirs; ``None`` where that is the whole request."""
    taken = frozenset[str]()
    for match in matches:
        share = _covered(match, division.kept)
        if share == frozenset() and division.kept:
            continue
        division.shares.append(Share(match, share))
        if match.part.attributes is None and not division.kept:
            division.here = False
        taken |= share or frozenset()
    return None if not division.here else taken


def _covered(match: Match, names: frozenset[str] | None) -> frozenset[str] | None:
    if names is None:
        return None
    return names if match.part.attributes is None else names & match.part.attributes


def _matches(asking: Asking, asked: Query, operations: Sequence[str]) -> list[Match]:
    found = matching(asking, asked, *operations, unsupported=True)
    return [one for one in found if one.source.mode != "auxiliary"]


def _selection(types: Sequence[str] | None) -> TypeSelection | None:
    if not types:
        return None
    return TypeSelection(tuple(frozenset({one}) for one in types))


def may_go_out(asking: Asking, entity_id: str) -> bool:
    """Whether others may hear of the entity: it is new, or open to partners at least."""
    if reading.get(asking.tenant, entity_id, _MAY_GO_OUT) is not None:
        return True
    return reading.get(asking.tenant, entity_id, EVERYTHING) is None


def names_in(payload: dict[str, Any], context: Context) -> frozenset[str]:
    """Attributes (IRIs) that a payload writes."""
    return frozenset(context.expand(name) for name in payload if name not in RESERVED)


def types_in(payload: dict[str, Any], context: Context) -> list[str] | None:
    """Types (IRIs) that a payload says; ``None`` where it says none."""
    said = payload.get("type", payload.get("@type"))
    if isinstance(said, str):
        return [context.expand(said)]
    return [context.expand(one) for one in said] if isinstance(said, list) and said else None


def reduced(
    payload: dict[str, Any], context: Context, names: frozenset[str] | None
) -> dict[str, Any]:
    """The payload with those attributes only; the very same object where that is all of it."""
    if names is None:
        return payload
    kept = {
        name: value
        for name, value in payload.items()
        if name in RESERVED or context.expand(name) in names
    }
    return payload if len(kept) == len(payload) else kept
