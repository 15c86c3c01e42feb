"""Every page of the catalogue, for every role, with few rows and with many."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kierto.catalogue import urls
from kierto.catalogue.importers import import_factors, import_kinds
from kierto.catalogue.importers.shipped import shipped as file_of
from kierto.catalogue.models import EmissionFactor, Recipe, ResourceSpecification
from kierto.core.tables import LARGEST_FILE
from tests.factories.catalogue import make_factor, make_kind, make_recipe
from tests.factories.parties import NODE_ADMIN, ROLES

pytestmark = pytest.mark.django_db

EVERYBODY = dict.fromkeys(ROLES, 200)
ADMIN_ONLY = {**dict.fromkeys(ROLES, 403), "visitor": 302, NODE_ADMIN: 200}
PAGES = {
    "kinds": ([], EVERYBODY),
    "kinds_csv": ([], EVERYBODY),
    "kind": (["denim-offcuts"], EVERYBODY),
    "recipes": ([], EVERYBODY),
    "recipes_csv": ([], EVERYBODY),
    "recipe": (["anaerobic-digestion"], EVERYBODY),
    "factors": ([], EVERYBODY),
    "factors_csv": ([], EVERYBODY),
    "factor": (["production-fabric"], EVERYBODY),
    "displacements": ([], EVERYBODY),
    "displacements_csv": ([], EVERYBODY),
    "displacement": (["repair"], EVERYBODY),
    "import": ([], ADMIN_ONLY),
}


def path(name: str, *arguments: str) -> str:
    return reverse(f"catalogue:{name}", args=arguments)


def test_the_table_of_pages_names_every_page():
    assert set(PAGES) == {pattern.name for pattern in urls.urlpatterns}


def test_every_page_answers_every_role(shipped, agents, sign_in):
    answers = {
        name: {
            role: sign_in(agents[role]).get(path(name, *arguments)).status_code for role in ROLES
        }
        for name, (arguments, _expected) in PAGES.items()
    }
    assert answers == {name: expected for name, (_arguments, expected) in PAGES.items()}


def test_only_an_admin_of_the_node_can_send_a_file(shipped, agents, sign_in):
    answers = {}
    for role in ROLES:
        file = SimpleUploadedFile("kinds.csv", b"code,parent,unit,theme\nbran,,kg,food\n")
        answer = sign_in(agents[role]).post(path("import"), {"what": "kinds", "file": file})
        answers[role] = (
            answer.status_code, ResourceSpecification.objects.filter(code="bran").exists(),
        )  # fmt: skip
    assert answers == {role: (status, role == NODE_ADMIN) for role, status in ADMIN_ONLY.items()}


@pytest.mark.parametrize("name", ["kind", "recipe", "factor"])
def test_what_does_not_exist_is_not_found(client, name):
    assert client.get(path(name, "nothing-of-the-sort")).status_code == 404


@pytest.mark.parametrize("name", [name for name in PAGES if name != "import"])
def test_reading_pages_take_no_post(client, name):
    assert client.post(path(name, *PAGES[name][0])).status_code == 405


def test_the_tree_shows_each_kind_once(shipped, client):
    text = client.get(path("kinds")).content.decode()
    for code in ResourceSpecification.objects.values_list("code", flat=True):
        assert text.count(f'href="{path("kind", code)}"') == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "denim"}, {"denim-offcuts"}),
        ({"q": "denim", "theme": "food"}, set()),
        ({"hazard": "yes"}, {
            "treated-wood", "batteries", "asbestos-waste", "solvents", "waste-oil",
        }),
        ({"theme": "premises", "hazard": "yes"}, set()),
        ({"q": "مذيبات", "hazard": "yes"}, {"solvents"}),
    ],
)  # fmt: skip
def test_kinds_are_filtered(shipped, client, query, found):
    context = client.get(path("kinds"), query).context
    if "suggestions" in context:
        codes = {each.kind.code for each in context["suggestions"]}
        assert found <= codes
        assert bool(codes) == bool(found)
    else:
        assert {kind.code for kind in context["page"].object_list} == found


def test_recipes_are_found_by_name_by_kind_and_in_other_languages(shipped, client):
    def codes(**query: str) -> set[str]:
        page = client.get(path("recipes"), query).context["page"]
        return {recipe.code for recipe in page.object_list}

    assert codes(q="bread") >= {"bread-brewing", "bread-feed"}
    assert codes(q="kahvinporot") >= {"mushroom-growing", "vermicomposting"}
    assert codes(uses="denim-offcuts") == {"bag-sewing", "cotton-opening"}
    assert codes(makes="fertiliser") == {"nutrient-recovery"}
    assert codes(q="xqzzyvw") == set()


def test_factors_are_found_by_words(shipped, client):
    page = client.get(path("factors"), {"q": "scrap disposal"}).context["page"]
    assert {factor.code for factor in page.object_list} == {
        "disposal-bicycle", "disposal-jewellery", "disposal-metal", "disposal-tool",
    }  # fmt: skip


def test_a_strange_question_breaks_nothing(shipped, client):
    strange = {"q": "x" * 5000, "theme": "war", "hazard": "perhaps", "page": "many", "uses": "…"}
    for name in ("kinds", "recipes", "factors"):
        assert client.get(path(name), strange).status_code == 200
        assert client.get(path(name), {"q": "<script>\x01'%"}).status_code == 200


@pytest.mark.parametrize("language", ["en", "fi", "it", "es", "ar"])
def test_pages_speak_the_language_of_the_reader(shipped, client, language):
    client.cookies["django_language"] = language
    kind = ResourceSpecification.objects.get(code="denim-offcuts")
    page = client.get(path("kind", "denim-offcuts")).content.decode()
    label = kind.labels.get(language=language).label
    assert f"<h1>{label}</h1>" in page
    recipe = Recipe.objects.get(code="anaerobic-digestion")
    page = client.get(path("recipe", recipe.code)).content.decode()
    assert {"en": recipe.name, **recipe.names}[language] in page


def test_tables_taken_away_can_be_brought_back(shipped, system, client):
    kinds = client.get(path("kinds_csv"))
    assert kinds["Content-Disposition"] == 'attachment; filename="kinds.csv"'
    intake = import_kinds(kinds.content, name="kinds.csv", by=system)
    assert intake.counts == {
        "added": 0, "changed": 0, "unchanged": ResourceSpecification.objects.count(), "left": 0,
    }  # fmt: skip
    factors = client.get(path("factors_csv"))
    intake = import_factors(factors.content, name="factors.csv", by=system)
    assert intake.counts == {
        "added": 0, "changed": 0, "unchanged": EmissionFactor.objects.count(), "left": 0,
    }  # fmt: skip


def test_no_formula_leaves_in_a_table(client):
    make_factor("evil", activity='=HYPERLINK("http://example.org")', source="@SUM(A1)", value=-1.0,
                low=-1.2, high=-0.8)  # fmt: skip
    text = client.get(path("factors_csv")).content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["activity"] == '\'=HYPERLINK("http://example.org")'
    assert row["source"] == "'@SUM(A1)"
    assert row["value"] == "-1.0"


@pytest.mark.parametrize("name", ["kinds", "kind", "recipes", "recipe", "factors", "factor"])
def test_query_counts_do_not_grow_from_1_to_30_rows(client, name):
    def build(count: int) -> None:
        for _ in range(count):
            below = make_kind(parent=root, disposal_factor=factor)
            make_recipe(inputs={root: 1, power: 2}, outputs={below: 1, rest: 1})
            make_factor()

    def queries() -> int:
        address = path(name, {"kind": root.code, "recipe": "first", "factor": factor.code}[name]) \
            if name in {"kind", "recipe", "factor"} else path(name)  # fmt: skip
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    factor = make_factor()
    root, rest = make_kind("root"), make_kind("rest")
    power = make_kind("power", unit="kWh", kg_per_unit=0)
    make_recipe("first", inputs={root: 1}, outputs={rest: 1})
    build(1)
    few = queries()
    build(29)
    assert queries() == few


@pytest.fixture
def admin(agents, sign_in) -> Client:
    return sign_in(agents[NODE_ADMIN])


def send(client: Client, what: str, name: str, data: bytes):
    return client.post(path("import"), {"what": what, "file": SimpleUploadedFile(name, data)})


def test_the_report_counts_and_gives_reasons(shipped, admin):
    data = b"code,parent,unit,theme\nbran,,kg,food\nhusk,nobody,kg,food\n"
    answer = send(admin, "kinds", "mine.csv", data)
    assert answer.context["intake"].counts == {
        "added": 1, "changed": 0, "unchanged": 0, "left": 1,
    }  # fmt: skip
    assert answer.context["reasons"] == [
        ("Its broader kind “nobody” is neither here nor in the catalogue.", 1)
    ]
    assert send(admin, "kinds", "mine.csv", data).context["intake"].counts["unchanged"] == 1
    answer = send(admin, "factors", "factors.csv", file_of("factors.csv"))
    assert answer.context["intake"].counts["unchanged"] == EmissionFactor.objects.count()


def test_faults_are_all_shown_and_nothing_is_taken(shipped, admin):
    before = ResourceSpecification.objects.count()
    answer = send(admin, "kinds", "bad.csv", b"code,code,unit\na,b,kg\n")
    assert answer.status_code == 200
    assert [str(fault) for fault in answer.context["faults"]] == [
        "bad.csv, line 1, column code: The header has this column twice. Keep one of the two.",
        "bad.csv, line 1, column parent: The header lacks this column. Add it; the columns found "
        "are: code, code, unit.",
        "bad.csv, line 1, column theme: The header lacks this column. Add it; the columns found "
        "are: code, code, unit.",
    ]
    assert ResourceSpecification.objects.count() == before


@pytest.mark.parametrize(
    ("what", "name", "data"),
    [
        ("kinds", "kinds.exe", b"MZ\x90\x00"),
        ("kinds", "kinds.csv", b"MZ\x90\x00\xff\xfe"),
        ("kinds", "kinds.xlsx", b"<html><script>alert(1)</script></html>"),
        ("factors", "picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00"),
        ("processes", "processes.zip", b"PK\x03\x04 nothing"),
        ("processes", "processes.csv", b"process: x"),
        ("war", "kinds.csv", b"code,parent,unit,theme\nbran,,kg,food\n"),
        ("kinds", "empty.csv", b""),
    ],
)
def test_a_disguised_or_foreign_upload_is_refused(shipped, admin, what, name, data):
    before = (ResourceSpecification.objects.count(), Recipe.objects.count())
    answer = send(admin, what, name, data)
    assert answer.status_code == 200
    assert "intake" not in answer.context
    assert answer.context["form"].errors or answer.context["faults"]
    assert (ResourceSpecification.objects.count(), Recipe.objects.count()) == before


def test_an_oversized_upload_is_refused(shipped, admin):
    answer = send(admin, "kinds", "large.csv", b"x" * (LARGEST_FILE + 1))
    assert answer.context["form"].errors["file"] == [
        "The file is larger than 50 MB. Split it and import the parts one by one."
    ]
