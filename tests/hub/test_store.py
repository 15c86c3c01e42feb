"""Entities come back as they were stored, to whoever may see them and to nobody else."""

from __future__ import annotations

from uuid import UUID, uuid4

import orjson
import pytest
from django.db import connection

from kierto.hub.access import CITY, EVERYTHING, PARTNERS, PRIVATE, PUBLIC, VISITOR, Access, Reader
from kierto.hub.callers import SCOPES, SYSTEM, Caller
from kierto.hub.models import Box, Entity, Term
from kierto.hub.store import reading, tenants
from kierto.hub.store.expiry import sweep
from kierto.hub.store.writing import Change, run, write, write_here
from kierto.ngsild import times
from kierto.ngsild.errors import (
    AlreadyExists,
    BadRequestData,
    Forbidden,
    NonexistentTenant,
    ResourceNotFound,
)
from kierto.ngsild.matching import Query
from tests.hub.stored import count, entity, found, home, place, put, putting, query, removing

pytestmark = pytest.mark.django_db

CLERK = Caller("clerk", None, SCOPES, None, VISITOR)
SOMEBODY = UUID(int=7)


def test_an_entity_comes_back_as_it_was_stored() -> None:
    document = entity("1", lux=3, location=place(24.9, 60.2), name={"languageMap": {"fi": "Valo"}})
    (result,) = put(document)
    assert (result.before, result.after, result.error) == (None, document, None)
    assert reading.get(home(), document["id"], EVERYTHING) == document
    assert reading.get_many(home(), [document["id"], "urn:x:none"], EVERYTHING) == {
        document["id"]: document
    }


def test_a_deleted_entity_leaves_nothing_behind() -> None:
    document = entity("1", lux=[1, 2], location=place(24.9, 60.2))
    put(document, access=Access(PRIVATE, frozenset({SOMEBODY})))
    (result,) = write([removing(document)])
    assert (result.before, result.after) == (document, None)
    assert (Entity.objects.count(), Term.objects.count(), _boxes()) == (0, 0, 0)


def test_only_rows_of_the_index_that_differ_are_written() -> None:
    put(entity("1", lux=1, power="on", location=place(24.9, 60.2)))
    before = {tuple(row) for row in Term.objects.values_list("name", "value", "entity")}
    put(entity("1", lux=2, power="on", location=place(24.9, 60.2)))
    after = {tuple(row) for row in Term.objects.values_list("name", "value", "entity")}
    assert (len(before - after), len(after - before)) == (1, 1)
    assert _boxes() == 1


def test_changes_of_one_group_see_each_other() -> None:
    document, other = entity("1", lux=1), entity("1", lux=2)
    seen = []

    def second(before: object) -> dict[str, object]:
        seen.append(before)
        return other

    write([putting(document), Change(home(), document["id"], second, SYSTEM)])
    assert seen == [document]
    assert reading.get(home(), document["id"], EVERYTHING) == other


def test_an_entity_deleted_and_made_again_is_another_one() -> None:
    document = entity("1", lux=1)
    put(document)
    first = Entity.objects.get().pk
    write([removing(document), putting(entity("1", lux=2))])
    assert Entity.objects.get().pk > first
    assert found(query("lux==2")) == ["1"]


def test_an_error_of_one_change_touches_no_other() -> None:
    def refuse(_: object) -> None:
        raise ResourceNotFound("There is none.")

    first, third = entity("1"), entity("3")
    results = write([putting(first), Change(home(), "urn:x:2", refuse, SYSTEM), putting(third)])
    assert [type(result.error) for result in results] == [type(None), ResourceNotFound, type(None)]
    assert found(query()) == ["1", "3"]


def test_the_same_object_means_nothing_to_do() -> None:
    document = entity("1")
    put(document)
    (result,) = write([Change(home(), document["id"], lambda before: before, SYSTEM)])
    assert result.before is result.after
    (result,) = write([Change(home(), "urn:x:none", lambda before: before, SYSTEM)])
    assert (result.before, result.after, result.error) == (None, None, None)


def test_an_entity_keeps_its_identifier() -> None:
    (result,) = write([Change(home(), "urn:x:1", lambda _: entity("2"), SYSTEM)])
    assert isinstance(result.error, BadRequestData)


@pytest.mark.parametrize(
    "identifier", ["urn:x:'; DROP TABLE hub_entity; --", 'urn:x:"q"', "urn:x:%s"]
)
def test_quotes_in_an_identifier_are_letters(identifier: str) -> None:
    document = {**entity("1"), "id": identifier}
    put(document)
    assert reading.get(home(), identifier, EVERYTHING) == document
    assert reading.get_many(home(), [identifier], EVERYTHING) == {identifier: document}
    assert reading.keys_of(home(), Query(ids=frozenset({identifier})), EVERYTHING) == [identifier]


