"""Loads the demonstration through the importers and actions that users use, whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from importlib.resources import files
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from kierto.catalogue.importers import import_shipped_catalogue
from kierto.core.intake import Intake
from kierto.core.tables import write_csv
from kierto.demo.agreeing import agree_on_last_year
from kierto.demo.calendar import rounds, year_before
from kierto.demo.desk import Desk
from kierto.demo.errors import NotEmpty
from kierto.demo.history import Year
from kierto.demo.lending import Lending
from kierto.demo.mending import Mending
from kierto.demo.people import People, invite_people
from kierto.demo.present import add_candidate_sites, open_the_present
from kierto.demo.publishing import publish_data_sets
from kierto.demo.sensing import add_sensors, go_on
from kierto.exchange.importers import import_intents, import_processors
from kierto.indicators.published import publish_indicators
from kierto.ledger.actions import check_chain
from kierto.notices.actions import mark_read
from kierto.parties.actions import change_district
from kierto.parties.importers import import_districts, import_organizations
from kierto.parties.models import Agent, District, Organization
from kierto.parties.queries import system_agent
from kierto.repair.importers import import_shipped_categories

DISTRICT = "kera"
DATA = files("kierto.demo") / "data"

Report = Callable[[float, str], object]


def _silent(fraction: float, step: str) -> None:
    """Progress that nobody watches."""


def load_demo(*, progress: Report = _silent) -> bool:
    """Load the demonstration into an empty database; returns whether anything was loaded.

    A database that already holds it is left as it is.

    Raises:
        NotEmpty: another district or organisation is there.
    """
    if District.objects.filter(slug=DISTRICT, is_illustration=True).exists():
        return False
    if District.objects.exists() or Organization.objects.exists():
        raise NotEmpty
    with transaction.atomic():
        _load(timezone.localdate(), progress)
    return True


def keep_sensing() -> int:
    """Let the demonstration's sensors send what they have seen since; how many messages.

    Does nothing in a database that does not hold the demonstration.
    """
    district = District.objects.filter(slug=DISTRICT, is_illustration=True).first()
    if district is None:
        return 0
    return go_on(_read("sensors.csv"), ZoneInfo(district.timezone))


def _load(today: date, progress: Report) -> None:
    by = system_agent()
    start, end = year_before(today)
    progress(0.0, "catalogue")
    _whole(import_shipped_catalogue(by=by))
    _whole(import_shipped_categories(by=by))
    progress(0.1, "organisations")
    _whole(import_districts(_read("districts.geojson"), name="districts.geojson", by=by))
    _whole(import_organizations(_read("organizations.csv"), name="organizations.csv", by=by))
    district = change_district(
        District.objects.get(slug=DISTRICT), changes={"is_illustration": True}, by=by
    )
    people = invite_people(district, by=by)
    progress(0.2, "last year's offers and needs")
    _import_market(start, lambda weeks_ago: weeks_ago == 0, by)
    _count_rows()
    agreed = agree_on_last_year(district, people, start, end)
    zone = ZoneInfo(district.timezone)
    year = Year(agreed, people, zone)
    _tell(progress, 0.2, 0.45, "a year of deliveries", partial(year.tell, rounds(today)))
    lending = Lending(people, zone, _read)
    lending.open()
    _count_rows()
    desk = Desk(lending.collections, people, zone, today)
    _tell(progress, 0.5, 0.7, "a year of loans", partial(lending.tell, today, desk.goes_out()))
    mending = Mending(people, zone, _read)
    for reader in (people.resident, *people.neighbours, *people.speakers.values()):
        mark_read("all", by=reader)  # what was told during the year
    desk.leave()
    _tell(progress, 0.7, 0.9, "two years of repairs", partial(mending.tell, today))
    progress(0.9, "today")
    _import_market(today, lambda weeks_ago: weeks_ago > 0, by)
    add_candidate_sites(district, _read("sites.csv"), people)
    open_the_present(district, people)
    progress(0.95, "sensors")
    add_sensors(_read("sensors.csv"), people, zone)
    check_chain(by=by)
    publish_indicators()
    publish_data_sets(_read("data_sets.json"), district, people)
    progress(1.0, "done")


def _tell(
    progress: Report,
    start: float,
    end: float,
    step: str,
    tell: Callable[[Callable[[float], object]], object],
) -> None:
    """Let something be told that reports shares of its own."""

    def told(part: float) -> None:
        _count_rows()
        progress(start + (end - start) * part, step)

    told(0.0)
    tell(told)


def _count_rows() -> None:
    """PostgreSQL knows nothing of rows of its own transaction until it is told to count them,
    and joins them as if there were none."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _import_market(day: date, chosen: Callable[[int], bool], by: Agent) -> None:
    """Offers, needs and processors posted so many weeks before ``day``."""
    for name, direction in (("offers.csv", "offer"), ("needs.csv", "need")):
        table = _dated(name, day, chosen)
        if table:
            _whole(import_intents(table, direction, name=name, by=by))
    table = _dated("processors.csv", day, chosen)
    if table:
        _whole(import_processors(table, name="processors.csv", by=by))


def _dated(name: str, day: date, chosen: Callable[[int], bool]) -> bytes:
    """The chosen rows, with ``weeks_ago`` turned into the day from which they count."""
    rows = [
        row
        for row in csv.DictReader(io.StringIO(_read(name).decode()))
        if chosen(int(row["weeks_ago"]))
    ]
    if not rows:
        return b""
    for row in rows:
        weeks_ago = int(row.pop("weeks_ago"))
        if "every" in row:  # processors have no window
            row["from"] = (day - timedelta(weeks=weeks_ago)).isoformat()
    return write_csv(list(rows[0]), [list(row.values()) for row in rows]).encode()


def _read(name: str) -> bytes:
    return (DATA / name).read_bytes()


def _whole(intake: Intake) -> None:
    """The demonstration's own files must be taken whole."""
    if intake.left:
        first = intake.left[0]
        raise ValueError(f"{intake.source}, line {first.line}, {first.key}: {first.reason}")


__all__ = ["DISTRICT", "People", "keep_sensing", "load_demo"]
