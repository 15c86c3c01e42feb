from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest
from django.db import OperationalError

from kierto.core.errors import NotAllowed
from kierto.core.tables import FaultyFile
from kierto.parties import actions
from kierto.parties.errors import NotStored
from kierto.parties.importers import import_districts, import_organizations
from kierto.parties.models import Agent, District, Membership, Organization, Place
from kierto.parties.queries import system_agent
from tests.factories.parties import make_district, make_organization, make_person, square

pytestmark = pytest.mark.django_db

HEADER = (
    "slug,name,helix,street,postcode,locality,country,latitude,longitude,website,"
    "registry_number,partner"
)
PUU = (
    "puu,Kerän Puu,company,Karapellontie 1,02610,Espoo,FI,60.217,24.756,https://puu.example,123,yes"
)
KOULU = "koulu,Koulu,research,,,,,,,,,"


def table(*rows: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *rows]).encode()


def take(*rows: str, by: Agent | None = None, header: str = HEADER):
    return import_organizations(table(*rows, header=header), by=by or system_agent())


def fates(intake) -> list[tuple[int, str, str]]:
    return [(row.line, row.key, row.outcome.value) for row in intake.rows]


def test_organizations_come_with_their_places():
    kera = make_district()
    assert fates(take(PUU, KOULU)) == [(2, "puu", "added"), (3, "koulu", "added")]
    puu = Organization.objects.get(slug="puu")
    assert (puu.name, puu.helix, puu.is_partner) == ("Kerän Puu", "company", True)
    place = Place.objects.get()
    assert (place.agent, place.street, place.district) == (puu.agent, "Karapellontie 1", kera)


def test_importing_again_changes_nothing():
    take(PUU, KOULU)
    before = (Organization.objects.count(), Place.objects.count(), Agent.objects.count())
    again = take(PUU, KOULU)
    assert again.counts == {"added": 0, "changed": 0, "unchanged": 2, "left": 0}
    assert (Organization.objects.count(), Place.objects.count(), Agent.objects.count()) == before


def test_a_changed_row_changes_what_it_says_and_no_more():
    take(PUU)
    changed = PUU.replace("Karapellontie 1", "Karapellontie 9").replace("https://puu.example", "")
    assert take(changed).counts["changed"] == 1
    assert Place.objects.get().street == "Karapellontie 9"
    assert Organization.objects.get().website == "https://puu.example"


def test_rows_that_cannot_be_taken_are_left_with_their_reason():
    intake = take(
        PUU,
        "puu,Puu again,company,,,,,,,,,",
        "kirkko,Kirkko,church,,,,,,,,,",
        "tie,Tie,company,Street 1,,Espoo,FI,,,,,",
        "kuu,Kuu,company,,,,,99,24,,,",
        "yo,Yö,company,,,,,60 north,24,,,",
        "js,Js,company,,,,,,,javascript:alert(1),,",
        "ehka,Ehkä,company,,,,,,,,,perhaps",
        "maa,Maa,company,,,,Finland,60,24,,,",
        "new,New,company,,,,,,,,,",
    )
    assert [(row.line, row.key, str(row.reason)) for row in intake.left] == [
        (3, "puu", "“puu” stands in the file twice; the first row was taken."),
        (
            4,
            "kirkko",
            "“church” is not one of the choices: company, research, residents, public. "
            "Choose one of them.",
        ),
        (5, "tie", "The address lacks latitude or longitude, so it has no point on the map."),
        (
            6,
            "kuu",
            "There is no such place on Earth: latitude 99.0, longitude 24.0. "
            "Latitude runs from −90 to 90, longitude from −180 to 180.",
        ),
        (7, "yo", str(intake.left[4].reason)),
        (8, "js", "“javascript:alert(1)” is not an address. Check how it is written."),
        (9, "ehka", "“perhaps” under “partner” is neither yes nor no."),
        (10, "maa", "“FINLAND” is not a country code. Write two letters, such as FI or IT."),
        (11, "new", "The short name “new” is in use already. Choose another one."),
    ]
    assert intake.counts["added"] == 1
    assert Organization.objects.count() == Place.objects.count() == 1


