"""Endpoints that listen on this machine: what was sent to them, and how they answer."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kierto.hub.lines import close_idle


@dataclass(slots=True)
class Seen:
    """One request that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    status: int = 0

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def entities(self) -> list[str]:
        """Identifiers of what a notification is about."""
        return [each["id"] for each in self.json["data"]]


Reply = Callable[[BaseHTTPRequestHandler], None]


def answer(body: bytes = b"", status: int = 200, after: float = 0.0, **headers: str) -> Reply:
    """A reply with this body, after so many seconds."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(after)
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


@dataclass
class Endpoint:
    """A listening endpoint. ``reply`` may be exchanged while it runs."""

    reply: Reply
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    peers: set[tuple[str, int]] = field(default_factory=set)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, seconds: float = 20.0) -> list[Seen]:
        """Everything that arrived, once it is so many requests."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.seen) >= count, seconds), (
                f"{len(self.seen)} of {count} arrived"
            )
            return list(self.seen)

    def wait_for_entities(self, wanted: set[str], seconds: float = 30.0) -> None:
        """Until each of these was told of at least once."""
        with self.changed:
            assert self.changed.wait_for(lambda: wanted <= self.told(), seconds), (
                f"{len(wanted - self.told())} of {len(wanted)} were not told of"
            )

    def told(self) -> set[str]:
        """Identifiers of what was told of and taken."""
        return {each for seen in self.seen if 200 <= seen.status < 300 for each in seen.entities}


@contextmanager
def listening(reply: Reply | None = None, port: int = 0) -> Iterator[Endpoint]:
    """An endpoint on a port of this machine (any free one where none is named)."""
    endpoint = Endpoint(reply or answer())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            if len(body) < length:  # whoever sent it was killed
                self.close_connection = True
                return
            self.seen = Seen(self.command, self.path, dict(self.headers), body, time.time())
            with endpoint.changed:
                endpoint.peers.add(self.client_address)
                endpoint.seen.append(self.seen)
                endpoint.changed.notify_all()
            try:
                endpoint.reply(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def send_response(self, code: int, message: str | None = None) -> None:
            with endpoint.changed:
                self.seen.status = code
                endpoint.changed.notify_all()
            super().send_response(code, message)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _any

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    server = Server(("127.0.0.1", port), Handler)
    endpoint.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        close_idle()
        server.shutdown()
        server.server_close()
        thread.join()
