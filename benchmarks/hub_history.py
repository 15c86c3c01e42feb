"""How fast is the history of a district's sensors: a hundred million readings in files?

    .venv/bin/python benchmarks/hub_history.py --quick --json

The program makes its readings itself: sensors that measure every five minutes, a daily curve with
noise, twelve months in files of the hub's own making (rows, sums by hour and by day), and the days
since in the database, written by the fast path of the sensors. Then it asks a node of its own,
over HTTP: the last value of one sensor, a sensor's month by hour, all sensors' year by day (that
one inside a process, as pages and downloads ask); appends single instances and asks for aggregates
with eight clients. Promises: last value within 50 ms, a month by hour within 200 ms, all by day
within 10 s (medians). It ends with code 1 when one is broken.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from _harness import Benchmark, measure

ROOT = Path(__file__).resolve().parents[1]
EVERY = 300
MONTHS = 12
CLIENTS = 8
POWER = "https://uri.etsi.org/ngsi-ld/default-context/power"
TYPE = "https://uri.etsi.org/ngsi-ld/default-context/Meter"
PROMISES = {"last value": 0.050, "month by hour": 0.200, "all by day": 10.0}


def main() -> None:
    bench = Benchmark("How fast a hundred million readings are asked and more are written")
    bench.parser.add_argument("--sensors", type=int, default=0, help="0: 1000, quick 10")
    bench.parser.add_argument("--recent-days", type=int, default=0, help="0: 3")
    bench.parser.add_argument("--folder", type=Path, help="keep the data here")
    options = bench.start()
    sensors = options.sensors or (10 if options.quick else 1_000)
    days = options.recent_days or 3
    folder = options.folder or Path(tempfile.mkdtemp(prefix="kierto-history-"))
    set_up(folder)
    try:
        kept = run(bench, folder, sensors, days, quick=options.quick)
    finally:
        if options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    bench.finish(kept=kept, sensors=sensors)


def set_up(folder: Path) -> None:
    os.environ.update(
        KIERTO_DATA_DIR=str(folder),
        DJANGO_SETTINGS_MODULE="kierto.config.settings",
        KIERTO_HUB_OPEN="yes",
    )
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def run(bench: Benchmark, folder: Path, sensors: int, days: int, *, quick: bool) -> bool:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    months = filed_months(now)
    series = make_sensors(sensors)
    if not has_files():
        started = time.perf_counter()
        rows = sum(make_month(month, series) for month in months)
        bench.figure("readings in files", rows, "readings")
        bench.figure("filing", rows / (time.perf_counter() - started), "readings/s")
        bench.figure("writing readings", make_recent(sensors, now, days), "readings/s")
    tell_sizes(bench, folder)
    kept = [
        promise(bench, "all by day", lambda: all_by_day(series, months), times=3),
    ]
    with serving(folder) as port:
        client = Client(port)
        chosen = random.Random(1)
        times = 20 if quick else 100

        def last() -> None:
            client.get(meter(chosen.randrange(sensors)), lastN=1, attrs="power")

        def by_hour() -> None:
            start, end = edges(chosen.choice(months))
            client.get(
                meter(chosen.randrange(sensors)),
                timerel="between", timeAt=start, endTimeAt=end, attrs="power",
                options="aggregatedValues", aggrMethods="avg,max", aggrPeriodDuration="PT1H",
            )  # fmt: skip

        kept += [
            promise(bench, "last value", last, times=times),
            promise(bench, "month by hour", by_hour, times=times),
        ]
        seconds = 3.0 if quick else 10.0
        bench.figure("single appends, 8 clients", together(port, seconds, append), "requests/s")
        bench.figure(
            "aggregates (month by hour), 8 clients",
            together(port, seconds, lambda c, r: aggregate(c, r, sensors, months)),
            "requests/s",
        )
    return all(kept)


def promise(bench: Benchmark, name: str, do: Callable[[], object], *, times: int) -> bool:
    samples = measure(do, times=times, warm_up=1)
    bench.figure(name, samples.median * 1000, "ms")
    bench.figure(f"{name}, p95", samples.p95 * 1000, "ms")
    return samples.median <= PROMISES[name]


# ------------------------------------------------------------------------ the readings


def meter(number: int) -> str:
    return f"urn:ngsi-ld:Meter:{number:05d}"


def filed_months(now: datetime) -> list[int]:
    from kierto.hub.history import keys

    running = keys.month_of(keys.micros_of(now))
    return list(range(running - MONTHS - 1, running - 1))


def edges(month: int) -> tuple[str, str]:
    from kierto.hub.history import keys

    return keys.text(keys.month_start(month)), keys.text(keys.month_start(month + 1))


def has_files() -> bool:
    from kierto.hub.models import HistoryFile

    return HistoryFile.objects.exists()


def make_sensors(sensors: int) -> list[int]:
    """Entities of the history; the numbers of their series."""
    from django.db import connection, transaction

    from kierto.hub.access import OPEN
    from kierto.hub.history import entities, keys, names
    from kierto.hub.store import tenants

    tenant = tenants.find("").id
    head = {
        "type": [TYPE],
        "createdAt": "2020-01-01T00:00:00Z",
        "modifiedAt": "2020-01-01T00:00:00Z",
    }
    seen = [entities.Seen(tenant, meter(n), head, OPEN, None) for n in range(sensors)]
    with transaction.atomic(), connection.cursor() as cursor:
        kept = entities.keep(cursor, seen)
        name = names.numbers(cursor, [(POWER, "")])[POWER, ""]
        series = [keys.series_of(each.number, name) for each in kept.values()]
        cursor.executemany(
            "INSERT INTO hub_historyseries (series, unit, mixed) VALUES (%s, 'KWT', FALSE)"
            " ON CONFLICT DO NOTHING",
            [(one,) for one in series],
        )
    return sorted(series)


def make_month(month: int, series: list[int]) -> int:
    """Write a month of readings and let the hub make its files of it; how many."""
    import pyarrow as pa

    from kierto.hub.history import counting, files, filing, keys

    start, end = keys.month_start(month), keys.month_start(month + 1)
    step = EVERY * keys.SECOND
    held = files.folder() / f"{keys.month_name(month)}-made.parquet.part"
    with files.engine() as duck:
        duck.register("sensors", pa.table({"series": pa.array(series, pa.int64())}))
        duck.execute(
            f"""COPY (
                SELECT series, moment AS "at", 0::BIGINT AS twin,
                    round(20 + 8 * sin(moment / 13750987083.0 + series % 97)
                        + random() * 2, 1) AS number,
                    NULL::SMALLINT AS quality, true AS observed, NULL::BIGINT AS created,
                    NULL::BIGINT AS modified, NULL::VARCHAR AS document, false AS gone
                FROM sensors, (SELECT unnest(range({start}, {end}, {step})) AS moment)
                ORDER BY series, moment
            ) TO '{held}' (FORMAT parquet)"""
        )
    work = filing.Work(month, held, {}, [], "made")
    made, passed = filing.make(work, {}, lambda step: None)
    counting.count(month, {}, made, set(), [], passed)
    held.unlink()
    return made[0].rows


def make_recent(sensors: int, now: datetime, days: int) -> float:
    """Readings of the last days by the fast path, a thousand to a commit; how many a second."""
    from kierto.hub.history import Reading, append_readings, keys
    from kierto.hub.store import tenants, writing

    tenant = tenants.find("").id
    chance = random.Random(2)
    moments = [now - timedelta(seconds=EVERY * n) for n in range(days * 86_400 // EVERY)]
    rows = [
        Reading(tenant, meter(n), POWER, keys.text(keys.micros_of(moment)), chance.random(), "KWT")
        for moment in reversed(moments)
        for n in range(sensors)
    ]
    started = time.perf_counter()
    for at in range(0, len(rows), 1_000):
        part = rows[at : at + 1_000]
        writing.run(lambda cursor, part=part: append_readings(part, cursor))
    return len(rows) / (time.perf_counter() - started)


def tell_sizes(bench: Benchmark, folder: Path) -> None:
    from kierto.hub.models import HistoryFile

    for kind in ("rows", "hours", "days"):
        found = HistoryFile.objects.filter(kind=kind)
        bench.figure(f"files of {kind}", sum(each.size for each in found) / 1e6, "MB")
    database = sum(path.stat().st_size for path in folder.glob("kierto.sqlite3*"))
    bench.figure("database", database / 1e6, "MB")


def all_by_day(series: list[int], months: list[int]) -> None:
    from kierto.hub.history import cursors, keys, summing

    steps = summing.Steps(keys.month_start(months[0]), keys.month_start(months[-1] + 3), keys.DAY)
    with cursors.reading() as cursor:
        found = summing.sums_table(cursor, series, steps)
    assert found.num_rows >= len(series) * 300


# ---------------------------------------------------------------------------- the node


class serving:
    """A node on the folder, while the block lasts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> int:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
        self.process = subprocess.Popen(
            # The job worker has a start of its own, and would be measured with it.
            [sys.executable, "-m", "kierto", "serve", "--port", str(port), "--no-worker"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _attempt in range(400):
            time.sleep(0.5)
            try:
                Client(port).get(meter(0), lastN=1)
                return port
            except OSError:
                continue
        self.process.kill()
        raise RuntimeError("The node did not start.")

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


class Client:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, entity: str, **query: Any) -> Any:
        return self.ask("GET", f"/temporal/entities/{entity}?{urlencode(query)}")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        sent = None if body is None else json.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        self.connection.request(method, f"/ngsi-ld/v1{path}", sent, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:200]!r}")
        return json.loads(text) if text else None


def append(client: Client, chance: random.Random) -> None:
    moment = datetime.now(UTC) - timedelta(microseconds=chance.randrange(10**11))
    observed = moment.isoformat().replace("+00:00", "Z")
    part = {"level": [{"type": "Property", "value": chance.random(), "observedAt": observed}]}
    client.ask("POST", f"/temporal/entities/{meter(chance.randrange(10))}/attrs", part)


def aggregate(client: Client, chance: random.Random, sensors: int, months: list[int]) -> None:
    start, end = edges(chance.choice(months))
    client.get(
        meter(chance.randrange(sensors)),
        timerel="between", timeAt=start, endTimeAt=end, attrs="power",
        options="aggregatedValues", aggrMethods="avg", aggrPeriodDuration="PT1H",
    )  # fmt: skip


def together(port: int, seconds: float, do: Callable[[Client, random.Random], None]) -> float:
    """Requests a second of eight clients at once."""
    counts = [0] * CLIENTS
    ends = time.perf_counter() + seconds

    def work(number: int) -> None:
        client, chance = Client(port), random.Random(number)
        while time.perf_counter() < ends:
            do(client, chance)
            counts[number] += 1

    threads = [threading.Thread(target=work, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


if __name__ == "__main__":
    main()
