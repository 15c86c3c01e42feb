"""The programme of a repair event: times at its tables, the line, and who is at which table.

Only looks; :mod:`kierto.repair.actions.events` and its siblings write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from kierto.repair import event_queries
from kierto.repair.models import Category, Event, Slot, Station, Ticket, Volunteer
from kierto.repair.queries import ENDED_STATES, with_facts
from kierto.repair.states import Task, TicketState, VolunteerState

EARLY = timedelta(hours=2)
LATE = timedelta(hours=6)
"""How long before and after an event its things may still be taken in and finished."""


def zone_of(event: Event) -> ZoneInfo:
    """The zone in which its times are told."""
    return ZoneInfo(event.workshop.timezone)


def clock(event: Event, moment: datetime) -> str:
    """A time of the day where the event is, as on a clock: “10:30”."""
    return f"{timezone.localtime(moment, zone_of(event)):%H:%M}"


# --------------------------------------------------------------------------- slots


def slot_times(begins: datetime, ends: datetime, minutes: int) -> list[datetime]:
    """The starts of all whole slots from begin to end. Real minutes: no clock change moves them."""
    step = timedelta(minutes=minutes)
    return [begins + step * number for number in range(int((ends - begins) / step))]


@dataclass(frozen=True, slots=True)
class Relaid:
    """What has to change at a table: times to add, slots to drop, taken ones in the way."""

    add: tuple[datetime, ...]
    drop: tuple[Slot, ...]
    in_the_way: tuple[Slot, ...]


def relay(event: Event, free: Sequence[Slot], taken: Sequence[Slot]) -> Relaid:
    """The slots of one table after the event's times changed; taken ones stay as they are.

    A taken slot is in the way if it is outside the event now, or runs into the next taken one.
    """
    length = timedelta(minutes=event.slot_minutes)
    kept = sorted(taken, key=lambda slot: slot.begins)
    in_the_way = [
        slot
        for number, slot in enumerate(kept)
        if slot.begins < event.begins
        or slot.begins + length > event.ends
        or (number and slot.begins - kept[number - 1].begins < length)
    ]
    wanted = {
        begins
        for begins in slot_times(event.begins, event.ends, event.slot_minutes)
        if all(abs(begins - slot.begins) >= length for slot in kept)
    }
    there = {slot.begins for slot in free}
    return Relaid(
        tuple(sorted(wanted - there)),
        tuple(slot for slot in free if slot.begins not in wanted),
        tuple(in_the_way),
    )


def named(event: Event, slots: Iterable[Slot]) -> str:
    """Slots in words: “Electronics 10:30, Textiles 11:00”."""
    ordered = sorted(slots, key=lambda slot: (slot.begins, slot.station_id))
    return ", ".join(f"{slot.station.name} {clock(event, slot.begins)}" for slot in ordered)


def takes(station: Station, category: Category | None) -> bool:
    """Whether a table repairs a category; one that names none repairs everything."""
    if category is None:
        return True
    categories = {each.pk for each in station.categories.all()}
    return not categories or category.pk in categories


# --------------------------------------------------------------------------- the line


def line(tickets: Iterable[Ticket]) -> list[Ticket]:
    """What waits, in its order: by the time signed up for, else by the moment it came.

    So whoever signed up is next once the time has come, and before that whoever came first.
    """
    waiting = [
        ticket
        for ticket in tickets
        if ticket.queue_number is not None and ticket.state in event_queries.WAITING_STATES
    ]
    return sorted(waiting, key=lambda ticket: (_turn(ticket), ticket.queue_number))


def _turn(ticket: Ticket) -> datetime:
    return ticket.slot.begins if ticket.slot is not None else ticket.created_at


def fits(ticket: Ticket, volunteer: Volunteer) -> bool:
    """Whether a volunteer is good at it, and it belongs to their table if they have one."""
    skills = {each.pk for each in volunteer.skills.all()}
    if skills and ticket.category_id not in skills:
        return False
    if volunteer.station is None:
        return True
    if ticket.station_id is not None:
        return ticket.station_id == volunteer.station_id
    return takes(volunteer.station, ticket.category)


def next_for(tickets: Iterable[Ticket], volunteer: Volunteer) -> Ticket | None:
    """The first in the line that fits them and on which nobody's yes is awaited."""
    ready = (ticket for ticket in line(tickets) if ticket.state != TicketState.ESTIMATED)
    return next((ticket for ticket in ready if fits(ticket, volunteer)), None)


@dataclass(slots=True)
class Table:
    """A table, who sits there, what lies on it and what waits for it."""

    station: Station
    helpers: list[Volunteer] = field(default_factory=list)
    at_hand: list[Ticket] = field(default_factory=list)
    expected: list[Ticket] = field(default_factory=list)
    slots: int = 0
    taken: int = 0

    @property
    def free(self) -> int:
        """Slots that nobody comes for."""
        return self.slots - self.taken


