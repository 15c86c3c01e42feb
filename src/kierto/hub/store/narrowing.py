"""What the index can say of a query: sets of entities that hold every match, and maybe more.

A :class:`Leaf` is a union of ranges of the index. All leaves of a :class:`Narrowing` hold at once.
Where a leaf is ``exact``, it holds the matches and nothing else; where all are, and nothing of the
query is left over, the index counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from kierto.hub.store import terms
from kierto.hub.store.terms import ATTRIBUTE, NOTHING, SCOPE, TYPE, Name
from kierto.ngsild import geo
from kierto.ngsild.comparisons import Pattern, Scalar, Span
from kierto.ngsild.matching import Query, Selector
from kierto.ngsild.moments import Moment, moment_of
from kierto.ngsild.q_tree import ENTITY_MEMBERS, And, Compare, Exists, Expression, Or
from kierto.ngsild.types import TypeSelection

RANGES: Final = 100
"""Ranges of one leaf; a longer list of values is judged by the documents."""

EXACT: Final = 2**53 - 1
"""The largest integer that a double tells from its neighbours."""

Range: TypeAlias = tuple[Name, bytes, bytes]
"""A name, the first value, and the value behind the last."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """Entities in one of some ranges."""

    ranges: tuple[Range, ...]
    exact: bool = False

    @property
    def by_key(self) -> bool:
        """All values are one, so that the index has each range in the order of keys."""
        return all(low == NOTHING for _name, low, _high in self.ranges)


@dataclass(slots=True)
class Narrowing:
    """What the index knows of a query.

    Attributes:
        leaves: sets all of which hold every match.
        box: attribute and bounds (west, south, east, north) that every match touches.
        attributes: IRIs, a list of alternatives each: a match has one of every list.
        whole: the leaves, the attributes and the visibility say all that the query asks.
    """

    leaves: list[Leaf] = field(default_factory=list)
    box: tuple[str, geo.Bounds] | None = None
    attributes: list[frozenset[str]] = field(default_factory=list)
    whole: bool = True


def narrow(query: Query) -> Narrowing:
    """What the index can say of a query; identifiers are not its business."""
    found = Narrowing()
    _types(query.types, found)
    if query.attrs is not None:
        found.attributes.append(query.attrs)
        found.whole = found.whole and query.dataset_ids is None
    if query.selectors:
        found.whole = False
        _selectors(query.selectors, found)
    if query.id_pattern is not None and query.ids is None:
        found.whole = False
    if query.ids is not None:
        found.whole = False
    if query.scope_q is not None:
        found.whole = False
        found.leaves += _scopes(query)
    if query.geo is not None:
        found.whole = False
        bounds = geo.bounds(query.geo)
        if bounds == geo.WORLD:
            found.attributes.append(frozenset({query.geo.geoproperty}))
        else:
            found.box = (query.geo.geoproperty, bounds)
    if query.q is not None:
        _expression(query.q, found)
    return found


def _types(selection: TypeSelection | None, found: Narrowing) -> None:
    if selection is None or selection.everything:
        return
    if len(selection.any_of) == 1:
        found.leaves += [_type_leaf({iri}) for iri in sorted(selection.any_of[0])]
        return
    if len(selection.mentioned) > RANGES:
        found.whole = False
        return
    simple = all(len(names) == 1 for names in selection.any_of)
    # Of each alternative one type is enough to find it.
    found.leaves.append(_type_leaf({min(names) for names in selection.any_of}, exact=simple))
    found.whole = found.whole and simple


def _type_leaf(names: set[str], *, exact: bool = True) -> Leaf:
    return Leaf(tuple(((TYPE, iri), NOTHING, b"\x00") for iri in sorted(names)), exact)


def _selectors(selectors: tuple[Selector, ...], found: Narrowing) -> None:
    names: set[str] = set()
    for selector in selectors:
        if selector.types is None or selector.types.everything:
            return
        names |= {min(alternative) for alternative in selector.types.any_of}
    if len(names) <= RANGES:
        found.leaves.append(_type_leaf(names, exact=False))


def _scopes(query: Query) -> list[Leaf]:
    ranges = []
    for patterns in query.scope_q.any_of if query.scope_q is not None else ():
        start = terms.text(max((pattern.prefix for pattern in patterns), key=len))
        # What begins alike may stand below; a cut text ends in 0xFF and so does the range.
        ranges.append(((SCOPE, ""), start.removesuffix(b"\xff"), start + b"\xff\xff"))
    return [Leaf(tuple(ranges))] if 0 < len(ranges) <= RANGES else []


# ------------------------------------------------------------------ values


def _expression(expression: Expression, found: Narrowing) -> None:
    found.leaves += _between_bounds(expression)
    for term in expression.terms if isinstance(expression, And) else (expression,):
        if isinstance(term, And):
            _expression(term, found)
            continue
        if isinstance(term, Exists) and _is_plain(term):
            found.attributes.append(frozenset({term.path.names[0]}))
            continue
        leaf = _leaf(term)
        if leaf is not None:
            found.leaves.append(leaf)
        elif isinstance(term, Compare) and term.path.first not in ENTITY_MEMBERS:
            # Whatever is compared has to be there.
            found.attributes.append(frozenset({term.path.first}))
        if leaf is None or not leaf.exact:
            found.whole = False


def _between_bounds(expression: Expression) -> list[Leaf]:
    """For ``a>5;a<8``, where each bound alone holds much: what lies between them.

    An entity with several values may have one above the first bound and another below the second.
    """
    bounds: dict[str, list[tuple[bytes, bytes]]] = {}
    for term in expression.terms if isinstance(expression, And) else ():
        if isinstance(term, Compare) and _is_plain(term) and _is_bound(term):
            bounds.setdefault(term.path.names[0], []).extend(_spans(term) or ())
    leaves = []
    for iri, spans in bounds.items():
        if len(spans) > 1:
            name = (ATTRIBUTE, iri)
            ranges = [(name, mark, mark + b"\x00") for mark in (terms.OVERFLOW, terms.SEVERAL)]
            low, high = max(span[0] for span in spans), min(span[1] for span in spans)
            if low < high:
                ranges.append((name, low, high))
            leaves.append(Leaf(tuple(ranges)))
    return leaves


def _is_bound(term: Compare) -> bool:
    value = term.value
    return (
        term.operator in {">", ">=", "<", "<="}
        and isinstance(value, (int, float))
        and not isinstance(value, bool)
    )


def _is_plain(term: Compare | Exists) -> bool:
    path = term.path
    return (
        len(path.names) == 1
        and not path.members
        and not path.links
        and path.names[0] not in ENTITY_MEMBERS
    )


def _leaf(term: Expression) -> Leaf | None:
    if isinstance(term, And):
        leaves = [leaf for each in term.terms if (leaf := _leaf(each)) is not None]
        if not leaves:
            return None
        best = min(leaves, key=lambda leaf: len(leaf.ranges))
        return Leaf(best.ranges, exact=False)
    if isinstance(term, Or):
        parts = [_leaf(each) for each in term.terms]
        known = [part for part in parts if part is not None]
        ranges = tuple(one for part in known for one in part.ranges)
        if len(known) < len(parts) or len(ranges) > RANGES:
            return None
        return Leaf(ranges, exact=all(part.exact for part in known))
    if isinstance(term, Compare) and _is_plain(term):
        return _compared(term)
    return None


def _compared(term: Compare) -> Leaf | None:
    spans = _spans(term)
    if spans is None or len(spans) >= RANGES:
        return None
    name = (ATTRIBUTE, term.path.names[0])
    ranges = {(name, low, high) for low, high in spans}
    ranges.add((name, terms.OVERFLOW, terms.OVERFLOW + b"\x00"))
    return Leaf(tuple(sorted(ranges)), exact=_is_exact(term))


def _spans(term: Compare) -> list[tuple[bytes, bytes]] | None:
    value = term.value
    if isinstance(value, Pattern) or term.operator in {"!=", "~=", "!~="}:
        return None
    if isinstance(value, Span):
        return _between(value.low, value.high) if term.operator == "==" else None
    if term.operator == "==":
        choices = value if isinstance(value, tuple) else (value,)
        return [span for choice in choices for span in _equal(choice)]
    return None if isinstance(value, tuple) else _ordered(term.operator, value)


def _equal(value: Scalar) -> list[tuple[bytes, bytes]]:
    return [
        (kind + encoded, kind + encoded + b"\x00")
        for small, encoded in _encoded(value)
        for kind in (small, small.upper())
    ]


def _between(low: Scalar, high: Scalar) -> list[tuple[bytes, bytes]]:
    ends = dict(_encoded(high))
    return [
        (kind + start, kind + ends[small] + b"\x00")
        for small, start in _encoded(low)
        if small in ends
        for kind in (small, small.upper())
    ]


def _ordered(operator: str, value: Scalar) -> list[tuple[bytes, bytes]]:
    spans = []
    for small, encoded in _encoded(value):
        # Beyond a cut text or a rounded number the document decides, so its own place is in.
        fine = _is_fine(value)
        if operator in {">", ">="}:
            strict = operator == ">" and fine
            spans.append((small + encoded + (b"\x00" if strict else b""), _behind(small, encoded)))
        else:
            strict = operator == "<" and fine
            spans.append((_start(small, encoded), small + encoded + (b"" if strict else b"\x00")))
    return spans


def _behind(small: bytes, encoded: bytes) -> bytes:
    """Behind the last value of its sort (of its kind of moment)."""
    if small == b"d":
        return small + bytes((encoded[0] + 1,))
    return bytes((small[0] + 1,))


def _start(small: bytes, encoded: bytes) -> bytes:
    return small + encoded[:1] if small == b"d" else small


def _encoded(value: Scalar) -> list[tuple[bytes, bytes]]:
    """Sorts and bytes under which entities may have a value."""
    if isinstance(value, Moment):
        return [(b"d", terms.moment(value))]
    if isinstance(value, bool):
        return [(b"b", b"\x01" if value else b"\x00")]
    if isinstance(value, (int, float)):
        return [(b"n", terms.number(value))]
    found = moment_of(value)
    if found is not None:
        return [(b"t", terms.text(value)), (b"d", terms.moment(found))]
    return [(b"t", terms.text(value))]


def _is_fine(value: Scalar) -> bool:
    """Whether the index tells the value from all others."""
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) <= EXACT
    if isinstance(value, float):
        return abs(value) <= EXACT
    if isinstance(value, str):
        return len(value.encode("utf-8", "replace")) <= terms.TEXT and moment_of(value) is None
    return False


def _is_exact(term: Compare) -> bool:
    """Whether being in the range is being a match. Only numbers: every other sort has instances
    that compare by rules of their own (languages, relationships, typed values)."""
    value = term.value
    ends = (value.low, value.high) if isinstance(value, Span) else (value,)
    return all(
        isinstance(end, (int, float)) and not isinstance(end, bool) and _is_fine(end)
        for end in ends
    )
