"""Messages of devices are read as declared; what is wrong names its path. Readings are judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.hub import vocabulary
from kierto.hub.sensors import paths, quality, units
from kierto.hub.sensors.mapping import Trial, try_mapping
from kierto.hub.sensors.quality import BAD, DOUBTFUL, GOOD, Past, Rules, judge

LEVEL = {"name": "fillingLevel", "path": "level", "unit": "percent"}
AT = datetime(2026, 11, 22, 7, tzinfo=UTC)


def one(sample: Any, **attribute: Any) -> Any:
    trial = try_mapping({"attributes": [LEVEL | attribute]}, sample)
    assert trial.faults == []
    (reading,) = trial.readings
    return reading


def told(trial: Trial) -> dict[str, tuple[Any, str, datetime | None]]:
    assert trial.faults == []
    return {each.wanted.name: (each.value, each.unit, each.at) for each in trial.readings}


def test_a_path_leads_to_a_value_and_its_unit_has_a_code() -> None:
    reading = one({"level": 40})
    assert (reading.value, reading.unit, reading.at) == (40.0, "P1", None)
    assert reading.wanted.iri == vocabulary.iri("fillingLevel")
    assert one({"a": [{"x.y": "3,5"}]}, path='a[0]["x.y"]').value == 3.5


@pytest.mark.parametrize(
    ("attribute", "sent", "kept", "code"),
    [
        ({"unit": "degF", "to": "degC"}, 212, 100.0, "CEL"),
        ({"unit": "degF", "to": "degC"}, 50, 10.0, "CEL"),
        ({"factor": 0.1}, 3, 0.3, "P1"),
        ({"unit": "kelvin", "to": "celsius"}, 273.15, 0.0, "CEL"),
        ({"unit": "mV", "to": "V", "factor": 10}, 370, 3.7, "VLT"),
        ({"unit": "mm", "to": "cm", "factor": -1, "offset": 1500}, 500, 100.0, "CMT"),
        ({"unit": ""}, 3, 3.0, "C62"),
        ({"unit": None}, 3, 3.0, ""),
    ],
)
def test_a_number_is_scaled_and_becomes_the_unit_that_is_kept(
    attribute: dict[str, Any], sent: float, kept: float, code: str
) -> None:
    reading = one({"level": sent}, **attribute)
    assert (reading.value, reading.unit) == (kept, code)


@pytest.mark.parametrize("unit", sorted(units.CODES))
def test_every_unit_with_a_code_is_one_that_pint_knows(unit: str) -> None:
    assert units.conversion(unit) == (1.0, 0.0, units.CODES[unit])
    if unit not in {"", "1", "percent", "ppm", "dB"}:
        assert units._code_like(unit) == units.CODES[unit]


@pytest.mark.parametrize(
    ("clock", "sent"),
    [
        ({"path": "t"}, "2026-11-22T09:00:00+02:00"),
        ({"path": "t"}, "2026-11-22T07:00:00.000000000Z"),
        ({"path": "t", "zone": "Europe/Helsinki"}, "2026-11-22T09:00:00"),
        ({"path": "t", "format": "unix"}, AT.timestamp()),
        ({"path": "t", "format": "unix_ms"}, int(AT.timestamp() * 1000)),
        ({"path": "t", "format": "%d.%m.%Y %H:%M", "zone": "Europe/Helsinki"}, "22.11.2026 09:00"),
    ],
)
def test_a_time_is_read_in_its_format(clock: dict[str, str], sent: Any) -> None:
    trial = try_mapping({"attributes": [LEVEL], "time": clock}, {"level": 1, "t": sent})
    assert told(trial) == {"fillingLevel": (1.0, "P1", AT)}


CHIRPSTACK = {
    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
    "time": "2026-11-22T07:00:00+00:00",
    "deviceInfo": {"deviceName": "bin 7", "devEui": "0101010101010101"},
    "fCnt": 12,
    "fPort": 2,
    "data": "AQID",
    "object": {"level": 62, "battery": 3.4},
    "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -48}],
}
TTN = {
    "end_device_ids": {"device_id": "lamp-3"},
    "received_at": "2026-11-22T07:00:01Z",
    "uplink_message": {
        "f_port": 1,
        "f_cnt": 7,
        "frm_payload": "AQID",
        "decoded_payload": {"level": 62},
        "received_at": "2026-11-22T07:00:00.000000123Z",
    },
}
SENML = [
    {"bn": "urn:dev:ow:10e2073a0108006:", "bt": AT.timestamp() + 60, "t": -60, "n": "level", "u": "%", "v": 62},
]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "message"), [("chirpstack", CHIRPSTACK), ("ttn", TTN), ("senml", SENML)]
)
def test_uplinks_of_network_servers_and_senml_say_their_own_time(form: str, message: Any) -> None:
    declared = {
        "format": form,
        "attributes": [LEVEL | {"unit": None} if form == "senml" else LEVEL],
    }
    assert told(try_mapping(declared, message)) == {"fillingLevel": (62.0, "P1", AT)}


def test_a_payload_that_nobody_decoded_is_told() -> None:
    raw = {name: value for name, value in CHIRPSTACK.items() if name != "object"}
    (fault,) = try_mapping({"format": "chirpstack", "attributes": [LEVEL]}, raw).faults
    assert fault.path == "object"
    assert str(fault.why).endswith(
        "The network server has not decoded the payload: give it a codec for this device."
    )


def test_senml_times_may_be_relative_and_values_have_a_base() -> None:
    pack = [{"bn": "x:", "bu": "Cel", "bv": 20, "n": "a", "v": 1.5}, {"n": "b", "vb": True}]
    declared = {
        "format": "senml",
        "attributes": [
            {"name": "temperature", "path": "x:a"},
            {"name": "open", "path": "b", "kind": "truth"},
        ],
    }
    found = told(try_mapping(declared, pack))
    assert found == {"temperature": (21.5, "CEL", None), "open": (True, "", None)}


@pytest.mark.parametrize(
    ("sample", "path"),
    [
        ({}, "level"),
        ({"level": "full"}, "level"),
        ({"level": None}, "level"),
        ({"level": True}, "level"),
        ({"level": float("nan")}, "level"),
        ([], "level"),
        (None, "level"),
    ],
)
def test_what_a_message_lacks_is_named_by_its_path(sample: Any, path: str) -> None:
    trial = try_mapping({"attributes": [LEVEL]}, sample)
    assert [fault.path for fault in trial.faults] == [path]
    assert trial.readings == []


def test_a_clock_that_was_never_set_is_a_fault() -> None:
    declared = {"attributes": [LEVEL], "time": {"path": "t", "format": "unix"}}
    (fault,) = try_mapping(declared, {"level": 1, "t": 300}).faults
    assert (fault.path, str(fault.why)) == (
        "t",
        "“300” is before the year 2000: the clock is not set.",
    )


@pytest.mark.parametrize(
    ("declared", "path"),
    [
        (None, "$"),
        ({}, "attributes"),
        ({"attributes": [LEVEL], "fly": 1}, "fly"),
        ({"attributes": [LEVEL], "format": "xml"}, "format"),
        ({"attributes": [LEVEL], "time": {"path": "t", "zone": "Mars/Base"}}, "time.zone"),
        ({"attributes": [LEVEL], "time": {"path": "t", "format": "often"}}, "time.format"),
        ({"attributes": [LEVEL, LEVEL]}, "attributes[1].name"),
        ({"attributes": [LEVEL | {"name": "id"}]}, "attributes[0].name"),
        ({"attributes": [LEVEL | {"path": "a..b"}]}, "attributes[0].path"),
        ({"attributes": [LEVEL | {"unit": "parsnips"}]}, "attributes[0].unit"),
        ({"attributes": [LEVEL | {"to": "kg"}]}, "attributes[0].unit"),
        ({"attributes": [LEVEL | {"unit": "9**9**9**9"}]}, "attributes[0].unit"),
        ({"attributes": [LEVEL | {"low": 3, "high": 1}]}, "attributes[0].high"),
        ({"attributes": [LEVEL | {"stuck": 1}]}, "attributes[0].stuck"),
    ],
)
def test_a_declaration_that_cannot_be_used_says_where(declared: Any, path: str) -> None:
    assert [fault.path for fault in try_mapping(declared, {}).faults] == [path]


json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json, json, st.sampled_from(["json", "chirpstack", "ttn", "senml"]))
def test_no_message_and_no_declaration_raises(declared: Any, message: Any, form: str) -> None:
    try_mapping(declared, message)
    try_mapping({"format": form, "attributes": [LEVEL], "time": {"path": "t"}}, message)


@given(st.text(max_size=30))
def test_a_path_that_can_be_read_is_written_back(text: str) -> None:
    try:
        path = paths.read_path(text)
    except paths.PathFault:
        return
    assert paths.read_path(paths.written(path)) == path


# ------------------------------------------------------------------------------- quality


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("number", "at", "flag", "why"),
    [
        (50.0, AT, GOOD, ""),
        (101.0, AT, BAD, "range"),
        (-1.0, AT, BAD, "range"),
        (90.0, AT, DOUBTFUL, "jump"),
        (40.0, AT, DOUBTFUL, "stuck"),
        (50.0, AT + 6 * MINUTE, DOUBTFUL, "clock"),
        (90.0, AT - 9 * MINUTE, GOOD, ""),
    ],
)
def test_a_reading_is_judged_by_range_jump_sameness_and_clock(
    number: float, at: datetime, flag: int, why: str
) -> None:
    rules = Rules(low=0, high=100, jump=30, stuck=4)
    past = Past(AT - 5 * MINUTE, 40.0, alike=3)
    judged = judge(rules, past, number, at, AT)
    assert (judged.flag, judged.why) == (flag, why)
    assert (judged.past is past) == (flag == BAD or why == "clock" or at < past.at)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_without_rules_everything_is_good(first: float, second: float) -> None:
    past = Past(AT - MINUTE, first)
    assert judge(Rules(), past, second, AT, AT).flag == quality.GOOD
