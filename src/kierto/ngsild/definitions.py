"""What the ``@context`` a user sends says of its terms (JSON-LD 1.1, as far as NGSI-LD needs it).

Only the meaning of names counts here: IRIs of terms, prefixes, the vocabulary. Coercions,
containers and languages change how JSON-LD reads *values*; NGSI-LD keeps values as they are, so
those are passed over. Contexts inside terms are not allowed (clause 5.5.7).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

from kierto.ngsild import limits
from kierto.ngsild.core_terms import DEFAULT_VOCABULARY, GEOJSON, NGSI_LD
from kierto.ngsild.errors import BadRequestData, LdContextNotAvailable

CORE_URL = re.compile(
    r"https?://uri\.etsi\.org/ngsi-ld/(?:v\d+/)?ngsi-ld-core-context(?:-v\d+(?:\.\d+)*)?"
    r"(?:\.jsonld)?",
    re.ASCII,
)
"""Every published core context, of any version, means the one that is built in."""

ABSOLUTE = re.compile(r"https?://[^\s<>\"{}|\\^`]+", re.ASCII | re.IGNORECASE)
KEYWORD_LIKE = re.compile(r"@[A-Za-z]+", re.ASCII)
KEYWORDS = frozenset(
    f"@{name}"
    for name in (
        *("base", "container", "context", "direction", "graph", "id", "import", "included"),
        *("index", "json", "language", "list", "nest", "none", "prefix", "propagate"),
        *("protected", "reverse", "set", "type", "value", "version", "vocab"),
    )
)
_PREFIX_ENDS = tuple(":/?#[]@")
_CORE_PREFIXES = {"ngsi-ld": NGSI_LD, "geojson": GEOJSON}


class Definitions:
    """The terms of one ``@context``, all its parts read in order; later parts win.

    Attributes:
        terms: term → IRI or keyword; ``None`` where a context takes a term its meaning.
        prefixes: terms that may stand before a colon.
        vocabulary: ``@vocab`` in force while definitions are read.
    """

    def __init__(self, load: Callable[[str], object]) -> None:
        self.terms: dict[str, str | None] = {}
        self.prefixes: set[str] = set()
        self.vocabulary: str | None = None
        self._load = load
        self._parts = 0

    def read(self, source: object, base: str = "", above: tuple[str, ...] = ()) -> None:
        """Add one context: an address, an object, a list of both, or ``None`` (forget all).

        Raises:
            BadRequestData: it is no context, too large, or names itself.
            LdContextNotAvailable: an address in it could not be had.
        """
        if isinstance(source, list):
            self._spend(above)
            for part in source:
                self.read(part, base, (*above, ""))
        elif isinstance(source, str):
            self._read_address(source, base, above)
        elif isinstance(source, dict):
            self._spend(above)
            self._read_object(source, base, above)
        elif source is None:
            self.terms.clear()
            self.prefixes.clear()
            self.vocabulary = None
        else:
            raise BadRequestData("An @context is a URL, an object, or a list of these.")

    def _spend(self, above: tuple[str, ...]) -> None:
        self._parts += 1
        if self._parts > limits.CONTEXT_PARTS:
            raise BadRequestData(f"The @context has more than {limits.CONTEXT_PARTS} parts.")
        if len(above) > limits.CONTEXT_DEPTH:
            raise BadRequestData(
                f"The @context is nested deeper than {limits.CONTEXT_DEPTH} levels."
            )

    def _read_address(self, address: str, base: str, above: tuple[str, ...]) -> None:
        url = _resolved(base, address)
        if not CORE_URL.fullmatch(url):
            self.read(self._fetched(url, above), url, (*above, url))

    def _fetched(self, url: str, above: tuple[str, ...]) -> object:
        if not ABSOLUTE.fullmatch(url) or len(url) > limits.IRI_LENGTH or not _has_host(url):
            raise _no_url(url)
        if url in above:
            raise BadRequestData(f"The @context {url} names itself, directly or through others.")
        self._spend(above)
        document = self._load(url)
        if not isinstance(document, dict) or "@context" not in document:
            raise LdContextNotAvailable(f"{url} has no @context in it.", url=url)
        return document["@context"]

    def _read_object(self, local: dict[str, Any], base: str, above: tuple[str, ...]) -> None:
        if "@import" in local:
            local = self._with_import(local, base, above)
        if "@vocab" in local:
            self._read_vocabulary(local["@vocab"])
        if len(self.terms) + len(local) > limits.CONTEXT_TERMS:
            raise BadRequestData(f"The @context has more than {limits.CONTEXT_TERMS} terms.")
        reading = _Object(self, local)
        for term in local:
            reading.define(term)

    def _with_import(
        self, local: dict[str, Any], base: str, above: tuple[str, ...]
    ) -> dict[str, Any]:
        address = local["@import"]
        if not isinstance(address, str):
            raise BadRequestData("@import of an @context is a URL.")
        url = _resolved(base, address)
        if CORE_URL.fullmatch(url):
            return local
        imported = self._fetched(url, above)
        if not isinstance(imported, dict) or "@import" in imported:
            raise BadRequestData(f"@import of an @context names one object; {url} is another.")
        return imported | local

    def _read_vocabulary(self, value: object) -> None:
        if value is None:
            self.vocabulary = None
        elif isinstance(value, str):
            self.vocabulary = _Object(self, {}).iri(value) if value else self.vocabulary
        else:
            raise BadRequestData("@vocab of an @context is an IRI or null.")


class _Object:
    """One object of a context while its terms are defined, each after those it is made of."""

    def __init__(self, into: Definitions, local: dict[str, Any]) -> None:
        self._into = into
        self._local = local
        self._done: dict[str, bool] = {}

    def define(self, term: str, depth: int = 0) -> None:
        """Find the IRI of a term and remember it."""
        if term in self._done or term not in self._local:
            if self._done.get(term) is False:
                raise BadRequestData(f"The term {term!r} of the @context is defined by itself.")
            return
        if not 0 < len(term) <= limits.TERM_LENGTH or KEYWORD_LIKE.fullmatch(term):
            return
        if depth > limits.CONTEXT_DEPTH:
            raise BadRequestData(f"The term {term!r} of the @context is defined through too many.")
        self._done[term] = False
        into = self._into
        into.terms.pop(term, None)
        into.prefixes.discard(term)
        into.terms[term] = iri = self._meaning(term, depth)
        if iri is not None and self._is_prefix(term, iri):
            into.prefixes.add(term)
        self._done[term] = True

    def _meaning(self, term: str, depth: int) -> str | None:
        definition = self._local[term]
        if definition is None:
            return None
        if isinstance(definition, dict):
            if "@context" in definition:
                raise BadRequestData(
                    f"The term {term!r} has an @context of its own; NGSI-LD allows none in terms."
                )
            if "@reverse" in definition:
                return None
            definition = definition.get("@id", term)
            if definition is None:
                return None
        if not isinstance(definition, str):
            raise BadRequestData(f"The term {term!r} of the @context is defined by no IRI.")
        if definition == term:
            return self._own(term, depth)
        return self.iri(definition, depth)

    def _own(self, term: str, depth: int) -> str:
        if ":" in term[1:]:
            return self._prefixed(term, depth)
        return (self._into.vocabulary or DEFAULT_VOCABULARY) + term

    def iri(self, text: str, depth: int = 0) -> str | None:
        """The IRI of what stands in a definition: keyword, term, prefixed name, IRI or name."""
        if text in KEYWORDS:
            return text
        if KEYWORD_LIKE.fullmatch(text) or len(text) > limits.IRI_LENGTH:
            return None
        self.define(text, depth + 1)
        if text in self._into.terms:
            return self._into.terms[text]
        if ":" in text[1:]:
            return self._prefixed(text, depth)
        return (self._into.vocabulary or DEFAULT_VOCABULARY) + text

    def _prefixed(self, text: str, depth: int) -> str:
        prefix, _, suffix = text.partition(":")
        if prefix == "_" or suffix.startswith("//"):
            return text
        self.define(prefix, depth + 1)
        start = self._into.terms.get(prefix) if prefix in self._into.prefixes else None
        start = start or _CORE_PREFIXES.get(prefix)
        return text if start is None else start + suffix

    def _is_prefix(self, term: str, iri: str) -> bool:
        definition = self._local[term]
        if ":" in term or "/" in term or iri in KEYWORDS:
            return False
        if isinstance(definition, dict):
            return definition.get("@prefix") is True
        return iri.endswith(_PREFIX_ENDS)


def _resolved(base: str, address: str) -> str:
    try:
        return urljoin(base, address) if base else address
    except ValueError as error:
        raise _no_url(address) from error


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _no_url(address: str) -> BadRequestData:
    return BadRequestData(f"The @context {address[:200]!r} is no http(s) URL.")
