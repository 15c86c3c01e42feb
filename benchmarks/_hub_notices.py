"""How long after a change a subscriber hears of it."""

from __future__ import annotations

import json
import statistics
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from _hub_server import PREFIX, Server


class Listener:
    """Takes notifications, and when they came."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, dict[str, Any]]] = []
        self.news = threading.Condition()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with listener.news:
                    listener.heard.append((time.perf_counter(), json.loads(body)))
                    listener.news.notify_all()
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def wait_for(self, count: int, seconds: float) -> bool:
        with self.news:
            return self.news.wait_for(lambda: len(self.heard) >= count, seconds)


def send(server: Server, method: str, path: str, body: object) -> int:
    """One request; its status."""
    message = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{PREFIX}{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(message, timeout=60) as answer:  # our own address
        return int(answer.status)


def subscribe(server: Server, listener: Listener, kind: str) -> None:
    send(
        server,
        "POST",
        "/subscriptions",
        {
            "id": f"urn:ngsi-ld:Subscription:{kind}:{listener.server.server_port}",
            "type": "Subscription",
            "entities": [{"type": kind}],
            "notification": {"endpoint": {"uri": listener.address, "accept": "application/json"}},
        },
    )


def latency(server: Server, times: int) -> tuple[float, float]:
    """Median and 95th percentile of seconds from sending a change to hearing of it."""
    listener = Listener()
    try:
        subscribe(server, listener, "Probe")
        thing = {
            "id": "urn:ngsi-ld:Probe:1",
            "type": "Probe",
            "n": {"type": "Property", "value": 0},
        }
        send(server, "POST", "/entities", thing)
        if not listener.wait_for(1, 30):
            raise SystemExit("No notification came within 30 seconds.")
        seconds = []
        for number in range(1, times + 1):
            heard = len(listener.heard)
            started = time.perf_counter()
            send(server, "PATCH", "/entities/urn:ngsi-ld:Probe:1/attrs/n", {"value": number})
            if not listener.wait_for(heard + 1, 30):
                raise SystemExit("A notification is missing.")
            seconds.append(listener.heard[heard][0] - started)
        seconds.sort()
        return statistics.median(seconds), seconds[int(len(seconds) * 0.95)]
    finally:
        listener.close()
