"""The catalogue for data portals: DCAT-AP 3 as a graph, written in three ways.

Source: DCAT-AP 3.0.1, application profile for data portals in Europe (SEMIC, European Commission,
2025), https://semiceu.github.io/DCAT-AP/; words of the authority tables are those of the
Publications Office of the European Union.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils.translation import gettext, gettext_noop, override

from kierto.hub.datasets.queries import visible_data_sets
from kierto.hub.datasets.states import DataSetState
from kierto.hub.models import DataSet

if TYPE_CHECKING:
    from rdflib import Graph


@dataclass(frozen=True, slots=True)
class Syntax:
    """One way to write the graph: the end of its address, media type, name at rdflib."""

    name: str
    media_type: str
    format: str

    @property
    def iana(self) -> str:
        """The media type alone."""
        return self.media_type.partition(";")[0]


SYNTAXES: Final = {
    each.name: each
    for each in (
        Syntax("jsonld", "application/ld+json", "json-ld"),
        Syntax("ttl", "text/turtle; charset=utf-8", "turtle"),
        Syntax("rdf", "application/rdf+xml; charset=utf-8", "xml"),
    )
}

TITLE: Final = gettext_noop("Data of %(node)s")
DESCRIPTION: Final = gettext_noop(
    "What this district knows and senses: who may use it, under which terms, and how."
)


def written(base: str, syntax: Syntax) -> bytes:
    """The catalogue of what is published, with addresses below ``base``."""
    found = graph(base)
    options: dict[str, Any] = {}
    if syntax.format == "json-ld":
        options["context"] = {
            prefix: str(space)
            for prefix, space in found.namespaces()
            if prefix in {"dcat", "dct", "foaf", "vcard", "xsd", "owl", "rdfs", "adms", "dcatap"}
        }
    text: str = found.serialize(format=syntax.format, **options)
    return text.encode()


def graph(base: str) -> Graph:
    """Catalogue, published data sets, their files, and the interfaces of this node."""
    from kierto.hub.publishing.graphs import Writer

    published = visible_data_sets(None).filter(state=DataSetState.PUBLISHED).order_by("slug")
    writer = Writer(base)
    writer.catalogue(in_languages(TITLE), in_languages(DESCRIPTION))
    data_sets: list[DataSet] = list(published)
    with override("en"):  # names of themes and terms
        for data_set in data_sets:
            writer.data_set(data_set)
        writer.services(data_sets)
        writer.whole(data_sets)
    return writer.graph


def in_languages(text: str) -> dict[str, str]:
    """A text of the platform in every language in which it is there."""
    found: dict[str, str] = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            said = gettext(text) % {"node": settings.NODE_NAME}
        if code == "en" or said not in found.values():
            found[code] = said
    return found
