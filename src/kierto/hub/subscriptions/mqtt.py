"""Notifications by MQTT (clause 7.2): ``mqtt[s]://[user[:word]@]host[:port]/topic``.

The address is judged like any other. A connection is kept for the next notification for a while.
A broker that does not know MQTT 5 is spoken to in 3.1.1: told so is better than not told.
"""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

import orjson
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from kierto.hub import lines, outgoing
from kierto.hub.addresses import QUEUE, Target, read_url
from kierto.hub.refusals import OutgoingError, Refused, TimedOut, Unreachable

IDLE_SECONDS: Final = 20.0
VERSIONS: Final[dict[str, MQTTProtocolVersion]] = {
    "mqtt3.1.1": MQTTProtocolVersion.MQTTv311,
    "mqtt5.0": MQTTProtocolVersion.MQTTv5,
}
_KEEPALIVE: Final = 60
_MOST_IDLE: Final = 64
_MOST_OLD: Final = 1024
_UNKNOWN_VERSION: Final = "Unsupported protocol version"


def check(uri: str, endpoint: dict[str, Any]) -> None:
    """Nothing, when notifications can be sent so.

    Raises:
        Refused: the address leads inward or names no topic, or what is asked of MQTT is none.
    """
    outgoing.check(uri, QUEUE)
    _topic(read_url(uri, QUEUE))
    _quality(endpoint)
    _version(endpoint)


def publish(
    uri: str,
    endpoint: dict[str, Any],
    body: dict[str, Any],
    headers: dict[str, str],
    *,
    seconds: float,
) -> None:
    """Send one message ``{"metadata": headers, "body": notification}``.

    With quality of service 0 it is sent, with 1 and 2 the broker has acknowledged it.

    Raises:
        OutgoingError: it is not sent, or not acknowledged in time.
    """
    target = read_url(uri, QUEUE)
    topic, quality, version = _topic(target), _quality(endpoint), _version(endpoint)
    if target.authority in _old:
        version = MQTTProtocolVersion.MQTTv311
    key = (target.scheme, target.authority, target.username, target.password, version)
    message = orjson.dumps({"metadata": headers, "body": body})
    deadline = time.monotonic() + seconds
    line = _taken(key)
    if line is not None:
        try:
            _say(line, topic, message, quality, deadline)
            _keep(key, line)
            return
        except OutgoingError:
            line.close()  # it had been let go on the other side: once more on a new one
    line = _connected_somehow(target, version, deadline)
    try:
        _say(line, topic, message, quality, deadline)
    except BaseException:
        line.close()
        raise
    _keep(key, line)


class _HungUp(Unreachable):
    """The broker ended the connection; one of MQTT 3 does so when it is spoken to in 5."""


class _Client(paho.Client):
    """Connects to an address that was judged, whatever its name may mean a moment later."""

    target: Target
    seconds: float

    def _create_socket_connection(self) -> socket.socket:
        return lines.connect(self.target, self.seconds)


@dataclass(slots=True)
class _Line:
    client: _Client
    since: float = 0.0

    def close(self) -> None:
        try:
            self.client.disconnect()
            self.client.loop(0.01)
        except (OSError, ValueError):
            pass


Key = tuple[str, str, str, str, int]
_lock = threading.Lock()
_idle: dict[Key, list[_Line]] = {}
_old: set[str] = set()
_pid = os.getpid()


def _taken(key: Key) -> _Line | None:
    global _pid
    with _lock:
        if _pid != os.getpid():
            _idle.clear()
            _pid = os.getpid()
        lines_of = _idle.get(key)
        line = lines_of.pop() if lines_of else None
    if line is None:
        return None
    if time.monotonic() - line.since > IDLE_SECONDS:
        line.close()
        return None
    return line


def _keep(key: Key, line: _Line) -> None:
    line.since = time.monotonic()
    gone: list[_Line] = []
    with _lock:
        if sum(map(len, _idle.values())) >= _MOST_IDLE:
            gone = [each for some in _idle.values() for each in some]
            _idle.clear()
        _idle.setdefault(key, []).append(line)
    for each in gone:
        each.close()


def close_idle() -> None:
    """Let the connections go that wait for a next notification."""
    with _lock:
        gone = [each for some in _idle.values() for each in some]
        _idle.clear()
    for each in gone:
        each.close()


def _connected_somehow(target: Target, version: MQTTProtocolVersion, deadline: float) -> _Line:
    try:
        return _connected(target, version, deadline)
    except _HungUp:
        if version != MQTTProtocolVersion.MQTTv5:
            raise
        line = _connected(target, MQTTProtocolVersion.MQTTv311, deadline)
        if len(_old) > _MOST_OLD:
            _old.clear()
        _old.add(target.authority)
        return line


def _connected(target: Target, version: MQTTProtocolVersion, deadline: float) -> _Line:
    client = _Client(CallbackAPIVersion.VERSION2, protocol=version)
    client.target, client.seconds = target, max(0.05, deadline - time.monotonic())
    if target.username:
        client.username_pw_set(target.username, target.password or None)
    if target.scheme == "mqtts":
        client.tls_set_context(ssl.create_default_context())
    answered: list[Any] = []
    client.on_connect = lambda _c, _u, _flags, reason, _p: answered.append(reason)
    try:
        client.connect(target.host, target.port, keepalive=_KEEPALIVE)
    except (OSError, ValueError) as error:
        raise Unreachable("No connection to the MQTT broker could be made.") from error
    line = _Line(client)
    try:
        _loop_until(client, lambda: bool(answered), deadline)
    except BaseException:
        line.close()
        raise
    if answered[0].is_failure:
        line.close()
        text = "The MQTT broker does not let the node in."
        raise (_HungUp if answered[0] == _UNKNOWN_VERSION else Unreachable)(text)
    return line


def _say(line: _Line, topic: str, message: bytes, quality: int, deadline: float) -> None:
    try:
        said = line.client.publish(topic, message, qos=quality)
        if said.rc != paho.MQTT_ERR_SUCCESS:
            raise Unreachable("The MQTT broker has hung up.")
        _loop_until(line.client, said.is_published, deadline)
    except (ValueError, RuntimeError) as error:
        raise Unreachable("The message does not fit MQTT.") from error


def _loop_until(client: paho.Client, done: Callable[[], bool], deadline: float) -> None:
    while not done():
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimedOut("The MQTT broker did not answer in time.")
        if client.loop(min(left, 0.05)) != paho.MQTT_ERR_SUCCESS:
            raise _HungUp("The MQTT broker has hung up.")


def _topic(target: Target) -> str:
    topic = unquote(target.path).removeprefix("/")
    if not topic or any(sign in topic for sign in "+#\0") or len(topic.encode()) > 1024:
        raise Refused("The address of an MQTT endpoint ends in a topic, without + and #.")
    return topic


def _info(endpoint: dict[str, Any], key: str) -> str | None:
    for pair in endpoint.get("notifierInfo") or ():
        if pair["key"].lower() == key.lower():
            return str(pair["value"])
    return None


def _quality(endpoint: dict[str, Any]) -> int:
    text = _info(endpoint, "MQTT-QoS") or "0"
    if text not in {"0", "1", "2"}:
        raise Refused("MQTT-QoS is 0, 1 or 2.")
    return int(text)


def _version(endpoint: dict[str, Any]) -> MQTTProtocolVersion:
    text = (_info(endpoint, "MQTT-Version") or "mqtt5.0").lower()
    if text not in VERSIONS:
        raise Refused("MQTT-Version is mqtt3.1.1 or mqtt5.0.")
    return VERSIONS[text]
