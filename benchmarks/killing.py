"""The server killed while it writes: is every acknowledged write there, every notification told?

    .venv/bin/python benchmarks/killing.py            # 100 rounds
    .venv/bin/python benchmarks/killing.py --quick    # 3 rounds

Each round starts a node (`kierto serve`), creates and updates entities from eight clients, and
kills every process of it (SIGKILL) in the middle. The next round's node must have every entity
whose writing was answered, as it was answered, and every subscriber must have heard of it at
least once. SIGKILL ends the processes; what a power cut does to the disk below is not tried here
(the database is told to wait for the disk: SQLite with synchronous FULL, PostgreSQL with fsync).
"""

from __future__ import annotations

import http.client
import json
import random
import shutil
import tempfile
import threading
import time
from pathlib import Path

import _hub_server as node
from _harness import Benchmark
from _hub_notices import Listener, subscribe

CLIENTS = 8
KIND = "Counter"


class Client(threading.Thread):
    """Writes until the server is gone; remembers what was acknowledged."""

    def __init__(self, port: int, name: str, round_number: int, known: dict[str, int]) -> None:
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.label = f"urn:ngsi-ld:{KIND}:{round_number}-{name}"
        self.known = known
        self.refused: list[str] = []

    def run(self) -> None:
        number = 0
        try:
            while True:
                number += 1
                entity_id = f"{self.label}-{number // 3}"
                value = number % 3
                if value == 0:
                    self._send("POST", "/entities", self._counter(entity_id, 0), 201)
                    self.known[entity_id] = 0
                elif entity_id in self.known:
                    path = f"/entities/{entity_id}/attrs/n"
                    self._send("PATCH", path, {"value": value}, 204)
                    self.known[entity_id] = value
        except (OSError, http.client.HTTPException):
            self.connection.close()

    def _counter(self, entity_id: str, value: int) -> dict[str, object]:
        return {"id": entity_id, "type": KIND, "n": {"type": "Property", "value": value}}

    def _send(self, method: str, path: str, body: object, expected: int) -> None:
        headers = {"Content-Type": "application/json"}
        self.connection.request(method, node.PREFIX + path, json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != expected:
            self.refused.append(f"{method} {path}: {answer.status} {text[:200]!r}")


def main() -> None:
    bench = Benchmark("The server killed while it writes")
    bench.parser.add_argument("--rounds", type=int)
    bench.parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    bench.parser.add_argument("--workers", type=int, default=1)
    bench.parser.add_argument("--seed", type=int, default=1)
    bench.parser.add_argument("--begin-with", type=Path, help="a data folder to take a copy of")
    options = bench.start()
    rounds = options.rounds or (3 if options.quick else 100)
    folder = Path(tempfile.mkdtemp(prefix="kierto-killing-"))
    if options.begin_with:
        shutil.copytree(options.begin_with, folder, dirs_exist_ok=True)
    try:
        with node.database(options.database) as url:
            found = kill_again_and_again(folder, url, rounds, options.workers, options.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name, value in found.items():
        bench.figure(name, value, "")
    lost = ("acknowledged writes lost", "notifications never told", "requests refused")
    bench.finish(kept=not any(found[name] for name in lost))


def kill_again_and_again(
    folder: Path, url: str, rounds: int, workers: int = 1, seed: int = 1
) -> dict[str, int]:
    """Kill a node so many times; what was acknowledged, what is missing, what was never told.

    The job worker runs and is killed as well: what a killed process owed, its rounds find.
    """
    chance = random.Random(seed)
    environment = node.environment_of(folder, url, workers)
    node.migrate(environment)
    listener, known, refused, lost = Listener(), dict[str, int](), list[str](), 0
    port = node.free_port()
    server = node.start(environment, port, folder / "serve.log", worker=True)
    server.wait()
    subscribe(server, listener, KIND)
    try:
        for number in range(rounds):
            clients = [Client(port, str(each), number, known) for each in range(CLIENTS)]
            for client in clients:
                client.start()
            time.sleep(chance.uniform(0.05, 1.2))
            server.kill()
            for client in clients:
                client.join()
                refused += client.refused
            server = node.start(environment, port, folder / "serve.log", worker=True)
            server.wait()
            mine = {key: value for key, value in known.items() if f":{number}-" in key}
            lost += missing(port, mine)
        lost += missing(port, known)
        untold = wait_for_news(listener, known)
    finally:
        server.kill()
        listener.close()
    for line in refused[:10]:
        print(line)
    return {
        "times killed": rounds,
        "entities acknowledged": len(known),
        "acknowledged writes lost": lost,
        "requests refused": len(refused),
        "notifications heard": len(listener.heard),
        "notifications never told": untold,
    }


def missing(port: int, known: dict[str, int]) -> int:
    """How many acknowledged writes are not there. A later value may stand: its answer was lost."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    count = 0
    for entity_id, value in known.items():
        connection.request("GET", f"{node.PREFIX}/entities/{entity_id}?options=keyValues")
        answer = connection.getresponse()
        body = json.loads(answer.read())
        if answer.status != 200 or body["n"] < value:
            print(f"lost: {entity_id} was {value}, is {body}")
            count += 1
    connection.close()
    return count


def wait_for_news(listener: Listener, known: dict[str, int], seconds: float = 120) -> int:
    """How many acknowledged states nobody was told of, after some waiting."""
    until = time.monotonic() + seconds
    while True:
        told: dict[str, set[int]] = {}
        with listener.news:
            heard = list(listener.heard)
        for _at, body in heard:
            for entity in body["data"]:
                told.setdefault(entity["id"], set()).add(entity["n"]["value"])
        untold = sum(value not in told.get(entity_id, ()) for entity_id, value in known.items())
        if untold == 0 or time.monotonic() > until:
            return untold
        time.sleep(0.5)


if __name__ == "__main__":
    main()
