"""Categories, workshops, repairers, events and tickets for tests, by the real actions where
they are this part's own."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from kierto.catalogue.models import ResourceSpecification
from kierto.core.quantity import Unit
from kierto.parties.models import Agent, Organization, Place
from kierto.parties.queries import system_agent
from kierto.repair.models import (
    Category,
    Event,
    Repairer,
    Slot,
    Station,
    Ticket,
    Volunteer,
    Workshop,
)
from kierto.repair.states import EventState, Task, TicketState, VolunteerState
from tests.factories.catalogue import make_kind
from tests.factories.parties import make_organization, make_person, make_place

_numbers = itertools.count(1)


def make_category(
    name: str | None = None,
    *,
    number: int | None = None,
    kind: ResourceSpecification | None = None,
    names: dict[str, str] | None = None,
) -> Category:
    """A product category with a kind that is counted in items."""
    number = number or 2000 + next(_numbers)
    return Category.objects.create(
        id=number,
        name=name or f"Category {number}",
        names=names or {},
        kind=kind or make_kind(unit=Unit.ITEM),
    )


def make_workshop(
    agent: Agent | Organization | None = None,
    *,
    place: Place | None = None,
    categories: Sequence[Category] = (),
    **fields: Any,
) -> Workshop:
    """An open workshop of an organisation (a new one if none is given) that takes tickets."""
    if isinstance(agent, Organization):
        agent = agent.agent
    if place is None:
        agent = agent or make_organization().agent
        place = make_place(agent)
    number = next(_numbers)
    values: dict[str, Any] = {"slug": f"workshop-{number}", "name": f"Workshop {number}"}
    workshop = Workshop.objects.create(
        agent=agent or place.agent, place=place, **{**values, **fields}
    )
    workshop.categories.set(categories)
    return workshop


def make_repairer(
    workshop: Workshop | None = None,
    *,
    agent: Agent | None = None,
    skills: Sequence[Category] = (),
    **fields: Any,
) -> Repairer:
    """A person who repairs for a workshop; they need not be a member of its organisation."""
    repairer = Repairer.objects.create(
        workshop=workshop or make_workshop(),
        agent=agent or make_person().agent,
        **fields,
    )
    repairer.skills.set(skills)
    return repairer


def make_event(
    workshop: Workshop | None = None,
    *,
    begins: datetime | None = None,
    hours: int = 3,
    state: str = EventState.OPEN,
    stations: Sequence[str] = ("Table 1",),
    slots: int = 0,
    **fields: Any,
) -> Event:
    """An open event in a week, three hours long, with one station and no slots."""
    workshop = workshop or make_workshop()
    begins = begins or (timezone.now() + timedelta(days=7)).replace(microsecond=0)
    event = Event.objects.create(
        workshop=workshop,
        begins=begins,
        ends=begins + timedelta(hours=hours),
        state=state,
        created_by=system_agent(),
        **{"place": workshop.place, "title": f"Repair café {next(_numbers)}", **fields},
    )
    for name in stations:
        make_station(event, name, slots=slots)
    return event


def make_station(
    event: Event | None = None,
    name: str | None = None,
    *,
    categories: Sequence[Category] = (),
    slots: int = 0,
) -> Station:
    """A table at an event, with as many slots as wanted."""
    event = event or make_event(stations=())
    station = Station.objects.create(event=event, name=name or f"Table {next(_numbers)}")
    station.categories.set(categories)
    step = timedelta(minutes=event.slot_minutes)
    Slot.objects.bulk_create(
        Slot(station=station, begins=event.begins + step * place) for place in range(slots)
    )
    return station


def make_volunteer(
    event: Event | None = None,
    *,
    agent: Agent | None = None,
    task: str = Task.REPAIRER,
    state: str = VolunteerState.COMING,
    **fields: Any,
) -> Volunteer:
    """A person who helps at an event and is coming."""
    return Volunteer.objects.create(
        event=event or make_event(),
        agent=agent or make_person().agent,
        task=task,
        state=state,
        **fields,
    )


def make_ticket(
    workshop: Workshop | None = None,
    *,
    owner: Agent | None = None,
    category: Category | None = None,
    state: str = TicketState.NEW,
    **fields: Any,
) -> Ticket:
    """A new ticket of a resident, brought to ``state`` by the real steps."""
    from kierto.repair import actions

    number = next(_numbers)
    values: dict[str, Any] = {"thing": f"Kettle {number}", "problem": "It does not switch on."}
    ticket = actions.open_ticket(
        workshop=workshop or make_workshop(),
        owner=owner or make_person().agent,
        category=category or make_category(),
        by=fields.pop("by", None) or system_agent(),
        **{**values, **fields},
    )
    return bring_to(ticket, state)


def bring_to(ticket: Ticket, state: str, *, by: Agent | None = None, **result: Any) -> Ticket:
    """Take the legal steps from new to a state, as the workshop (the node) would."""
    from kierto.repair import actions

    by = by or system_agent()
    if state == TicketState.NEW:
        return ticket
    if state == TicketState.ESTIMATED:
        return actions.estimate(ticket, low=20, high=40, by=by)
    if state in {TicketState.ACCEPTED, TicketState.CANCELLED, TicketState.DECLINED}:
        return actions.move_ticket(ticket, state, reason="Because of the test", by=by)
    ticket = actions.move_ticket(ticket, TicketState.IN_WORK, by=by)
    if state == TicketState.IN_WORK:
        return ticket
    ticket = actions.finish(ticket, outcome=result.pop("outcome", "Fixed"), by=by, **result)
    return ticket if state == TicketState.DONE else actions.give_back(ticket, by=by)
