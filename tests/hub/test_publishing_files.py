"""Data sets as files: what stands in them, who takes them, and that they are never held whole."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from kierto.hub.access import CITY, PARTNERS, Access
from kierto.hub.datasets.permissions import can_read_rows
from kierto.hub.models import DataSet
from kierto.hub.publishing import maps, parquet, rows, tables
from kierto.hub.publishing.about import About
from kierto.hub.publishing.columns import NUMBER, TEXT, TIME, TRUTH, Column
from kierto.hub.tokens.actions import make_token
from kierto.parties.models import Agent, Organization
from tests.factories.datasets import make_data_set
from tests.factories.parties import ROLES
from tests.hub.stored import entity, place, put

SAID = About("Lights", "Kera", "CC-BY-4.0", "https://licence.example/", "https://node.example/x/")


def signed_in(agent: Agent | None) -> Client:
    client = Client()
    if agent is not None:
        client.force_login(agent.person.user)
    return client


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def cells_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body_of(answer).decode(), newline="")))


@pytest.fixture
def lights(db: None) -> None:
    put(
        entity("1", power={"value": 12.5, "unitCode": "WTT"}, on=True, location=place(24.75, 60.2)),
        entity("2", power={"value": 3, "unitCode": "WTT"}, label="=cmd|' /C calc'!A0"),
    )


# --------------------------------------------------------------- what they say


def test_the_csv_has_a_row_for_each_entity_and_a_column_for_each_attribute(lights: None) -> None:
    make_data_set()
    answer = Client().get("/data/sets/lights-of-kera.csv")
    first, second = cells_of(answer)
    assert first["id"] == "urn:ngsi-ld:Light:1"
    assert (first["type"], first["power"], first["on"]) == ("Light", "12.5", "true")
    assert (first["latitude"], first["longitude"]) == ("60.2", "24.75")
    assert first["modified_at"] == "2026-11-22T07:00:00Z"
    assert (second["on"], second["latitude"]) == ("", "")


def test_no_cell_is_run_by_a_spreadsheet(lights: None) -> None:
    make_data_set()
    second = cells_of(Client().get("/data/sets/lights-of-kera.csv"))[1]
    assert second["label"] == "'=cmd|' /C calc'!A0"


def test_headers_name_the_file_its_licence_and_its_source(lights: None) -> None:
    make_data_set()
    answer = Client().get("/data/sets/lights-of-kera.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="lights-of-kera.csv"'
    links = dict(reversed(part.split("; rel=", 1)) for part in answer["Link"].split(", "))
    assert links['"license"'] == "<https://creativecommons.org/licenses/by/4.0/>"
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_the_columns_are_described_beside_the_csv(lights: None) -> None:
    make_data_set()
    said = Client().get("/data/sets/lights-of-kera.csv-metadata.json").json()
    columns = {each["titles"]: each for each in said["tableSchema"]["columns"]}
    assert said["url"] == "http://testserver/data/sets/lights-of-kera.csv"
    assert said["dc:license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}
    assert columns["power"]["datatype"] == "number"
    assert columns["power"]["schema:unitCode"] == "WTT"
    assert columns["modified_at"]["datatype"] == "dateTime"


def test_units_that_differ_have_a_column_of_their_own(db: None) -> None:
    put(
        entity("1", power={"value": 1, "unitCode": "WTT"}),
        entity("2", power={"value": 1, "unitCode": "KWT"}),
    )
    found = list(rows.rows(make_data_set()))
    assert [each["power_unit"] for each in found] == ["WTT", "KWT"]
    names = [column.name for column in rows.columns(make_data_set(title="Again"))]
    assert names == ["id", "type", "power", "power_unit", "latitude", "longitude", "modified_at"]


def test_names_that_differ_in_case_alone_or_are_taken_are_told_apart(db: None) -> None:
    put(entity("1", Power=1, power=2, ID=3, latitude=4))
    (row,) = rows.rows(make_data_set())
    names = [column.name for column in rows.columns(make_data_set(title="Again"))]
    assert len({name.casefold() for name in names}) == len(names)
    assert {row["Power"], row["power_2"], row["ID_2"], row["latitude_2"]} == {1, 2, 3, 4}


def test_geojson_is_as_rfc_7946_says(lights: None) -> None:
    ring = [[24.0, 60.0], [24.0, 61.0], [25.0, 61.0], [24.0, 60.0]]  # clockwise
    put(entity("3", location={"type": "Polygon", "coordinates": [ring]}))
    make_data_set()
    answer = Client().get("/data/sets/lights-of-kera.geojson")
    said = orjson.loads(body_of(answer))
    assert answer["Content-Type"] == "application/geo+json"
    assert (said["type"], said["license"]) == (
        "FeatureCollection",
        "https://creativecommons.org/licenses/by/4.0/",
    )
    point, nowhere, area = said["features"]
    assert point["geometry"] == {"type": "Point", "coordinates": [24.75, 60.2]}
    assert nowhere["geometry"] is None
    assert area["geometry"]["coordinates"] == [ring[::-1]]
    assert point["id"] == "urn:ngsi-ld:Light:1"
    assert all(set(each) == {"type", "id", "geometry", "properties"} for each in said["features"])


def test_parquet_holds_types_units_licence_and_source(lights: None) -> None:
    make_data_set()
    answer = Client().get("/data/sets/lights-of-kera.parquet")
    found = pq.read_table(io.BytesIO(body_of(answer)))
    assert found.schema.metadata[b"license"] == b"https://creativecommons.org/licenses/by/4.0/"
    assert found.schema.metadata[b"source"] == b"http://testserver/data/sets/lights-of-kera/"
    assert str(found.schema.field("power").type) == "double"
    assert found.schema.field("power").metadata[b"unit"] == b"WTT"
    assert str(found.schema.field("modified_at").type) == "timestamp[us, tz=UTC]"
    assert found.column("on").to_pylist() == [True, None]
    assert found.column("other_values").to_pylist() == [None, None]


def test_a_value_of_another_kind_than_its_column_is_not_lost() -> None:
    columns = [Column("a", NUMBER), Column("b", TRUTH), Column("c", TIME), Column("d")]
    given_rows = [{"a": 1, "b": True, "c": "2026-11-22T07:00:00Z", "d": "x"},
                  {"a": "much", "b": 2, "c": "never", "d": 3}, {"a": 2**60}]  # fmt: skip
    text = b"".join(parquet.write_parquet(columns, iter(given_rows), SAID))
    found = pq.read_table(io.BytesIO(text)).to_pylist()
    assert [row["a"] for row in found] == [1.0, None, None]
    assert orjson.loads(found[1]["other_values"]) == {"a": "much", "b": 2, "c": "never"}
    assert orjson.loads(found[2]["other_values"]) == {"a": 2**60}
    assert found[1]["d"] == "3"


def test_a_data_set_without_rows_is_a_file_without_rows(db: None) -> None:
    make_data_set()
    client = Client()
    assert cells_of(client.get("/data/sets/lights-of-kera.csv")) == []
    assert orjson.loads(body_of(client.get("/data/sets/lights-of-kera.geojson")))["features"] == []
    text = body_of(client.get("/data/sets/lights-of-kera.parquet"))
    assert pq.read_table(io.BytesIO(text)).num_rows == 0


def test_the_ledger_is_published_as_rows_as_well(db: None) -> None:
    data_set = make_data_set(kind="platform", asked={"export": "ledger"})
    assert [column.name for column in rows.columns(data_set)][:3] == ["number", "id", "action"]
    assert cells_of(Client().get("/data/sets/lights-of-kera.csv")) == []


def test_what_a_data_set_asks_and_nobody_understands_is_refused(db: None) -> None:
    data_set = make_data_set()
    DataSet.objects.filter(pk=data_set.pk).update(asked={"types": ["Light"], "q": "((("})
    for form in ("csv", "geojson", "parquet", "csv-metadata.json"):
        answer = Client().get(f"/data/sets/lights-of-kera.{form}")
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


# ----------------------------------------------------------------- who takes


@pytest.mark.parametrize("openness", ["open", "partners", "city", "restricted"])
def test_the_rows_are_for_whom_the_openness_names(
    openness: str, organization: Organization, agents: dict[str, Agent | None]
) -> None:
    data_set = make_data_set(organization.agent, openness=openness)
    found, expected = {}, {}
    for role in ROLES:
        answer = signed_in(agents[role]).get("/data/sets/lights-of-kera.csv")
        found[role] = answer.status_code
        expected[role] = 200 if can_read_rows(agents[role], data_set) else 403
    assert found == expected
    assert found["visitor"] == (200 if openness == "open" else 403)
    assert found["resident"] == (200 if openness == "open" else 403)
    assert found["node_admin"] == 200


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_what_is_not_published_is_there_for_its_own_people_alone(
    state: str, organization: Organization, agents: dict[str, Agent | None]
) -> None:
    make_data_set(organization.agent, state=state)
    found = {
        role: signed_in(agents[role]).get("/data/sets/lights-of-kera.csv").status_code
        for role in ROLES
    }
    own = {"member", "organization_admin", "node_admin"}
    assert found == {role: 200 if role in own else 404 for role in ROLES}


def test_nothing_leaves_by_a_data_set_that_its_readers_could_not_read(
    organization: Organization, agents: dict[str, Agent | None]
) -> None:
    put(entity("open"))
    put(entity("partners"), access=Access(PARTNERS))
    put(entity("city"), access=Access(CITY))
    admin = signed_in(agents["node_admin"])
    seen = {}
    for openness in ("open", "partners", "city", "restricted"):
        data_set = make_data_set(organization.agent, title=openness, openness=openness)
        found = cells_of(admin.get(f"/data/sets/{data_set.slug}.csv"))
        seen[openness] = [each["id"].rpartition(":")[2] for each in found]
    assert seen == {
        "open": ["open"],
        "partners": ["open", "partners"],
        "city": ["open", "city"],
        "restricted": ["open"],
    }


def test_a_token_works_as_a_sign_in_does(
    organization: Organization, agents: dict[str, Agent | None]
) -> None:
    make_data_set(organization.agent, openness="restricted")
    member, resident = agents["member"], agents["resident"]
    assert member is not None
    assert resident is not None
    address = "/data/sets/lights-of-kera.csv"

    def asked(by: Agent, agent: Agent, scopes: list[str]) -> int:
        _token, secret = make_token(name="t", agent=agent, scopes=scopes, days=1, by=by)
        answer = Client().get(address, headers={"Authorization": f"Bearer {secret}"})
        return answer.status_code

    assert asked(member, member, ["read"]) == 200
    assert asked(member, organization.agent, ["read"]) == 200
    assert asked(member, member, ["subscribe"]) == 403
    assert asked(resident, resident, ["read"]) == 403
    wrong = Client().get(address, headers={"Authorization": "Bearer kierto_wrong"})
    assert (wrong.status_code, wrong["WWW-Authenticate"]) == (401, "Bearer")
    both = signed_in(member).get(address, headers={"Authorization": "Bearer kierto_wrong"})
    assert both.status_code == 401


def test_addresses_that_name_nothing_are_not_found(db: None) -> None:
    make_data_set()
    client = Client()
    for address in ("lights-of-kera.exe", "lights-of-kera.csv.csv", "other.csv", "lights-of-kera."):
        assert client.get(f"/data/sets/{address}").status_code == 404
    assert client.post("/data/sets/lights-of-kera.csv").status_code == 405
    head = client.head("/data/sets/lights-of-kera.parquet")
    assert (head.status_code, head.content) == (200, b"")


# ------------------------------------------------------------------- how much


def many(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {"id": f"urn:x:{number}", "value": number / 7, "at": "2026-11-22T07:00:00Z"}


@pytest.mark.parametrize("form", ["csv", "geojson", "parquet"])
def test_a_long_file_is_never_held_whole(form: str) -> None:
    count = 200_000
    columns = [Column("id"), Column("value", NUMBER), Column("at", TIME)]
    if form == "csv":
        found = tables.write_csv(columns, many(count))
    elif form == "parquet":
        found = parquet.write_parquet(columns, many(count), SAID)
    else:
        place_ = {"type": "Point", "coordinates": [24.7, 60.2]}
        found = maps.write_geojson(((row, place_) for row in many(count)), SAID)
    tracemalloc.start()
    sent = sum(map(len, found))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent > (1_000_000 if form == "parquet" else 8_000_000)
    assert peak < (24_000_000 if form == "parquet" else 2_000_000)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.none() | texts | st.integers() | st.floats(allow_nan=False) | st.booleans()


@given(st.lists(st.dictionaries(st.sampled_from("abc"), values, max_size=3), max_size=5))
def test_every_row_comes_back_from_the_csv(found: list[dict[str, Any]]) -> None:
    columns = [Column(name, TEXT) for name in "abc"]
    text = b"".join(tables.write_csv(columns, iter(found))).decode()
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read[0] == ["a", "b", "c"]
    assert len(read) == len(found) + 1
    assert all(len(row) == 3 for row in read)