@pytest.mark.parametrize("identifier", ["", "urn:x:\x00", "urn:" + "x" * 5_000])
def test_identifiers_that_no_row_can_have_are_refused(identifier: str) -> None:
    (result,) = write([Change(home(), identifier, lambda _: entity("1"), SYSTEM)])
    assert isinstance(result.error, BadRequestData)
    assert reading.get(home(), identifier, EVERYTHING) is None
    assert reading.get_many(home(), [identifier], EVERYTHING) == {}


def test_another_tenant_s_entities_are_not_there() -> None:
    other = tenants.find("other", create=True)
    document = entity("1", lux=1, location=place(24.9, 60.2))
    put(document)
    assert reading.get(other, document["id"], EVERYTHING) is None
    assert reading.get_many(other, [document["id"]], EVERYTHING) == {}
    for asked in (
        query(),
        query("lux==1"),
        query("lux", None),
        Query(),
        Query(ids=frozenset({document["id"]})),
    ):
        assert reading.find(other, asked, EVERYTHING, count=True).documents == []
    assert (reading.types(other, EVERYTHING), reading.attributes(other, EVERYTHING)) == ({}, {})
    write([removing(document, tenant=other)])
    assert reading.get(home(), document["id"], EVERYTHING) == document


def test_a_tenant_is_made_only_when_asked_for() -> None:
    with pytest.raises(NonexistentTenant):
        tenants.find("nobody")
    assert tenants.find("somebody", create=True) == tenants.find("somebody")
    assert tenants.names() == ["somebody"]
    for name in ("a b", "x" * 200, "ö", "-x", "a\x00"):
        with pytest.raises(BadRequestData):
            tenants.find(name, create=True)


# ------------------------------------------------------------------- access


@pytest.mark.parametrize("visibility", [PUBLIC, PARTNERS, CITY, PRIVATE])
@pytest.mark.parametrize("owned", [False, True])
@pytest.mark.parametrize(
    "reader",
    [
        EVERYTHING,
        VISITOR,
        Reader(frozenset({PUBLIC, PARTNERS}), frozenset({UUID(int=1)})),
        Reader(frozenset({PUBLIC, PARTNERS, CITY}), frozenset({UUID(int=1), SOMEBODY})),
        Reader(frozenset({PUBLIC}), frozenset({SOMEBODY})),
        Reader(frozenset(), frozenset()),
    ],
)
def test_sql_and_python_agree_on_who_may_read(visibility: int, owned: bool, reader: Reader) -> None:
    access = Access(visibility, frozenset({SOMEBODY}) if owned else frozenset())
    document = entity("1", lux=1)
    put(document, access=access)
    put(entity("2", lux=1), access=Access(PRIVATE))
    mine = ["1"] if reader.may_read(access) else []
    if reader.everything:
        mine.append("2")
    for asked in (query(), query("lux==1"), query("lux", None), Query(), query('lux~="1"|lux==1')):
        assert found(asked, reader=reader) == mine
        assert count(asked, reader=reader) == len(mine)
    assert (reading.get(home(), document["id"], reader) == document) is bool(mine)
    assert sum(info.count for info in reading.types(home(), reader).values()) == len(mine)


def test_what_a_writer_may_not_see_is_not_there_and_not_taken_over() -> None:
    document = entity("1", lux=1)
    put(document, access=Access(PRIVATE))

    def patch(before: object) -> dict[str, object]:
        if before is None:
            raise ResourceNotFound("There is none.")
        return entity("1", lux=2)

    patched, taken, removed = write(
        [
            Change(home(), document["id"], patch, CLERK),
            putting(entity("1", lux=3), by=CLERK),
            removing(document, by=CLERK),
        ]
    )
    assert isinstance(patched.error, ResourceNotFound)
    assert isinstance(taken.error, AlreadyExists)
    assert (removed.before, removed.after) == (document, document)
    assert reading.get(home(), document["id"], EVERYTHING) == document


def test_access_alone_can_change_and_stays_when_nothing_is_said() -> None:
    document = entity("1")
    put(document, access=Access(CITY))
    put(entity("1", lux=1))
    assert found(query(), reader=VISITOR) == []
    write([Change(home(), document["id"], lambda before: before, SYSTEM, Access())])
    assert found(query(), reader=VISITOR) == ["1"]


def test_entities_of_the_platform_are_changed_by_the_platform_alone() -> None:
    document = entity("1", lux=1)
    write_here([putting(document, source="offers")])
    refused, removed, other = write(
        [
            putting(entity("1", lux=2)),
            removing(document),
            putting(entity("1", lux=2), source="things"),
        ]
    )
    assert [type(each.error) for each in (refused, removed, other)] == [Forbidden] * 3
    (result,) = write_here([putting(entity("1", lux=3), source="offers")])
    assert result.error is None
    assert found(query("lux==3")) == ["1"]


# ------------------------------------------------------------------- expiry


