"""Many clients of one server from one thread: every connection has one request on its way."""

from __future__ import annotations

import selectors
import socket
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Answers:
    """What came back: seconds each request took, how many for each status, what was not right."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    elapsed: float = 0.0
    sample: bytes = b""

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.elapsed

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        ordered = sorted(self.seconds)
        return ordered[int(len(ordered) * 0.95)]


def request(
    method: str, path: str, body: bytes = b"", kind: str = "application/json", **headers: str
) -> bytes:
    """One request of HTTP/1.1 as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.started = 0.0

    def send(self, message: bytes) -> None:
        self.buffer = b""
        self.started = time.perf_counter()
        self.socket.sendall(message)

    def receive(self) -> int | None:
        """The status, when the answer is whole."""
        part = self.socket.recv(1 << 18)
        if not part:
            raise ConnectionError("the server closed the connection")
        self.buffer += part
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return None
        lowered = head.lower()
        start = lowered.find(b"content-length:")
        if start >= 0:
            if len(body) < int(lowered[start + 15 :].split(b"\r\n", 1)[0]):
                return None
        elif b"chunked" in lowered and not body.endswith(b"0\r\n\r\n"):
            return None
        return int(head[9:12])


def ask(port: int, requests: Iterator[bytes], clients: int, seconds: float) -> Answers:
    """Send requests from so many clients for so long (or until there are no more)."""
    answers = Answers()
    selector = selectors.DefaultSelector()
    connections = [_Connection(port) for _ in range(clients)]
    started = time.perf_counter()
    busy = 0
    for connection in connections:
        message = next(requests, None)
        if message is None:
            break
        connection.send(message)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        busy += 1
    while busy:
        for key, _ in selector.select():
            connection = key.data
            status = connection.receive()
            if status is None:
                continue
            now = time.perf_counter()
            answers.seconds.append(now - connection.started)
            answers.statuses[status] = answers.statuses.get(status, 0) + 1
            answers.sample = connection.buffer
            message = next(requests, None) if now - started < seconds else None
            if message is None:
                selector.unregister(connection.socket)
                busy -= 1
            else:
                connection.send(message)
    answers.elapsed = time.perf_counter() - started
    for connection in connections:
        connection.socket.close()
    return answers
