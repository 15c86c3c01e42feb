"""Slots of an event: made when it opens, kept or refused when it changes, taken once each."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from kierto.core.errors import DomainError
from kierto.repair import actions, event_queries, programme
from kierto.repair.errors import events as errors
from kierto.repair.errors.tickets import SlotElsewhere, SlotTaken
from kierto.repair.models import Slot, Ticket
from tests.factories.parties import make_person
from tests.repair.cafe import Cafe, future_cafe, make_cafe

pytestmark = pytest.mark.django_db

FIELDS = {"thing": "Toaster", "problem": "Does not heat"}


def take(cafe: Cafe, number: int = 0, *, as_: str = "resident", **fields: object) -> Ticket:
    values = {"owner": cafe[as_], "category": cafe.toasters, "by": cafe[as_], **FIELDS}
    return actions.sign_up(cafe.slot(number), **{**values, **fields})


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 24 * 60),
    st.integers(5, 240),
)
def test_slots_fill_the_event_without_gap_and_overlap(
    begins: datetime, lasts: int, minutes: int
) -> None:
    times = programme.slot_times(begins, begins + timedelta(minutes=lasts), minutes)
    assert len(times) == lasts // minutes
    assert times == [begins + timedelta(minutes=minutes * number) for number in range(len(times))]


def test_slots_are_real_minutes_in_the_night_when_clocks_change() -> None:
    helsinki = ZoneInfo("Europe/Helsinki")
    begins = datetime(2026, 10, 25, 2, 30, tzinfo=helsinki).astimezone(UTC)
    times = programme.slot_times(begins, begins + timedelta(hours=2), 30)
    assert [f"{time.astimezone(helsinki):%H:%M}" for time in times] == [
        "02:30",
        "03:00",
        "03:30",
        "03:00",
    ]


def test_publishing_makes_the_slots_and_taking_back_removes_them() -> None:
    cafe = future_cafe(state="draft")
    assert Slot.objects.count() == 0
    cafe.event = actions.move_event(cafe.event, "open", by=cafe["member"])
    assert cafe.starts() == cafe.starts("Textiles") == [0, 30, 60, 90]
    actions.move_event(cafe.event, "draft", by=cafe["member"])
    assert Slot.objects.count() == 0


def test_signing_up_takes_the_slot() -> None:
    cafe = future_cafe()
    ticket = take(cafe, 1)
    assert (ticket.slot, ticket.station) == (cafe.slot(1), cafe.electronics)
    assert ticket.queue_number is None
    assert cafe.slot(1) not in event_queries.free_slots(cafe.event)
    assert list(event_queries.sign_ups_of(cafe["resident"])) == [ticket]
    with pytest.raises(SlotTaken):
        take(cafe, 1, as_="helper")


def test_a_sign_up_is_told_with_its_code() -> None:
    cafe = future_cafe()
    ticket = take(cafe)
    notice = cafe["resident"].person.notices.get()
    assert notice.topic == "repair.signed_up"
    assert notice.fields["code"] == ticket.code


def test_what_a_sign_up_refuses() -> None:
    cafe = future_cafe()
    with pytest.raises(errors.TableElsewhere):
        take(cafe, category=cafe.jeans)
    with pytest.raises(DomainError) as refused:
        take(cafe, problem=" ")
    assert refused.value.field == "problem"
    for number in range(3):
        take(cafe, number)
    actions.sign_up(
        cafe.slot(0, "Textiles"),
        owner=cafe["resident"],
        category=cafe.jeans,
        by=cafe["resident"],
        **FIELDS,
    )
    with pytest.raises(errors.TooManySignUps):
        take(cafe, 3)
    take(cafe, 3, by=cafe["member"])


def test_a_time_that_has_begun_is_for_the_staff_only() -> None:
    cafe = make_cafe()
    with pytest.raises(errors.SlotPast):
        take(cafe, 0)
    assert take(cafe, 0, by=cafe["repairer"]).slot == cafe.slot(0)
    assert take(cafe, 3).slot == cafe.slot(3)


def test_cancelling_frees_the_slot_and_moving_frees_the_old_one() -> None:
    cafe = future_cafe()
    ticket = take(cafe, 0)
    ticket = actions.move_sign_up(ticket, cafe.slot(2), by=cafe["resident"])
    assert [cafe.slot(0), cafe.slot(2)] == [
        event_queries.free_slots(cafe.event).get(pk=cafe.slot(0).pk),
        ticket.slot,
    ]
    other = take(cafe, 0, as_="helper")
    with pytest.raises(SlotTaken):
        actions.move_sign_up(ticket, cafe.slot(0), by=cafe["resident"])
    actions.cancel_sign_up(other, by=cafe["helper"])
    actions.move_sign_up(ticket, cafe.slot(0), by=cafe["resident"])
    actions.cancel_sign_up(ticket, by=cafe["resident"])
    with pytest.raises(errors.NotASignUp):
        actions.cancel_sign_up(ticket, by=cafe["resident"])
    assert event_queries.taken_slots(cafe.event).count() == 0


def test_a_slot_of_another_event_is_refused() -> None:
    cafe, other = future_cafe(), future_cafe()
    ticket = take(cafe)
    with pytest.raises(SlotElsewhere):
        actions.move_sign_up(ticket, other.slot(0), by=cafe["resident"])


def test_later_end_adds_slots_and_keeps_those_that_were_there() -> None:
    cafe = future_cafe()
    first = cafe.slot(0)
    ticket = take(cafe, 3)
    actions.change_event(
        cafe.event,
        changes={"ends": cafe.event.ends + timedelta(hours=1)},
        by=cafe["member"],
    )
    ticket.refresh_from_db()
    assert cafe.starts() == [0, 30, 60, 90, 120, 150]
    assert (cafe.slot(0), cafe.slot(3)) == (first, ticket.slot)


def test_other_lengths_flow_around_a_taken_slot() -> None:
    cafe = future_cafe()
    ticket = take(cafe, 1)
    actions.change_event(cafe.event, changes={"slot_minutes": 20}, by=cafe["member"])
    ticket.refresh_from_db()
    assert cafe.starts() == [0, 30, 60, 80, 100]
    assert cafe.starts("Textiles") == [0, 20, 40, 60, 80, 100]


def test_changes_that_would_lose_a_sign_up_are_refused_and_name_it() -> None:
    cafe = future_cafe()
    take(cafe, 3)
    at = programme.clock(cafe.event, cafe.slot(3).begins)
    sentence = (
        f"People have signed up for times that would no longer fit: Electronics {at}. "
        "Move or cancel those sign-ups first."
    )
    refused_changes = [
        {"ends": cafe.event.ends - timedelta(minutes=30)},
        {"stations": [actions.TablePlan("Textiles", [cafe.jeans], cafe.textiles)]},
    ]
    for changes in refused_changes:
        with pytest.raises(errors.SlotsInTheWay) as refused:
            actions.change_event(cafe.event, changes=changes, by=cafe["member"])
        assert str(refused.value) == sentence
    with pytest.raises(errors.SlotsInTheWay):
        actions.move_event(cafe.event, "draft", by=cafe["member"])
    assert cafe.starts() == [0, 30, 60, 90]


def test_two_taken_slots_that_would_overlap_are_refused() -> None:
    cafe = future_cafe()
    take(cafe, 0)
    take(cafe, 1)
    with pytest.raises(errors.SlotsInTheWay):
        actions.change_event(cafe.event, changes={"slot_minutes": 60}, by=cafe["member"])


def test_tables_are_renamed_swapped_added_and_removed() -> None:
    cafe = future_cafe()
    ticket = take(cafe)
    actions.change_event(
        cafe.event,
        changes={
            "stations": [
                actions.TablePlan("Textiles", [cafe.toasters], cafe.electronics),
                actions.TablePlan("Bicycles"),
            ]
        },
        by=cafe["member"],
    )
    ticket.refresh_from_db()
    assert [station.name for station in cafe.event.stations.all()] == ["Textiles", "Bicycles"]
    assert ticket.station == cafe.textiles
    assert cafe.starts("Bicycles") == [0, 30, 60, 90]


@given(st.data())
def test_relaying_never_moves_a_taken_slot_nor_overlaps_it(data: st.DataObject) -> None:
    begins = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
    old = data.draw(st.sampled_from([15, 20, 30, 45]))
    taken_at = data.draw(st.sets(st.integers(0, 7), max_size=4))
    event = programme.Event(
        begins=begins + timedelta(minutes=data.draw(st.integers(-60, 60))),
        slot_minutes=data.draw(st.sampled_from([15, 20, 30, 45])),
    )
    event.ends = event.begins + timedelta(minutes=data.draw(st.integers(30, 400)))
    slots = [Slot(pk=n + 1, begins=begins + timedelta(minutes=old * n)) for n in range(8)]
    taken = [slot for number, slot in enumerate(slots) if number in taken_at]
    free = [slot for number, slot in enumerate(slots) if number not in taken_at]
    relaid = programme.relay(event, free, taken)
    if relaid.in_the_way:
        return
    starts = sorted(
        [slot.begins for slot in [*taken, *free] if slot not in relaid.drop] + [*relaid.add]
    )
    length = timedelta(minutes=event.slot_minutes)
    assert all(late - early >= length for early, late in itertools.pairwise(starts))
    assert all(event.begins <= start <= event.ends - length for start in starts)


@pytest.mark.django_db(transaction=True)
def test_no_two_people_get_one_slot_at_the_same_moment() -> None:
    cafe = future_cafe()
    slot = cafe.slot(0)
    agents = [make_person().agent for _each in range(8)]

    def attempt(number: int) -> bool:
        try:
            actions.sign_up(
                slot,
                owner=agents[number],
                category=cafe.toasters,
                by=agents[number],
                **FIELDS,
            )
        except SlotTaken:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == [False] * 7 + [True]
    assert Ticket.objects.filter(slot=slot).count() == 1
