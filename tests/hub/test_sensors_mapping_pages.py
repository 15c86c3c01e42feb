"""The page on which somebody says how messages are read: tried, guessed, kept, and what is wrong."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from kierto.hub.models import Device
from kierto.hub.sensors import ready, suggesting, trying
from kierto.hub.sensors.declaring import read_mapping
from kierto.hub.sensors.forms.mapping import (
    AttributeForms,
    MappingForm,
    declared_of,
    initial_of,
)
from kierto.hub.sensors.mapping import try_mapping
from kierto.parties.models import Agent, Organization
from tests.hub.devices import MAPPING, add, running
from tests.hub.test_sensors_pages import signed_in

ROW = {"path": "level", "name": "fillingLevel", "kind": "number", "unit": "percent"}
SAMPLE = '{"at": "2026-11-22T07:00:00Z", "level": 62}'


def typed(*rows: dict[str, Any], **head: Any) -> dict[str, str]:
    """What a browser sends of the form."""
    data = {"format": "json", "value-TOTAL_FORMS": str(len(rows)), "value-INITIAL_FORMS": "0"}
    for place, row in enumerate(rows):
        data |= {f"value-{place}-{name}": str(value) for name, value in row.items()}
    return data | {name: str(value) for name, value in head.items()}


@pytest.fixture
def device(organization: Organization) -> Device:
    return add(organization.agent)[0]


@pytest.fixture
def client(agents: dict[str, Agent | None]) -> Client:
    return signed_in(agents["member"])


def post(client: Client, device: Device, data: dict[str, str]) -> Any:
    return client.post(f"/data/devices/{device.pk}/mapping/", data)


def through_the_form(declared: dict[str, Any]) -> dict[str, Any]:
    """A declaration, shown in the form and sent back as it stands there."""
    head, rows = initial_of(declared)
    shown, several = MappingForm(initial=head), AttributeForms(initial=rows, prefix="value")
    data = {field.html_name: field.value() for field in shown}
    for form in [several.management_form, *several.forms]:
        data |= {field.html_name: field.value() for field in form}
    sent = {name: str(value) for name, value in data.items() if value is not None}
    bound, filled = MappingForm(sent), AttributeForms(sent, prefix="value")
    assert bound.is_valid() & filled.is_valid(), (bound.errors, filled.errors)
    return declared_of(bound, filled)[0]


@pytest.mark.parametrize("name", sorted(ready.READY))
def test_a_ready_form_reads_its_sample_without_a_fault(name: str) -> None:
    each = ready.READY[name]
    (tried,), faults = trying.try_sample(each.mapping, each.text)
    assert (faults, tried.faults, tried.taken) == ([], [], True)
    assert [kept.flag for kept in tried.kept] == ["good"] * len(each.mapping["attributes"])


@pytest.mark.parametrize("declared", [MAPPING, *(each.mapping for each in ready.READY.values())])
def test_a_declaration_comes_through_the_form_as_it_was(declared: dict[str, Any]) -> None:
    assert read_mapping(through_the_form(declared)) == read_mapping(declared)


_words = st.sampled_from(["level", "a.b[0]", "x", "data", "object.t"])
_numbers = st.none() | st.integers(-1000, 1000) | st.floats(-1e6, 1e6).map(lambda n: round(n, 3))


@given(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["fillingLevel", "t", "co2"]), "path": _words},
        optional={
            "kind": st.sampled_from(["number", "text", "truth"]),
            "unit": st.sampled_from(["percent", "degC", "1", ""]),
            "factor": _numbers, "offset": _numbers, "low": _numbers, "jump": _numbers,
            "battery": _numbers, "stuck": st.none() | st.integers(2, 500),
        },
    )
)  # fmt: skip
def test_any_attribute_comes_through_the_form_as_it_was(row: dict[str, Any]) -> None:
    declared = {"attributes": [row]}
    (was,) = read_mapping(declared).attributes
    (now,) = read_mapping(through_the_form(declared)).attributes
    codes = [each.convert(1.0)[1] for each in (was, now)]
    assert codes[0] == codes[1]
    assert now == was or {now.unit, was.unit} == {"", "1"}


def test_a_sample_shows_what_would_be_stored_and_keeps_nothing(
    client: Client, device: Device
) -> None:
    refined = ROW | {"to": "1", "low": 0, "high": 0.5}
    answer = post(client, device, typed(refined, do="try", sample=SAMPLE, time_path="at"))
    (tried,) = answer.context["tried"]
    (row,) = tried["rows"]
    assert (row["name"], row["text"], row["code"], row["path"]) == (
        "fillingLevel", "0.62", "C62", "level"
    )  # fmt: skip
    assert (str(row["flag"]), str(row["why"])) == (
        "bad",
        "It lies outside the limits: it is kept in the history, marked as bad.",
    )
    assert row["at"].isoformat() == "2026-11-22T07:00:00+00:00"
    device.refresh_from_db()
    assert device.mapping == {}


@pytest.mark.parametrize(
    ("sample", "taken", "faults"),
    [
        ('{"level": "full"}', False, [("level", "This is no number.")]),
        ('{"other": 1}', False, [("level", "The message has no “level”. It has: other.")]),
        ('{"level": 1, "t": 1}', True, [("u", "The message has no “u”. It has: level, t.")]),
    ],
)
def test_what_is_wrong_with_a_sample_is_told_row_by_row(
    client: Client, device: Device, sample: str, taken: bool, faults: list[tuple[str, str]]
) -> None:
    rows = [ROW] if not taken else [ROW, {"path": "u", "name": "other", "kind": "number"}]
    (tried,) = post(client, device, typed(*rows, do="try", sample=sample)).context["tried"]
    assert tried["taken"] == taken
    assert [(fault.path, str(fault.why)) for fault in tried["faults"]] == faults


@pytest.mark.parametrize(
    ("sample", "told"),
    [
        ("", "Paste a message that the device has sent."),
        ("{", "This is no JSON: look at line 1, column 2."),
        ("x" * 100_001, "Paste one message: this is too long to be tried here."),
    ],
)
@pytest.mark.parametrize("do", ["try", "read"])
def test_a_sample_that_is_none_says_so_at_its_field(
    client: Client, device: Device, sample: str, told: str, do: str
) -> None:
    answer = post(client, device, typed(ROW, do=do, sample=sample))
    assert answer.context["form"].errors == {"sample": [told]}


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"path": "a..b"}, "path"),
        ({"path": ""}, "path"),
        ({"name": "filling level"}, "name"),
        ({"name": ""}, "name"),
        ({"unit": "parsnips"}, "unit"),
        ({"to": "kg"}, "unit"),
        ({"low": 3, "high": 1}, "high"),
        ({"stuck": 1}, "stuck"),
        ({"factor": "much"}, "factor"),
        ({"kind": "colour"}, "kind"),
    ],
)
@pytest.mark.parametrize("do", ["try", "save", "start"])
def test_what_is_wrong_with_a_value_stands_at_its_field(
    client: Client, device: Device, row: dict[str, Any], field: str, do: str
) -> None:
    empty = {"path": "", "name": "", "kind": "number"}
    answer = post(client, device, typed(empty, ROW | row, do=do, sample=SAMPLE))
    assert [list(form.errors) for form in answer.context["rows"].forms] == [[], [field]]
    device.refresh_from_db()
    assert (device.mapping, device.state) == ({}, "draft")


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ({"time_path": "a..b"}, "time_path"),
        ({"time_path": "at", "time_format": "often"}, "time_format"),
        ({"time_path": "at", "time_zone": "Mars/Base"}, "time_zone"),
        ({"counter": "[["}, "counter"),
        ({"format": "xml"}, "format"),
    ],
)
def test_what_is_wrong_with_the_message_stands_at_its_field(
    client: Client, device: Device, head: dict[str, str], field: str
) -> None:
    answer = post(client, device, typed(ROW, do="save") | head)
    assert list(answer.context["form"].errors) == [field]


def test_a_mapping_without_a_value_is_not_kept(client: Client, device: Device) -> None:
    answer = post(client, device, typed(do="save"))
    assert answer.context["form"].non_field_errors() == ["Name at least one value, and at most 50."]
    assert post(client, device, {"do": "save", "format": "json"}).status_code == 200


@pytest.mark.parametrize(("do", "state"), [("save", "draft"), ("start", "active")])
def test_a_mapping_is_kept_and_the_device_started(
    client: Client, device: Device, do: str, state: str
) -> None:
    answer = post(client, device, typed(ROW, do=do, time_path="at"))
    assert answer.headers["Location"] == f"/data/devices/{device.pk}/"
    device.refresh_from_db()
    assert (device.mapping, device.state) == (
        {
            "format": "json",
            "time": {"path": "at", "format": "iso"},
            "attributes": [{"name": "fillingLevel", "path": "level", "unit": "percent"}],
        },
        state,
    )


@pytest.mark.parametrize("count", ["1", "49", "50", "9999", "x", ""])
def test_one_more_row_keeps_what_was_typed(client: Client, device: Device, count: str) -> None:
    data = typed(ROW, do="more", sample=SAMPLE) | {"value-TOTAL_FORMS": count}
    answer = post(client, device, data)
    rows = answer.context["rows"].forms
    assert len(rows) == {"1": 2}.get(count, 50 if count in {"49", "50"} else 1)
    assert rows[0]["path"].value() == "level"
    assert answer.context["form"]["sample"].value() == SAMPLE


@pytest.mark.parametrize("name", sorted(ready.READY))
def test_a_form_is_filled_from_a_sample(client: Client, device: Device, name: str) -> None:
    text = ready.READY[name].text
    answer = post(client, device, typed(do="read", sample=text))
    assert answer.context["form"]["format"].value() == name
    guessed = suggesting.suggest(orjson.loads(text), "WasteContainer")
    trial = try_mapping(guessed, orjson.loads(text))
    assert trial.faults == []
    wanted = {each["name"] for each in ready.READY[name].mapping["attributes"]}
    assert {each.wanted.name for each in trial.readings} == wanted


def test_a_guess_finds_time_counter_kinds_and_names() -> None:
    message = {
        "ts": 1795330800,
        "seq": 4,
        "Battery_V": 3.61,
        "data": {"temp": 6.5, "door open": True, "mode": "eco", "id": "x", "none": None},
        "list": [{"v": 1}, {"v": 2}],
    }
    guessed = suggesting.suggest(message, "Device")
    assert guessed["time"] == {"path": "ts", "format": "unix"}
    assert guessed["counter"] == "seq"
    found = {row["name"]: row["path"] for row in guessed["attributes"]}
    assert found == {
        "batteryLevel": "Battery_V",
        "temperature": "data.temp",
        "doorOpen": 'data["door open"]',
        "mode": "data.mode",
        "idValue": "data.id",
        "v": "list[0].v",
        "v2": "list[1].v",
    }
    assert try_mapping(guessed, message).faults == []


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=5)
    ),
    max_leaves=14,
)


@given(_json, st.sampled_from(["Device", "WasteContainer", "Any"]))
def test_a_guess_can_always_be_declared(message: Any, entity_type: str) -> None:
    guessed = suggesting.suggest(message, entity_type)
    if guessed["attributes"]:
        assert len(read_mapping(guessed).attributes) == len(guessed["attributes"])


def test_a_mapping_with_fifty_values_opens(client: Client, organization: Organization) -> None:
    device, _ = running(organization.agent)
    rows = [{"name": f"v{number}", "path": f"v{number}"} for number in range(50)]
    Device.objects.update(mapping={"attributes": rows})
    answer = client.get(f"/data/devices/{device.pk}/mapping/")
    assert len(answer.context["rows"].forms) == 50