@dataclass(frozen=True, slots=True)
class Board:
    """The event at a glance: signed up but not here, in line, at a table, done."""

    expected: list[Ticket]
    waiting: list[Ticket]
    at_tables: list[Ticket]
    done: list[Ticket]


def board(event: Event) -> Board:
    """Everything that was signed up or brought, by where it is. Three queries."""
    tickets = list(
        with_facts(event_queries.live_tickets(event))
        .prefetch_related("helpers__agent__person")
        .order_by("queue_number", "created_at")
    )
    expected = [t for t in tickets if t.queue_number is None and t.state not in ENDED_STATES]
    return Board(
        sorted(expected, key=_turn),
        line(tickets),
        [t for t in tickets if t.state == TicketState.IN_WORK],
        sorted(
            (t for t in tickets if t.state in ENDED_STATES),
            key=lambda t: t.ended_at or t.created_at,
            reverse=True,
        ),
    )


def without_result(event: Event) -> list[Ticket]:
    """What was taken in, and nobody wrote yet what became of it."""
    return list(
        event_queries.live_tickets(event)
        .exclude(state__in=ENDED_STATES)
        .filter(Q(queue_number__isnull=False) | Q(state=TicketState.IN_WORK))
        .order_by("queue_number")
    )


def numbers_of(tickets: Iterable[Ticket]) -> str:
    """Their numbers in the line, the code where there is none: “4, 7, 9, RX7K2PM”."""
    rows = list(tickets)
    numbers = sorted(row.queue_number for row in rows if row.queue_number is not None)
    codes = sorted(row.code for row in rows if row.queue_number is None)
    return ", ".join([*map(str, numbers), *codes])


# --------------------------------------------------------------------------- the rota


@dataclass(frozen=True, slots=True)
class Rota:
    """Who does what: by table, the others, and who has not answered or was not welcomed yet."""

    tables: list[Table]
    hosts: list[Volunteer]
    others: list[Volunteer]
    roaming: list[Volunteer]
    unanswered: list[Volunteer]
    offers: list[Volunteer]
    declined: list[Volunteer]

    @property
    def coming(self) -> int:
        """How many come."""
        at_tables = sum(len(table.helpers) for table in self.tables)
        return at_tables + len(self.hosts) + len(self.others) + len(self.roaming)

    @property
    def wanted(self) -> list[Station]:
        """Tables at which nobody repairs yet."""
        return [table.station for table in self.tables if not table.helpers]


def rota(event: Event) -> Rota:
    """The volunteers by what they do and whether they come."""
    rows = list(
        event.volunteers.select_related("agent__person", "agent__organization", "station")
        .prefetch_related("skills")
        .order_by("id")
    )
    here = [row for row in rows if row.state == VolunteerState.COMING]
    repairers = [row for row in here if row.task == Task.REPAIRER]
    return Rota(
        tables_of(event, repairers),
        [row for row in here if row.task == Task.HOST],
        [row for row in here if row.task == Task.OTHER],
        [row for row in repairers if row.station_id is None],
        [row for row in rows if row.state == VolunteerState.ASKED],
        [row for row in rows if row.state == VolunteerState.OFFERED],
        [row for row in rows if row.state == VolunteerState.DECLINED],
    )


def tables_of(event: Event, repairers: Iterable[Volunteer]) -> list[Table]:
    """The tables with who repairs there and how many of their slots are taken."""
    by_station: dict[int | None, list[Volunteer]] = defaultdict(list)
    for row in repairers:
        by_station[row.station_id].append(row)
    stations = event.stations.prefetch_related("categories__kind", "slots")
    taken: dict[int, int] = defaultdict(int)
    for slot in event_queries.taken_slots(event):
        taken[slot.station_id] += 1
    return [
        Table(
            station,
            helpers=by_station[station.pk],
            slots=len(station.slots.all()),
            taken=taken[station.pk],
        )
        for station in stations
    ]


# --------------------------------------------------------------------------- time


def is_now(event: Event, now: datetime | None = None) -> bool:
    """Whether it is going on, or people are setting up and clearing away."""
    at = now or timezone.now()
    return event.begins - EARLY <= at <= event.ends + LATE


def usual_time(event: Event, now: datetime | None = None) -> datetime:
    """When something happened unless a time is given: now while it goes on, else at its end.

    Before the event it is the present too: then a rule refuses it, not this guess.
    """
    at = now or timezone.now()
    return event.ends if at > event.ends + LATE else at


def station_for(event: Event, category: Category) -> Station | None:
    """The only table that takes a category, if there is one."""
    fitting = [
        station
        for station in event.stations.prefetch_related("categories")
        if takes(station, category)
    ]
    return fitting[0] if len(fitting) == 1 else None
