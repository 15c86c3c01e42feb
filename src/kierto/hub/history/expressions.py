"""Sums over readings, said once as Ibis expressions: DuckDB runs them here, other engines elsewhere.

A table of readings is (series, at, number); a table of sums is (series, start, count, total,
squares, low, high). Sums add up: those of hours give those of days, those of a file and those of
the database give those of both.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import ibis
from ibis.expr.types import IntegerValue, Table

READINGS = {"series": "int64", "at": "int64", "number": "float64"}
SUMS = {
    "series": "int64", "start": "int64", "count": "int64", "total": "float64",
    "squares": "float64", "low": "float64", "high": "float64",
}  # fmt: skip


def step_start(at: Any, step: int, origin: int) -> IntegerValue:
    """The first moment of the step a moment falls in; whole numbers all the way."""
    passed: IntegerValue = (at - origin) % step
    start: IntegerValue = at - passed
    return start


def sums_of(readings: Table, step: int, origin: int) -> Table:
    """Sums of readings by series and step; no reading may be before ``origin``."""
    known = readings.filter(readings.number.notnull())
    known = known.mutate(start=step_start(known.at, step, origin))
    return known.group_by("series", "start").aggregate(
        count=known.number.count(),
        total=known.number.sum(),
        squares=(known.number * known.number).sum(),
        low=known.number.min(),
        high=known.number.max(),
    )


def sums_of_sums(sums: Table, step: int, origin: int) -> Table:
    """Sums of finer sums by series and step; each finer step lies in one of these."""
    known = sums.mutate(start=step_start(sums.start, step, origin))
    return known.group_by("series", "start").aggregate(
        count=known["count"].sum(),
        total=known.total.sum(),
        squares=known.squares.sum(),
        low=known.low.min(),
        high=known.high.max(),
    )


def means(sums: Table) -> Table:
    """Sums with mean and spread (standard deviation of all readings, not of a sample)."""
    mean = sums.total / sums["count"]
    # Rounding may leave a little less than nothing.
    spread = ibis.greatest(sums.squares / sums["count"] - mean * mean, 0.0)
    return sums.mutate(mean=mean, spread=spread.sqrt())


#: Numbers that stand in compiled statements for the step and the origin; nothing else has them.
_STEP, _ORIGIN = 7_777_777_777_771, 8_888_888_888_881


def readings_sql(step: int, origin: int, table: str = "readings") -> str:
    """``sums_of`` in the words of DuckDB, over a table or view of that name."""
    return _with(_compiled_readings(table), step, origin)


def sums_sql(step: int, origin: int, table: str = "sums") -> str:
    """``sums_of_sums`` in the words of DuckDB, over a table or view of that name."""
    return _with(_compiled_sums(table), step, origin)


@lru_cache(maxsize=16)
def _compiled_readings(table: str) -> str:
    """Compiling takes longer than many an answer, so it is done once."""
    return str(ibis.to_sql(sums_of(ibis.table(READINGS, name=table), _STEP, _ORIGIN), "duckdb"))


@lru_cache(maxsize=16)
def _compiled_sums(table: str) -> str:
    return str(ibis.to_sql(sums_of_sums(ibis.table(SUMS, name=table), _STEP, _ORIGIN), "duckdb"))


def _with(query: str, step: int, origin: int) -> str:
    return query.replace(str(_STEP), str(int(step))).replace(str(_ORIGIN), f"({int(origin)})")
