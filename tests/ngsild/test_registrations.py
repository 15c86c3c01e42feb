"""Registrations: what is accepted, which part of a request a source gets, and what conflicts."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.ngsild import operations, registrations
from kierto.ngsild.contexts import CORE, Context
from kierto.ngsild.errors import BadRequestData, NgsiLdError
from kierto.ngsild.matching import Query, Selector
from kierto.ngsild.registration_members import READERS
from kierto.ngsild.registrations import Part
from kierto.ngsild.types import parse_type_selection
from tests.ngsild.entities import DEFAULT, LAMPS, LATER, NOW, VOCABULARY
from tests.ngsild.subscribing import JSON, a_registration, nested

LAMP, POWER, LED = (f"{VOCABULARY}{name}" for name in ("Lamp", "power", "led"))
FULL = a_registration(
    information=[
        {
            "entities": [{"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"}],
            "propertyNames": ["power"],
            "relationshipNames": ["owner"],
        },
        {"entities": [{"idPattern": ".*9$", "type": ["Lamp", "Thing"]}]},
        {"propertyNames": ["led"]},
    ],
    mode="redirect",
    operations=["queryEntity", "updateOps"],
    contextSourceInfo=[{"key": "accept", "value": "application/json"}],
    contextSourceAlias="north",
    datasetId=["urn:d:1", "@none"],
    description="Lamps of the north",
    registrationName="North",
    expiresAt="2030-01-01T00:00:00.0Z",
    location={"type": "Point", "coordinates": [25, 60]},
    observationInterval={"startAt": "2026-01-01T00:00:00Z"},
    managementInterval={"startAt": "2026-01-01T00:00:00Z", "endAt": "2026-02-01T00:00:00Z"},
    management={"timeout": 500, "cooldown": 1.5, "localOnly": True, "cacheDuration": "PT1M"},
    refreshRate="PT15M",
    scope="/A/B",
    tenant="north",
    sourceType={"type": "Property", "value": "sensor"},
    colour="red",
)


def stored(context: Context = LAMPS, **members: Any) -> registrations.Stored:
    return registrations.read_registration(a_registration(**members), context, now=NOW)


def types(text: str) -> Any:
    return parse_type_selection(text, LAMPS)


def test_a_registration_is_written_as_it_was_sent() -> None:
    one = registrations.read_registration(FULL, LAMPS, now=NOW)
    assert registrations.write_registration(one, LAMPS) == FULL
    again = orjson.loads(orjson.dumps(one))
    assert registrations.write_registration(again, LAMPS, sys_attrs=True) == FULL | {
        "createdAt": NOW,
        "modifiedAt": NOW,
    }


def test_what_is_kept_is_expanded() -> None:
    one = registrations.read_registration(FULL, LAMPS, now=NOW)
    assert one["information"][0] == {
        "entities": [{"type": LAMP, "id": "urn:ngsi-ld:Lamp:1"}],
        "properties": [POWER],
        "relationships": [f"{DEFAULT}owner"],
    }
    assert one["operations"] == [
        *("queryEntity", "updateEntity", "updateAttrs", "replaceEntity", "replaceAttrs"),
    ]
    assert one["csourceProperties"] == {f"{DEFAULT}sourceType": "sensor", f"{DEFAULT}colour": "red"}
    assert one["contextSourceInfo"] == {"accept": "application/json"}
    assert one["scope"] == ["/A/B"]
    assert one["expiresAt"] == "2030-01-01T00:00:00Z"


def test_names_are_iris_under_another_context() -> None:
    told = registrations.write_registration(stored(), CORE)
    assert told["information"] == [{"entities": [{"type": LAMP}]}]


def test_counters_and_the_last_outcome_are_told() -> None:
    one = stored() | {"timesSent": 2, "lastSuccess": NOW, "lastFailure": LATER}
    told = registrations.write_registration(one, LAMPS)
    assert (told["timesSent"], told["status"]) == (2, "failed")
    assert "status" not in registrations.write_registration(stored(status="ok"), LAMPS)


def test_a_source_that_says_nothing_federates() -> None:
    assert stored()["mode"] == "inclusive"
    assert stored()["operations"] == list(operations.GROUPS["federationOps"])
    assert set(stored(mode="auxiliary")["operations"]) < set(operations.CONSUMPTION)


def test_groups_name_known_operations() -> None:
    for group in operations.GROUPS.values():
        assert set(group) <= operations.OPERATIONS
        assert len(set(group)) == len(group)


ONE = {"entities": [{"id": "urn:a:1", "type": "Lamp"}], "propertyNames": ["power"]}


@pytest.mark.parametrize(
    "members",
    [
        {"type": "Source"},
        {"id": "no uri"},
        {"endpoint": None},
        {"endpoint": "here"},
        {"endpoint": "ftp://example.org"},
        {"information": None},
        {"information": []},
        {"information": [{}]},
        {"information": [{"entities": []}]},
        {"information": [{"entities": [{"id": "urn:a:1"}]}]},
        {"information": [{"entities": [{"type": "Lamp", "id": "no uri"}]}]},
        {"information": [{"entities": [{"type": "Lamp", "idPattern": "["}]}]},
        {"information": [{"propertyNames": []}]},
        {"information": [{"propertyNames": "power"}]},
        {"mode": "shared"},
        {"mode": "exclusive"},
        {"mode": "exclusive", "information": [{"propertyNames": ["power"]}]},
        {"mode": "exclusive", "information": [{"entities": ONE["entities"]}]},
        {
            "mode": "exclusive",
            "information": [{**ONE, "entities": [{"type": "Lamp", "idPattern": "."}]}],
        },
        {"mode": "auxiliary", "operations": ["updateEntity"]},
        {"mode": "auxiliary", "operations": ["redirectionOps"]},
        {"operations": []},
        {"operations": ["readEntity"]},
        {"operations": "retrieveOps"},
        {"expiresAt": "2018-11-29T14:53:15Z"},
        {"expiresAt": 5},
        {"contextSourceInfo": [{"key": "k", "value": 5}]},
        {"contextSourceInfo": [{"key": "k"}]},
        {"contextSourceInfo": [{"key": 5, "value": "v"}]},
        {"contextSourceInfo": [{"key": "accept", "value": "text/html"}]},
        {"contextSourceInfo": [{"key": "jsonldContext", "value": "here"}]},
        {"contextSourceInfo": [{"key": "ngsildConformance", "value": "v1"}]},
        {"management": "yes"},
        {"management": {"cacheDuration": "bogus"}},
        {"management": {"cooldown": 0}},
        {"management": {"timeout": -5}},
        {"management": {"localOnly": "yes"}},
        {"refreshRate": "often"},
        {"location": {"type": "Point"}},
        {"observationInterval": {"endAt": NOW}},
        {"observationInterval": {"startAt": LATER, "endAt": NOW}},
        {"datasetId": ["no uri"]},
        {"tenant": ""},
        {"description": ""},
        {"contextSourceAlias": 5},
        {"scope": []},
        {"not a name": 5},
        {"colour": nested(300)},
        {"colour": 2**70},
    ],
)
def test_what_is_no_registration_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(BadRequestData):
        stored(**members)


def test_members_of_a_fragment_replace_and_nulls_remove() -> None:
    one = registrations.read_registration(FULL, LAMPS, now=NOW)

    def told(**fragment: Any) -> dict[str, Any]:
        after = registrations.apply_patch(one, fragment, LAMPS, now=LATER)
        assert after["modifiedAt"] == LATER
        return registrations.write_registration(after, LAMPS)

    assert told(endpoint="https://example.net") == FULL | {"endpoint": "https://example.net"}
    assert "expiresAt" not in told(expiresAt=None)
    assert "colour" not in told(colour=None)
    assert told(height=3)["colour"] == "red"
    new = [{"entities": [{"type": "Lamp"}]}]
    assert told(information=new, type="ContextSourceRegistration")["information"] == new
    wide = registrations.apply_patch(one, {"operations": None}, LAMPS, now=LATER)
    assert wide["operations"] == list(operations.GROUPS["federationOps"])


@pytest.mark.parametrize(
    "fragment",
    [
        {"information": None},
        {"endpoint": None},
        {"type": "Lamp"},
        {"type": None},
        {"id": "urn:x:2"},
        {"mode": "exclusive"},
        {"expiresAt": "2018-11-29T14:53:15Z"},
    ],
)
def test_what_is_no_registration_any_more_is_refused(fragment: dict[str, Any]) -> None:
    with pytest.raises(BadRequestData):
        registrations.apply_patch(stored(), fragment, LAMPS, now=NOW)


def test_a_registration_stands_until_it_expires_and_is_not_passed_twice() -> None:
    one = stored(expiresAt="2026-11-22T08:00:00Z", contextSourceAlias="north")
    assert registrations.available(one, now=NOW)
    assert not registrations.available(one, now=LATER)
    assert not registrations.available(one, now=NOW, visited={"south", "north"})
    assert registrations.available(stored(), now=LATER, visited={"north"})


# --------------------------------------------------------- what is covered

TYPED = [{"entities": [{"type": "Lamp"}]}]
NAMED = [{"entities": [{"type": "Lamp", "id": "urn:a:1"}]}]
PATTERN = [{"entities": [{"type": "Lamp", "idPattern": "1$"}]}]
WITH_POWER = [{"entities": [{"type": "Lamp"}], "propertyNames": ["power"]}]
ONLY_POWER = [{"propertyNames": ["power"]}]


def part(**members: Any) -> Part:
    return Part("inclusive", **{"types": frozenset({LAMP}), **members})


def ids(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("information", "asked", "expected"),
    [
        (TYPED, Query(types=types("Lamp")), part()),
        (TYPED, Query(types=types("Lamp,Car")), part()),
        (TYPED, Query(types=types("Car")), None),
        (TYPED, Query(types=types("(Lamp;Car)")), part()),
        (TYPED, Query(types=types("*")), part()),
        (TYPED, Query(ids=ids("urn:a:1")), part(ids=ids("urn:a:1"))),
        (TYPED, Query(types=types("Lamp"), id_pattern="x"), part(id_pattern="x")),
        (TYPED, Query(attrs=ids(POWER)), part()),
        (NAMED, Query(types=types("Lamp")), part(ids=ids("urn:a:1"))),
        (NAMED, Query(ids=ids("urn:a:1", "urn:a:2")), part(ids=ids("urn:a:1"))),
        (NAMED, Query(ids=ids("urn:a:2")), None),
        (NAMED, Query(id_pattern="1$"), part(ids=ids("urn:a:1"))),
        (NAMED, Query(id_pattern="2$"), None),
        (PATTERN, Query(types=types("Lamp")), part(id_pattern="1$")),
        (PATTERN, Query(ids=ids("urn:a:1", "urn:a:2")), part(ids=ids("urn:a:1"))),
        (PATTERN, Query(ids=ids("urn:a:2")), None),
        (PATTERN, Query(id_pattern="^urn"), part(id_pattern="^urn")),
        (WITH_POWER, Query(types=types("Lamp")), part(attributes=ids(POWER))),
        (WITH_POWER, Query(attrs=ids(POWER, LED)), part(attributes=ids(POWER))),
        (WITH_POWER, Query(attrs=ids(LED)), None),
        (ONLY_POWER, Query(types=types("Car")), part(types=ids(), attributes=ids(POWER))),
        (ONLY_POWER, Query(attrs=ids(LED)), None),
        (
            TYPED,
            Query(selectors=(Selector(types("Lamp"), ids("urn:a:1")),)),
            part(ids=ids("urn:a:1")),
        ),
        (TYPED, Query(selectors=(Selector(types("Car")),)), None),
        (TYPED, {"id": "urn:a:1", "type": [LAMP], "attributes": {}}, part(ids=ids("urn:a:1"))),
        (TYPED, {"id": "urn:a:1", "type": [], "attributes": {}}, part(ids=ids("urn:a:1"))),
        (TYPED, {"id": "urn:a:1", "type": ["urn:x"], "attributes": {}}, None),
        (NAMED, {"id": "urn:a:2", "type": [LAMP], "attributes": {}}, None),
        (
            WITH_POWER,
            {"id": "urn:a:1", "type": [LAMP], "attributes": {POWER: [], LED: []}},
            part(ids=ids("urn:a:1"), attributes=ids(POWER)),
        ),
        (WITH_POWER, {"id": "urn:a:1", "type": [LAMP], "attributes": {LED: []}}, None),
    ],
)
def test_a_source_gets_its_part_of_a_request(
    information: list[Any], asked: Any, expected: Part | None
) -> None:
    one = stored(information=information)
    assert registrations.covers(one, asked, "queryEntity") == expected


def test_several_parts_are_told_apart_or_together() -> None:
    one = stored(information=[*NAMED, *WITH_POWER, *TYPED])
    asked = Query(types=types("Lamp"))
    assert registrations.parts(one, asked, "queryEntity") == [
        part(ids=ids("urn:a:1")),
        part(attributes=ids(POWER)),
        part(),
    ]
    assert registrations.covers(one, asked, "queryEntity") == part()


def test_a_source_gets_only_what_it_does() -> None:
    one, asked = stored(operations=["retrieveOps"]), Query(types=types("Lamp"))
    assert registrations.covers(one, asked, "queryEntity") == part()
    assert registrations.covers(one, asked, "updateEntity") is None


def test_datasets_are_told_apart() -> None:
    one, asked = stored(datasetId=["urn:d:1"]), ids("urn:d:1", "urn:d:2")
    assert registrations.covers(one, Query(dataset_ids=asked), "queryEntity") == part()
    assert registrations.covers(one, Query(dataset_ids=ids("@none")), "queryEntity") is None
    assert registrations.covers(stored(), Query(dataset_ids=asked), "queryEntity") == part()


def proxied(mode: str, *entities: dict[str, Any], names: list[str]) -> registrations.Stored:
    information: dict[str, Any] = {}
    if entities:
        information["entities"] = [{"type": "Lamp"} | one for one in entities]
    if names:
        information["propertyNames"] = names
    return stored(mode=mode, information=[information])


@pytest.mark.parametrize(
    ("mode", "entities", "names", "expected"),
    [
        ("exclusive", [{"id": "urn:a:1"}], ["power"], True),
        ("redirect", [{"id": "urn:a:1"}], ["power", "led"], True),
        ("redirect", [{"id": "urn:a:1"}], [], True),
        ("redirect", [{}], ["power"], True),
        ("redirect", [], ["power"], True),
        ("redirect", [{"idPattern": "1$"}], [], True),
        ("redirect", [{"idPattern": "2$"}], [], False),
        ("redirect", [{"type": "Car"}], [], False),
        ("redirect", [{"id": "urn:a:1"}], ["led"], False),
        ("exclusive", [{"id": "urn:a:2"}], ["power"], False),
        ("inclusive", [{"id": "urn:a:1"}], ["power"], False),
        ("auxiliary", [{"id": "urn:a:1"}], ["power"], False),
    ],
)
def test_what_one_source_has_for_itself_no_other_has(
    mode: str, entities: list[Any], names: list[str], expected: bool
) -> None:
    own = proxied("exclusive", {"id": "urn:a:1"}, names=["power"])
    other = proxied(mode, *entities, names=names)
    assert registrations.conflict(own, other) is expected
    assert registrations.conflict(other, own) is expected


def test_redirects_may_overlap() -> None:
    one = proxied("redirect", {}, names=[])
    assert not registrations.conflict(one, one)


_MEMBERS = st.dictionaries(
    st.sampled_from([*READERS, "id", "type", "x", "status"]), JSON, max_size=5
)


@given(_MEMBERS, st.booleans())
def test_any_payload_is_a_registration_or_refused(members: dict[str, Any], whole: bool) -> None:
    payload = a_registration() | members if whole else members
    try:
        one = registrations.read_registration(payload, LAMPS, now=NOW)
    except NgsiLdError:
        return
    told = registrations.write_registration(orjson.loads(orjson.dumps(one)), LAMPS)
    again = registrations.read_registration(told, LAMPS, now=NOW)
    assert registrations.write_registration(again, LAMPS) == told


@given(_MEMBERS)
def test_any_fragment_is_applied_or_refused(fragment: dict[str, Any]) -> None:
    one = registrations.read_registration(FULL, LAMPS, now=NOW)
    before = orjson.dumps(one)
    try:
        after = registrations.apply_patch(one, fragment, LAMPS, now=LATER)
    except NgsiLdError:
        after = one
    orjson.dumps(registrations.write_registration(after, LAMPS))
    assert orjson.dumps(one) == before
