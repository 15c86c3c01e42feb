"""What comes of repairs: counts over our own finished tickets and all imported open data.

The database counts by everything at once, in one query for each of the two sources, however many
rows there are; what a page shows are sums over that. A row counts once: the id of an imported
row that stands in several sets is counted where it came first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    FloatField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, ExtractYear
from django.utils.translation import gettext_lazy as _

from kierto.repair.countries import THREE_LETTERS
from kierto.repair.models import Category, OpenRecord
from kierto.repair.own_records import shared_tickets
from kierto.repair.states import Barrier, Outcome

OWN = "own"
"""Stands for the repairs of this node where other rows name their data provider."""

UNKNOWN = ""

AGES: tuple[tuple[str, int, int, Any], ...] = (
    ("0-4", 0, 5, _("0 to 4 years")),
    ("5-9", 5, 10, _("5 to 9 years")),
    ("10-14", 10, 15, _("10 to 14 years")),
    ("15-19", 15, 20, _("15 to 19 years")),
    ("20-29", 20, 30, _("20 to 29 years")),
    ("30-", 30, 1000, _("30 years and more")),
)
"""Bands of age: code, from, below, name. An age that is not known has the code ``""``."""

DIMENSIONS = ("category", "outcome", "barrier", "age", "year", "country", "source")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; empty leaves it open. Years are those of the repair, both included."""

    category: int | None = None
    outcome: str = ""
    barrier: str = ""
    age: str = ""
    since: int | None = None
    until: int | None = None
    country: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """How many repairs are alike in everything that we count by."""

    category: int | None
    outcome: str
    barrier: str
    age: str
    year: int | None
    country: str
    source: str
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: how often each outcome came about, and of how many repairs.

    ``fixed_share`` is of those whose outcome is known; None where none is.
    """

    key: Any
    label: Any
    outcomes: dict[str, int]

    @property
    def count(self) -> int:
        """All repairs of the line."""
        return sum(self.outcomes.values())

    @property
    def known(self) -> int:
        """Those whose outcome is known."""
        return self.count - self.outcomes[Outcome.UNKNOWN]

    @property
    def fixed_share(self) -> float | None:
        """Fixed, of those whose outcome is known."""
        return self.outcomes[Outcome.FIXED] / self.known if self.known else None


@dataclass(frozen=True)
class Statistics:
    """All tables of what was asked for."""

    filters: Filters
    total: Line
    tables: dict[str, list[Line]] = field(default_factory=dict)


def statistics(filters: Filters | None = None) -> Statistics:
    """Counts by category, outcome, barrier, age, year, country and source, in three queries."""
    filters = filters or Filters()
    cells = list(cells_of(filters))
    names = category_names()
    labels: dict[str, Callable[[Any], Any]] = {
        "category": lambda key: names.get(key, _("Category not known")),
        "barrier": lambda key: Barrier(key).label if key else _("No barrier given"),
        "age": lambda key: _AGE_NAMES.get(key, _("Age not known")),
        "year": lambda key: str(key) if key else _("Day not known"),
        "country": lambda key: key or _("Country not known"),
        "source": source_name,
    }
    tables = {name: _table(_narrowed(cells, name), name, label) for name, label in labels.items()}
    return Statistics(filters, _line("", _("All repairs"), cells), tables)


def cells_of(filters: Filters) -> Iterator[Cell]:
    """Counts by everything at once: two queries."""
    if filters.source != OWN:
        yield from _imported(filters)
    if filters.source in ("", OWN):
        yield from _own(filters)


@dataclass(frozen=True, slots=True)
class Offered:
    """What one can ask for: the years, countries and sources that there are."""

    years: tuple[int, ...]
    countries: tuple[str, ...]
    sources: tuple[str, ...]


def offered() -> Offered:
    """The years, countries and sources of all repairs, in two queries."""
    records = OpenRecord.objects.filter(counts=True).order_by()
    found = list(records.values_list("year", "country", "provider").distinct())
    own = list(
        shared_tickets()
        .order_by()
        .values_list(ExtractYear(Coalesce("event__begins", "ended_at")), "workshop__place__country")
        .distinct()
    )
    years = {row[0] for row in (*found, *own)} - {None}
    countries = {row[1] for row in found} | {THREE_LETTERS.get(row[1], "") for row in own}
    return Offered(
        tuple(sorted(years)),
        tuple(sorted(countries - {""})),
        tuple(sorted({row[2] for row in found} - {""})),
    )


def category_names() -> dict[int, str]:
    """Names of the categories by id, in the reader's language."""
    return {category.pk: str(category) for category in Category.objects.all()}


