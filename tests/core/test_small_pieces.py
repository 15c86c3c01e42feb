from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.core import announce as door
from kierto.core.decision import ALLOWED, first_refusal, refuse
from kierto.core.errors import DomainError, NotAllowed
from kierto.core.geography import Point, area_contains, great_circle_km, road_km
from kierto.core.intake import Intake, Outcome
from kierto.core.money import Money
from kierto.core.period import WEEKS_A_MONTH, Frequency, Period, per_week, weeks_between
from kierto.core.text import Sentence, speak_with
from kierto.core.transitions import (
    IllegalTransition,
    Table,
    TransitionNotYours,
    move,
    step,
    steps_from,
)

DOOR: Table = {
    ("closed", "open"): step("Open", "guest", "owner"),
    ("open", "closed"): step("Close", "owner"),
}


@pytest.mark.parametrize("role", ["guest", "owner", "stranger"])
@pytest.mark.parametrize("wanted", ["open", "closed"])
@pytest.mark.parametrize("current", ["open", "closed"])
def test_move_follows_the_table_to_the_letter(current, wanted, role):
    transition = DOOR.get((current, wanted))
    if transition is None:
        with pytest.raises(IllegalTransition):
            move(DOOR, current, wanted, [role])
    elif role in transition.by:
        assert move(DOOR, current, wanted, [role]) == wanted
        assert wanted in steps_from(DOOR, current, [role])
    else:
        with pytest.raises(TransitionNotYours):
            move(DOOR, current, wanted, [role])
        assert wanted not in steps_from(DOOR, current, [role])


def test_a_refused_decision_raises_its_reason():
    decision = first_refusal(ALLOWED, refuse("Only owners."), refuse("Never."))
    assert not decision
    with pytest.raises(NotAllowed, match="Only owners"):
        decision.require()
    assert first_refusal(ALLOWED, ALLOWED) is ALLOWED


def test_a_domain_error_becomes_problem_details():
    class Full(DomainError):
        code = "full"
        sentence = "There is room for %(room)s only. Take less."

    problem = Full(room=3, field="quantity").as_problem()
    assert problem == {
        "type": "urn:kierto:error:full",
        "title": "full",
        "status": 400,
        "detail": "There is room for 3 only. Take less.",
        "field": "quantity",
        "fields": {"room": "3"},
    }


def test_a_sentence_is_translated_when_it_is_read():
    sentence = Sentence("%(count)s rows")
    try:
        speak_with({"%(count)s rows": "%(count)s riviä"}.get)
        assert sentence % {"count": 3} == "3 riviä"
    finally:
        speak_with(lambda message: message)
    assert sentence % {"count": 3} == "3 rows"


def test_listeners_hear_their_own_change_once():
    heard = []

    class Rang:
        pass

    class Knocked:
        pass

    door.listen(Rang, heard.append)
    door.listen(Rang, heard.append)
    rang = Rang()
    door.announce(rang)
    door.announce(Knocked())
    assert heard == [rang]


def test_money_of_two_currencies_does_not_add():
    assert Money(Decimal("1.005")) + Money(Decimal(2)) == Money(Decimal("3.005"))
    assert Money(Decimal("1.005")).rounded() == Money(Decimal("1.00"))
    with pytest.raises(ValueError, match="SEK"):
        Money(Decimal(1)) + Money(Decimal(1), "SEK")


def test_amounts_a_week():
    assert per_week(Decimal(10), Frequency.WEEK) == 10
    assert per_week(WEEKS_A_MONTH, Frequency.MONTH) == 1
    assert per_week(Decimal(10), Frequency.ONCE, weeks=Decimal(4)) == Decimal("2.5")
    assert per_week(Decimal(10), Frequency.ONCE) == 10


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_weeks_tile_a_period_without_gap_or_overlap(start, days):
    end = date.fromordinal(start.toordinal() + days)
    weeks = weeks_between(start, end)
    assert [day for week in weeks for day in _days(week)] == _days(Period(start, end))
    assert all(week.days == 7 for week in weeks[:-1])


def _days(period: Period) -> list[int]:
    return list(range(period.start.toordinal(), period.end.toordinal() + 1))


def test_a_period_ends_after_it_starts():
    with pytest.raises(ValueError, match="cannot end"):
        Period(date(2026, 2, 1), date(2026, 1, 1))
    open_end = Period(date(2026, 1, 1))
    assert date(2030, 1, 1) in open_end
    assert open_end.overlaps(Period(date(2029, 1, 1), date(2029, 1, 2)))


def test_distance_helsinki_to_tallinn():
    helsinki, tallinn = Point(60.1699, 24.9384), Point(59.4370, 24.7536)
    assert great_circle_km(helsinki, tallinn) == pytest.approx(82.2, abs=0.3)
    assert road_km(helsinki, tallinn, 1.5) == pytest.approx(
        1.5 * great_circle_km(helsinki, tallinn)
    )


def test_a_point_off_the_earth_is_refused():
    with pytest.raises(ValueError, match="no such place"):
        Point(91, 0)


def test_an_area_with_a_hole_and_a_second_part():
    ring = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
    hole = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]
    far = [[10, 10], [11, 10], [11, 11], [10, 11], [10, 10]]
    area = {"type": "MultiPolygon", "coordinates": [[ring, hole], [far]]}
    assert area_contains(area, Point(3, 3))
    assert not area_contains(area, Point(1.5, 1.5))
    assert area_contains(area, Point(10.5, 10.5))
    assert not area_contains(area, Point(5, 5))
    with pytest.raises(ValueError, match="LineString"):
        area_contains({"type": "LineString", "coordinates": []}, Point(0, 0))


def test_an_intake_counts_every_outcome():
    intake = Intake("kinds.csv")
    intake.note("kinds.csv", 2, "oak", Outcome.ADDED)
    intake.note("kinds.csv", 3, "elm", Outcome.LEFT, "No unit.")
    assert intake.counts == {"added": 1, "changed": 0, "unchanged": 0, "left": 1}
    assert intake.as_dict()["left"] == [
        {"file": "kinds.csv", "line": 3, "key": "elm", "reason": "No unit."}
    ]
