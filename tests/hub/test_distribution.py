"""Operations over several nodes: what is forwarded, what is believed, and who harms nobody."""

from __future__ import annotations

import time

import pytest

from kierto.hub.callers import VISITOR
from kierto.hub.distribution import identity
from tests.hub.endpoints import answer, listening
from tests.hub.sources import LAMP, ask, by_path, lamp, register, saying
from tests.hub.stored import entity, put

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_sources")]

ONE = f"/entities/{LAMP}"


def ids(response):
    return [each["id"].rpartition(":")[2] for each in response.body]


# ------------------------------------------------------------------- reading


def test_an_entity_is_put_together_from_here_and_from_a_source():
    put(entity("one", brightness=3))
    with listening(saying(lamp(colour="red"))) as source:
        register(source.url)
        body = ask("GET", f"{ONE}?format=simplified").body
    assert body == {"id": LAMP, "type": "Light", "brightness": 3, "colour": "red"}


def test_local_asks_nobody_else():
    put(entity("one", brightness=3))
    with listening(saying(lamp(colour="red"))) as source:
        register(source.url)
        assert "colour" not in ask("GET", f"{ONE}?local=true").body
        assert source.seen == []


def test_an_auxiliary_source_only_fills():
    put(entity("one", brightness=3))
    with listening(saying(lamp(brightness=9, colour="red"))) as source:
        register(source.url, mode="auxiliary", operations=("retrieveOps",))
        body = ask("GET", f"{ONE}?format=simplified").body
    assert (body["brightness"], body["colour"]) == (3, "red")


def test_what_an_exclusive_source_holds_is_not_told_from_here():
    put(entity("one", colour="red"))
    with listening(saying(lamp(brightness=9))) as source:
        register(source.url, mode="exclusive", entity_id=LAMP, names=("brightness",))
        put(entity("one", colour="red", brightness=3))
        assert ask("GET", f"{ONE}?format=simplified").body["brightness"] == 9
        assert source.seen[0].path.partition("?")[2].startswith("attrs=brightness")


def test_a_source_says_nothing_of_what_it_is_not_registered_for():
    with listening(saying(lamp(brightness=9, secret=1))) as source:
        register(source.url, names=("brightness",))
        assert "secret" not in ask("GET", ONE).body


def test_a_query_is_answered_by_all_and_judged_here():
    put(entity("one", brightness=30), entity("two", brightness=40))
    found = [
        lamp(brightness=31, colour="red"),
        lamp("urn:ngsi-ld:Light:three", brightness=50),
        lamp("urn:ngsi-ld:Light:liar", brightness=1),
        lamp("urn:ngsi-ld:Car:four", "Car", brightness=50),
    ]
    with listening(saying(found)) as source:
        register(source.url)
        response = ask("GET", "/entities?type=Light&q=brightness>20&count=true")
    assert sorted(ids(response)) == ["one", "three", "two"]
    assert response.headers["NGSILD-Results-Count"] == "3"


def test_pages_of_a_query_over_two_nodes_hold_every_entity_once():
    put(*(entity(f"here{number}") for number in range(3)))
    everything = [lamp(f"urn:ngsi-ld:Light:there{number}") for number in range(4)]
    with listening(saying(everything)) as source:
        register(source.url)
        pages = [
            ids(ask("GET", f"/entities?type=Light&limit=2&offset={at}")) for at in (0, 2, 4, 6)
        ]
    found = [name for page in pages for name in page]
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert len(set(found)) == 7


def test_the_order_of_a_query_over_several_nodes_cannot_be_chosen():
    with listening(saying([])) as source:
        register(source.url)
        assert ask("GET", "/entities?type=Light&orderBy=brightness").status == 400


def test_types_are_known_from_all():
    put(entity("one", brightness=1))
    answers = {"/types": {"id": "urn:x", "type": "EntityTypeList", "typeList": ["Light", "Moon"]}}
    with listening(by_path(answers)) as source:
        register(source.url, operations=("federationOps",), kind="Light")
        body = ask("GET", "/types").body
    assert body["typeList"] == ["Light"]


# --------------------------------------------------------- sources that fail


def test_a_dead_source_leaves_a_warning_and_the_rest():
    put(entity("one", brightness=3))
    with listening() as source:
        url = source.url
    register(url)
    response = ask("GET", "/entities?type=Light")
    assert ids(response) == ["one"]
    assert [text[:4] for text in response.headers["NGSILD-Warning"]] == ["112 "]


def test_a_source_that_hangs_is_waited_for_no_longer_than_it_registered():
    put(entity("one", brightness=3))
    with listening(saying([lamp(colour="red")], after=3)) as slow:
        with listening(saying([lamp("urn:ngsi-ld:Light:two")])) as quick:
            register(slow.url, management={"timeout": 200})
            register(quick.url, number=2)
            started = time.monotonic()
            response = ask("GET", "/entities?type=Light")
            assert time.monotonic() - started < 2.5
    assert ids(response) == ["one", "two"]
    assert len(response.headers["NGSILD-Warning"]) == 1


