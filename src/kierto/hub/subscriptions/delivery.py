"""One notification to one endpoint, by HTTP or MQTT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import orjson

from kierto.hub import outgoing
from kierto.hub.subscriptions import bodies, circles, mqtt
from kierto.hub.subscriptions.index import Entry
from kierto.hub.subscriptions.outbox import Owed

SECONDS: Final = 5.0
"""How long an endpoint may take where its subscription says nothing."""

LONGEST_SECONDS: Final = 30.0
_ANSWER_BYTES: Final = 65_536


def endpoint_key(entry: Entry) -> str:
    """What endpoints are told apart by: protocol, host and port, never what is secret."""
    parts = urlsplit(str(entry.endpoint["uri"]))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def deliver(entry: Entry, owed: Sequence[Owed], at: str) -> bool:
    """Send; whether it was accepted.

    Raises:
        OutgoingError: nobody was reached, or nobody may be.
    """
    body, headers = bodies.write(entry, owed, at)
    uri = str(entry.endpoint["uri"])
    seconds = seconds_for(entry)
    if uri.startswith(("mqtt:", "mqtts:")):
        mqtt.publish(uri, entry.endpoint, body, headers, seconds=seconds)
        return True
    answer = outgoing.fetch(
        "POST",
        uri,
        headers=circles.marks() | headers,
        body=orjson.dumps(body),
        timeout=seconds,
        limit_bytes=_ANSWER_BYTES,
        purpose="notification",
    )
    return 200 <= answer.status < 300


def seconds_for(entry: Entry) -> float:
    """How long this endpoint may take (``timeout``, milliseconds; clause 5.2.15)."""
    asked = entry.endpoint.get("timeout")
    return min(LONGEST_SECONDS, max(0.1, asked / 1000)) if asked else SECONDS


def cooldown_for(entry: Entry) -> float:
    """Seconds to wait after a failure at least (``cooldown``, milliseconds; clause 5.2.15)."""
    return float(entry.endpoint.get("cooldown") or 0) / 1000