def source_name(key: str) -> Any:
    """What a source is called."""
    if key == OWN:
        return _("Repairs of this node")
    return key or _("Source not named")


# --------------------------------------------------------------------------- counting

_AGE_NAMES = {code: name for code, _from, _below, name in AGES}

_BAND = Case(
    *(
        When(years__gte=start, years__lt=below, then=Value(code))
        for code, start, below, _name in AGES
    ),
    default=Value(UNKNOWN),
)


def _imported(filters: Filters) -> Iterator[Cell]:
    records = OpenRecord.objects.filter(counts=True).annotate(
        years=F("age"), where=F("country"), who=F("provider")
    )
    if filters.source:
        records = records.filter(provider=filters.source)
    if filters.country:
        records = records.filter(country=filters.country)
    yield from _counted(records, filters, "year")


def _own(filters: Filters) -> Iterator[Cell]:
    tickets = shared_tickets().annotate(
        when=ExtractYear(Coalesce("event__begins", "ended_at")),
        years=Coalesce(
            Cast("age", FloatField()),
            Cast(F("when") - F("made_year"), FloatField()),
        ),
        where=F("workshop__place__country"),
        who=Value(OWN),
    )
    if filters.country:
        letters = [two for two, three in THREE_LETTERS.items() if three == filters.country]
        tickets = tickets.filter(workshop__place__country__in=letters)
    yield from _counted(tickets, filters, "when")


def _counted(rows: QuerySet[Any], filters: Filters, year: str) -> Iterator[Cell]:
    """The rows grouped by everything; ``year`` is the name of the column that holds it."""
    ends = Q(outcome=Outcome.END_OF_LIFE)
    rows = rows.annotate(
        band=_BAND,
        hindered=Case(When(ends, then=F("barrier")), default=Value("")),
    ).filter(_asked(filters, year))
    columns = ("category", "outcome", "hindered", "band", year, "where", "who")
    for row in rows.order_by().values_list(*columns).annotate(count=Count("pk")):
        category, outcome, barrier, band, when, where, who, count = row
        country = THREE_LETTERS.get(where, "") if len(where or "") == 2 else where
        yield Cell(category, outcome, barrier, band, when, country or "", who, count)


def _asked(filters: Filters, year: str) -> Q:
    wanted = {
        "category": filters.category,
        "outcome": filters.outcome or None,
        "hindered": filters.barrier or None,
        "band": filters.age or None,
        f"{year}__gte": filters.since,
        f"{year}__lte": filters.until,
    }
    return Q(**{name: value for name, value in wanted.items() if value is not None})


def _narrowed(cells: Iterable[Cell], dimension: str) -> list[Cell]:
    """A barrier is asked about at the end of life only."""
    if dimension != "barrier":
        return list(cells)
    return [cell for cell in cells if cell.outcome == Outcome.END_OF_LIFE]


def _table(cells: list[Cell], dimension: str, label: Callable[[Any], Any]) -> list[Line]:
    """One line for each value: the most frequent first, years and ages in their own order."""
    groups: dict[Any, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(getattr(cell, dimension), []).append(cell)
    lines = [_line(key, label(key), own) for key, own in groups.items()]
    if dimension == "year":
        return sorted(lines, key=lambda line: (line.key is None, line.key or 0))
    if dimension == "age":
        order = [code for code, *_rest in AGES]
        return sorted(lines, key=lambda line: order.index(line.key) if line.key else len(order))
    return sorted(lines, key=lambda line: (line.key in (None, ""), -line.count, str(line.label)))


def _line(key: Any, label: Any, cells: Iterable[Cell]) -> Line:
    tally: Counter[str] = Counter(dict.fromkeys(Outcome.values, 0))
    for cell in cells:
        tally[cell.outcome] += cell.count
    return Line(key, label, dict(tally))