@pytest.mark.parametrize(
    "nonsense",
    [
        answer(b"not json"),
        answer(b"[" * 100_000),
        saying([1, 2]),
        saying({"id": "no uri", "type": "Light"}),
        saying([{"id": LAMP}]),
        saying([lamp(f"urn:ngsi-ld:Light:{number}") for number in range(1_001)]),
    ],
)
def test_nonsense_of_a_source_is_not_believed(nonsense):
    put(entity("two", brightness=3))
    with listening(nonsense) as source:
        register(source.url)
        response = ask("GET", "/entities?type=Light")
    assert response.status == 200
    assert ids(response) == ["two"]
    assert [text[:4] for text in response.headers["NGSILD-Warning"]] == ["111 "]


def test_an_error_of_a_source_is_a_lasting_warning_and_a_404_is_none():
    with listening(saying(None, 403)) as source:
        register(source.url)
        response = ask("GET", ONE)
        assert response.status == 404
        assert [text[:4] for text in response.headers["NGSILD-Warning"]] == ["299 "]
        source.reply = saying(None, 404)
        assert "NGSILD-Warning" not in ask("GET", ONE).headers


def test_a_source_that_failed_rests_as_long_as_it_registered():
    with listening() as source:
        url = source.url
    register(url, management={"cooldown": 60_000})
    ask("GET", ONE)
    with listening(saying(lamp()), port=int(url.rpartition(":")[2])) as source:
        response = ask("GET", ONE)
        assert source.seen == []
    assert [text[:4] for text in response.headers["NGSILD-Warning"]] == ["199 "]


# --------------------------------------------------------------------- loops


def test_a_request_that_was_here_before_is_not_forwarded():
    put(entity("one", brightness=3))
    with listening(saying(lamp(colour="red"))) as source:
        register(source.url)
        via = f"1.1 other, 1.1 {identity.alias()}"
        assert ask("GET", ONE, Via=via).status == 200
        assert source.seen == []


def test_a_source_that_the_request_came_from_is_not_asked():
    put(entity("one", brightness=3))
    with listening(saying(lamp(colour="red"))) as source:
        register(source.url, contextSourceAlias="neighbour")
        ask("GET", ONE, Via="1.1 neighbour")
        assert source.seen == []
        ask("GET", ONE, Via="1.1 somebody")
    assert source.seen[0].headers["Via"] == f"1.1 somebody, 1.1 {identity.alias()}"


def test_what_stands_only_at_a_redirect_source_is_a_loop_when_it_comes_back():
    with listening() as source:
        register(source.url, mode="redirect")
        response = ask("DELETE", ONE, Via=f"1.1 {identity.alias()}")
    assert response.status == 508
    assert source.seen == []


# -------------------------------------------------------------------- headers


def test_headers_of_a_registration_go_along_and_secrets_of_the_asker_do_not():
    info = [
        {"key": "X-Key", "value": "abc"},
        {"key": "user", "value": "urn:ngsi-ld:request"},
        {"key": "Authorization", "value": "urn:ngsi-ld:request"},
        {"key": "NGSILD-Tenant", "value": "stolen"},
        {"key": "Via", "value": "1.1 evil"},
    ]
    with listening(saying(lamp())) as source:
        register(source.url, contextSourceInfo=info)
        ask("GET", ONE, user="aino", Authorization="Bearer mine")
        headers = source.seen[0].headers
    assert (headers["X-Key"], headers["user"]) == ("abc", "aino")
    assert "Authorization" not in headers
    assert "NGSILD-Tenant" not in headers
    assert "evil" not in headers["Via"]


def test_headers_of_a_registration_are_hidden_from_those_who_may_not_register():
    info = [{"key": "Authorization", "value": "Bearer secret"}]
    name = register("http://source.example", contextSourceInfo=info)
    path = f"/csourceRegistrations/{name}"
    assert ask("GET", path).body["contextSourceInfo"] == info
    assert "contextSourceInfo" not in ask("GET", path, caller=VISITOR).body
    listed = ask("GET", "/csourceRegistrations?type=Light", caller=VISITOR).body
    assert "contextSourceInfo" not in listed[0]


def test_only_a_filter_that_holds_of_a_source_lets_it_be_asked():
    with listening(saying([lamp()])) as source:
        register(source.url, sourceType="sensor")
        assert ids(ask("GET", '/entities?type=Light&csf=sourceType=="sensor"')) == ["one"]
        assert ids(ask("GET", '/entities?type=Light&csf=sourceType=="other"')) == []
        assert len(source.seen) == 1
