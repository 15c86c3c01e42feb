"""Devices send over MQTT; the listener is killed (SIGKILL), and every acknowledged reading is there."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.hub.test_subscriptions_mqtt import Broker

pytestmark = pytest.mark.sqlite

SETUP = """
import django
django.setup()
from kierto.hub.sensors import actions
from kierto.parties.queries import system_agent
by = system_agent()
device, key = actions.add_device(name="Bin", agent=by, entity_type="WasteContainer", by=by)
mapping = {"time": {"path": "at", "format": "unix"},
           "attributes": [{"name": "fillingLevel", "path": "level", "unit": "percent"}]}
actions.declare_mapping(device, mapping, by=by)
actions.move_device(device, "active", by=by)
print(device.pk, key)
"""
START = 1_790_000_000
MESSAGES = 400
SECONDS = 60


class Node:
    """A node of its own, with one device."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "KIERTO_DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "kierto.config.settings",
            "KIERTO_DATABASE_URL": "",
        }
        said = subprocess.run(
            [sys.executable, "-c", SETUP],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stderr
        self.device, self.key = said.stdout.split()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    @contextmanager
    def listening_outside(self, url: str) -> Iterator[None]:
        command = [sys.executable, "-m", "kierto", "manage", "listen"]
        environment = self.environment | {"KIERTO_MQTT_URL": url}
        with subprocess.Popen(command, env=environment) as process:
            try:
                yield
            finally:
                process.terminate()

    @contextmanager
    def listening(self) -> Iterator[subprocess.Popen[str]]:
        command = [sys.executable, "-m", "kierto", "manage", "listen", "--port", str(self.port)]
        with subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == f"Listening to devices on 127.0.0.1:{self.port}.\n"
            try:
                yield process
            finally:
                process.terminate()

    def moments(self) -> list[int]:
        """When the readings in the history were taken, in seconds after the first."""
        with sqlite3.connect(self.folder / "kierto.sqlite3") as database:
            rows = database.execute("SELECT at FROM hub_historyinstance WHERE observed").fetchall()
        return sorted(at // 1_000_000 - START for (at,) in rows)


@pytest.fixture(scope="module")
def node(migrated_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Node:
    folder = tmp_path_factory.mktemp("node")
    shutil.copytree(migrated_folder, folder, dirs_exist_ok=True)
    return Node(folder)


class Sender:
    """The device: sends its messages again until each is acknowledged."""

    def __init__(self, node: Node, key: str | None = None) -> None:
        self.acknowledged: set[int] = set()
        self.refused = threading.Event()
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bin", clean_session=False)
        self.client.username_pw_set(node.device, node.key if key is None else key)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_publish = lambda _c, _u, mid, *_: self.acknowledged.add(mid)
        self.client.on_connect = self._connected
        self.topic = f"kierto/{node.device}/up"
        self.client.connect_async("127.0.0.1", node.port)
        self.client.loop_start()

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            self.refused.set()

    def send(self, number: int, topic: str = "") -> int:
        body = orjson.dumps({"at": START + number, "level": number % 100})
        return self.client.publish(topic or self.topic, body, qos=1).mid

    def wait_for(self, count: int) -> None:
        until = time.monotonic() + SECONDS
        while len(self.acknowledged) < count and time.monotonic() < until:
            time.sleep(0.01)
        assert len(self.acknowledged) >= count

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_every_acknowledged_reading_is_there_once_though_the_listener_is_killed(
    node: Node,
) -> None:
    sender = Sender(node)
    numbers: dict[int, int] = {}
    with node.listening() as process:
        for number in range(MESSAGES // 2):
            numbers[sender.send(number)] = number
        sender.wait_for(50)
        process.send_signal(signal.SIGKILL)
        process.wait()
    there = node.moments()
    assert len(there) == len(set(there))
    assert {numbers[mid] for mid in set(sender.acknowledged)} <= set(there)
    with node.listening():
        for number in range(MESSAGES // 2, MESSAGES):
            numbers[sender.send(number)] = number
        sender.wait_for(MESSAGES)
    sender.stop()
    assert node.moments() == list(range(MESSAGES))


def test_an_outside_broker_brings_readings(node: Node) -> None:
    before = len(node.moments())
    with Broker() as broker, node.listening_outside(f"mqtt://127.0.0.1:{broker.port}"):
        device = paho.Client(CallbackAPIVersion.VERSION2)
        device.connect("127.0.0.1", broker.port)
        device.loop_start()
        until = time.monotonic() + SECONDS
        number = 10_000
        while len(node.moments()) == before and time.monotonic() < until:
            number += 1
            body = orjson.dumps({"at": START + number, "level": 1})
            device.publish(f"kierto/{node.device}/up", body, qos=1)
            time.sleep(0.2)
        device.disconnect()
        device.loop_stop()
    assert len(node.moments()) > before


def test_a_wrong_key_does_not_connect_and_nobody_publishes_elsewhere_or_subscribes(
    node: Node,
) -> None:
    before = node.moments()
    with node.listening():
        stranger = Sender(node, key="kierto_wrong")
        assert stranger.refused.wait(SECONDS)
        stranger.stop()
        sender = Sender(node)
        granted: list[Any] = []
        answered = threading.Event()

        def subscribed(_client: Any, _data: Any, _mid: int, reasons: Any, _more: Any) -> None:
            granted.extend(reasons)
            answered.set()

        sender.client.on_subscribe = subscribed
        while not sender.client.is_connected():
            time.sleep(0.01)
        sender.client.subscribe("#", qos=1)
        assert answered.wait(SECONDS)
        assert [reason.is_failure for reason in granted] == [True]
        gone = threading.Event()
        sender.client.on_disconnect = lambda *_: gone.set()
        sender.send(0, topic="kierto/another/up")
        assert gone.wait(SECONDS)
        sender.stop()
    assert sender.acknowledged == set()
    assert node.moments() == before
