"""What somebody types into a device, or into a terminal, so that it sends."""

from __future__ import annotations

import shlex
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.urls import reverse

from kierto.hub.models import Device
from kierto.hub.sensors.ready import READY
from kierto.hub.sensors.receiving import mapping_of

KEY = "$KEY"
"""Stands for the key where it is not shown."""


def lines(device: Device, secret: str, base: str) -> dict[str, Any]:
    """Address, topic and ready command lines.

    Args:
        secret: the key, or "" where only ``$KEY`` is shown.
        base: the address of this node.
    """
    address = base.rstrip("/") + reverse("hub:device_readings", args=[device.pk])
    message = orjson.dumps(example_of(device)).decode()
    shown = secret or KEY
    header = f'"Authorization: Bearer {shown}"'
    curl = (
        f"curl -H {header} \\\n  -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(message)} \\\n  {address}"
    )
    host, port = urlsplit(base).hostname or "localhost", settings.MQTT_PORT
    topic = f"kierto/{device.pk}/up"
    publish = (
        f"mosquitto_pub -h {host} -p {port or 1883} -q 1 \\\n  -u {device.pk} -P {shown} \\\n"
        f"  -t {topic} -m {shlex.quote(message)}"
    )
    return {
        "address": address,
        "curl": curl,
        "publish": publish,
        "topic": topic,
        "host": host,
        "port": port,
        "has_broker": bool(port),
        "has_outside": bool(settings.MQTT_URL),
    }


def example_of(device: Device) -> Any:
    """A message such as its mapping reads; something simple where there is none yet."""
    mapping = mapping_of(device) if device.mapping else None
    if mapping is None or mapping.form != "json":
        return READY["json" if mapping is None else mapping.form].sample
    message: dict[str, Any] = {}
    for wanted in mapping.attributes:
        if len(wanted.path) == 1 and isinstance(wanted.path[0], str):
            value: Any = {"text": "ok", "truth": True}.get(wanted.kind, 21.5)
            message[wanted.path[0]] = value
    return message
