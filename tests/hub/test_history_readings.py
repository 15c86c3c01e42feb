"""Readings of sensors: counted once, corrected, left when they can't be true; sums are sums."""

from __future__ import annotations

import itertools
import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import datafusion
import duckdb
import ibis
import pyarrow as pa
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from kierto.hub.access import OPEN
from kierto.hub.history import cursors, entities, expressions, keys, names, reading, retention
from kierto.hub.history.files import Asked, engine
from kierto.hub.history.readings import Appended, Reading, append_readings
from kierto.hub.history.retention import Cuts, Rule
from kierto.ngsild import times
from kierto.ngsild.errors import TooManyResults

POWER = "https://uri.etsi.org/ngsi-ld/default-context/power"
LAMP = "urn:ngsi-ld:Streetlight:1"


@pytest.fixture
def lamp(db: None, tmp_path: Path, settings: Any) -> int:
    settings.DATA_DIR = tmp_path
    head = {"type": ["urn:x:Lamp"], "createdAt": A, "modifiedAt": A}
    with connection.cursor() as cursor:
        kept = entities.keep(cursor, [entities.Seen(1, LAMP, head, OPEN, None)])
    return kept[1, LAMP].number


A, B = "2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"


def put(*rows: Reading) -> Appended:
    with connection.cursor() as cursor:
        return append_readings(rows, cursor)


def power(at: str, number: float, **more: Any) -> Reading:
    return Reading(1, LAMP, POWER, at, number, "WTT", **more)


def kept_of(entity: int) -> list[tuple[str, float | None]]:
    with cursors.reading() as cursor:
        found = reading.load(cursor, [entity], Asked())[entity]
    return [(keys.text(row.at), row.number) for row in found]


def test_a_reading_counts_once_however_often_it_comes(lamp: int) -> None:
    assert put(power(A, 1), power(B, 2)) == Appended(2, 0, [])
    assert put(power(A, 1), power(B, 2)) == Appended(0, 2, [])
    assert put(power(A, 1), power(A, 1)) == Appended(0, 2, [])

    assert kept_of(lamp) == [(A, 1.0), (B, 2.0)]


def test_a_correction_takes_the_place_of_a_reading(lamp: int) -> None:
    put(power(A, 1))

    assert put(power(A, 5)) == Appended(1, 0, [])
    assert kept_of(lamp) == [(A, 5.0)]


