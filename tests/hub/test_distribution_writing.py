"""What is written here and belongs, in part or whole, to a context source."""

from __future__ import annotations

import pytest

from kierto.hub.access import CITY, PARTNERS, PRIVATE, PUBLIC, Access
from tests.hub.endpoints import listening
from tests.hub.sources import LAMP, ask, lamp, register, saying
from tests.hub.stored import entity, put

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_sources")]

ONE = f"/entities/{LAMP}"


def test_a_new_entity_is_written_here_and_told_to_an_inclusive_source():
    with listening(saying(None, 201)) as source:
        register(source.url)
        assert ask("POST", "/entities", lamp(brightness=3)).status == 201
        assert source.seen[0].json == lamp(brightness=3)
    assert ask("GET", f"{ONE}?local=true").status == 200


def test_the_exclusive_part_of_an_entity_goes_to_its_source_only():
    with listening(saying(None, 201)) as source:
        register(source.url, mode="exclusive", entity_id=LAMP, names=("brightness",))
        assert ask("POST", "/entities", lamp(brightness=3, colour="red")).status == 201
        assert source.seen[0].json == lamp(brightness=3)
    assert "brightness" not in ask("GET", f"{ONE}?local=true").body


def test_an_entity_of_a_redirect_source_is_not_kept_here():
    with listening(saying(None, 201)) as source:
        register(source.url, mode="redirect")
        assert ask("POST", "/entities", lamp(brightness=3)).status == 201
        assert len(source.seen) == 1
    assert ask("GET", f"{ONE}?local=true").status == 404


def test_a_proxied_source_that_does_not_write_is_a_conflict():
    register("http://source.example", mode="redirect", operations=("retrieveOps",))
    response = ask("POST", "/entities", lamp(brightness=3))
    assert response.status == 409
    assert response.body["type"].endswith("/Conflict")


def test_a_part_that_failed_is_said_in_a_207():
    with listening(saying(None, 409)) as source:
        register(source.url)
        response = ask("POST", "/entities", lamp(brightness=3))
    assert response.status == 207
    assert [row["error"]["status"] for row in response.body["errors"]] == [409]
    assert response.body["success"] == [LAMP]


def test_the_only_part_that_failed_is_the_answer():
    with listening() as source:
        url = source.url
    register(url, mode="redirect")
    assert ask("POST", "/entities", lamp(brightness=3)).status == 502


@pytest.mark.parametrize("visibility", [CITY, PRIVATE])
def test_what_is_not_for_partners_never_goes_out(visibility):
    with listening(saying(None, 204)) as source:
        register(source.url)
        put(entity("one", brightness=3), access=Access(visibility))
        fragment = {"brightness": {"type": "Property", "value": 4}}
        assert ask("PATCH", f"{ONE}/attrs", fragment).status == 204
        assert ask("DELETE", ONE).status == 204
        assert source.seen == []


@pytest.mark.parametrize("visibility", [PUBLIC, PARTNERS])
def test_changes_of_what_partners_may_see_are_told(visibility):
    with listening(saying(None, 204)) as source:
        register(source.url)
        put(entity("one", brightness=3), access=Access(visibility))
        ask("PATCH", f"{ONE}/attrs", {"brightness": {"type": "Property", "value": 4}})
        assert [seen.method for seen in source.seen] == ["PATCH"]


def test_a_batch_is_one_request_to_each_source():
    batch = [lamp(brightness=1), lamp("urn:ngsi-ld:Light:two", brightness=2)]
    with listening(saying(None, 201)) as source:
        register(source.url, operations=("createBatch",))
        response = ask("POST", "/entityOperations/create", batch)
        assert [seen.json for seen in source.seen] == [batch]
    assert response.status == 201
    assert sorted(response.body) == sorted(each["id"] for each in batch)


def test_a_purge_asks_a_source_only_for_what_it_is_registered_for():
    with listening(saying(None, 204)) as source:
        register(source.url, entity_id=LAMP)
        assert ask("DELETE", "/entities?type=Light").status == 204
        assert source.seen[0].path == f"/ngsi-ld/v1/entities?type=Light&id={LAMP}"
