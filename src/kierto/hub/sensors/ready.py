"""Mappings to begin with, each with a sample of what such a sender sends.

The samples have the shape of ChirpStack 4 (event ``up`` of its integrations), of The Things Stack 3
(uplink message) and of SenML (RFC 8428); see :mod:`kierto.hub.sensors.mapping` for the sources.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import orjson
from django.utils.translation import gettext_lazy as _

_SHARE: Final = {"unit": "percent", "to": "1", "low": 0, "high": 1}
_LEVEL: Final = {"name": "fillingLevel"} | _SHARE
_BATTERY: Final = {"name": "batteryLevel"} | _SHARE | {"battery": 0.2}


class Ready(NamedTuple):
    """A mapping, a sample that it reads, and what people call the sender."""

    label: Any
    mapping: dict[str, Any]
    sample: Any

    @property
    def text(self) -> str:
        """The sample, indented."""
        return orjson.dumps(self.sample, option=orjson.OPT_INDENT_2).decode()


READY: Final = {
    "json": Ready(
        _("Plain JSON"),
        {
            "format": "json",
            "time": {"path": "at", "format": "iso"},
            "attributes": [_LEVEL | {"path": "level"}, _BATTERY | {"path": "battery"}],
        },
        {"at": "2026-11-22T07:00:00Z", "level": 62, "battery": 88},
    ),
    "chirpstack": Ready(
        "ChirpStack",
        {
            "format": "chirpstack",
            "attributes": [_LEVEL | {"path": "level"}, _BATTERY | {"path": "battery"}],
        },
        {
            "deduplicationId": "6c1e9b1a-2f8f-4a53-9a0b-2d9c3f7b1e55",
            "time": "2026-11-22T07:00:00+00:00",
            "deviceInfo": {"deviceName": "bin-7", "devEui": "0004a30b001c0530"},
            "fCnt": 214,
            "fPort": 2,
            "object": {"level": 62, "battery": 88},
            "rxInfo": [{"gatewayId": "0016c001ff10a235", "rssi": -97, "snr": 6.5}],
        },
    ),
    "ttn": Ready(
        "The Things Stack",
        {
            "format": "ttn",
            "attributes": [_LEVEL | {"path": "level"}, _BATTERY | {"path": "battery"}],
        },
        {
            "end_device_ids": {"device_id": "bin-7", "dev_eui": "0004A30B001C0530"},
            "received_at": "2026-11-22T07:00:00.8Z",
            "uplink_message": {
                "f_port": 2,
                "f_cnt": 214,
                "decoded_payload": {"level": 62, "battery": 88},
                "received_at": "2026-11-22T07:00:00.5Z",
            },
        },
    ),
    "senml": Ready(
        "SenML",
        {
            "format": "senml",
            "attributes": [
                {"name": "temperature", "path": "temperature", "to": "degC"},
                {"name": "relativeHumidity", "path": "humidity", "to": "1"},
            ],
        },
        [
            {"bn": "urn:dev:mac:0024befffe804ff1/", "bt": 1795330800, "n": "temperature", "u": "Cel", "v": 6.5},
            {"n": "humidity", "u": "%RH", "v": 81},
        ],
    ),
}  # fmt: skip
