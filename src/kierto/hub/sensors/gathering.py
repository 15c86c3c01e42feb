"""Messages of many connections, taken together: one thread, one commit for all that wait."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import close_old_connections, connections

from kierto.hub.models import Device
from kierto.hub.sensors import intake, receiving
from kierto.hub.sensors.states import DeviceState

logger = logging.getLogger("kierto.hub.sensors")

GROUP: Final = 500
"""Messages of one commit."""

WAITING: Final = 5_000
"""Messages that may wait; whoever brings more is not answered, and sends again."""


@dataclass(frozen=True, slots=True)
class Message:
    """What came over MQTT.

    Attributes:
        device_id: who sends, where the connection says so; else ``topic`` does.
        topic: where it came.
        key_hash: of the key shown with it; None where an outside broker has judged.
        body: bytes.
        done: told True when the message is on the disk (or was refused for good: it would be
            no better the next time), False when it must be sent again. Called in this thread.
    """

    device_id: UUID | None
    topic: str
    key_hash: str | None
    body: bytes
    done: Callable[[bool], None]


class Gathering:
    """The thread."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Message | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._run, name="sensors", daemon=True)

    def start(self) -> None:
        """Begin to take messages."""
        self._thread.start()

    def put(self, message: Message) -> bool:
        """Let a message wait; False when too many do."""
        try:
            self._queue.put_nowait(message)
        except queue.Full:
            return False
        return True

    def stop(self) -> None:
        """Take what waits, and end."""
        self._queue.put(None)
        self._thread.join(timeout=30)

    def _run(self) -> None:
        ended = False
        while not ended:
            group, ended = self._gather()
            if group:
                _take(group)
        connections.close_all()

    def _gather(self) -> tuple[list[Message], bool]:
        message = self._queue.get()
        group: list[Message] = []
        while message is not None:
            group.append(message)
            if len(group) == GROUP or self._queue.empty():
                return group, False
            message = self._queue.get_nowait()
        return group, True


def _take(group: Sequence[Message]) -> None:
    try:
        close_old_connections()
        _receive(group)
    except Exception:
        logger.exception("Messages of devices could not be stored; they are sent again.")
        for message in group:
            message.done(False)
    else:
        for message in group:
            message.done(True)


def _receive(group: Sequence[Message]) -> None:
    found = Device.objects.select_related("tenant").exclude(state=DeviceState.RETIRED)
    by_id = found.in_bulk({each.device_id for each in group if each.device_id is not None})
    topics = {each.topic for each in group if each.device_id is None}
    by_topic = {device.topic: device for device in found.filter(topic__in=topics)}
    uploads: list[receiving.Upload] = []
    for message in group:
        device = (
            by_id.get(message.device_id)
            if message.device_id is not None
            else by_topic.get(message.topic)
        )
        if device is None or message.key_hash not in {None, device.key_hash}:
            logger.warning("A message on %s is of no device that is known.", message.topic[:200])
            continue
        try:
            messages = intake.messages_of(device, message.body)
        except intake.Unreadable as error:
            logger.warning("A message of device %s is refused: %s", device.pk, error)
            continue
        uploads += [receiving.Upload(device, each) for each in messages]
    for upload, outcome in zip(uploads, receiving.receive(uploads), strict=True):
        for fault in outcome.faults[:1]:
            logger.warning(
                "A message of device %s is refused: %s %s", upload.device.pk, fault.path, fault.why
            )
