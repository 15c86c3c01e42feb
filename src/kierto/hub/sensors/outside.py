"""Takes messages of devices from an outside MQTT broker, which judges who may publish where.

Every device's topic is listened to with quality 1. The broker keeps what comes while this node is
away; a message is acknowledged when it is on the disk.
"""

from __future__ import annotations

import hashlib
import logging
import re
import ssl
import threading
import time
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

import paho.mqtt.client as paho
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from paho.mqtt.enums import CallbackAPIVersion

from kierto.hub.models import Device
from kierto.hub.sensors.gathering import Gathering, Message
from kierto.hub.sensors.states import DeviceState

logger = logging.getLogger("kierto.hub.sensors")

OURS: Final = "kierto/+/up"
REFRESH_SECONDS: Final = 15.0
TICK_SECONDS: Final = 0.5
_OWN: Final = re.compile(r"kierto/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/up", re.ASCII)
_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


class Outside:
    """One connection to the broker, kept until told to stop."""

    def __init__(self, url: str, gathering: Gathering) -> None:
        self._target = urlsplit(url)
        self._gathering = gathering
        self._listened: set[str] = set()
        self._fresh = False
        self._again = threading.Event()
        name = hashlib.sha256(f"listen {settings.SECRET_KEY}".encode()).hexdigest()[:16]
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"kierto-{name}",
            clean_session=False,
            manual_ack=True,
        )
        if self._target.username:
            secret = unquote(self._target.password) if self._target.password else None
            self._client.username_pw_set(unquote(self._target.username), secret)
        if self._target.scheme == "mqtts":
            self._client.tls_set_context(ssl.create_default_context())
        self._client.on_connect = self._connected
        self._client.on_message = self._came

    def run(self, stop: threading.Event) -> None:
        """Stay connected, and listen to the topics of new devices too."""
        self._start()
        due = 0.0
        try:
            while not stop.wait(TICK_SECONDS):
                if self._again.is_set():
                    self._client.disconnect()
                    self._client.loop_stop()
                    self._again.clear()
                    self._start()
                elif self._client.is_connected() and (self._fresh or time.monotonic() >= due):
                    self._listen()
                    due = time.monotonic() + REFRESH_SECONDS
        finally:
            self._client.disconnect()
            self._client.loop_stop()

    def _start(self) -> None:
        port = self._target.port or _PORTS[self._target.scheme]
        self._client.connect_async(self._target.hostname or "", port, keepalive=30)
        self._client.loop_start()

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            logger.error("The MQTT broker does not let the node in: %s", reason)
        else:
            self._fresh = True

    def _listen(self) -> None:
        try:
            close_old_connections()
            devices = Device.objects.exclude(state=DeviceState.RETIRED).exclude(topic="")
            wanted = {OURS, *devices.values_list("topic", flat=True)}
        except DatabaseError:
            logger.exception("It could not be found out which topics to listen to.")
            return
        if self._fresh:
            self._fresh, self._listened = False, set()
        for topic in sorted(wanted - self._listened):
            self._client.subscribe(topic, qos=1)
        for topic in sorted(self._listened - wanted):
            self._client.unsubscribe(topic)
        self._listened = wanted

    def _came(self, client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        own = _OWN.fullmatch(message.topic)

        def done(kept: bool) -> None:
            if kept:
                client.ack(message.mid, message.qos)
            else:
                # Without an acknowledgement the broker sends it again to a new connection.
                self._again.set()

        device_id = UUID(own[1]) if own else None
        body = bytes(message.payload)
        if not self._gathering.put(Message(device_id, message.topic, None, body, done)):
            self._again.set()
