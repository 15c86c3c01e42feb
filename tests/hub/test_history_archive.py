"""Older months go to files; nothing is lost, nothing counts twice, whenever the work is killed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from kierto.hub import models
from kierto.hub.access import OPEN
from kierto.hub.history import archiving, entities, files, keys, names, reading, summing
from kierto.hub.history.files import Asked
from kierto.hub.history.readings import Reading, append_readings

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
LAMP = "urn:ngsi-ld:Streetlight:1"
POWER = "https://uri.etsi.org/ngsi-ld/default-context/power"
LIGHT = "https://smartdatamodels.org/dataModel.Streetlighting/Streetlight"


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "history"


def make_entity(entity_id: str = LAMP) -> int:
    seen = entities.Seen(
        1,
        entity_id,
        {
            "type": [LIGHT],
            "createdAt": "2026-01-01T00:00:00Z",
            "modifiedAt": "2026-01-01T00:00:00Z",
        },
        OPEN,
        None,
    )
    with connection.cursor() as cursor:
        return entities.keep(cursor, [seen])[1, entity_id].number


def measure(*found: tuple[str, float], entity_id: str = LAMP) -> None:
    with connection.cursor() as cursor:
        append_readings(
            [Reading(1, entity_id, POWER, at, number, "WTT") for at, number in found], cursor
        )


def a_year() -> None:
    """Twelve readings on the first day of each month up to November, an hour apart."""
    measure(
        *(
            (f"2026-{month:02d}-01T{hour:02d}:00:00Z", month * 100.0 + hour)
            for month in range(1, 12)
            for hour in range(12)
        )
    )


def everything(entity: int) -> list[tuple[str, float | None]]:
    with connection.cursor() as cursor:
        found = reading.load(cursor, [entity], Asked())[entity]
    return [(keys.text(row.at), row.number) for row in found]


def daily(entity: int) -> list[tuple[str, int, float]]:
    with connection.cursor() as cursor:
        name = names.find(cursor, [POWER])[POWER, ""]
        steps = summing.Steps(
            keys.micros("2026-01-01T00:00:00Z"), keys.micros("2027-01-01T00:00:00Z"), keys.DAY
        )
        found = summing.sums(cursor, [keys.series_of(entity, name)], steps)
    return [(keys.text(each.start), each.count, each.total) for each in found]


def in_database() -> int:
    return models.HistoryInstance.objects.count()


def test_older_months_go_to_files_and_nothing_seems_to_change() -> None:
    lamp = make_entity()
    a_year()
    before, sums = everything(lamp), daily(lamp)

    archiving.archive(now=NOW, least=1)

    assert len(before) == 132
    assert in_database() == 24  # October and November
    assert models.HistoryFile.objects.filter(kind="rows").count() == 9
    assert everything(lamp) == before
    assert daily(lamp) == sums
    assert archiving.archive(now=NOW, least=1) == 0


def test_small_months_stay_in_the_database() -> None:
    make_entity()
    a_year()

    assert archiving.archive(now=NOW) == 0
    assert in_database() == 132


STEPS = [
    "rows handed over",
    "rows written",
    "rows named",
    "hours written",
    "hours named",
    "days written",
    "days named",
    "files count",
    "rows let go",
]


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_nothing_is_lost_and_nothing_counts_twice(step: str) -> None:
    lamp = make_entity()
    a_year()
    before, sums = everything(lamp), daily(lamp)
    for round_ in range(3):  # in the first, second and third file
        met = 0

        def kill(reached: str, most: int = round_) -> None:
            nonlocal met
            met += reached == step
            if met > most:
                raise Killed

        with pytest.raises(Killed):
            archiving.archive(now=NOW, least=1, reached=kill)
        assert everything(lamp) == before
        assert daily(lamp) == sums

    archiving.archive(now=NOW, least=1)

    assert everything(lamp) == before
    assert daily(lamp) == sums
    assert in_database() == 24


def test_readings_late_by_months_are_there_at_once_and_go_to_the_file_later() -> None:
    lamp = make_entity()
    a_year()
    archiving.archive(now=NOW, least=1)

    measure(("2026-02-01T12:30:00Z", 7.0))

    assert ("2026-02-01T12:30:00Z", 7.0) in everything(lamp)
    assert daily(lamp)[1] == (
        "2026-02-01T00:00:00Z",
        13,
        sum(200.0 + hour for hour in range(12)) + 7,
    )
    before, sums = everything(lamp), daily(lamp)
    archiving.archive(now=NOW, least=1)
    assert in_database() == 24
    assert everything(lamp) == before
    assert daily(lamp) == sums


def test_a_reading_that_comes_again_after_its_month_was_filed_counts_once() -> None:
    lamp = make_entity()
    a_year()
    archiving.archive(now=NOW, least=1)
    before, sums = everything(lamp), daily(lamp)

    measure(("2026-02-01T03:00:00Z", 203.0))

    assert everything(lamp) == before
    assert daily(lamp) == sums
    archiving.archive(now=NOW, least=1)
    assert everything(lamp) == before
    assert daily(lamp) == sums


def test_a_correction_takes_the_place_of_what_was_filed() -> None:
    lamp = make_entity()
    a_year()
    archiving.archive(now=NOW, least=1)

    measure(("2026-02-01T03:00:00Z", 1000.0))

    wanted = [(at, 1000.0 if at == "2026-02-01T03:00:00Z" else n) for at, n in everything(lamp)]
    assert everything(lamp) == wanted
    archiving.archive(now=NOW, least=1)
    assert everything(lamp) == wanted
    assert in_database() == 24


def test_the_last_ones_are_found_across_files_and_the_database() -> None:
    lamp = make_entity()
    other = make_entity("urn:ngsi-ld:Streetlight:2")
    a_year()
    measure(("2026-01-05T00:00:00Z", 1.0), entity_id="urn:ngsi-ld:Streetlight:2")
    archiving.archive(now=NOW, least=1)

    with connection.cursor() as cursor:
        found = reading.load(cursor, [lamp, other], Asked(each=25, newest=True))
        first = reading.load(cursor, [lamp], Asked(every=2))

    assert [row.number for row in found[lamp]][:2] == [1111.0, 1110.0]
    assert len(found[lamp]) == 25
    assert [row.number for row in found[other]] == [1.0]
    assert [row.number for row in first[lamp]] == [100.0, 101.0]


def test_times_in_the_question_bound_the_answer() -> None:
    lamp = make_entity()
    a_year()
    archiving.archive(now=NOW, least=1)
    start, end = keys.micros("2026-02-01T11:00:00Z"), keys.micros("2026-03-01T01:00:00Z")

    with connection.cursor() as cursor:
        found = reading.load(cursor, [lamp], Asked(start=start, end=end))[lamp]

    assert [row.number for row in found] == [211.0, 300.0]


def test_files_that_nothing_names_are_taken_away_when_nobody_can_be_reading_them() -> None:
    make_entity()
    a_year()
    archiving.archive(now=NOW, least=1)
    orphan = files.folder() / "2020-01-rows-dead.parquet"
    orphan.write_bytes(b"")
    named = {path.name for path in files.folder().glob("*.parquet")}

    assert files.sweep(named - {orphan.name}, older_than=0) == 0
    assert files.sweep(named - {orphan.name}, older_than=2**40) == 1
    assert not orphan.exists()


def test_a_rule_lets_single_values_go_and_keeps_their_sums() -> None:
    lamp = make_entity()
    a_year()
    models.RetentionRule.objects.create(tenant=1, name="Lights", type=LIGHT, raw_days=100)
    sums = daily(lamp)

    archiving.archive(now=NOW, least=1)

    assert everything(lamp)[0] == ("2026-09-01T00:00:00Z", 900.0)
    assert daily(lamp) == sums
    assert archiving.archive(now=NOW, least=1) == 0


def test_a_rule_made_later_reaches_files_that_were_written_before() -> None:
    lamp = make_entity()
    a_year()
    sums = daily(lamp)
    archiving.archive(now=NOW, least=1)
    models.RetentionRule.objects.create(
        tenant=1, name="Lights", attribute=POWER, raw_days=100, hours_days=200, days_days=300
    )

    archiving.archive(now=NOW, least=1)

    # Files are cut by whole months: August is not past a hundred days to its end.
    assert everything(lamp)[0] == ("2026-08-01T00:00:00Z", 800.0)
    assert daily(lamp) == sums[1:]  # the first of January is more than 300 days past
    assert archiving.archive(now=NOW, least=1) == 0
    hours = models.HistoryFile.objects.filter(kind="hours")
    assert hours.count() == 4  # those of May are past 200 days

    archiving.archive(now=datetime(2026, 12, 22, tzinfo=UTC), least=1)

    assert hours.count() == 5  # October has come
    assert everything(lamp)[0] == ("2026-09-01T00:00:00Z", 900.0)
    assert daily(lamp) == sums[1:]


def test_values_late_for_sums_are_added_to_them() -> None:
    lamp = make_entity()
    a_year()
    models.RetentionRule.objects.create(tenant=1, name="Lights", type=LIGHT, raw_days=100)
    archiving.archive(now=NOW, least=1)

    measure(("2026-02-01T12:30:00Z", 7.0))
    archiving.archive(now=NOW, least=1)

    assert everything(lamp)[0] == ("2026-09-01T00:00:00Z", 900.0)
    assert daily(lamp)[1][1:] == (13, sum(200.0 + hour for hour in range(12)) + 7)
    assert in_database() == 24


def test_recent_values_go_when_a_rule_is_shorter_than_the_months_kept() -> None:
    lamp = make_entity()
    a_year()
    sums = daily(lamp)
    models.RetentionRule.objects.create(tenant=1, name="Lights", type=LIGHT, raw_days=7)

    archiving.archive(now=NOW, least=1)

    assert everything(lamp) == []
    assert in_database() == 0
    assert daily(lamp) == sums


@pytest.mark.parametrize("step", ["hours written", "hours named", "days named", "values are sums"])
def test_killed_while_values_become_sums_each_counts_once(step: str) -> None:
    lamp = make_entity()
    a_year()
    sums = daily(lamp)
    models.RetentionRule.objects.create(tenant=1, name="Lights", type=LIGHT, raw_days=7)

    def kill(reached: str) -> None:
        if reached == step:
            raise Killed

    for _round in range(2):
        with pytest.raises(Killed):
            archiving.archive(now=NOW, least=1, reached=kill)
        assert daily(lamp) == sums
    archiving.archive(now=NOW, least=1)
    assert daily(lamp) == sums
    assert everything(lamp) == []
