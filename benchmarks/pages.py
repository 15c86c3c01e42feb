"""How long the server takes for the ten main pages, and whether a longer list asks more queries.

    .venv/bin/python benchmarks/pages.py --quick --json

The pages are those of the demonstration district, loaded into a folder of its own (`--data`,
kept for the next time). Each is asked for by Django's test client, so the figures are the
server's work without network or web server. Then every list is shown with one row, with ten and
with thirty. One row may lack what ten have (a picture, a processor), so that fetching it is
spared; but thirty must not ask more than ten, or else something is fetched row by row, and the
program ends with code 1.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _harness import Benchmark, measure

ROOT = Path(__file__).resolve().parents[1]
OPERATOR = "operator@kera.example"
ROWS = (1, 10, 30)


@dataclass(frozen=True)
class Page:
    """A page to ask for: its name in the table, its address, and whether somebody is signed in."""

    name: str
    path: str
    signed_in: bool = False
    is_list: bool = False


def main() -> None:
    bench = Benchmark("Server time of the ten main pages, and queries of lists that grow")
    bench.parser.add_argument("--data", type=Path, default=ROOT / "var" / "benchmark-pages")
    bench.parser.add_argument("--times", type=int, help="how often each page is asked for")
    options = bench.start()
    start_django(options.data)
    load(bench)
    pages = main_pages()
    clients = {True: client_of(OPERATOR), False: client_of(None)}
    times = options.times or (5 if options.quick else 100)
    rows = [timed(bench, page, clients[page.signed_in], times) for page in pages]
    bench.say()
    bench.table(["page", "median ms", "p95 ms", "queries", "kB"], rows)
    bench.say()
    growing = compare_lists(bench, [page for page in pages if page.is_list], clients)
    bench.finish(kept=not growing, growing=growing)


def start_django(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["KIERTO_DATA_DIR"] = str(folder)
    os.environ["KIERTO_HOSTS"] = "testserver"
    os.environ["DJANGO_SETTINGS_MODULE"] = "kierto.config.settings"
    os.environ.pop("KIERTO_DATABASE_URL", None)
    import django

    django.setup()


def load(bench: Benchmark) -> None:
    """Load the demonstration district unless the folder holds it already."""
    from django.core.management import call_command

    from kierto.demo.loading import load_demo

    call_command("migrate", verbosity=0)
    bench.say("Data: " + ("demonstration loaded" if load_demo() else "demonstration as kept"))


def main_pages() -> list[Page]:
    """The ten main pages, and the lists beside them, by what the demonstration holds."""
    from django.urls import reverse

    from kierto.exchange.models import Direction, Intent
    from kierto.exchange.states import IntentState, Visibility
    from kierto.indicators.registry import INDICATORS
    from kierto.ledger.models import EconomicEvent
    from kierto.planning.models import PlanRun
    from kierto.planning.states import RunState

    offer = Intent.objects.filter(
        direction=Direction.OFFER, state=IntentState.OPEN, visibility=Visibility.PUBLIC
    ).earliest("created_at", "pk")
    run = PlanRun.objects.filter(state=RunState.DONE).latest("created_at")
    event = EconomicEvent.objects.filter(resource__isnull=False).latest("number")
    return [
        Page("home", reverse("web:home")),
        Page("exchange, list", reverse("exchange:market"), is_list=True),
        Page("exchange, map", reverse("exchange:market") + "?view=map"),
        Page("offer", reverse("exchange:intent", args=[offer.pk])),
        Page("plan", reverse("planning:run", args=[run.pk]), signed_in=True),
        Page("agreements", reverse("exchange:agreements"), signed_in=True, is_list=True),
        Page("ledger", reverse("ledger:events"), is_list=True),
        Page("trace of a resource", reverse("ledger:resource", args=[event.resource_id])),
        Page("indicators", reverse("indicators:list")),
        Page("one indicator", reverse("indicators:indicator", args=[next(iter(INDICATORS))])),
        Page("catalogue", reverse("catalogue:kinds"), is_list=True),
        Page("organisations", reverse("parties:organizations"), is_list=True),
        Page("proposals", reverse("exchange:proposals"), signed_in=True, is_list=True),
        Page("plans", reverse("planning:runs"), signed_in=True, is_list=True),
        Page("processors", reverse("exchange:processors"), is_list=True),
    ]


def client_of(email: str | None) -> Any:
    from django.test import Client

    from kierto.parties.models import User

    client = Client()
    if email:
        client.force_login(
            User.objects.get(email=email), backend="django.contrib.auth.backends.ModelBackend"
        )
    return client


def timed(bench: Benchmark, page: Page, client: Any, times: int) -> list[str]:
    """Ask for the page so many times; figures in milliseconds, queries of one warm request."""
    answer = client.get(page.path)
    if answer.status_code != 200:
        raise SystemExit(f"{page.name}: {page.path} answered {answer.status_code}")
    samples = measure(lambda: client.get(page.path), times=times)
    queries = count_queries(lambda: client.get(page.path))
    median, p95 = samples.median * 1000, samples.p95 * 1000
    bench.figures[f"{page.name}: median"] = {"value": round(median, 3), "unit": "ms"}
    bench.figures[f"{page.name}: p95"] = {"value": round(p95, 3), "unit": "ms"}
    bench.figures[f"{page.name}: queries"] = {"value": queries, "unit": "queries"}
    size = f"{len(answer.content) / 1000:.1f}"
    return [page.name, f"{median:.1f}", f"{p95:.1f}", str(queries), size]


def count_queries(do: Callable[[], object]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        do()
    return len(captured)


def compare_lists(bench: Benchmark, pages: list[Page], clients: dict[bool, Any]) -> list[str]:
    """Queries of each list with few rows and with many; returns the lists that grow by the row."""
    table, growing = [], []
    for page in pages:
        counts = [queries_with(rows, page, clients[page.signed_in]) for rows in ROWS]
        for rows, count in zip(ROWS, counts, strict=True):
            figure = {"value": count, "unit": "queries"}
            bench.figures[f"{page.name}: queries, rows {rows}"] = figure
        if counts[-1] > counts[-2]:
            growing.append(page.name)
        verdict = "GROWS" if page.name in growing else "steady"
        table.append([page.name, *map(str, counts), verdict])
    bench.table(["queries of a list with rows:", *map(str, ROWS), ""], table)
    return growing


def queries_with(rows: int, page: Page, client: Any) -> int:
    with rows_a_page(rows):
        client.get(page.path)  # what is kept for the process is not this page's to pay
        return count_queries(lambda: client.get(page.path))


@contextmanager
def rows_a_page(rows: int) -> Iterator[None]:
    """Let every paginator of this process show so many rows a page."""
    from django.core.paginator import Paginator

    first = Paginator.__init__

    def fewer(self: Any, object_list: Any, per_page: int, *more: Any, **named: Any) -> None:
        first(self, object_list, rows, *more, **named)

    Paginator.__init__ = fewer  # type: ignore[method-assign]
    try:
        yield
    finally:
        Paginator.__init__ = first  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