def test_more_readings_than_are_read_at_once_are_refused_not_cut(
    lamp: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(*(power(f"2026-01-01T00:0{minute}:00Z", minute) for minute in range(4)))
    monkeypatch.setattr(reading, "MOST", 4)
    assert len(kept_of(lamp)) == 4
    monkeypatch.setattr(reading, "MOST", 3)
    with pytest.raises(TooManyResults, match="More than 3"):
        kept_of(lamp)


def test_what_cannot_be_true_is_left_and_told(lamp: int) -> None:
    ahead = times.write_time(datetime.now(UTC) + timedelta(days=2))
    soon = times.write_time(datetime.now(UTC) + timedelta(hours=20))

    done = put(
        power(ahead, 1),
        power("2026-01-01T00:00:00+02:00", 1),
        power(A, math.nan),
        Reading(1, "urn:ngsi-ld:Streetlight:unknown", POWER, A, 1),
        Reading(2, LAMP, POWER, A, 1),
        power(soon, 1),
    )

    assert [place for place, _why in done.left] == [0, 1, 2, 3, 4]
    assert done.left[0][1] == "It is more than a day ahead of this node's clock."
    assert done.left[3][1] == "There is no such entity."
    assert (done.stored, len(kept_of(lamp))) == (1, 1)


def test_the_last_reading_of_a_series_is_kept_beside_it(lamp: int) -> None:
    put(power(B, 2, quality=1))
    put(power(A, 1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT unit, last_at, last_number, last_quality FROM hub_historyseries")
        assert cursor.fetchall() == [("WTT", keys.micros(B), 2.0, 1)]


def test_a_reading_is_an_instance_with_unit_and_quality(lamp: int) -> None:
    put(power(A, 1.5, quality=2))
    with cursors.reading() as cursor:
        rows = reading.load(cursor, [lamp], Asked())[lamp]
        (instance,) = reading.attributes_of(cursor, rows)[POWER]

    assert (instance["value"], instance["unitCode"], instance["observedAt"]) == (1.5, "WTT", A)
    (quality,) = instance["attributes"]["https://uri.etsi.org/ngsi-ld/default-context/quality"]
    assert quality["value"] == "bad"


def test_names_are_numbered_once(lamp: int) -> None:
    with connection.cursor() as cursor:
        first = names.numbers(cursor, [("urn:a", ""), ("urn:a", "urn:set")])
        again = names.numbers(cursor, [("urn:a", "urn:set"), ("urn:b", "")])
        assert first["urn:a", "urn:set"] == again["urn:a", "urn:set"]
        assert names.of(cursor, again.values())[again["urn:b", ""]] == ("urn:b", "")


# ------------------------------------------------------------------------------- numbers


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001 - UTC below
def test_every_moment_lies_in_its_month(naive: datetime) -> None:
    at = keys.micros_of(naive.replace(tzinfo=UTC))
    month = keys.month_of(at)

    assert keys.month_start(month) <= at < keys.month_start(month + 1)
    assert keys.micros(keys.text(at)) == at


@given(st.integers(1, 2**38), st.integers(0, keys.NAMES - 1))
def test_a_series_is_its_entity_and_its_name(entity: int, name: int) -> None:
    series = keys.series_of(entity, name)

    assert (series // keys.NAMES, series % keys.NAMES) == (entity, name)
    low, high = keys.entity_span(entity)
    assert low <= series <= high < 2**63


# -------------------------------------------------------------------------------- engines


def some_readings() -> pa.Table:
    chance = random.Random(3)
    rows = [
        (series, hour * keys.HOUR + chance.randrange(keys.HOUR), round(chance.gauss(20, 5), 2))
        for series, hour, _twice in itertools.product(range(1, 6), range(72), range(3))
    ]
    series, at, number = zip(*rows, strict=True)
    return pa.table(
        {
            "series": pa.array(series, pa.int64()),
            "at": pa.array(at, pa.int64()),
            "number": pa.array(number, pa.float64()),
        }
    )


def by_duckdb(query: str, table: pa.Table) -> pa.Table:
    database = duckdb.connect()
    database.register("readings", table)
    return database.sql(query).to_arrow_table()


def by_datafusion(query: str, table: pa.Table) -> pa.Table:
    context = datafusion.SessionContext()
    context.register_record_batches("readings", [table.to_batches()])
    return pa.Table.from_batches(context.sql(query).collect())


def test_the_same_expressions_give_the_same_sums_on_duckdb_and_datafusion() -> None:
    table = some_readings()
    hours = expressions.sums_of(ibis.table(expressions.READINGS, name="readings"), keys.HOUR, 0)
    days = expressions.means(expressions.sums_of_sums(hours, keys.DAY, 0))
    asked = days.order_by("series", "start")
    answers = [
        [
            {name: round(value, 6) for name, value in row.items()}
            for row in run(str(ibis.to_sql(asked, dialect)), table).to_pylist()
        ]
        for dialect, run in (("duckdb", by_duckdb), ("datafusion", by_datafusion))
    ]

    assert len(answers[0]) == 15
    assert answers[0] == answers[1]
    assert sum(row["count"] for row in answers[0]) == table.num_rows


def test_sums_of_sums_are_the_sums() -> None:
    database = duckdb.connect()
    database.register("readings", some_readings())
    database.execute(f"CREATE VIEW hours AS {expressions.readings_sql(keys.HOUR, 0)}")
    fine = expressions.sums_sql(keys.DAY, 0, "hours")
    whole = expressions.readings_sql(keys.DAY, 0)
    columns = "series, start, count, round(total, 6), round(squares, 4), low, high"

    found = [
        database.execute(f"SELECT {columns} FROM ({query}) ORDER BY 1, 2").fetchall()
        for query in (fine, whole)
    ]

    assert found[0] == found[1]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY (SELECT 1) TO '/tmp/kierto-outside.csv'",
        "INSTALL httpfs",
        "ATTACH '/tmp/kierto-outside.db' AS other",
        "SET enable_external_access = true",
        "SELECT * FROM read_parquet('http://127.0.0.1/x.parquet')",
    ],
)
def test_the_engine_leaves_its_folder_for_nothing(
    query: str, tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path
    with engine() as duck, pytest.raises(duckdb.Error):
        duck.execute(query)


# ------------------------------------------------------------------------------- keeping


def rule(number: int, type_: str = "", attribute: str = "", **days: int) -> Rule:
    kept = [days.get(name) for name in ("raw_days", "hours_days", "days_days")]
    return Rule(number, 1, "x", type_, attribute, *kept)


def test_the_rule_that_says_most_counts() -> None:
    known = [rule(1), rule(2, attribute="a"), rule(3, type_="t"), rule(4, type_="t", attribute="a")]

    def found(types: list[str], attribute: str) -> int | None:
        fitting = retention.rule_for(known, 1, types, attribute)
        return None if fitting is None else fitting.number

    assert found(["t"], "a") == 4
    assert found(["t", "u"], "b") == 3
    assert found(["u"], "a") == 2
    assert found(["u"], "b") == 1
    assert retention.rule_for(known, 2, ["t"], "a") is None


def test_sums_live_at_least_as_long_as_their_values() -> None:
    now = keys.micros("2026-11-22T07:30:00Z")

    assert retention.cuts(rule(1), now) == Cuts(None, None, None)
    assert retention.cuts(rule(1, hours_days=10), now) == Cuts(None, None, None)
    cuts = retention.cuts(rule(1, raw_days=30, hours_days=10, days_days=400), now)
    assert [None if cut is None else keys.text(cut) for cut in cuts] == [
        "2026-10-23T07:00:00Z",
        "2026-10-23T07:00:00Z",
        "2025-10-18T00:00:00Z",
    ]
