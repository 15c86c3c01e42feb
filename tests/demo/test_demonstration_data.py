"""The demonstration is large enough, says where its numbers come from, and loads whole."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from itertools import pairwise

import pytest

from kierto.demo import loading
from kierto.demo.calendar import rounds, season, year_before
from kierto.demo.chance import between, share
from kierto.demo.errors import NotEmpty
from kierto.demo.summary import summarize
from kierto.exchange.models import Delivery, Intent
from kierto.hub.projections.publishing import republish
from kierto.ledger.chain import verify
from kierto.ledger.models import EconomicEvent
from kierto.parties.models import Helix, Organization
from tests.factories.parties import make_organization


def table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((loading.DATA / name).read_text())))


def test_the_district_is_as_large_as_promised():
    organizations = table("organizations.csv")
    assert len(organizations) >= 60
    assert {row["helix"] for row in organizations} == set(Helix.values)
    assert len(table("offers.csv")) + len(table("needs.csv")) >= 150
    assert len(table("processors.csv")) >= 12


@pytest.mark.parametrize("name", ["offers.csv", "needs.csv", "processors.csv"])
def test_every_row_says_where_its_number_comes_from(name):
    assert [row["key"] for row in table(name) if not row["source"].strip()] == []


def test_the_district_says_that_it_is_an_illustration():
    (feature,) = json.loads((loading.DATA / "districts.geojson").read_text())["features"]
    assert "illustration" in feature["properties"]["description"]


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 11, 22), date(2028, 2, 29)])
def test_the_year_is_the_fifty_two_weeks_that_ended_last_sunday(today):
    start, end = year_before(today)
    assert (start.weekday(), end.weekday()) == (0, 6)
    assert end < today <= end + timedelta(days=7)
    told = rounds(today)
    assert (told[0].start, told[-1].end) == (start, end)
    assert all(one.end + timedelta(days=1) == two.start for one, two in pairwise(told))


def test_seasons_leave_the_yearly_mean_as_it_is():
    days = [date(2025, 1, 1) + timedelta(days=day) for day in range(365)]
    assert sum(season(day, summer=1.8) for day in days) / 365 == pytest.approx(1, abs=0.01)
    assert season(date(2025, 7, 1), summer=1.8) == pytest.approx(1.8)


def test_chance_falls_alike_every_time():
    assert share("oats", 3) == share("oats", 3) != share("oats", 4)
    assert all(2 <= between(2, 5, "x", number) < 5 for number in range(100))


@pytest.mark.django_db
def test_the_demonstration_loads_whole_once_and_adds_up():
    assert loading.load_demo()
    summary = summarize()
    assert (summary["plan"]["status"], summary["plan"]["certified"]) == ("optimal", True)
    assert summary["plan"]["total_cost"] < summary["plan"]["baseline_cost"]
    assert summary["plan"]["emissions_kg"] < summary["plan"]["baseline_emissions_kg"]
    assert verify().ok
    themes = set(Intent.objects.values_list("kind__theme", flat=True))
    assert len(themes) == 5
    months = {moment.month for moment in EconomicEvent.objects.values_list("has_end", flat=True)}
    assert len(months) == 12
    assert Delivery.objects.filter(event=None).count() == 0
    assert not loading.load_demo()
    assert Organization.objects.count() == summary["organisations"]
    assert summary["sensors"] == {"WasteContainer": 12, "Streetlight": 10, "alarms": 3}
    assert [source for source, _count, differed in republish() if differed] == []


@pytest.mark.django_db
def test_a_database_with_something_in_it_is_left_alone():
    make_organization()
    with pytest.raises(NotEmpty):
        loading.load_demo()
    assert Organization.objects.count() == 1


@pytest.mark.django_db
def test_a_load_that_breaks_off_leaves_nothing(monkeypatch):
    def broken(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(loading, "agree_on_last_year", broken)
    with pytest.raises(OSError, match="No space left"):
        loading.load_demo()
    assert Organization.objects.count() == 0
