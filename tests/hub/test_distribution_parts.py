"""What distribution is made of, without a network: merging, names of nodes, warnings, payloads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.hub.distribution import identity
from kierto.hub.distribution.durations import read_duration
from kierto.hub.distribution.merging import merged, without
from kierto.hub.distribution.registry import keys_of
from kierto.hub.distribution.renaming import renamed_entity
from kierto.hub.distribution.warnings import warning
from kierto.ngsild.contexts import CORE, parse_context
from kierto.ngsild.errors import BadRequestData, LoopDetected

TIMES = st.sampled_from([f"2026-11-{day:02}T07:00:00Z" for day in range(1, 9)])


@st.composite
def documents(draw):
    names = draw(st.sets(st.sampled_from(["urn:a", "urn:b", "urn:c"]), max_size=3))
    attributes = {}
    for name in sorted(names):
        instance = {"type": "Property", "value": draw(st.integers(0, 3)), "modifiedAt": draw(TIMES)}
        if draw(st.booleans()):
            instance["observedAt"] = draw(TIMES)
        attributes[name] = [instance]
    return {
        "id": "urn:ngsi-ld:Light:one",
        "type": draw(st.lists(st.sampled_from(["urn:t", "urn:u"]), min_size=1, unique=True)),
        "createdAt": draw(TIMES),
        "modifiedAt": draw(TIMES),
        "attributes": attributes,
    }


@given(documents())
def test_merging_an_entity_with_itself_changes_nothing(document):
    assert merged([document, document]) == document


@given(documents(), documents())
def test_a_merged_entity_has_the_attributes_of_both_and_no_others(one, other):
    whole = merged([one, other])
    assert set(whole["attributes"]) == set(one["attributes"]) | set(other["attributes"])
    assert set(whole["type"]) == set(one["type"]) | set(other["type"])


@given(documents(), documents())
def test_what_fills_never_takes_the_place_of_what_is_there(one, filler):
    whole = merged([one], [filler])
    assert {name: whole["attributes"][name] for name in one["attributes"]} == one["attributes"]


@given(st.permutations(["2026-11-01T07:00:00Z", "2026-11-02T07:00:00Z", "2026-11-03T07:00:00Z"]))
def test_the_newest_instance_counts_in_whichever_order_sources_answer(moments):
    parts = [
        {
            "id": "urn:ngsi-ld:Light:one",
            "type": ["urn:t"],
            "createdAt": moment,
            "modifiedAt": moment,
            "attributes": {"urn:a": [{"type": "Property", "value": moment, "modifiedAt": moment}]},
        }
        for moment in moments
    ]
    assert merged(parts)["attributes"]["urn:a"][0]["value"] == max(moments)


def test_nobody_has_it_when_nobody_has_a_part():
    assert merged([]) is None


def test_instances_of_other_datasets_stand_side_by_side():
    base = {
        "id": "urn:ngsi-ld:Light:one",
        "type": ["urn:t"],
        "createdAt": "2026-11-01T07:00:00Z",
        "modifiedAt": "2026-11-01T07:00:00Z",
    }
    one = {**base, "attributes": {"urn:a": [{"value": 1, "datasetId": "urn:d"}]}}
    other = {**base, "attributes": {"urn:a": [{"value": 2}]}}
    assert [each["value"] for each in merged([one, other])["attributes"]["urn:a"]] == [2, 1]


def test_an_entity_is_taken_away_wholly_or_by_attributes():
    document = {"id": "urn:x", "type": ["urn:t"], "attributes": {"urn:a": [], "urn:b": []}}
    assert without(document, None) is None
    assert without(document, frozenset({"urn:c"})) is document
    assert list(without(document, frozenset({"urn:a"}))["attributes"]) == ["urn:b"]


# --------------------------------------------------------------------- identity


def test_each_tenant_has_one_alias_and_no_two_have_the_same():
    assert identity.alias() == identity.alias("")
    assert identity.alias("one") != identity.alias("two")


@given(st.lists(st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True), max_size=12))
def test_names_in_a_via_header_are_read_back(names):
    via = ", ".join(f"1.1 {name}" for name in names)
    assert identity.visited(via) == frozenset(names)
    if len(names) < identity.HOPS:
        assert identity.visited(identity.onward(via)) == {*names, identity.alias()}


def test_protocols_and_comments_in_a_via_header_do_not_hide_a_name():
    assert identity.visited("HTTP/1.1 one (proxy), 2 two") == {"one", "two"}


def test_a_request_that_passed_too_many_nodes_goes_in_circles():
    with pytest.raises(LoopDetected):
        identity.visited(", ".join(f"1.1 node{number}" for number in range(13)))


@given(st.text(max_size=400))
def test_no_via_header_is_too_strange(text):
    try:
        identity.visited(text)
    except LoopDetected:
        assert text.count(",") >= identity.HOPS


# --------------------------------------------------------------------- payloads


def test_a_warning_is_one_line_whatever_a_source_is_called():
    said = warning(111, 'a "b"\r\nc', 'the "answer"\r\nis ä')
    assert said == "111 a_bc \"the 'answer'is ?\""


def test_a_payload_in_another_context_means_the_same():
    before = parse_context({"speed": "urn:x:speed", "Car": "urn:x:Car", "by": "urn:x:by"})
    payload = {
        "id": "urn:ngsi-ld:Car:1",
        "type": "Car",
        "speed": {"type": "Property", "value": {"speed": 1}, "by": {"value": 2}},
        "@context": "ignored",
    }
    assert renamed_entity(payload, before, CORE) == {
        "id": "urn:ngsi-ld:Car:1",
        "type": "urn:x:Car",
        "urn:x:speed": {"type": "Property", "value": {"speed": 1}, "urn:x:by": {"value": 2}},
    }


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT15M", timedelta(minutes=15)),
        ("P1DT2H", timedelta(days=1, hours=2)),
        ("P1Y", timedelta(days=365)),
        ("PT0.5S", None),
        ("P", None),
        ("PT", None),
        ("1hour", None),
        ("", None),
        (None, None),
        ("PT0S", None),
    ],
)
def test_a_duration_is_read_or_refused(text, length):
    if length is None:
        with pytest.raises(BadRequestData):
            read_duration(text, "entityMapLifetime")
    else:
        assert read_duration(text, "entityMapLifetime") == length


def test_a_registration_stands_under_the_narrowest_words_of_each_part():
    information = [
        {"entities": [{"id": "urn:e", "type": "urn:t"}], "properties": ["urn:a"]},
        {"entities": [{"idPattern": ".*", "type": ["urn:u", "urn:v"]}]},
        {"properties": ["urn:b"], "relationships": ["urn:c"]},
    ]
    assert keys_of({"information": information}) == {
        ("i", "urn:e"),
        ("t", "urn:u"),
        ("t", "urn:v"),
        ("a", "urn:b"),
        ("a", "urn:c"),
    }
