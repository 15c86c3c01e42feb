"""Readings as rows: from the database and from files of older months, in pieces that fit."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from kierto.hub.access import PRIVATE, Access
from kierto.hub.history import archiving, reading
from kierto.hub.history.readings import Reading, append_readings
from kierto.hub.models import DataSet, HistoryFile
from kierto.hub.publishing import rows
from kierto.ngsild.times import write_time
from tests.factories.datasets import make_data_set
from tests.hub.stored import entity, home, place, put

POWER = "https://uri.etsi.org/ngsi-ld/default-context/power"
DAYS = 120


@pytest.fixture
def readings(db: None, tmp_path: Path, settings: Any) -> list[str]:
    """Two public lights and a private one, a reading a day for 120 days; the times, oldest first."""
    settings.DATA_DIR = tmp_path
    put(entity("1", location=place(24.75, 60.2)), entity("2"))
    put(entity("3"), access=Access(PRIVATE))
    start = timezone.now().replace(microsecond=0) - timedelta(days=DAYS - 1, hours=1)
    times = [write_time(start + timedelta(days=day)) for day in range(DAYS)]
    with connection.cursor() as cursor:
        append_readings(_made(times), cursor)
    return times


def _made(times: list[str]) -> list[Reading]:
    return [
        Reading(home().id, f"urn:ngsi-ld:Light:{light}", POWER, at, light * 1000 + day, "WTT",
                quality=day % 3)
        for light in (1, 2, 3)
        for day, at in enumerate(times)
    ]  # fmt: skip


def data_set(days: int = 365) -> DataSet:
    asked = {"types": ["Light"], "attributes": ["power"], "days": days}
    return make_data_set(kind="history", asked=asked)


def found_by(days: int = 365) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows.rows(data_set(days)):
        found.setdefault(row["entity"].rpartition(":")[2], []).append(row)
    return found


def test_each_reading_is_a_row_with_its_unit_time_and_place(readings: list[str]) -> None:
    found = found_by()
    assert set(found) == {"1", "2"}
    assert [row["observed_at"] for row in found["1"]] == readings
    first = found["1"][0]
    assert (first["value"], first["unit"], first["text"]) == (1000.0, "WTT", None)
    assert (first["attribute"], first["type"]) == ("power", "Light")
    assert (first["latitude"], first["longitude"]) == (60.2, 24.75)
    assert [row["quality"] for row in found["1"][:3]] == [None, "doubtful", "bad"]
    assert found["2"][0]["latitude"] is None


def test_a_second_measurement_of_the_same_name_is_not_mixed_in(db: None) -> None:
    at = write_time(timezone.now().replace(microsecond=0) - timedelta(hours=1))
    other = {"value": 2.0, "observedAt": at, "datasetId": "urn:x:other"}
    put(entity("1", power=[{"value": 1.0, "observedAt": at}, other]))
    assert [row["value"] for row in found_by()["1"]] == [1.0]


def test_only_so_many_days_back(readings: list[str]) -> None:
    assert [row["observed_at"] for row in found_by(10)["1"]] == readings[-10:]


def test_months_that_stand_in_files_are_there_too(readings: list[str]) -> None:
    before = found_by()
    archiving.archive(least=1, recent=1)
    assert HistoryFile.objects.exists()
    DataSet.objects.all().delete()
    assert found_by() == before


def test_what_is_too_much_at_once_comes_in_parts(
    readings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = found_by()
    monkeypatch.setattr(reading, "MOST", 7)
    DataSet.objects.all().delete()
    after = found_by()
    assert after == before
    assert all(one["observed_at"] < other["observed_at"] for one, other in pairwise(after["1"]))


def test_the_first_rows_are_had_without_the_rest(readings: list[str]) -> None:
    found: Iterator[dict[str, Any]] = rows.rows(data_set(), limit=3)
    assert [row["observed_at"] for row in found] == readings[:3]
    assert list(rows.rows(make_data_set(title="Other"), limit=0)) == []


def test_the_file_says_the_same(readings: list[str]) -> None:
    one = data_set()
    answer = Client().get(f"/data/sets/{one.slug}.csv")
    text = b"".join(answer.streaming_content).decode()
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(read) == 2 * DAYS
    assert read[0]["value"] == "1000.0"


def test_a_thing_without_readings_is_no_row(db: None) -> None:
    put(entity("1"))
    assert list(rows.rows(data_set())) == []
