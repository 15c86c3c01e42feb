"""Statistics as charts and as one flat table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from kierto.repair.states import Barrier, Outcome
from kierto.repair.statistics import Line, Statistics

HEADER = (
    "table", "key", "label", "repairs", "fixed", "repairable", "end_of_life", "unknown",
    "fixed_share_of_known",
)  # fmt: skip

MOST_BARS = 12
"""More bars than these cannot be told apart; the table beside them has every line."""

TITLES = {
    "category": _("By category"),
    "barrier": _("By what prevented it"),
    "age": _("By age of the thing"),
    "year": _("By year"),
    "country": _("By country"),
    "source": _("By source"),
}


SHORT = {
    Barrier.PARTS_MISSING: _("no parts"),
    Barrier.PARTS_EXPENSIVE: _("parts too dear"),
    Barrier.NO_WAY_IN: _("cannot be opened"),
    Barrier.NO_INFORMATION: _("no information"),
    Barrier.NO_EQUIPMENT: _("no equipment"),
    Barrier.WORN_OUT: _("worn out"),
}
"""Barriers in words that fit below a bar."""


def chart_of(name: str, lines: Sequence[Line]) -> dict[str, Any]:
    """A table with its chart: bars stacked by outcome; barriers have one outcome only.

    Ages and barriers that are not known would dwarf the others; the table has them.
    """
    shown = [line for line in lines if line.key or name not in ("age", "barrier")]
    shown = shown[:MOST_BARS] if name == "category" else shown
    chosen = [Outcome.END_OF_LIFE] if name == "barrier" else list(Outcome)
    return {
        "name": name,
        "title": TITLES[name],
        "lines": lines,
        "chart": {
            "unit": "",
            "x_title": TITLES[name],
            "x": [str(SHORT.get(line.key, line.label)) for line in shown],
            "series": [
                {"name": outcome.label, "values": [line.outcomes[outcome] for line in shown]}
                for outcome in chosen
            ],
        },
        "is_cut": len(lines) > len(shown),
    }


def most_frequent(lines: Iterable[Line]) -> Line | None:
    """The line with the most repairs, if any has one."""
    found = max(lines, key=lambda line: line.count, default=None)
    return found if found and found.count else None


def table_rows(found: Statistics) -> Iterator[tuple[Any, ...]]:
    """Every line of every table, the whole first."""
    yield _row("all", found.total)
    for name, lines in found.tables.items():
        for line in lines:
            yield _row(name, line)


def _row(table: str, line: Line) -> tuple[Any, ...]:
    share = line.fixed_share
    return (
        table,
        "" if line.key is None else line.key,
        str(line.label),
        line.count,
        *(line.outcomes[outcome] for outcome in Outcome.values),
        "" if share is None else round(share, 4),
    )
