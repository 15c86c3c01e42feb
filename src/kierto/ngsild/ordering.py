"""The order of answers (``orderBy``; clause 4.23)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from kierto.ngsild import geo, sphere
from kierto.ngsild.collation import Collation, parse_collation
from kierto.ngsild.errors import BadRequestData, TooComplexQuery
from kierto.ngsild.moments import moment_of
from kierto.ngsild.q import Document, Path, parse_path, values_at

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context

TERMS: Final = 16
"""Criteria of one ordering."""

DIRECTIONS: Final = frozenset({"asc", "desc", "dist-asc", "dist-desc"})

_NUMBER, _TEXT, _OBJECT, _ARRAY, _BOOLEAN, _TIME, _DATE, _DATE_TIME = range(8)
_MOMENTS: Final = {"Time": _TIME, "Date": _DATE, "DateTime": _DATE_TIME}

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One criterion: ``direction`` is ``asc``, ``desc``, ``dist-asc`` or ``dist-desc``."""

    path: Path
    direction: str = "asc"


@dataclass(frozen=True, slots=True)
class Ordering:
    """Criteria, the first the most important.

    Attributes:
        terms: the criteria.
        collation: BCP 47 tag of the order of texts; None is the root order of Unicode.
        reference: GeoJSON from which distances are measured.
    """

    terms: tuple[OrderTerm, ...]
    collation: str | None = None
    reference: dict[str, Any] | None = field(default=None, hash=False)

    def sort(self, documents: Iterable[Document]) -> list[Document]:
        """The entities in order; equal ones keep theirs. Missing values come last, both ways."""
        ordered = list(documents)
        for term in reversed(self.terms):
            ordered = self._sorted_by(term, ordered)
        return ordered

    def _sorted_by(self, term: OrderTerm, documents: list[Document]) -> list[Document]:
        if term.direction.startswith("dist"):
            return self._sorted_by_distance(term, documents)
        return _arranged(documents, self._key_of(term), term.direction == "desc")

    def _sorted_by_distance(self, term: OrderTerm, documents: list[Document]) -> list[Document]:
        reference = geo.shape_of(self.reference)
        metres: dict[int, float] = {}
        for place, document in enumerate(documents):
            shapes = [
                geo.shape_of(value)
                for kind, value in values_at(term.path, document)
                if kind == "GeoProperty"
            ]
            known = [sphere.distance(shape, reference) for shape in shapes if shape is not None]
            if known and reference is not None:
                metres[place] = min(known)
        near = sorted(metres, key=metres.__getitem__, reverse=term.direction == "dist-desc")
        others = [document for place, document in enumerate(documents) if place not in metres]
        return [
            *(documents[place] for place in near),
            *_arranged(others, self._key_of(term), term.direction == "dist-desc"),
        ]

    def _key_of(self, term: OrderTerm) -> Callable[[Document], Key | None]:
        collation = parse_collation(self.collation)

        def key(document: Document) -> Key | None:
            for kind, value in values_at(term.path, document):
                if kind == "LanguageProperty":
                    value = _text_in(value, collation.language)
                return _key(value, collation)
            return None

        return key


def parse_order_by(
    text: str | list[str],
    context: Context,
    *,
    collation: str | None = None,
    order_from: Any = None,
    order_geometry: str | None = None,
) -> Ordering:
    """Read ``name,age;desc`` or a list of such criteria.

    Args:
        text: the criteria.
        context: what the names mean.
        collation: order of texts, for example ``de-u-co-phonebk``.
        order_from: coordinates of the reference of distances, an array or its JSON text.
        order_geometry: its type; a Point if nothing is said.

    Raises:
        BadRequestData: they are none, or distances are asked and the reference is missing.
        TooComplexQuery: there are too many.
    """
    texts = [text] if isinstance(text, str) else text
    if not isinstance(texts, list) or not texts or not all(isinstance(one, str) for one in texts):
        raise BadRequestData("orderBy is a list of names.")
    parts = [part for one in texts for part in one.split(",")]
    if len(parts) > TERMS:
        raise TooComplexQuery(f"orderBy has more than {TERMS} criteria.")
    terms = tuple(_term(part, context) for part in parts)
    if collation is not None and not isinstance(collation, str):
        raise BadRequestData("collation is a tag such as de or und-u-ks-level2.")
    parse_collation(collation)
    if order_geometry is not None and not isinstance(order_geometry, str):
        raise BadRequestData("The geometry of an ordering is the name of a type, such as Point.")
    reference = None
    if order_from not in (None, ""):
        reference = geo.read_reference(order_geometry or "Point", order_from, "orderFrom")
    elif any(term.direction.startswith("dist") for term in terms):
        raise BadRequestData("orderFrom says from where distances are measured; it is missing.")
    return Ordering(terms, collation, reference)


def _term(text: str, context: Context) -> OrderTerm:
    name, sign, direction = text.partition(";")
    direction = direction.strip() if sign else "asc"
    if direction not in DIRECTIONS:
        raise BadRequestData(
            f"orderBy: {direction[:32]!r} is not asc, desc, dist-asc or dist-desc."
        )
    path = parse_path(name, context)
    if path.links:
        raise BadRequestData("orderBy goes by members of the entity itself, not of linked ones.")
    return OrderTerm(path, direction)


def _arranged(
    documents: list[Document], key: Callable[[Document], Key | None], reverse: bool
) -> list[Document]:
    keyed = [(key(document), document) for document in documents]
    present = [(found, document) for found, document in keyed if found is not None]
    present.sort(key=_first, reverse=reverse)
    missing = [document for found, document in keyed if found is None]
    return [document for _, document in present] + missing


def _first(pair: tuple[Key, Document]) -> Key:
    return pair[0]


def _key(value: Any, collation: Collation) -> Key | None:
    """Where a value stands: by its type, then among those of its type (clause 4.23.2)."""
    kind = type(value)
    if value is None or (kind is float and math.isnan(value)):
        return None
    if kind is bool:
        return _BOOLEAN, value
    if kind is int or kind is float:
        return _NUMBER, value
    if kind is str:
        return _TEXT, collation.key(value)
    if kind is list:
        keys = (_key(part, collation) for part in value)
        return _ARRAY, tuple((len(_MOMENTS) + _DATE_TIME,) if key is None else key for key in keys)
    moment = moment_of(value)
    if moment is not None:
        return _MOMENTS[moment.kind], moment.key
    if "@value" in value:
        return _key(value["@value"], collation)
    return _OBJECT, orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _text_in(languages: Any, language: str) -> Any:
    """The text of a language map in a language, else the one without, else the first."""
    if not isinstance(languages, dict) or not languages:
        return languages
    for tag in (language, "@none"):
        if tag in languages:
            return languages[tag]
    return languages[min(languages)]
