"""Events: planned, changed, called off and closed, and who is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kierto.core.errors import DomainError, NotAllowed
from kierto.notices.models import Notice
from kierto.parties.models import Agent
from kierto.repair import actions, event_queries, programme
from kierto.repair.errors import events as errors
from kierto.repair.models import Event, Ticket
from kierto.repair.states import EventState, TicketState
from tests.factories.parties import make_person, make_place
from tests.repair.cafe import Cafe, future_cafe, make_cafe, past_cafe

pytestmark = pytest.mark.django_db


def plan(cafe: Cafe, **fields: Any) -> Event:
    values = {
        "workshop": cafe.workshop,
        "place": cafe.event.place,
        "title": "Another café",
        "begins": cafe.event.begins,
        "ends": cafe.event.ends,
        "stations": [("Table", [])],
        "by": cafe["member"],
    }
    return actions.create_event(**{**values, **fields})


def bring(cafe: Cafe, **fields: Any) -> Ticket:
    values = {"category": cafe.toasters, "problem": "Does not heat", "by": cafe["helper"]}
    return actions.take_in(cafe.event, **{**values, **fields})


def sign_up(cafe: Cafe, number: int = 0) -> Ticket:
    return actions.sign_up(
        cafe.slot(number),
        owner=cafe["resident"],
        category=cafe.toasters,
        thing="",
        problem="Smokes",
        by=cafe["member"],
    )


def told(agent: Agent) -> list[str]:
    return list(
        Notice.objects.filter(recipient__agent=agent)
        .order_by("created_at")
        .values_list("topic", flat=True)
    )


def test_an_event_is_planned_as_a_draft_without_times() -> None:
    cafe = future_cafe()
    event = plan(cafe, title="  Spring café ")
    assert (event.title, event.state, event.created_by) == ("Spring café", "draft", cafe["member"])
    assert not event.stations.get().slots.exists()


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"title": "  "}, errors.EventWithoutTitle),
        ({"stations": []}, errors.EventWithoutTables),
        ({"stations": [(" ", [])]}, errors.EventWithoutTables),
        ({"stations": [("A", []), ("a ", [])]}, errors.TableTwice),
        ({"stations": [(str(n), []) for n in range(41)]}, errors.TooManyTables),
        ({"slot_minutes": 4}, errors.SlotLengthImplausible),
        ({"slot_minutes": 241}, errors.SlotLengthImplausible),
    ],
)
def test_what_a_plan_refuses(fields: dict[str, Any], error: type[DomainError]) -> None:
    cafe = future_cafe()
    with pytest.raises(error):
        plan(cafe, **fields)


def test_an_event_ends_after_it_begins_and_within_a_day() -> None:
    cafe = future_cafe()
    begins = cafe.event.begins
    with pytest.raises(errors.EventBackwards):
        plan(cafe, ends=begins)
    with pytest.raises(errors.EventTooLong):
        plan(cafe, ends=begins + timedelta(hours=25))


def test_nobody_s_home_is_published_by_others() -> None:
    cafe = future_cafe()
    home = make_place(cafe["resident"])
    with pytest.raises(errors.PlaceNotPublic):
        plan(cafe, place=home)
    assert plan(cafe, place=make_place(cafe["member"])).place.agent == cafe["member"]


@pytest.mark.parametrize("role", ["resident", "offering", "helper", "other_staff"])
def test_strangers_plan_and_change_nothing(role: str) -> None:
    cafe = future_cafe()
    with pytest.raises(NotAllowed):
        plan(cafe, by=cafe[role])
    with pytest.raises(NotAllowed):
        actions.change_event(cafe.event, changes={"title": "Mine"}, by=cafe[role])


def test_those_who_come_are_told_when_time_or_place_change() -> None:
    cafe = future_cafe()
    sign_up(cafe)
    actions.change_event(cafe.event, changes={"title": "Other title"}, by=cafe["member"])
    assert told(cafe["resident"]) == ["repair.signed_up"]
    later = {"ends": cafe.event.ends + timedelta(minutes=30)}
    actions.change_event(cafe.event, changes=later, by=cafe["member"])
    assert told(cafe["resident"]) == ["repair.signed_up", "repair.event_changed"]
    assert told(cafe["helper"]) == ["repair.event_changed"]


def test_calling_off_cancels_sign_ups_and_tells_everybody() -> None:
    cafe = future_cafe()
    ticket = sign_up(cafe)
    actions.move_event(cafe.event, EventState.CANCELLED, by=cafe["member"])
    ticket.refresh_from_db()
    assert (ticket.state, ticket.slot) == (TicketState.CANCELLED, None)
    assert told(cafe["resident"])[-1] == "repair.cancelled"
    assert told(cafe["helper"]) == ["repair.event_cancelled"]


def test_an_event_with_things_on_its_tables_is_not_called_off() -> None:
    cafe = make_cafe()
    bring(cafe)
    bring(cafe)
    with pytest.raises(errors.ThingsOnTables) as refused:
        actions.move_event(cafe.event, EventState.CANCELLED, by=cafe["member"])
    assert refused.value.fields["numbers"] == "1, 2"


def test_closing_waits_for_every_result_and_lets_go_who_did_not_come() -> None:
    cafe = make_cafe()
    absent = sign_up(cafe, 3)
    tickets = [bring(cafe), bring(cafe)]
    actions.take(tickets[1], by=cafe["helper"])
    with pytest.raises(errors.ResultsMissing) as refused:
        actions.move_event(cafe.event, EventState.CLOSED, by=cafe["member"])
    assert str(refused.value).startswith("These numbers have no result yet: 1, 2.")
    for ticket in tickets:
        actions.record_result(ticket, outcome="Fixed", by=cafe["helper"])
    actions.move_event(cafe.event, EventState.CLOSED, by=cafe["member"])
    absent.refresh_from_db()
    assert (absent.state, absent.reason) == (TicketState.CANCELLED, "Did not come.")
    with pytest.raises(errors.EventNotOpen):
        bring(cafe)
    actions.move_event(cafe.event, EventState.OPEN, by=cafe["member"])
    assert bring(cafe).queue_number == 3


def test_an_event_is_not_closed_before_it_began() -> None:
    cafe = future_cafe()
    with pytest.raises(errors.EventNotBegun):
        actions.move_event(cafe.event, EventState.CLOSED, by=cafe["member"])


def test_coming_and_past_split_the_events() -> None:
    future, now, past = future_cafe(), make_cafe(), past_cafe()
    ended = make_cafe(state="closed")
    future_cafe(state="draft")
    seen = event_queries.visible_events(None)
    assert list(event_queries.coming(seen)) == [now.event, future.event]
    assert list(event_queries.past(seen)) == [ended.event, past.event]


def test_events_are_found_by_what_their_tables_take() -> None:
    cafe = future_cafe()
    everything = plan(cafe)
    events = Event.objects.all()
    assert set(event_queries.narrowed(events, category=cafe.jeans)) == {cafe.event, everything}
    only = plan(cafe, stations=[("Lamps", [cafe.lamps])])
    assert set(event_queries.narrowed(events, category=cafe.lamps)) == {
        cafe.event,
        everything,
        only,
    }
    assert only not in event_queries.narrowed(events, category=cafe.jeans)
    district = cafe.event.place.district.slug
    assert event_queries.narrowed(events, district=district).count() == 3
    assert event_queries.narrowed(events, district="nowhere").count() == 0


def test_times_are_told_where_the_event_is() -> None:
    cafe = future_cafe()
    cafe.workshop.timezone = "Asia/Amman"
    cafe.workshop.save()
    event = cafe.refresh()
    local = event.begins + timedelta(hours=3)
    assert programme.clock(event, event.begins) == f"{local:%H:%M}"


def test_the_agent_of_a_person_outside_sees_no_draft() -> None:
    cafe = future_cafe(state="draft")
    assert cafe.event not in event_queries.visible_events(make_person().agent)
