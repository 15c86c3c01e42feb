"""Values of attributes, checked and kept as they are (clauses 4.5.2 to 4.5.24, 4.6.3, 4.6.5).

One function for each type of attribute: ``(value, context, path, nulls) -> value``. ``nulls`` says
where the NULL of NGSI-LD may stand: ``NOWHERE``, ``WHOLE`` (the value itself) or ``DEEP`` (also
inside JSON, in merges; clause 5.5.4).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from kierto.ngsild import limits
from kierto.ngsild.contexts import Context
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.geometries import read_geometry
from kierto.ngsild.members import NONE, NULL
from kierto.ngsild.names import check_name, is_uri, read_uri

NOWHERE: Final = 0
WHOLE: Final = 1
DEEP: Final = 2

_LARGEST: Final = 2**64 - 1
_SMALLEST: Final = -(2**63)


def check_json(value: object, path: str, nulls: int, depth: int = 0) -> None:
    """Any JSON; numbers that JSON can carry on, no NULL unless merged, not too deep.

    Raises:
        BadRequestData: otherwise.
    """
    if isinstance(value, str):
        if value == NULL and nulls < DEEP:
            raise BadRequestData(f"{path}: {NULL} only stands for what a change removes.")
    elif isinstance(value, dict | list):
        if depth > limits.VALUE_DEPTH:
            raise BadRequestData(f"{path} is nested deeper than {limits.VALUE_DEPTH} levels.")
        if isinstance(value, list):
            nulls = NOWHERE  # a merge replaces arrays whole, so nothing can be removed in them
        for part in value.values() if isinstance(value, dict) else value:
            if part.__class__ is not bool and part is not None:
                check_json(part, path, nulls, depth + 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise BadRequestData(f"{path} is no number that JSON knows.")
    elif isinstance(value, int):
        if not _SMALLEST <= value <= _LARGEST:
            raise BadRequestData(f"{path} is a whole number of more than 64 bits.")
    elif value is not None:
        raise BadRequestData(f"{path} is nothing that JSON knows.")


def read_value(value: object, _context: Context, path: str, nulls: int) -> object:
    """The value of a Property: anything but null."""
    if value is None:
        raise BadRequestData(f"{path} is null; what shall go is written {NULL}.")
    if not (nulls and value == NULL):
        check_json(value, path, nulls)
    return value


def read_object(value: object, _context: Context, path: str, nulls: int) -> object:
    """The object of a Relationship: a URI, or several."""
    if nulls and value == NULL:
        return value
    if isinstance(value, list) and value:
        return [read_uri(part, path) for part in value]
    return read_uri(value, path)


def read_geo(value: object, _context: Context, path: str, nulls: int) -> object:
    """The value of a GeoProperty: a geometry, or text that holds one."""
    if nulls and value == NULL:
        return value
    geometry = read_geometry(value, path)
    for name, member in geometry.items():
        if name not in {"type", "coordinates"}:
            check_json(member, f"{path}.{name}", NOWHERE)
    return geometry


def read_languages(value: object, _context: Context, path: str, nulls: int) -> object:
    """A map of languages; NULL where ``{"@none": NULL}`` removes all of it (clause 4.6.5)."""
    if nulls and value in (NULL, {NONE: NULL}):
        return NULL
    if not isinstance(value, dict):
        raise BadRequestData(f"{path} is an object: languages to texts.")
    for language, text in value.items():
        if not _is_language(language):
            raise BadRequestData(f"{path}: {language[:40]!r} is no language tag (RFC 5646).")
        texts = text if isinstance(text, list) else [text]
        if not all(isinstance(part, str) for part in texts):
            raise BadRequestData(f"{path}.{language} is a text or an array of texts.")
        if NULL in texts and (nulls < DEEP or isinstance(text, list)):
            raise BadRequestData(f"{path}.{language}: {NULL} is no text.")
    return value


def _is_language(tag: str) -> bool:
    return tag == NONE or (
        tag.isascii() and len(tag) <= 64 and all(part.isalnum() for part in tag.split("-"))
    )


def read_vocab(value: object, context: Context, path: str, nulls: int) -> object:
    """A word of a vocabulary or several, expanded."""
    if nulls and value == NULL:
        return value
    words = value if isinstance(value, list) else [value]
    if not words or not all(isinstance(word, str) and word and word != NULL for word in words):
        raise BadRequestData(f"{path} is a word of a vocabulary, or an array of them.")
    return context.expand_value("", value)


def read_list(value: object, _context: Context, path: str, nulls: int) -> object:
    """The values of a ListProperty, in order."""
    if nulls and value in (NULL, [NULL]):
        return NULL
    if not isinstance(value, list):
        raise BadRequestData(f"{path} is an array.")
    check_json(value, path, nulls)
    return value


def read_objects(value: object, _context: Context, path: str, nulls: int) -> object:
    """The objects of a ListRelationship, in order: URIs, also where ``{"object": …}`` is said."""
    if nulls and value in (NULL, [NULL], [{"object": NULL}]):
        return NULL
    if not isinstance(value, list):
        raise BadRequestData(f"{path} is an array of URIs.")
    return [
        read_uri(
            part["object"] if isinstance(part, dict) and set(part) == {"object"} else part, path
        )
        for part in value
    ]


def read_json(value: object, _context: Context, path: str, nulls: int) -> object:
    """The JSON of a JsonProperty: an object, or an array of objects."""
    if nulls and value == NULL:
        return value
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(part, dict) for part in parts):
        raise BadRequestData(f"{path} is an object or an array of objects.")
    check_json(value, path, nulls)
    return value


Reader = Callable[[object, Context, str, int], object]

READERS: Final[dict[str, Reader]] = {
    "Property": read_value,
    "Relationship": read_object,
    "GeoProperty": read_geo,
    "LanguageProperty": read_languages,
    "VocabProperty": read_vocab,
    "ListProperty": read_list,
    "ListRelationship": read_objects,
    "JsonProperty": read_json,
}


def read_types(value: object, context: Context, path: str) -> list[str]:
    """Names of types, expanded, each once: a name or an array of names.

    Raises:
        BadRequestData: there is none, or one is no name.
    """
    names: list[Any] = value if isinstance(value, list) else [value]
    if not 0 < len(names) <= limits.TYPES:
        raise BadRequestData(f"{path} names one to {limits.TYPES} types.")
    found: list[str] = []
    for name in names:
        iri = read_type(name, context, path)
        if iri not in found:
            found.append(iri)
    return found


def read_type(name: object, context: Context, path: str) -> str:
    """One name of a type, expanded."""
    if not isinstance(name, str) or name == NULL:
        raise BadRequestData(f"{path} is the name of a type.")
    check_name(name)
    iri = context.expand_type_name(name)
    if not is_uri(iri):
        raise BadRequestData(f"{path}: {name!r} expands to no IRI.")
    return iri
