"""How fast the hub writes, reads, finds and tells, over HTTP, on SQLite and PostgreSQL.

    .venv/bin/python benchmarks/hub.py --quick --json
    .venv/bin/python benchmarks/hub.py --million

A node is served from a folder of its own by `kierto serve`; clients keep one request each on its
way. Every write is durable when it is answered (SQLite with synchronous FULL, PostgreSQL with
fsync). Entities are street lights with five attributes: a serial number, a brightness, a state, a
point and a relationship.

Because one machine runs the clients, the server and the database, and perhaps more, every figure
comes with the processor time the server used for one request, and with peers in the same run: a
bare granian application that answers three bytes, the bare database that writes the same documents
without an index, and the floor: SQLite alone writing all rows that the hub writes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import _hub_server as node
from _harness import Benchmark
from _hub_clients import Answers, ask, request
from _hub_notices import latency

QUICK_CLIENTS = (1, 8, 64)
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
BATCH = 1_000
PEER = """
def application(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
    return [b"yes"]
"""


def main() -> None:
    bench = Benchmark("Writing, reading, finding and telling in the hub, over HTTP")
    bench.parser.add_argument(
        "--database", choices=["sqlite", "postgresql", "both"], default="both"
    )
    bench.parser.add_argument("--entities", type=int, default=10_000)
    bench.parser.add_argument("--million", action="store_true", help="also at 1 000 000 entities")
    bench.parser.add_argument("--workers", type=int, default=1)
    bench.parser.add_argument("--seconds", type=float, help="of each measurement")
    options = bench.start()
    seconds = options.seconds or (1.5 if options.quick else 5.0)
    sizes = [options.entities, *([1_000_000] if options.million else [])]
    kinds = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    folder = Path(tempfile.mkdtemp(prefix="kierto-hub-"))
    kept = True
    try:
        bench.figure("peer: bare granian, 8 clients", bare_server(folder, seconds), "requests/s")
        bench.figure("peer: bare SQLite, batches", bare_sqlite(folder), "rows/s")
        rate, of_cpu = bare_tables(folder / "floor")
        bench.figure("floor: the hub's rows, SQLite alone", rate, "entities/s")
        bench.figure("floor, by processor time", of_cpu, "entities/CPU s")
        for kind in kinds:
            with node.database(kind) as url:
                with node.served(folder / kind, url, options.workers) as server:
                    kept = Run(bench, server, kind, seconds).all(sizes, options) and kept
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    bench.finish(kept=kept)


def light(number: int, chance: random.Random) -> dict[str, object]:
    """A street light, normalized."""
    return {
        "id": f"urn:ngsi-ld:Streetlight:{number}",
        "type": "Streetlight",
        "serial": {"type": "Property", "value": f"S{number:09}"},
        "lux": {
            "type": "Property",
            "value": round(chance.random() * 100_000, 2),
            "unitCode": "LUX",
        },
        "powerState": {"type": "Property", "value": chance.choice(["on", "off"])},
        "location": {
            "type": "GeoProperty",
            "value": {
                "type": "Point",
                "coordinates": [
                    round(24.5 + chance.random(), 6),
                    round(60.0 + chance.random() / 2, 6),
                ],
            },
        },
        "refDistrict": {"type": "Relationship", "object": f"urn:ngsi-ld:District:{number % 100}"},
    }


class Run:
    """One database: filled step by step, asked at each size."""

    def __init__(self, bench: Benchmark, server: node.Server, kind: str, seconds: float) -> None:
        self.bench, self.server, self.kind, self.seconds = bench, server, kind, seconds
        self.chance = random.Random(5)
        self.numbers = itertools.count()
        self.there = 0
        self.kept = True

    def all(self, sizes: list[int], options: argparse.Namespace) -> bool:
        for size in sizes:
            self.fill(size)
            self.measure(size)
        if not options.quick or self.kind == "sqlite":
            median, p95 = latency(self.server, 30 if options.quick else 200)
            self.bench.figure(f"{self.kind}: notification, median", median * 1e3, "ms")
            self.bench.figure(f"{self.kind}: notification, p95", p95 * 1e3, "ms")
        return self.kept

    def fill(self, size: int) -> None:
        """Batch upserts of a thousand until there are so many entities."""
        before = self.there
        if size - before <= 0:
            return

        def batches() -> Iterator[bytes]:
            while self.there < size:
                count = min(BATCH, size - self.there)
                lights = [light(next(self.numbers), self.chance) for _ in range(count)]
                self.there += count
                yield request(
                    "POST",
                    f"{node.PREFIX}/entityOperations/upsert",
                    json.dumps(lights).encode(),
                )

        cpu = self.server.cpu()
        answers = ask(self.server.port, batches(), 2, 1e9)
        self._check(answers, {201})
        count = self.there - before
        name = f"{self.kind}: batch upserts to {size}"
        self.bench.figure(name, count / answers.elapsed, "entities/s")
        self.bench.figure(
            f"{name}, by the server's processor time",
            count / (self.server.cpu() - cpu),
            "entities/CPU s",
        )

    def measure(self, size: int) -> None:
        rows = []
        for name, statuses, requests in self._workloads():
            for clients in QUICK_CLIENTS:
                cpu = self.server.cpu()
                answers = ask(self.server.port, requests(), clients, self.seconds)
                self._check(answers, statuses)
                spent = (self.server.cpu() - cpu) / len(answers.seconds)
                rows.append(
                    [
                        f"{name}, {clients} clients",
                        f"{answers.rate:.0f}",
                        f"{answers.median * 1e3:.2f}",
                        f"{answers.p95 * 1e3:.2f}",
                        f"{spent * 1e6:.0f}",
                    ]
                )
                label = f"{self.kind}, {size}: {name}, {clients} clients"
                self.bench.figures[label] = {"value": answers.rate, "unit": "requests/s"}
                self.bench.figures[f"{label}, median"] = {
                    "value": answers.median * 1e3,
                    "unit": "ms",
                }
                self.bench.figures[f"{label}, CPU"] = {"value": spent * 1e6, "unit": "µs"}
        self.bench.say(f"\n{self.kind}, {size} entities")
        self.bench.table(
            ["request", "per second", "median ms", "p95 ms", "server CPU µs each"], rows
        )
        self.bench.say()

    def _check(self, answers: Answers, statuses: set[int]) -> None:
        if set(answers.statuses) - statuses:
            self.kept = False
            self.bench.say(f"Unexpected answers {answers.statuses}: {answers.sample[-300:]!r}")

    # ----------------------------------------------------------- workloads

    def _workloads(self) -> list[tuple[str, set[int], Callable[[], Iterator[bytes]]]]:
        selective = "/entities?type=Streetlight&q=serial==%22S{:09}%22"
        common = "/entities?type=Streetlight&q=powerState==%22on%22;lux%3E50000&limit=20"
        near = (
            "/entities?type=Streetlight&georel=near;maxDistance==300&geometry=Point"
            "&coordinates=[{:.4f},{:.4f}]"
        )
        return [
            ("create", {201}, self._creates),
            ("partial update", {204}, self._updates),
            ("retrieve", {200}, lambda: self._gets("/entities/urn:ngsi-ld:Streetlight:{}")),
            ("q, selective", {200}, lambda: self._gets(selective)),
            ("q, half of all, first 20", {200}, lambda: self._gets(common)),
            ("near 300 m", {200}, lambda: self._places(near)),
        ]

    def _creates(self) -> Iterator[bytes]:
        while True:
            body = json.dumps(light(next(self.numbers), self.chance)).encode()
            yield request("POST", f"{node.PREFIX}/entities", body)

    def _updates(self) -> Iterator[bytes]:
        while True:
            number = self.chance.randrange(self.there)
            body = json.dumps({"value": round(self.chance.random() * 100_000, 2)}).encode()
            path = f"{node.PREFIX}/entities/urn:ngsi-ld:Streetlight:{number}/attrs/lux"
            yield request("PATCH", path, body)

    def _gets(self, path: str) -> Iterator[bytes]:
        while True:
            yield request("GET", node.PREFIX + path.format(self.chance.randrange(self.there)))

    def _places(self, path: str) -> Iterator[bytes]:
        while True:
            place = 24.5 + self.chance.random(), 60.0 + self.chance.random() / 2
            yield request("GET", node.PREFIX + path.format(*place))


# -------------------------------------------------------------------- peers


def bare_server(folder: Path, seconds: float) -> float:
    """Answers per second of a granian with the same threads and nothing behind it."""
    (folder / "bare.py").write_text(PEER, encoding="utf-8")
    port = node.free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port),
         "--blocking-threads", "64", "--log-level", "critical", "bare:application"],
        cwd=folder,
    )  # fmt: skip
    try:
        for _ in range(200):
            try:
                answers = ask(port, itertools.repeat(request("GET", "/")), 8, seconds)
                break
            except OSError:
                time.sleep(0.1)
        return answers.rate
    finally:
        process.terminate()
        process.wait()


def bare_sqlite(folder: Path) -> float:
    """Documents per second into one table with one index, a thousand a durable commit."""
    database = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE e (key INTEGER PRIMARY KEY, id TEXT UNIQUE, document TEXT)")
    chance = random.Random(5)
    lights = [light(number, chance) for number in range(20 * BATCH)]
    rows = [(str(each["id"]), json.dumps(each)) for each in lights]
    started = time.perf_counter()
    for start in range(0, len(rows), BATCH):
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO e (id, document) VALUES (?, ?)", rows[start:][:BATCH])
        database.execute("COMMIT")
    elapsed = time.perf_counter() - started
    database.close()
    return len(rows) / elapsed


def bare_tables(folder: Path) -> tuple[float, float]:
    """The hub's own rows written by SQLite alone; a second, and a second of processor time."""
    from _hub_floor import floor

    folder.mkdir()
    environment = node.environment_of(folder, "")
    node.migrate(environment)
    os.environ.update(environment)
    import django

    django.setup()
    return floor(folder / "kierto.sqlite3")


if __name__ == "__main__":
    main()
