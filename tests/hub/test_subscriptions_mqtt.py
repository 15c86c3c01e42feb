"""Notifications by MQTT, with a real broker on this machine."""

from __future__ import annotations

import asyncio
import json
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from paho.mqtt import client as paho

from kierto.hub.refusals import Refused, Unreachable
from kierto.hub.subscriptions import mqtt
from tests.hub.endpoints import listening


class Broker:
    """A broker on a thread of its own; ``messages`` holds what was published to ``a/b``."""

    def __init__(self) -> None:
        self.port = 0
        self.messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        from amqtt.broker import Broker as Amqtt

        anonymous = "amqtt.plugins.authentication.AnonymousAuthPlugin"
        broker = Amqtt(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}},
                "plugins": {anonymous: {"allow_anonymous": True}},
            }
        )
        await broker.start()
        self._ready.set()
        await self._stop.wait()
        await broker.shutdown()

    def __enter__(self) -> Broker:
        with listening() as free:
            self.port = int(free.url.rsplit(":", 1)[1])
        self._thread.start()
        assert self._ready.wait(20)
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        subscribed = threading.Event()
        self.client.on_message = lambda _c, _u, said: self.messages.put(json.loads(said.payload))
        self.client.on_subscribe = lambda *_: subscribed.set()
        self.client.connect("127.0.0.1", self.port)
        self.client.subscribe("a/b", 1)
        self.client.loop_start()
        assert subscribed.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        mqtt.close_idle()
        self.client.disconnect()
        self.client.loop_stop()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)


@pytest.fixture
def broker(settings: Any) -> Iterator[Broker]:
    settings.HUB_INWARD = True
    with Broker() as found:
        yield found


def test_every_quality_and_version_arrives(broker: Broker):
    uri = f"mqtt://somebody@127.0.0.1:{broker.port}/a/b"
    number = 0
    for version in ("mqtt3.1.1", "mqtt5.0"):
        for quality in ("0", "1", "2"):
            number += 1
            info = [
                {"key": "MQTT-Version", "value": version},
                {"key": "MQTT-QoS", "value": quality},
            ]
            mqtt.publish(uri, {"notifierInfo": info}, {"n": number}, {"Link": "l"}, seconds=10)
            assert broker.messages.get(timeout=20) == {
                "metadata": {"Link": "l"},
                "body": {"n": number},
            }


def test_nobody_there_is_unreachable(settings: Any):
    settings.HUB_INWARD = True
    with listening() as free:
        port = free.url.rsplit(":", 1)[1]
    with pytest.raises(Unreachable):
        mqtt.publish(f"mqtt://127.0.0.1:{port}/a/b", {}, {}, {}, seconds=5)


def test_what_listens_there_and_is_no_broker_is_unreachable(settings: Any):
    settings.HUB_INWARD = True
    with listening() as other:
        with pytest.raises(Unreachable):
            mqtt.publish(other.url.replace("http", "mqtt") + "/a", {}, {}, {}, seconds=2)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "[::1]", "10.0.0.1", "localhost"])
def test_an_inward_broker_is_refused_when_it_is_called(host: str):
    with pytest.raises(Refused):
        mqtt.publish(f"mqtt://{host}:1883/a/b", {}, {}, {}, seconds=2)
