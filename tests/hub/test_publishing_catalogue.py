"""The catalogue for data portals: what stands in it, how it is written, and the profile's rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyld.jsonld
import pyshacl
import pytest
from django.test import Client
from django.utils.translation import override
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from kierto.hub.datasets.measures import measure_due
from kierto.hub.publishing.catalogue import DESCRIPTION, SYNTAXES, graph, in_languages
from tests.factories.datasets import make_data_set
from tests.hub.stored import entity, place, put

BASE = "http://testserver"
RIGHTS = "http://publications.europa.eu/resource/authority/access-right/"
SHAPES = Path(__file__).parent / "dcat_shapes.ttl"
pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue() -> Graph:
    """All kinds of data sets, one of each openness, measured."""
    put(entity("1", location=place(24.7, 60.2)), entity("2", location=place(24.8, 60.3)))
    make_data_set(title="One")
    make_data_set(
        title="Two", openness="restricted", licence="LicenseRef-by-agreement",
        contact="https://example.org/x", themes=["ENVI", "TRAN"],
    )  # fmt: skip
    asked = {"types": ["Light"], "attributes": ["power"], "days": 30}
    make_data_set(title="Three", openness="partners", kind="history", asked=asked)
    make_data_set(title="Four", openness="city", kind="platform", asked={"export": "ledger"})
    make_data_set(title="A draft", state="draft")
    make_data_set(title="Gone", state="withdrawn")
    measure_due()
    return graph(BASE)


def data(slug: str) -> URIRef:
    return URIRef(f"{BASE}/data/sets/{slug}/#data")


def test_it_follows_the_rules_of_the_profile(catalogue: Graph) -> None:
    conforms, _report, text = pyshacl.validate(catalogue, shacl_graph=Graph().parse(SHAPES))
    assert conforms, text


@pytest.mark.parametrize(
    "taken",
    [
        (DCAT.Dataset, DCTERMS.title),
        (DCAT.Dataset, DCAT.contactPoint),
        (DCAT.Distribution, DCAT.accessURL),
        (DCAT.DataService, DCAT.endpointURL),
        (DCAT.Catalog, DCTERMS.publisher),
        (FOAF.Agent, FOAF.name),
    ],
)
def test_the_rules_notice_what_is_missing(catalogue: Graph, taken: tuple[Any, Any]) -> None:
    kind, predicate = taken
    for subject in list(catalogue.subjects(RDF.type, kind)):
        catalogue.remove((subject, predicate, None))
    conforms, _report, _text = pyshacl.validate(catalogue, shacl_graph=Graph().parse(SHAPES))
    assert not conforms


def test_it_names_what_is_published_and_nothing_else(catalogue: Graph) -> None:
    found = {str(title) for one in catalogue.subjects(RDF.type, DCAT.Dataset)
             for title in catalogue.objects(one, DCTERMS.title)}  # fmt: skip
    assert found == {"One", "Two", "Three", "Four"}


def test_it_says_who_may_read(catalogue: Graph) -> None:
    found = {
        slug: str(catalogue.value(data(slug), DCTERMS.accessRights)).removeprefix(RIGHTS)
        for slug in ("one", "two", "three", "four")
    }
    assert found == {
        "one": "PUBLIC",
        "two": "RESTRICTED",
        "three": "RESTRICTED",
        "four": "NON_PUBLIC",
    }


def test_each_data_set_has_three_files(catalogue: Graph) -> None:
    files = {
        str(catalogue.value(one, DCAT.downloadURL))
        for one in catalogue.objects(data("one"), DCAT.distribution)
    }
    assert files == {f"{BASE}/data/sets/one.{form}" for form in ("csv", "geojson", "parquet")}
    for address in files:
        assert Client().head(address.removeprefix(BASE)).status_code == 200


def test_titles_have_a_language_only_where_it_is_known(catalogue: Graph) -> None:
    title = catalogue.value(data("one"), DCTERMS.title)
    assert title == Literal("One")
    said = in_languages(DESCRIPTION)
    assert said["en"] == DESCRIPTION
    assert len(set(said.values())) == len(said)


def test_services_serve_what_their_readers_may_have(catalogue: Graph) -> None:
    ngsi_ld = URIRef(f"{BASE}/data/interface/#ngsi-ld")
    served = set(catalogue.objects(ngsi_ld, DCAT.servesDataset))
    assert served == {data("one"), data("three")}
    assert catalogue.value(ngsi_ld, DCAT.endpointURL) == URIRef(f"{BASE}/ngsi-ld/v1")


# rdflib's own reader of JSON-LD uses a class that rdflib wants to give up.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("form", SYNTAXES)
def test_three_ways_of_writing_say_the_same(catalogue: Graph, form: str) -> None:
    answer = Client().get(f"/data/catalog.{form}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == SYNTAXES[form].media_type
    found = Graph().parse(data=answer.content, format=SYNTAXES[form].format)
    assert isomorphic(found, catalogue)
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_json_ld_can_be_read_without_the_network(catalogue: Graph) -> None:
    answer = Client().get("/data/catalog.jsonld")

    def refuse(*_args: Any) -> Any:
        raise AssertionError("fetched")

    expanded = pyld.jsonld.expand(answer.json(), {"documentLoader": refuse})
    kinds = {kind for node in expanded for kind in node.get("@type", ())}
    assert str(DCAT.Catalog) in kinds


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("application/rdf+xml", "application/rdf+xml; charset=utf-8"),
        ("application/ld+json", "application/ld+json"),
        ("*/*", "application/ld+json"),
        ("text/html, text/turtle;q=0.5", "text/turtle; charset=utf-8"),
        ("image/png", "application/problem+json"),
    ],
)
def test_the_way_of_writing_is_negotiated(accept: str, kind: str) -> None:
    answer = Client().get("/data/catalog", headers={"Accept": accept})
    assert answer["Content-Type"] == kind
    assert answer.status_code == (406 if "problem" in kind else 200)


def test_what_has_not_changed_is_not_sent_again() -> None:
    make_data_set()
    first = Client().get("/data/catalog.ttl")
    again = Client().get("/data/catalog.ttl", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    make_data_set(title="Another")
    changed = Client().get("/data/catalog.ttl", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_it_is_the_same_in_whatever_language_it_is_asked(catalogue: Graph) -> None:
    with override("ar"):
        assert isomorphic(graph(BASE), catalogue)


def test_more_data_sets_ask_the_database_no_more(django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_data_set(title="One")
    with CaptureQueriesContext(connection) as few:
        graph(BASE)
    for number in range(3):
        make_data_set(title=f"More {number}")
    with django_assert_num_queries(len(few)):
        graph(BASE)


def test_nothing_else_is_written() -> None:
    assert Client().get("/data/catalog.exe").status_code == 404
    assert Client().post("/data/catalog.ttl").status_code == 405
