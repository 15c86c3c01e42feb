"""Rows of a mapping, guessed from a message: where its values stand, and what they may be. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from kierto.hub.sensors import clocks, paths
from kierto.hub.sensors.declaring import TAKEN
from kierto.hub.sensors.kinds import SHARES, attributes_for
from kierto.hub.sensors.paths import Path

MOST: Final = 20
_DEEPEST: Final = 6
_ROOTS: Final[dict[str, Path]] = {
    "chirpstack": ("object",),
    "ttn": ("uplink_message", "decoded_payload"),
}
_TIMES: Final = frozenset(
    {"at", "time", "timestamp", "ts", "date", "datetime", "observedat", "measuredat", "t"}
)
_COUNTERS: Final = frozenset({"seq", "sequence", "counter", "fcnt", "count", "msgid"})
_SENT: Final = (
    ("fillingLevel", ("fill", "level", "distance")),
    ("batteryLevel", ("batt", "bat", "soc")),
    ("temperature", ("temp", "tmp")),
    ("relativeHumidity", ("hum", "rh")),
    ("co2", ("co2",)),
    ("pm25", ("pm25", "pm2")),
    ("pm10", ("pm10",)),
    ("illuminanceLevel", ("illum", "dim", "light")),
    ("powerConsumption", ("power",)),
    ("atmosphericPressure", ("press",)),
    ("LAeq", ("laeq", "noise")),
    ("peopleCount", ("people",)),
)
"""Attribute: how senders begin the names of such values."""


def form_of(message: Any) -> str:
    """Which of the known shapes a message has."""
    if isinstance(message, list) and message and all(isinstance(each, dict) for each in message):
        has = set().union(*message)
        if {"n", "bn"} & message[0].keys() and {"v", "vs", "vb", "vd"} & has:
            return "senml"
    if isinstance(message, dict):
        uplink = message.get("uplink_message")
        if isinstance(uplink, dict) and "end_device_ids" in message:
            return "ttn"
        if "object" in message and {"deviceInfo", "rxInfo", "fCnt"} & message.keys():
            return "chirpstack"
    return "json"


def suggest(message: Any, entity_type: str) -> dict[str, Any]:
    """A declaration that reads the message, to be looked over by somebody who knows the device."""
    form = form_of(message)
    if form == "senml":
        return {"format": form, "attributes": _of_senml(message, entity_type)}
    root = message
    try:
        root = paths.follow(_ROOTS.get(form, ()), message)
    except paths.PathFault:
        form = "json"
    usual = dict(attributes_for(entity_type))
    declared: dict[str, Any] = {"format": form, "attributes": []}
    taken: set[str] = set()
    for path, value in _leaves(root, ()):
        last = re.sub(r"[^a-z0-9]", "", str(path[-1]).lower())
        written = paths.written(path)
        if not _is_readable(written):
            continue
        clock = _clock(last, value) if form == "json" and "time" not in declared else None
        if clock is not None:
            declared["time"] = {"path": written, "format": clock}
        elif last in _COUNTERS and "counter" not in declared:
            declared["counter"] = written
        elif len(declared["attributes"]) < MOST:
            name = _name(path, taken)
            row = _row(name, written, value, usual)
            if row is not None:
                taken.add(name)
                declared["attributes"].append(row)
    return declared


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if len(path) > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, part in value.items():
            if isinstance(name, str) and name:
                yield from _leaves(part, (*path, name))
    elif isinstance(value, list):
        for place, part in enumerate(value[:10]):
            yield from _leaves(part, (*path, place))
    elif path:
        yield path, value


def _is_readable(written: str) -> bool:
    """Some names of JSON cannot stand in a path."""
    try:
        return bool(paths.read_path(written))
    except paths.PathFault:
        return False


def _clock(name: str, value: Any) -> str | None:
    """The format of a time, where a value named like one is one."""
    if name not in _TIMES or isinstance(value, bool):
        return None
    for form in ("iso",) if isinstance(value, str) else ("unix_ms", "unix"):
        try:
            moment = clocks.read_clock(value, form)
        except clocks.TimeFault:
            continue
        if moment.year < datetime.now(moment.tzinfo).year + 2:
            return form
    return None


def _name(path: Path, taken: set[str]) -> str:
    said = next((str(step) for step in reversed(path) if isinstance(step, str)), "value")
    plain = re.sub(r"[^a-z0-9]", "", said.lower())
    for name, beginnings in _SENT:
        if plain.startswith(beginnings) and name not in taken:
            return name
    words = re.findall(r"[A-Za-z0-9]+", said) or ["value"]
    name = words[0][:1].lower() + words[0][1:] + "".join(each.capitalize() for each in words[1:])
    name = f"{name}Value" if name in TAKEN else name
    name = name if name[0].isalpha() else f"value{name}"
    number = 2
    while name in taken:
        name, number = f"{name.rstrip('0123456789')}{number}", number + 1
    return name[:100]


def _row(name: str, path: str, value: Any, usual: dict[str, str]) -> dict[str, Any] | None:
    if isinstance(value, bool):
        return {"name": name, "path": path, "kind": "truth"}
    if isinstance(value, (int, float)):
        row: dict[str, Any] = {"name": name, "path": path}
        if name in SHARES:
            sent = {"unit": "percent", "to": "1"} if abs(value) > 1 else {"unit": "1"}
            return row | sent | {"low": 0, "high": 1}
        unit = usual.get(name, _UNITS.get(name, ""))
        return row | ({"unit": unit} if unit else {})
    if isinstance(value, str) and 0 < len(value) <= 60:
        return {"name": name, "path": path, "kind": "text"}
    return None


_UNITS: Final = dict(attributes_for(""))


def _of_senml(message: list[Any], entity_type: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    taken: set[str] = set()
    for record in message:
        said = record.get("n") if isinstance(record, dict) else None
        if not isinstance(said, str) or not said or len(found) == MOST:
            continue
        name = _name((said,), taken)
        taken.add(name)
        kinds = {"vs": "text", "vd": "text", "vb": "truth"}
        kind = next((kinds[each] for each in kinds if each in record), "")
        found.append({"name": name, "path": said, **({"kind": kind} if kind else {})})
    return found
