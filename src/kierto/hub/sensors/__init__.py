"""Sensors: devices with keys and owners, what they send, and alarms when they fall silent.

A message is mapped to readings as its device's owner has declared, judged, and written: the newest
value of each attribute to the device's entity, every number to the history. All of a message is in
one durable commit or nothing is, and a message that comes twice counts once.
"""

from __future__ import annotations


def register() -> None:
    """Rounds of the job worker, sentences of the notices, and what erasing a person means."""
    from kierto.core import rounds
    from kierto.hub.sensors import alarms, erasure, receiving, topics

    topics.register()
    erasure.register()
    rounds.every("sensors: silent devices", 60, alarms.raise_silence)
    rounds.every("sensors: received messages are forgotten", 3600, receiving.forget_old)