def test_what_has_expired_is_not_read_and_goes_with_the_next_round() -> None:
    past = {**entity("1", lux=1), "expiresAt": "2020-01-01T00:00:00Z"}
    future = {**entity("2", lux=1), "expiresAt": "2920-01-01T00:00:00Z"}
    put(past, future)
    assert found(query()) == found(query("lux==1")) == ["2"]
    assert count(query()) == 1
    assert reading.get(home(), past["id"], EVERYTHING) is None
    assert list(reading.get_many(home(), [past["id"], future["id"]], EVERYTHING)) == [future["id"]]
    assert (sweep(), sweep()) == (1, 0)
    assert Entity.objects.count() == 1


def test_an_expired_entity_makes_room_for_a_new_one_of_its_name() -> None:
    put({**entity("1", lux=1), "expiresAt": "2020-01-01T00:00:00Z"})
    seen = []
    fresh = entity("1", lux=2)

    def make(before: object) -> dict[str, object]:
        seen.append(before)
        return fresh

    write([Change(home(), fresh["id"], make, SYSTEM)])
    assert seen == [None]
    assert found(query("lux==2")) == ["1"]
    assert found(query("lux==1")) == []


# ----------------------------------------------------------------- large ones


def test_ten_thousand_attributes_and_long_values_are_stored_and_found() -> None:
    long = "ä" * 40_000
    many = {f"a{number}": number for number in range(1_200)}
    document = entity("1", text=long, numbers=list(range(500)), **many)
    put(document, entity("2", text=long + "x", numbers=[1]))
    assert reading.get(home(), document["id"], EVERYTHING) == document
    assert found(query("a1199==1199")) == ["1"]
    assert found(query("numbers==400")) == ["1"]
    assert found(query("numbers==1")) == ["1", "2"]
    assert max(len(value) for value in Term.objects.values_list("value", flat=True)) <= 64
    write([removing(document)])
    assert found(query("numbers==1")) == ["2"]


def test_more_ids_than_a_statement_has_parameters() -> None:
    put(entity("1"), entity("2"))
    ids = frozenset({f"urn:x:{number}" for number in range(40_000)} | {"urn:ngsi-ld:Light:2"})
    assert found(Query(ids=ids)) == ["2"]


def test_a_hundred_places_of_one_entity_are_one_box_and_still_found() -> None:
    document = entity("1")
    document["attributes"]["https://uri.etsi.org/ngsi-ld/location"] = [
        {
            "type": "GeoProperty",
            "value": place(20 + number / 10, 60),
            "datasetId": f"urn:d:{number}",
            "createdAt": times.now(),
            "modifiedAt": times.now(),
            "instanceId": f"urn:ngsi-ld:Instance:{uuid4().hex}",
        }
        for number in range(100)
    ]
    put(document)
    assert _boxes() == 1
    put({**document, "attributes": {}})
    assert _boxes() == 0


def test_an_entity_has_no_more_than_sixty_four_attributes_with_a_place() -> None:
    (result,) = write([putting(entity("1", **{f"p{n}": place(1, 2) for n in range(65)}))])
    assert isinstance(result.error, BadRequestData)


# ------------------------------------------------------------------ discovery


def test_types_and_attributes_are_counted_by_form() -> None:
    lux = "https://uri.etsi.org/ngsi-ld/default-context/lux"
    light = "https://uri.etsi.org/ngsi-ld/default-context/Light"
    put(entity("1", lux=1), entity("2", lux=2), entity("3", owner={"object": "urn:x:1"}))
    put(entity("4", "Bench", lux={"object": "urn:x:2"}), access=Access(PRIVATE))
    types = reading.types(home(), VISITOR)
    assert {iri: info.count for iri, info in types.items()} == {light: 3}
    assert types[light].attributes[lux] == {"Property"}
    attributes = reading.attributes(home(), EVERYTHING)
    assert (attributes[lux].count, attributes[lux].sorts) == (3, {"Property", "Relationship"})
    assert len(attributes[lux].types) == 2


# ---------------------------------------------------------------------- run


def test_run_gives_back_what_the_work_says_and_undoes_what_fails() -> None:
    def half(cursor: object) -> None:
        Entity.objects.all().delete()
        raise ValueError("half way")

    put(entity("1"))
    with pytest.raises(ValueError, match="half way"):
        run(half)
    assert found(query()) == ["1"]

    def ask(cursor: object) -> int:
        cursor.execute("SELECT count(*) FROM hub_entity WHERE tenant = %s", [home().id])  # type: ignore[attr-defined]
        return int(cursor.fetchone()[0])  # type: ignore[attr-defined]

    assert run(ask) == 1


def test_the_document_is_kept_as_json() -> None:
    document = entity("1", note="ä\u0000\u2028")
    put(document)
    assert orjson.loads(Entity.objects.get().document) == document
    assert reading.get(home(), document["id"], EVERYTHING) == document


def _boxes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM hub_box")
        return int(cursor.fetchone()[0])


def test_every_box_has_its_row() -> None:
    put(entity("1", location=place(24.9, 60.2), operationSpace=place(25, 61)))
    assert Box.objects.count() == 2
