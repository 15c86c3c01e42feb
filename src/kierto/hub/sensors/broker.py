"""The embedded MQTT broker, for devices that send: nobody subscribes, nothing is passed on.

A device connects with its id as user name and its key as password, and publishes to
``kierto/<its id>/up`` with quality 0 or 1. What comes with quality 1 is acknowledged when it is on
the disk, not before. MQTT 3.1.1, by amqtt.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final, cast
from uuid import UUID

from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import ListenerConfig
from amqtt.errors import AMQTTError, MQTTError, NoDataError
from amqtt.mqtt.constants import QOS_1
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.mqtt.puback import PubackPacket
from amqtt.mqtt.publish import PublishPacket
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session
from amqtt.utils import gen_client_id
from asgiref.sync import sync_to_async
from django.db import close_old_connections

from kierto.hub import callers
from kierto.hub.sensors import intake, receiving
from kierto.hub.sensors.gathering import Gathering, Message

logger = logging.getLogger("kierto.hub.sensors")

CONNECTIONS: Final = 1_000
CONNECT_SECONDS: Final = 10.0
_REFUSED: Final = 0x80


class DeviceKeys(BaseAuthPlugin):
    """Lets in who shows the id and the key of a device."""

    async def authenticate(self, *, session: Session) -> bool:
        """Whether the password is the key of the device that the user name names."""
        name, key = session.username or "", session.password or ""
        if not name or not key or len(key) > 200:
            return False
        return await sync_to_async(_is_key_of)(name, key)


class _Limited(StreamReaderAdapter):
    """Reads no packet that is larger than a message may be."""

    async def read(self, n: int = -1) -> bytes:
        if n > intake.BYTES + 1_024:
            raise MQTTError("The packet is larger than a message may be.")
        return await super().read(n)


class _Handler(BrokerProtocolHandler):
    """One connection: every message goes to the gathering, and is acknowledged after it."""

    gathering: Gathering

    async def handle_publish(self, publish_packet: PublishPacket) -> None:
        session = self.session
        topic, body = publish_packet.topic_name, publish_packet.data
        if session is None or topic is None or body is None:
            return
        if topic != f"kierto/{session.username}/up" or publish_packet.qos > QOS_1:
            logger.warning(
                "Device %s published where it may not, or with quality 2.", session.username
            )
            await self.handle_connection_closed()
            return
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[bool] = loop.create_future()

        def done(kept: bool) -> None:
            loop.call_soon_threadsafe(_settle, stored, kept)

        key_hash = callers.hash_of(session.password or "")
        message = Message(UUID(session.username), topic, key_hash, bytes(body), done)
        if not self.gathering.put(message) or not await stored:
            # Without an acknowledgement the device sends it again when it is back.
            await self.handle_connection_closed()
        elif publish_packet.qos == QOS_1:
            await self._send_packet(PubackPacket.build(publish_packet.packet_id))


class DeviceBroker(Broker):
    """Takes messages of devices; keeps no session, no subscription and no retained message."""

    def __init__(self, host: str, port: int, gathering: Gathering) -> None:
        super().__init__(
            {
                "listeners": {
                    "default": {
                        "type": "tcp",
                        "bind": f"{host}:{port}",
                        "max_connections": CONNECTIONS,
                    }
                },
                "plugins": {f"{__name__}.DeviceKeys": {}},
            }
        )
        self._gathering = gathering

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """A device connects."""
        await self._client_connected(listener_name, _Limited(reader), StreamWriterAdapter(writer))

    async def _initialize_client_session(
        self, reader: Any, writer: Any, remote_address: str, remote_port: int
    ) -> tuple[BrokerProtocolHandler, Session]:
        """A session of its own for each connection: nobody takes another's over by its name."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                handler, session = await _Handler.init_from_connect(
                    reader, writer, self.plugins_manager
                )
        except (AMQTTError, MQTTError, NoDataError, TimeoutError, ValueError) as error:
            await writer.close()
            raise AMQTTError("It did not connect as MQTT 3.1.1 asks.") from error
        cast(_Handler, handler).gathering = self._gathering
        session.client_id, session.will_flag = gen_client_id(), False
        session.parent = 0
        return handler, session

    async def _handle_client_session(
        self, reader: Any, writer: Any, client_session: Session, *rest: Any
    ) -> None:
        try:
            await super()._handle_client_session(reader, writer, client_session, *rest)
        finally:
            self._sessions.pop(client_session.client_id or "", None)

    async def add_subscription(self, subscription: tuple[str, int], session: Session) -> int:
        """Refused: who wants to be told subscribes at the NGSI-LD interface."""
        del subscription, session
        return _REFUSED

    async def _authenticate(self, session: Session, _: ListenerConfig) -> bool:
        try:
            return await super()._authenticate(session, _)
        except Exception:  # a database that is away lets nobody in
            logger.exception("It could not be found out whether a device may connect.")
            return False


def _is_key_of(name: str, key: str) -> bool:
    close_old_connections()
    device = receiving.device_of(name, key)
    return device is not None and str(device.pk) == name


def _settle(stored: asyncio.Future[bool], kept: bool) -> None:
    # The connection may have ended meanwhile.
    if not stored.done():
        stored.set_result(kept)
