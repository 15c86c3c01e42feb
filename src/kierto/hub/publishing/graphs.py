"""Statements about data sets, in the words of DCAT-AP 3. Imported when the catalogue is asked for:
rdflib is slow to import."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from rdflib import DCAT, DCTERMS, FOAF, OWL, RDF, RDFS, XSD, Graph, Literal, Namespace, URIRef

from kierto.hub.datasets.licences import LICENCES
from kierto.hub.datasets.measures import Box, Measured, stored
from kierto.hub.datasets.programs import features_of
from kierto.hub.datasets.states import Kind, Openness
from kierto.hub.datasets.words import AUTHORITY, REFRESHED, THEMES
from kierto.hub.models import DataSet
from kierto.hub.publishing.about import page_of
from kierto.hub.publishing.files import FORMS, Form

VCARD: Final = Namespace("http://www.w3.org/2006/vcard/ns#")
DCATAP: Final = Namespace("http://data.europa.eu/r5r/")
WKT: Final = URIRef("http://www.opengis.net/ont/geosparql#wktLiteral")
MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"
FEATURES_SPECIFICATION: Final = "http://www.opengis.net/doc/IS/ogcapi-features-1/1.0"
NGSI_LD_SPECIFICATION: Final = "https://www.etsi.org/deliver/etsi_gs/CIM/001_099/009/01.09.01_60/"

_RIGHTS: Final = {
    Openness.OPEN: "PUBLIC",
    Openness.PARTNERS: "RESTRICTED",
    Openness.CITY: "NON_PUBLIC",
    Openness.RESTRICTED: "RESTRICTED",
}
_LANGUAGES: Final = {
    "ar": "ARA", "de": "DEU", "en": "ENG", "es": "SPA", "fi": "FIN", "fr": "FRA", "it": "ITA",
    "sv": "SWE",
}  # fmt: skip
"""In the authority table "Language"."""

_LICENCE_TYPES: Final = {
    "CC0-1.0": "PublicDomain",
    "PDDL-1.0": "PublicDomain",
    "CC-BY-4.0": "Attribution",
    "ODC-By-1.0": "Attribution",
    "CC-BY-SA-4.0": "ViralEffect-ShareAlike",
    "ODbL-1.0": "ViralEffect-ShareAlike",
}
"""In the list of licence types of the Asset Description Metadata Schema (W3C, 2013)."""

NGSI_LD_TITLE: Final = _("NGSI-LD: everything as things with attributes")
NGSI_LD_TEXT: Final = _("Read, write, subscribe to and remember things (ETSI GS CIM 009 v1.9.1).")
FEATURES_TITLE: Final = _("OGC API – Features: everything that has a place")
FEATURES_TEXT: Final = _("Collections of GeoJSON features for programs for maps.")

_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+", re.ASCII)
_MAIL = re.compile(r"[^\s<>\"{}|\\^`@]+@[^\s<>\"{}|\\^`@]+", re.ASCII)


def authority(table: str, word: str) -> URIRef:
    """A word of an authority table of the European Union."""
    return URIRef(f"{AUTHORITY}/{table}/{word}")


class Writer:
    """Collects the statements.

    Attributes:
        graph: what was said so far.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._home = URIRef(f"{base}/data/")
        self._catalogue = URIRef(f"{base}/data/catalog")
        self.graph = Graph()
        for prefix, space in (
            ("dcat", DCAT), ("dct", DCTERMS), ("foaf", FOAF), ("vcard", VCARD), ("owl", OWL),
            ("dcatap", DCATAP),
        ):  # fmt: skip
            self.graph.bind(prefix, space, override=True)

    def _say(self, subject: Any, *facts: tuple[Any, Any]) -> None:
        for predicate, value in facts:
            if value is not None:
                self.graph.add((subject, predicate, value))

    # ------------------------------------------------------------- catalogue

    def catalogue(self, title: Mapping[str, str], description: Mapping[str, str]) -> None:
        """The catalogue itself, by this node."""
        node = URIRef(f"{self._base}/#node")
        self._typed(node, FOAF.Agent, (FOAF.name, Literal(settings.NODE_NAME)),
                    (FOAF.homepage, URIRef(f"{self._base}/")))  # fmt: skip
        self._typed(URIRef(f"{self._base}/"), FOAF.Document)
        self._typed(self._home, FOAF.Document)
        self._typed(
            self._catalogue,
            DCAT.Catalog,
            *self._texts(DCTERMS.title, title),
            *self._texts(DCTERMS.description, description),
            (DCTERMS.publisher, node),
            (FOAF.homepage, self._home),
            (DCAT.themeTaxonomy, _THEMES),
        )
        self._typed(_THEMES, _SCHEME, (DCTERMS.title, Literal("Data theme", lang="en")))
        for code, _name in settings.LANGUAGES:
            if code in _LANGUAGES:
                self._say(self._catalogue, (DCTERMS.language, self._language(code)))

    def _language(self, code: str) -> URIRef:
        found = authority("language", _LANGUAGES[code])
        self._typed(found, DCTERMS.LinguisticSystem)
        return found

    @staticmethod
    def _texts(predicate: Any, texts: Mapping[str, str]) -> list[tuple[Any, Literal]]:
        return [(predicate, Literal(text, lang=code)) for code, text in texts.items()]

    def _typed(self, subject: Any, kind: Any, *facts: tuple[Any, Any]) -> None:
        self._say(subject, (RDF.type, kind), *facts)

    # ------------------------------------------------------------- data sets

    def data_set(self, data_set: DataSet) -> None:
        """One data set with its files."""
        page = page_of(data_set, self._base)
        one = URIRef(f"{page}#data")
        worth = stored(data_set)
        self._typed(
            one,
            DCAT.Dataset,
            (DCTERMS.title, Literal(data_set.title)),
            (DCTERMS.description, Literal(data_set.description or data_set.title)),
            (DCTERMS.identifier, Literal(str(one))),
            (DCTERMS.publisher, self._publisher(data_set)),
            (DCTERMS.accessRights, self._rights(data_set)),
            (DCAT.landingPage, self._document(page)),
            (DCAT.contactPoint, self._contact(data_set)),
            (DCTERMS.issued, _moment(data_set.published_at)),
            (DCTERMS.modified, _moment((worth and worth.changed) or data_set.changed_at)),
            *((DCAT.keyword, Literal(word)) for word in data_set.keywords),
            *((DCAT.theme, self._theme(word)) for word in data_set.themes if word in THEMES),
        )
        if data_set.refresh in REFRESHED:
            frequency = authority("frequency", data_set.refresh)
            self._typed(frequency, DCTERMS.Frequency)
            self._say(one, (DCTERMS.accrualPeriodicity, frequency))
        self._covered(one, worth)
        for form in FORMS.values():
            self._say(one, (DCAT.distribution, self._file(data_set, form, page)))
        self._say(self._catalogue, (DCAT.dataset, one))

    def _document(self, address: str) -> URIRef:
        found = URIRef(address)
        self._typed(found, FOAF.Document)
        return found

    def _theme(self, word: str) -> URIRef:
        found = authority("data-theme", word)
        label = str(THEMES[word])
        self._typed(found, _CONCEPT, (_LABEL, Literal(label, lang="en")))
        return found

    def _publisher(self, data_set: DataSet) -> URIRef:
        owner = data_set.owner
        # A person is an opaque id; an organisation has its page.
        organization = getattr(owner, "organization", None)
        address = (
            f"{self._base}/organizations/{organization.slug}/#agent"
            if organization is not None
            else f"urn:uuid:{owner.pk}"
        )
        found = URIRef(address)
        self._typed(found, FOAF.Agent, (FOAF.name, Literal(owner.name)))
        return found

    def _contact(self, data_set: DataSet) -> URIRef:
        """Whom to ask; where nothing is said, the page of the data set."""
        found = URIRef(f"{page_of(data_set, self._base)}#contact")
        said = data_set.contact.strip()
        self._typed(found, VCARD.Kind)
        self._typed(found, VCARD.Organization, (VCARD.fn, Literal(data_set.owner.name)))
        if _MAIL.fullmatch(said):
            self._say(found, (VCARD.hasEmail, URIRef(f"mailto:{said}")))
        else:
            address = said if _ADDRESS.fullmatch(said) else page_of(data_set, self._base)
            self._say(found, (VCARD.hasURL, URIRef(address)))
        return found

    def _rights(self, data_set: DataSet) -> URIRef:
        found = authority("access-right", _RIGHTS[Openness(data_set.openness)])
        self._typed(found, DCTERMS.RightsStatement)
        return found

    def _covered(self, one: URIRef, worth: Measured | None) -> None:
        """Where and when, as far as it was measured."""
        if worth is None:
            return
        if worth.box is not None:
            self._lies_in(one, worth.box)
        if worth.first is not None and worth.last is not None:
            period = URIRef(f"{str(one).partition('#')[0]}#period")
            self._typed(period, DCTERMS.PeriodOfTime, (DCAT.startDate, _moment(worth.first)),
                        (DCAT.endDate, _moment(worth.last)))  # fmt: skip
            self._say(one, (DCTERMS.temporal, period))

    def _lies_in(self, one: URIRef, box: Box) -> None:
        west, south, east, north = box
        ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
        text = ", ".join(f"{longitude} {latitude}" for longitude, latitude in ring)
        middle = f"POINT({(west + east) / 2:.6g} {(south + north) / 2:.6g})"
        place = URIRef(f"{str(one).partition('#')[0]}#place")
        self._typed(
            place,
            DCTERMS.Location,
            (DCAT.bbox, Literal(f"POLYGON(({text}))", datatype=WKT)),
            (DCAT.centroid, Literal(middle, datatype=WKT)),
        )
        self._say(one, (DCTERMS.spatial, place))

    def whole(self, data_sets: Sequence[DataSet]) -> None:
        """What the catalogue covers: since when, until when, and where."""
        issued = [each.published_at for each in data_sets if each.published_at is not None]
        changed = [each.changed_at for each in data_sets]
        if issued and changed:
            self._say(
                self._catalogue,
                (DCTERMS.issued, _moment(min(issued))),
                (DCTERMS.modified, _moment(max(changed))),
            )
        boxes = [worth.box for worth in map(stored, data_sets) if worth is not None and worth.box]
        if boxes:
            west, south, east, north = zip(*boxes, strict=True)
            self._lies_in(self._catalogue, (min(west), min(south), max(east), max(north)))

    def _file(self, data_set: DataSet, form: Form, page: str) -> URIRef:
        address = URIRef(f"{page[:-1]}.{form.name}")
        found = URIRef(f"{page}#{form.name}")
        kind, media_type = authority("file-type", form.file_type), f"{MEDIA_TYPES}{form.iana}"
        self._typed(kind, DCTERMS.MediaTypeOrExtent)
        self._typed(URIRef(media_type), DCTERMS.MediaType)
        is_open = data_set.openness == Openness.OPEN
        available = authority("planned-availability", "AVAILABLE")
        self._typed(available, _CONCEPT, (_LABEL, Literal("available", lang="en")))
        self._typed(
            found,
            DCAT.Distribution,
            (DCTERMS.title, Literal(f"{data_set.title} ({form.title})")),
            (DCTERMS.description, Literal(data_set.description or data_set.title)),
            # Whoever is not let in yet starts at the page.
            (DCAT.accessURL, address if is_open else self._document(page)),
            (DCAT.downloadURL, address),
            (DCTERMS["format"], kind),
            (DCAT.mediaType, URIRef(media_type)),
            (DCTERMS.license, self._licence(data_set)),
            (DCTERMS.rights, self._terms(data_set)),
            (DCATAP.availability, available),
        )
        self._typed(address, RDFS.Resource)
        return found

    def _licence(self, data_set: DataSet) -> URIRef | None:
        licence = LICENCES.get(data_set.licence)
        if licence is None or not licence.url:
            return None
        found = URIRef(licence.url)
        self._typed(found, DCTERMS.LicenseDocument, (DCTERMS.title, Literal(str(licence.name))))
        if licence.key in _LICENCE_TYPES:
            kind = URIRef(f"http://purl.org/adms/licencetype/{_LICENCE_TYPES[licence.key]}")
            self._typed(kind, _CONCEPT, (_LABEL, Literal(_LICENCE_TYPES[licence.key], lang="en")))
            self._say(found, (DCTERMS.type, kind))
        return found

    def _terms(self, data_set: DataSet) -> URIRef | None:
        """Terms that have no address."""
        licence = LICENCES.get(data_set.licence)
        if licence is None or licence.url:
            return None
        found = URIRef(f"{page_of(data_set, self._base)}#terms")
        self._typed(found, DCTERMS.RightsStatement, (RDFS.label, Literal(str(licence.terms))))
        return found

    # -------------------------------------------------------------- services

    def services(self, data_sets: Sequence[DataSet]) -> None:
        """The interfaces, each with the data sets that it serves."""
        shared = [each for each in data_sets if each.openness != Openness.RESTRICTED]
        things = [each for each in shared if each.kind != Kind.PLATFORM]
        placed = [each for each in things if features_of(each)]
        self._service(
            "ngsi-ld", "/ngsi-ld/v1", NGSI_LD_TITLE, NGSI_LD_TEXT, NGSI_LD_SPECIFICATION, things
        )
        self._service(
            "features", "/data/features/", FEATURES_TITLE, FEATURES_TEXT, FEATURES_SPECIFICATION,
            placed,
        )  # fmt: skip

    def _service(
        self,
        name: str,
        path: str,
        title: str,
        text: str,
        specification: str,
        served: Sequence[DataSet],
    ) -> None:
        from kierto.hub.publishing.catalogue import in_languages

        one = URIRef(f"{self._base}/data/interface/#{name}")
        endpoint, described = (
            URIRef(f"{self._base}{path}"),
            URIRef(f"{self._base}/data/openapi.json"),
        )
        rights = authority("access-right", "PUBLIC")
        contact = URIRef(f"{self._base}/#contact")
        self._typed(rights, DCTERMS.RightsStatement)
        self._typed(contact, VCARD.Kind)
        self._typed(contact, VCARD.Organization, (VCARD.fn, Literal(settings.NODE_NAME)),
                    (VCARD.hasURL, URIRef(f"{self._base}/about/")))  # fmt: skip
        for resource in (endpoint, described):
            self._typed(resource, RDFS.Resource)
        self._typed(URIRef(specification), DCTERMS.Standard)
        self._typed(
            one,
            DCAT.DataService,
            *self._texts(DCTERMS.title, in_languages(title)),
            *self._texts(DCTERMS.description, in_languages(text)),
            (DCAT.endpointURL, endpoint),
            (DCAT.endpointDescription, described),
            (DCTERMS.conformsTo, URIRef(specification)),
            (DCTERMS.publisher, URIRef(f"{self._base}/#node")),
            (DCTERMS.accessRights, rights),
            (DCAT.contactPoint, contact),
            *(
                (DCAT.theme, self._theme(word))
                for word in _all(each.themes for each in served)
                if word in THEMES
            ),
            *((DCAT.keyword, Literal(word)) for word in _all(each.keywords for each in served)),
            *((DCAT.servesDataset, URIRef(f"{page_of(each, self._base)}#data")) for each in served),
        )
        self._say(self._catalogue, (DCAT.service, one))


_SKOS: Final = Namespace("http://www.w3.org/2004/02/skos/core#")
_CONCEPT: Final = _SKOS.Concept
_SCHEME: Final = _SKOS.ConceptScheme
_LABEL: Final = _SKOS.prefLabel
_THEMES: Final = URIRef(f"{AUTHORITY}/data-theme")


def _all(lists: Iterable[Sequence[str]]) -> list[str]:
    return sorted({word for words in lists for word in words})


def _moment(at: datetime | None) -> Literal | None:
    if at is None:
        return None
    return Literal(timezone.localtime(at).isoformat(timespec="seconds"), datatype=XSD.dateTime)
