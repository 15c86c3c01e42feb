"""Entity maps keep the order of a query; snapshots keep what it found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kierto.hub.access import PARTNERS, PUBLIC, Access, Reader
from kierto.hub.callers import OPEN, VISITOR, Caller
from kierto.hub.distribution import entity_maps, snapshots
from kierto.hub.models import EntityMap, Snapshot, SnapshotEntity
from kierto.hub.store.writing import write
from tests.factories.parties import make_person
from tests.hub.endpoints import listening
from tests.hub.sources import ask, lamp, register, saying
from tests.hub.stored import entity, put, removing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_sources")]

LIGHTS = "/entities?type=Light"
ONE = "/entities/urn:ngsi-ld:Light:one"


def ids(response):
    return [each["id"].rpartition(":")[2] for each in response.body]


def person_caller(*levels):
    agent = make_person().agent
    scopes = frozenset({"read", "write"})
    reader = Reader(frozenset(levels), frozenset({agent.pk}))
    return Caller("person", agent.pk, scopes, frozenset({""}), reader)


# ----------------------------------------------------------------------- maps


def test_a_map_keeps_pages_as_they_were_while_others_write():
    put(*(entity(str(number)) for number in range(4)))
    first = ask("GET", f"{LIGHTS}&limit=2&entityMap=true")
    assert (first.status, ids(first)) == (201, ["0", "1"])
    name = first.headers["NGSILD-EntityMap"]
    put(entity("later"))
    write([removing(entity("1"))])
    second = ask("GET", f"{LIGHTS}&limit=2&offset=2", NGSILD_EntityMap=name)
    assert (second.status, ids(second)) == (200, ["3"])
    assert second.headers["NGSILD-EntityMap"] == name


def test_a_map_says_who_has_each_entity():
    put(entity("one"))
    with listening(saying([lamp(), lamp("urn:ngsi-ld:Light:two")])) as source:
        registration = register(source.url)
        made = ask("GET", "/entityMaps?type=Light")
        path = made.headers["Location"].removeprefix("/ngsi-ld/v1")
        page = ask("GET", LIGHTS, NGSILD_EntityMap=made.headers["NGSILD-EntityMap"])
    assert made.body["entityMap"] == {
        "urn:ngsi-ld:Light:one": ["@none", registration],
        "urn:ngsi-ld:Light:two": [registration],
    }
    assert ids(page) == ["one", "two"]
    assert ask("DELETE", path).status == 204
    assert ask("GET", path).status == 404


def test_a_map_is_its_makers_alone():
    put(entity("one"))
    mine, other = person_caller(PUBLIC), person_caller(PUBLIC)
    made = ask("GET", "/entityMaps?type=Light", caller=mine)
    path = made.headers["Location"].removeprefix("/ngsi-ld/v1")
    assert ask("GET", path, caller=mine).status == 200
    for caller in (other, VISITOR, OPEN):
        for method in ("GET", "DELETE"):
            assert ask(method, path, caller=caller).status == 404


def test_a_map_holds_nothing_its_maker_may_not_read():
    put(entity("open"))
    put(entity("hidden"), access=Access(PARTNERS))
    made = ask("GET", "/entityMaps?type=Light", caller=VISITOR)
    assert list(made.body["entityMap"]) == ["urn:ngsi-ld:Light:open"]


def test_a_caller_has_no_more_maps_than_the_node_keeps(monkeypatch):
    monkeypatch.setattr(entity_maps, "OF_ONE_CALLER", 3)
    for _ in range(5):
        assert ask("GET", "/entityMaps?type=Light", caller=VISITOR).status == 201
    assert EntityMap.objects.count() == 3


def test_a_map_that_has_expired_is_gone():
    made = ask("GET", "/entityMaps?type=Light")
    EntityMap.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert ask("GET", LIGHTS, NGSILD_EntityMap=made.headers["NGSILD-EntityMap"]).status == 404
    ask("GET", "/entityMaps?type=Light")
    assert EntityMap.objects.count() == 1


def test_a_map_of_one_entity_says_who_has_a_part_of_it_and_asks_nobody_else():
    put(entity("one", brightness=3))
    with listening(saying(lamp(colour="red"))) as source, listening(saying(None, 404)) as other:
        has = register(source.url)
        register(other.url, number=2)
        made = ask("GET", f"{ONE}?entityMap=true")
        name = made.headers["NGSILD-EntityMap"]
        told = ask("GET", name.removeprefix("/ngsi-ld/v1"))
        assert told.body["entityMap"] == {"urn:ngsi-ld:Light:one": ["@none", has]}
        again = ask("GET", ONE, NGSILD_EntityMap=name)
        assert again.headers["NGSILD-EntityMap"] == name
        assert again.body == made.body
        assert [len(each.seen) for each in (source, other)] == [2, 1]


def test_a_map_of_one_entity_that_is_gone_is_made_anew():
    put(entity("one", brightness=3))
    gone = "urn:ngsi-ld:EntityMap:gone"
    found = ask("GET", ONE, NGSILD_EntityMap=gone)
    assert found.status == 200
    assert not found.headers["NGSILD-EntityMap"].endswith(gone)


def test_no_map_is_made_of_an_entity_that_nobody_has():
    found = ask("GET", "/entities/urn:ngsi-ld:Light:none?entityMap=true")
    assert (found.status, EntityMap.objects.count()) == (404, 0)


# ------------------------------------------------------------------ snapshots


def snapshot(caller=OPEN, capture=None, **members):
    query = {"type": "Query", "entities": [{"type": "Light"}]}
    payload = {"type": "Snapshot", "snapshotQueries": [query], **members}
    response = ask("POST", "/snapshots", payload, caller)
    assert response.status == 201, response.body
    return response.headers["Location"].rpartition("/")[2]


@pytest.fixture
def at_once(monkeypatch):
    """Snapshots are filled before the request is answered."""
    monkeypatch.setattr(snapshots, "fill_apart", snapshots.fill)


def test_a_snapshot_stays_as_it_was(at_once):
    put(entity("one", brightness=3))
    name = snapshot()
    put(entity("one", brightness=4), entity("two"))
    found = ask("GET", LIGHTS, NGSILD_Snapshot=name)
    assert [each["brightness"]["value"] for each in found.body] == [3]
    assert found.headers["NGSILD-Snapshot"] == name
    one = ask("GET", "/entities/urn:ngsi-ld:Light:one", NGSILD_Snapshot=name)
    assert one.body["brightness"]["value"] == 3
    assert ask("GET", "/entities/urn:ngsi-ld:Light:two", NGSILD_Snapshot=name).status == 404


def test_a_snapshot_shows_nobody_what_they_could_not_see(at_once):
    put(entity("open"))
    put(entity("shared"), access=Access(PARTNERS))
    name = snapshot()
    assert ids(ask("GET", LIGHTS, None, VISITOR, NGSILD_Snapshot=name)) == ["open"]
    partner = person_caller(PUBLIC, PARTNERS)
    assert ids(ask("GET", LIGHTS, None, partner, NGSILD_Snapshot=name)) == ["open", "shared"]


def test_a_source_that_fails_makes_a_snapshot_incomplete(at_once):
    put(entity("one"))
    with listening() as source:
        url = source.url
    register(url)
    name = snapshot()
    status = ask("GET", f"/snapshots/{name}").body
    assert status["snapshotStatus"] == "incomplete"
    assert status["snapshotQueriesDetails"][0]["resultStatus"] == "incomplete"
    assert ids(ask("GET", LIGHTS, NGSILD_Snapshot=name)) == ["one"]


def test_what_was_never_filled_has_failed():
    name = snapshot()
    assert ask("GET", f"/snapshots/{name}").body["snapshotStatus"] == "preparing"
    assert ask("GET", LIGHTS, NGSILD_Snapshot=name).status == 404
    Snapshot.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert ask("GET", f"/snapshots/{name}").body["snapshotStatus"] == "failed"


def test_a_clone_outlives_what_it_was_made_of(at_once):
    put(entity("one"))
    name = snapshot()
    clone = ask("POST", f"/snapshots/{name}/clone", {"type": "Snapshot", "snapshotPriority": 9})
    other = clone.headers["Location"].rpartition("/")[2]
    assert ask("DELETE", "/snapshots?q=snapshotPriority<5").status == 204
    assert ask("DELETE", f"/snapshots/{name}").status == 204
    assert ids(ask("GET", LIGHTS, NGSILD_Snapshot=other)) == ["one"]
    assert SnapshotEntity.objects.count() == 1


def test_a_snapshot_is_changed_by_its_maker_alone(at_once):
    mine, other = person_caller(PUBLIC), person_caller(PUBLIC)
    name = snapshot(caller=mine)
    path = f"/snapshots/{name}"
    for caller in (mine, other):
        answer = ask("PATCH", path, {"snapshotPriority": 2}, caller)
        assert answer.status == (200 if caller is mine else 404)
    assert ask("DELETE", path, caller=other).status == 404
    assert ask("POST", "/snapshots", {"type": "Snapshot"}, VISITOR).status == 401
    assert ask("DELETE", path, caller=mine).status == 204


@pytest.mark.parametrize(
    "members",
    [
        {"snapshotQueries": []},
        {"snapshotQueries": [{"type": "Query"}]},
        {"snapshotPriority": 11},
        {"snapshotPriority": True},
        {"expiresAt": "2000-01-01T00:00:00Z"},
        {"expiresAt": "tomorrow"},
        {"unknown": 1},
        {"id": "no uri"},
    ],
)
def test_what_is_no_snapshot_is_refused(members):
    query = {"type": "Query", "entities": [{"type": "Light"}]}
    payload = {"type": "Snapshot", "snapshotQueries": [query], **members}
    assert ask("POST", "/snapshots", payload).status == 400
    assert not Snapshot.objects.exists()