def test_a_row_that_is_left_leaves_nothing_behind():
    agents = Agent.objects.count() + 1  # the node itself
    take("kuu,Kuu,company,,,,,99,24,,,")
    assert (Organization.objects.count(), Agent.objects.count()) == (0, agents)


def test_decimal_commas_are_read_and_the_key_may_be_missing():
    rows = "Äänekosken Puu;company;60,217;24,756"
    intake = take(rows, header="name;helix;latitude;longitude")
    assert fates(intake) == [(2, "aanekosken-puu", "added")]
    assert Place.objects.get().latitude == 60.217


def test_a_workbook_reads_like_a_table():
    book = openpyxl.Workbook()
    for row in [HEADER.split(","), PUU.split(",")]:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    intake = import_organizations(data.getvalue(), by=system_agent(), name="kera.xlsx")
    assert fates(intake) == [(2, "puu", "added")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        "slug,name,helix\npuu,Ker\xe4n,company".encode("latin-1"),
        b"name,name,helix\nA,B,company",
        b"name\nPuu",
        b"name,helix,colour\nPuu,company,red",
        b"name,helix\nPuu,company,extra",
        b"name,helix\n" + b"x" * 20_000 + b",company",
        b"PK\x03\x04 not a workbook",
    ],
)
def test_a_file_of_the_wrong_shape_is_refused_whole(data):
    with pytest.raises(FaultyFile):
        import_organizations(data, by=system_agent())
    assert not Organization.objects.exists()


def test_all_or_nothing_when_the_database_fails_in_the_middle(monkeypatch):
    real = actions.add_place

    def disk_full(**fields):
        if fields["latitude"] == 61:
            raise OperationalError("database or disk is full")
        return real(**fields)

    monkeypatch.setattr(actions, "add_place", disk_full)
    with pytest.raises(NotStored, match="Nothing of it was taken"):
        take(PUU, "kaksi,Kaksi,company,,,,,61,24,,,")
    assert (Organization.objects.count(), Place.objects.count()) == (0, 0)


def test_operators_import_without_becoming_members_and_without_overwriting():
    operator = make_person("operator").agent
    make_organization("Vanha", slug="vanha")
    intake = take(PUU, "vanha,Uusi,company,,,,,,,,,", "vanha2,V,company,,,,,,,,,", by=operator)
    assert [(row.key, str(row.reason)) for row in intake.left] == [
        ("vanha", "It is here already, and only its administrators can change it.")
    ]
    assert not Membership.objects.exists()
    assert Organization.objects.get(slug="vanha").name == "Vanha"


def test_residents_cannot_import():
    with pytest.raises(NotAllowed):
        take(PUU, by=make_person().agent)


# ----------------------------------------------------------------- districts


def collection(*names: str, latitude: float = 60.0) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "city": "Espoo", "country": "fi"},
            "geometry": square(latitude, 24.0),
        }
        for name in names
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def test_districts_come_from_geojson_and_come_once(tmp_path: Path):
    path = tmp_path / "districts.geojson"
    path.write_bytes(collection("Kera", "Otaniemi"))
    by = system_agent()
    assert import_districts(path, by=by).counts["added"] == 2
    assert import_districts(path, by=by).counts["unchanged"] == 2
    assert import_districts(collection("Kera", latitude=61.0), by=by).counts["changed"] == 1
    kera = District.objects.get(slug="kera")
    assert (kera.country, kera.area["coordinates"][0][0][1]) == ("FI", 60.98)


def test_a_district_without_an_area_or_name_is_left():
    data = {"type": "FeatureCollection", "features": [{}, 7, {"properties": {"name": "Kera"}}]}
    intake = import_districts(json.dumps(data).encode(), by=system_agent())
    assert [row.line for row in intake.left] == [1, 2, 3]


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"\xff\xfe\xff", b'{"type": "Point"}', b"[" * 9999]
)
def test_what_is_no_collection_is_refused(data):
    with pytest.raises(FaultyFile):
        import_districts(data, by=system_agent())
