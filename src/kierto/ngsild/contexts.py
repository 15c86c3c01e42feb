"""Terms to IRIs and back. The core context is built in, stands last and cannot be overridden.

A :class:`Context` is parsed once and used for thousands of entities: looking a term up is one
access to a dict. Values are never touched (clause 4.4; JSON-LD 1.1 for the expansion of names).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kierto.ngsild import limits
from kierto.ngsild.core_terms import CORE_TERMS, DEFAULT_VOCABULARY, GEOJSON, NGSI_LD
from kierto.ngsild.definitions import CORE_URL, KEYWORD_LIKE, KEYWORDS, Definitions
from kierto.ngsild.errors import BadRequestData, LdContextNotAvailable

__all__ = ["CORE", "CORE_CONTEXT", "Context", "is_core_url", "parse_context"]

CORE_CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
"""The address under which others find what is built in here."""


def is_core_url(url: str) -> bool:
    """Whether an address means the core context, of whichever version."""
    return CORE_URL.fullmatch(url) is not None


class Context:
    """What terms mean; immutable; equal only to itself.

    Attributes:
        source: the user's ``@context`` as given, for echo; ``None`` where only the core holds.
        attribute_names: names of attributes that were checked once, with their IRIs.
    """

    __slots__ = (
        "_compacted",
        "_expanded",
        "_names",
        "_prefixes",
        "_terms",
        "attribute_names",
        "source",
    )

    def __init__(
        self,
        source: object = None,
        terms: dict[str, str | None] | None = None,
        prefixes: dict[str, str] | None = None,
    ) -> None:
        self.source = source
        self.attribute_names: dict[str, str] = {}
        self._terms: dict[str, str | None] = {**(terms or {}), **CORE_TERMS}
        self._prefixes = (prefixes or {}) | {"ngsi-ld": NGSI_LD, "geojson": GEOJSON}
        self._names = _shortest_names(self._terms)
        self._expanded: dict[str, str] = {
            term: iri for term, iri in self._terms.items() if iri is not None
        }
        self._compacted: dict[str, str] = dict(self._names)

    def __repr__(self) -> str:
        return f"Context({self.source!r})"

    def expand(self, term: str) -> str:
        """The IRI of a term, a prefixed name or an IRI. ``id`` gives ``@id``, ``type`` ``@type``.

        Raises:
            BadRequestData: the name is empty, a keyword, too long, or without a meaning here.
        """
        known = self._expanded.get(term)
        if known is not None:
            return known
        iri = self._expand(term)
        if len(self._expanded) < len(self._terms) + limits.EXPANSIONS_REMEMBERED:
            self._expanded[term] = iri
        return iri

    def _expand(self, term: str) -> str:
        if not isinstance(term, str) or not 0 < len(term) <= limits.IRI_LENGTH:
            raise BadRequestData(f"A name has 1 to {limits.IRI_LENGTH} characters.")
        if term in KEYWORDS:
            return term
        if KEYWORD_LIKE.fullmatch(term):
            raise BadRequestData(f"{term!r} looks like a keyword of JSON-LD and is no name.")
        if term in self._terms:
            raise BadRequestData(f"The @context gives the term {term!r} no meaning.")
        if not term.isprintable() or " " in term:
            raise BadRequestData(f"The name {term!r} has blanks or control characters in it.")
        if ":" in term[1:]:
            prefix, _, suffix = term.partition(":")
            start = None if suffix.startswith("//") else self._prefixes.get(prefix)
            return term if start is None else start + suffix
        return DEFAULT_VOCABULARY + term

    def compact(self, iri: str) -> str:
        """The shortest name of an IRI here; it expands to this IRI again."""
        known = self._compacted.get(iri)
        if known is not None:
            return known
        term = self._compact(iri)
        if len(self._compacted) < len(self._names) + limits.EXPANSIONS_REMEMBERED:
            self._compacted[iri] = term
        return term

    def _compact(self, iri: str) -> str:
        if iri.startswith(DEFAULT_VOCABULARY):
            name = iri[len(DEFAULT_VOCABULARY) :]
            if self._means(name, iri):
                return name
        candidates = [
            f"{prefix}:{iri[len(start) :]}"
            for prefix, start in self._prefixes.items()
            if iri.startswith(start) and len(iri) > len(start)
        ]
        fitting = [name for name in candidates if self._means(name, iri)]
        return min(fitting, key=lambda name: (len(name), name), default=iri)

    def _means(self, name: str, iri: str) -> bool:
        try:
            return self._expand(name) == iri
        except BadRequestData:
            return False

    def expand_type_name(self, name: str) -> str:
        """The IRI of the name of a type of entities.

        Raises:
            BadRequestData: as :meth:`expand`, or it is a keyword.
        """
        iri = self.expand(name)
        if iri[0] == "@":
            raise BadRequestData(f"{name!r} is no name of a type.")
        return iri

    def expand_value(self, attribute: str, value: Any) -> Any:
        """A value of a VocabProperty, expanded: a name or a list of names; else as it is.

        Args:
            attribute: IRI of the attribute. All VocabProperties share one vocabulary.
            value: what stands in ``vocab``.
        """
        if isinstance(value, str):
            try:
                return self.expand(value)
            except BadRequestData:
                return value
        if isinstance(value, list):
            return [self.expand_value(attribute, part) for part in value]
        return value

    def compact_value(self, attribute: str, value: Any) -> Any:
        """A value of a VocabProperty as the reader's context writes it."""
        if isinstance(value, str):
            return self.compact(value)
        if isinstance(value, list):
            return [self.compact_value(attribute, part) for part in value]
        return value


def _shortest_names(terms: dict[str, str | None]) -> dict[str, str]:
    names: dict[str, str] = {}
    for term, iri in terms.items():
        if iri is None:
            continue
        other = names.get(iri)
        if other is None or (len(term), term) < (len(other), other):
            names[iri] = term
    return names


CORE = Context()
"""Only the core context."""


def _nothing(url: str) -> object:
    raise LdContextNotAvailable(url=url)


def parse_context(source: object, load: Callable[[str], object] = _nothing) -> Context:
    """What an ``@context`` means.

    Args:
        source: URL, object, list of both, or ``None``.
        load: gives the parsed document at a URL, or raises LdContextNotAvailable. It is not asked
            for the core context.

    Raises:
        BadRequestData: it is no context, names itself or is too large.
        LdContextNotAvailable: a part of it cannot be had.
    """
    if source is None or source == []:
        return CORE
    definitions = Definitions(load)
    definitions.read(source)
    if not definitions.terms:
        return CORE if _only_core(source) else Context(source)
    return Context(
        source,
        definitions.terms,
        {prefix: definitions.terms[prefix] or "" for prefix in definitions.prefixes},
    )


def _only_core(source: object) -> bool:
    parts = source if isinstance(source, list) else [source]
    return all(part is None or (isinstance(part, str) and is_core_url(part)) for part in parts)
