"""Connections to judged addresses: with a time limit for all of a call, and kept between calls."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from typing import Any

from kierto.hub import addresses
from kierto.hub.addresses import Place, Target
from kierto.hub.refusals import TimedOut, Unreachable

IDLE_SECONDS = 15.0
_MOST_IDLE_OF_ONE = 8
_MOST_IDLE = 256


def connect(target: Target, seconds: float) -> socket.socket:
    """A connection (without TLS) to a judged address of the target, made within ``seconds``."""
    return _connect(target, time.monotonic() + seconds)


class Limited:
    """A socket whose every wait ends at the deadline, however slowly the bytes drip."""

    deadline = float("inf")

    def _limit(self) -> None:
        if self.deadline == float("inf"):
            return  # somebody else's protocol: it sets its own limits
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("The time for the whole call is over.")
        self.settimeout(min(left, 3600.0))  # type: ignore[attr-defined]

    def recv_into(self, *args: Any, **named: Any) -> Any:
        self._limit()
        return super().recv_into(*args, **named)  # type: ignore[misc]

    def send(self, *args: Any, **named: Any) -> Any:
        self._limit()
        return super().send(*args, **named)  # type: ignore[misc]

    def sendall(self, *args: Any, **named: Any) -> Any:
        self._limit()
        return super().sendall(*args, **named)  # type: ignore[misc]


class PlainSocket(Limited, socket.socket):
    pass


class SecureSocket(Limited, ssl.SSLSocket):
    pass


def _secure_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.sslsocket_class = SecureSocket
    return context


@dataclass(slots=True)
class Line:
    """An open connection and the socket under it (which http.client lets go when it ends)."""

    http: http.client.HTTPConnection
    socket: Limited
    since: float
    used: bool = False


class _Idle:
    """Connections kept open between calls; every process has its own."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.lock = threading.Lock()
        self.lines: dict[tuple[str, str, int], list[Line]] = {}
        self.count = 0
        self.tls: ssl.SSLContext | None = None

    def take(self, key: tuple[str, str, int]) -> Line | None:
        while True:
            with self.lock:
                waiting = self.lines.get(key)
                if not waiting:
                    return None
                line = waiting.pop()
                self.count -= 1
                if not waiting:
                    del self.lines[key]
            if time.monotonic() - line.since < IDLE_SECONDS and _is_quiet(line.http.sock):
                line.used = True
                return line
            line.http.close()

    def keep(self, key: tuple[str, str, int], line: Line) -> None:
        line.since = time.monotonic()
        gone: list[Line] = []
        with self.lock:
            if self.count >= _MOST_IDLE:
                gone = [each for lines in self.lines.values() for each in lines]
                self.lines, self.count = {}, 0
            waiting = self.lines.setdefault(key, [])
            if len(waiting) < _MOST_IDLE_OF_ONE:
                waiting.append(line)
                self.count += 1
            else:
                gone.append(line)
        for each in gone:
            each.http.close()

    def secure(self) -> ssl.SSLContext:
        with self.lock:
            if self.tls is None:
                self.tls = _secure_context()
            return self.tls


_idle = _Idle()


def kept_lines() -> _Idle:
    global _idle
    if _idle.pid != os.getpid():  # a forked process must not speak on its parent's connections
        addresses.forget()
        _idle = _Idle()
    return _idle


def close_idle() -> None:
    """Let the connections go that wait for a next call."""
    kept = kept_lines()
    with kept.lock:
        lines, kept.lines, kept.count = kept.lines, {}, 0
    for waiting in lines.values():
        for line in waiting:
            line.http.close()


def _is_quiet(sock: socket.socket | None) -> bool:
    """Whether the other side has neither hung up nor said something nobody asked for."""
    if sock is None:
        return False
    try:
        sock.setblocking(False)
        socket.socket.recv(sock, 1, socket.MSG_PEEK)
    except (BlockingIOError, InterruptedError):
        return True
    except OSError:
        pass
    return False


def open_line(target: Target, deadline: float) -> Line:
    sock: Any = _connect(target, deadline)
    if target.scheme == "https":
        try:
            sock.settimeout(max(deadline - time.monotonic(), 0.001))
            sock = kept_lines().secure().wrap_socket(sock, server_hostname=target.host)
        except TimeoutError as error:
            sock.close()
            raise TimedOut("No secure connection was made in time.") from error
        except (OSError, ValueError) as error:
            sock.close()
            raise Unreachable("The other side could not prove who it is (TLS).") from error
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = sock
    connection.auto_open = 0
    return Line(connection, sock, time.monotonic())


def _connect(target: Target, deadline: float) -> PlainSocket:
    places = addresses.places_of(target.host, target.port, seconds=deadline - time.monotonic())
    failure: OSError | None = None
    for place in places[:4]:
        try:
            return _connected(place, deadline)
        except OSError as error:
            failure = error
    if isinstance(failure, TimeoutError):
        raise TimedOut("No connection was made in time.") from failure
    raise Unreachable("No connection could be made.") from failure


def _connected(place: Place, deadline: float) -> PlainSocket:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("The time for the whole call is over.")
    sock = PlainSocket(place.family, socket.SOCK_STREAM)
    try:
        sock.settimeout(left)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect((place.address, place.port))
    except BaseException:
        sock.close()
        raise
    return sock
