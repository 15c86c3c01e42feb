"""Bytes that came over HTTP or MQTT, as messages of a device."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import orjson

from kierto.hub.models import Device

BYTES: Final = 1 << 20
"""Bytes of one request or MQTT message."""

MOST: Final = 1_000
"""Messages of one request."""


class Unreadable(ValueError):
    """The bytes are no messages; the status is for HTTP."""

    def __init__(self, why: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(why)
        self.status = status


def too_large() -> Unreadable:
    """There are more bytes or messages than are taken at once."""
    why = f"Send at most {BYTES >> 20} MiB and {MOST} messages at once."
    return Unreadable(why, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def messages_of(device: Device, body: bytes) -> list[Any]:
    """The messages: one, or a list; a pack of SenML is a list itself.

    Raises:
        Unreadable: it is no JSON, empty, or too much.
    """
    if len(body) > BYTES:
        raise too_large()
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"The body is no JSON: {error}.") from error
    is_senml = device.mapping.get("format") == "senml"
    listed = isinstance(parsed, list) and (
        not is_senml or (bool(parsed) and isinstance(parsed[0], list))
    )
    messages = parsed if listed else [parsed]
    if not messages:
        raise Unreadable("There is no message in it.")
    if len(messages) > MOST:
        raise too_large()
    return messages
