"""How the client wants entities written (clauses 4.5, 4.21, 6.3.7, 6.3.11, 6.3.12, 6.3.16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from kierto.hub.http.messages import GEO_JSON
from kierto.ngsild.contexts import Context
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.members import LOCATION
from kierto.ngsild.names import read_uri
from kierto.ngsild.projection import depth, parse_omit, parse_pick
from kierto.ngsild.representations import Format, Shape

if TYPE_CHECKING:
    from kierto.hub.http.call import Call

FORMATS: dict[str, Format] = {
    "normalized": "normalized",
    "concise": "concise",
    "simplified": "simplified",
    "keyValues": "simplified",
}
"""Words of ``options`` and ``format`` → the format."""

LARGEST_JOIN = 10
"""Relationships through which linked entities are followed."""

_MOST_NAMES = 2_000


def shape_of(call: Call, body: Mapping[str, Any] | None = None) -> Shape:
    """The shape that the parameters of a request ask for, and those of a query by POST.

    Raises:
        BadRequestData: they contradict each other, or are none.
    """
    said: Mapping[str, Any] = call.query if body is None else {**body, **_of_address(call)}
    if not said:
        return Shape(sys_attrs=False)
    context = call.context
    pick, omit = said.get("pick"), said.get("omit")
    attrs = names_of(said.get("attrs"), context, "attrs")
    if attrs is not None and (pick is not None or omit is not None):
        raise BadRequestData("attrs is not combined with pick or omit; say pick alone.")
    join, level = join_of(said)
    picked = None if pick is None else parse_pick(pick, context)
    omitted = None if omit is None else parse_omit(omit, context)
    if not (picked or {}).keys().isdisjoint(omitted or {}):
        raise BadRequestData("pick and omit name the same member.")
    for name, projection in (("pick", picked), ("omit", omitted)):
        if projection is not None and depth(projection) > level:
            raise BadRequestData(f"{name} goes through more relationships than joinLevel.")
    return Shape(
        format=format_of(call),
        sys_attrs=call.flag("sysAttrs"),
        lang=_language(said.get("lang")),
        pick=picked,
        omit=omitted,
        attrs=attrs,
        dataset_id=datasets_of(said.get("datasetId")),
        join=join,
        join_level=level or 1,
        contained_by=frozenset(
            read_uri(item, "containedBy") for item in words_of(said.get("containedBy")) or ()
        ),
    )


def _of_address(call: Call) -> dict[str, Any]:
    return {name: call.query[name] for name in ("options", "format", "lang") if name in call.query}


def format_of(call: Call) -> Format:
    """The representation asked for; ``format`` counts more than ``options`` (clause 6.3.7)."""
    asked = call.query.get("format")
    if asked is not None:
        if asked not in FORMATS:
            raise BadRequestData(f"format is {asked[:40]!r}; write {', '.join(FORMATS)}.")
        return FORMATS[asked]
    found = {FORMATS[word] for word in call.options if word in FORMATS}
    if len(found) > 1:
        raise BadRequestData("options asks for two representations; name one.")
    return found.pop() if found else "normalized"


def geometry_of(call: Call, body: Mapping[str, Any] | None = None) -> str:
    """The attribute that is the geometry of a GeoJSON feature, expanded (clause 6.3.15).

    Raises:
        BadRequestData: it is said though the answer is no GeoJSON.
    """
    name = (body or {}).get("geometryProperty", call.query.get("geometryProperty"))
    if name is None:
        return LOCATION
    if call.media_type != GEO_JSON:
        raise BadRequestData("geometryProperty goes with Accept: application/geo+json only.")
    if not isinstance(name, str):
        raise BadRequestData("geometryProperty is the name of an attribute.")
    return call.context.expand(name)


def join_of(said: Mapping[str, Any]) -> tuple[Literal["inline", "flat"] | None, int]:
    """How linked entities are shown, and through how many relationships (0: not at all)."""
    join = said.get("join", "@none")
    level = said.get("joinLevel")
    if isinstance(level, str) and level.isascii() and level.isdigit():
        level = int(level[:9])
    if level is not None and (not isinstance(level, int) or isinstance(level, bool) or level < 1):
        raise BadRequestData("joinLevel is a whole number from 1.")
    if join not in {"inline", "flat", "@none"}:
        raise BadRequestData("join is inline, flat or @none.")
    if join == "@none":
        if level is not None or said.get("containedBy") is not None:
            raise BadRequestData("joinLevel and containedBy go with join=inline or join=flat.")
        return None, 0
    if level is not None and level > LARGEST_JOIN:
        raise BadRequestData(f"joinLevel is above {LARGEST_JOIN}, the most this node follows.")
    return join, level or 1


def words_of(value: Any) -> list[str] | None:
    """A list of words, written with commas or as an array.

    Raises:
        BadRequestData: it is neither, or a word is empty.
    """
    if value is None:
        return None
    words = value.split(",") if isinstance(value, str) else value
    if (
        not isinstance(words, list)
        or not 0 < len(words) <= _MOST_NAMES
        or not all(isinstance(word, str) and word.strip() for word in words)
    ):
        raise BadRequestData("A list of names holds one or more names, none of them empty.")
    return [word.strip() for word in words]


def names_of(value: Any, context: Context, what: str) -> frozenset[str] | None:
    """Names of attributes, expanded.

    Raises:
        BadRequestData: one of them is none.
    """
    words = words_of(value)
    if words is None:
        return None
    names = frozenset(map(context.expand, words))
    if any(name[0] == "@" or "{" in name for name in names):
        raise BadRequestData(f"{what} holds names of attributes; id, type and paths are none.")
    return names


def datasets_of(value: Any) -> frozenset[str] | None:
    """Identifiers of datasets, ``@none`` for the default one."""
    words = words_of(value)
    if words is None:
        return None
    return frozenset(word if word == "@none" else read_uri(word, "datasetId") for word in words)


def _language(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise BadRequestData("lang is a list of languages such as en,fi;q=0.5, or *.")
    return value
