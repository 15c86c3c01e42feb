"""Every state × every state × every role: what the tables say is what the actions do."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from kierto.core.errors import DomainError
from kierto.parties.models import Agent
from kierto.repair import actions, event_permissions, event_queries
from kierto.repair.models import Event, Slot, Volunteer
from kierto.repair.states import (
    EVENT_STEPS,
    VOLUNTEER_STEPS,
    EventState,
    TicketState,
    VolunteerState,
)
from tests.factories.repair import make_ticket
from tests.repair.cafe import HELPERS, STAFF, Cafe, make_cafe

pytestmark = pytest.mark.django_db


def works(action: Callable[..., object], *args: object, **fields: object) -> bool:
    try:
        action(*args, **fields)
    except DomainError:
        return False
    return True


def in_state(cafe: Cafe, state: str) -> Event:
    """The event as it stands in a state, without slots that a step would have to lay."""
    Slot.objects.filter(station__event=cafe.event).delete()
    Event.objects.filter(pk=cafe.event.pk).update(state=state)
    return cafe.refresh()


def test_events_move_as_the_table_says() -> None:
    cafe = make_cafe()
    for current, wanted, role in itertools.product(EventState, EventState, cafe.people):
        event, by = in_state(cafe, current), cafe.people[role]
        step = EVENT_STEPS.get((current, wanted))
        roles = {"staff"} & ({"staff"} if role in STAFF else set())
        allowed = step is not None and bool(step.by & roles)
        assert bool(event_permissions.can_move_event(by, event, wanted)) == allowed, role
        if by is not None:
            assert works(actions.move_event, event, wanted, by=by) == allowed, (current, wanted)
            assert cafe.refresh().state == (wanted if allowed else current)


def test_volunteers_move_as_the_table_says() -> None:
    cafe = make_cafe()
    row = cafe.event.volunteers.get(agent=cafe["offering"])
    for current, wanted, role in itertools.product(VolunteerState, VolunteerState, cafe.people):
        Volunteer.objects.filter(pk=row.pk).update(state=current)
        row.refresh_from_db()
        by = cafe.people[role]
        roles = (
            {"staff"} if role in STAFF else {"volunteer"} & {{"offering": "volunteer"}.get(role)}
        )
        step = VOLUNTEER_STEPS.get((current, wanted))
        allowed = step is not None and bool(step.by & roles)
        assert bool(event_permissions.can_move_volunteer(by, row, wanted)) == allowed, role
        steps = event_permissions.volunteer_steps(by, cafe.event, [row])[row.pk]
        assert (wanted in steps) == allowed
        if by is not None:
            assert works(actions.move_volunteer, row, wanted, by=by) == allowed
            row.refresh_from_db()
            assert row.state == (wanted if allowed else current)


@pytest.mark.parametrize("over", [EventState.CLOSED, EventState.CANCELLED])
def test_nobody_joins_or_leaves_an_event_that_is_over(over: str) -> None:
    cafe = make_cafe(state=over)
    for row, role in itertools.product(cafe.event.volunteers.all(), cafe.people):
        row.event = cafe.event
        for wanted in VolunteerState:
            assert not event_permissions.can_move_volunteer(cafe.people[role], row, wanted)
        assert event_permissions.volunteer_steps(cafe.people[role], cafe.event, [row]) == {
            row.pk: {}
        }


@pytest.mark.parametrize("state", list(EventState))
def test_lists_and_permissions_agree_on_what_one_sees(state: str) -> None:
    cafe = make_cafe()
    event = in_state(cafe, state)
    public = state != EventState.DRAFT
    listed = {"helper", "offering"} | STAFF
    for role, by in cafe.people.items():
        seen = public or role in listed
        assert bool(event_permissions.can_see_event(by, event)) == seen, role
        assert event_queries.visible_events(by).filter(pk=event.pk).exists() == seen


def test_events_of_a_closed_workshop_are_for_its_staff() -> None:
    cafe = make_cafe()
    cafe.workshop.is_open = False
    cafe.workshop.save()
    event = cafe.refresh()
    seen = {role for role, by in cafe.people.items() if event_permissions.can_see_event(by, event)}
    assert seen == STAFF | {"helper", "offering"}


PERMISSIONS = {
    "change": event_permissions.can_change_event,
    "help": event_permissions.can_help_at,
    "take in": event_permissions.can_take_in,
    "sign up": event_permissions.can_sign_up,
    "offer": event_permissions.can_offer_help,
    "invite": event_permissions.can_invite,
    "see volunteers": event_permissions.can_see_volunteers,
}
SIGNED_IN = HELPERS | {"resident", "offering", "other_staff"}
PEOPLE = SIGNED_IN - {"system"}


@pytest.mark.parametrize("state", list(EventState))
def test_who_may_do_what_in_which_state(state: str) -> None:
    cafe = make_cafe()
    event = in_state(cafe, state)
    is_open, over = state == EventState.OPEN, state in {EventState.CLOSED, EventState.CANCELLED}
    expected = {
        "change": set() if over else STAFF,
        "help": HELPERS,
        "take in": HELPERS if is_open else set(),
        "sign up": SIGNED_IN if is_open else set(),
        "offer": set() if over else STAFF | (PEOPLE if is_open else set()),
        "invite": set() if over else STAFF,
        "see volunteers": HELPERS,
    }
    found = {
        name: {role for role, by in cafe.people.items() if may(by, event)}
        for name, may in PERMISSIONS.items()
    }
    assert found == expected


@pytest.mark.parametrize("role", ["visitor", *sorted(SIGNED_IN)])
def test_who_may_sign_up_for_whom(role: str) -> None:
    cafe = make_cafe()
    by, other = cafe.people[role], cafe["offering"]
    for_others = role in STAFF or role == "offering"
    assert bool(event_permissions.can_sign_up(by, cafe.event, other)) == for_others
    if by is not None and by.type == "person":
        assert event_permissions.can_sign_up(by, cafe.event, by)


@pytest.mark.parametrize(
    "role", ["resident", "offering", "other_staff", "helper", "repairer", "member", "system"]
)
@pytest.mark.parametrize("state", list(TicketState))
def test_what_a_ticket_allows_at_an_event(role: str, state: str) -> None:
    """Taking in, taking, and writing a result, by state of the ticket and role."""
    cafe = make_cafe()
    by: Agent = cafe[role]
    helps = role in HELPERS

    def ticket(number: int | None) -> object:
        made = make_ticket(
            cafe.workshop, category=cafe.toasters, event=cafe.event, state=str(state)
        )
        made.queue_number = number
        made.save()
        return made

    waiting = state in event_queries.WAITING_STATES
    assert works(actions.check_in, ticket(None), by=by) == (helps and waiting)
    cafe.event.volunteers.filter(agent=by).delete()
    if helps:
        actions.volunteer(cafe.event, agent=by, by=cafe["system"]) if role != "system" else None
    ready = waiting and state != TicketState.ESTIMATED
    can_take = helps and role != "system" and (ready or state == TicketState.IN_WORK)
    assert works(actions.take, ticket(7), by=by) == can_take
    can_finish = helps and (ready or state in {TicketState.IN_WORK, TicketState.DONE})
    assert works(actions.record_result, ticket(8), outcome="Fixed", by=by) == can_finish
