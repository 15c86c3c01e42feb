"""The demonstration's workshops, and two years of its repair café (illustrative)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from kierto.demo.chance import between, share
from kierto.demo.people import People
from kierto.parties.models import Agent, Organization, Place
from kierto.repair.actions.answering import answer
from kierto.repair.actions.events import create_event, move_event
from kierto.repair.actions.intake import take_in
from kierto.repair.actions.results import record_result
from kierto.repair.actions.sign_ups import sign_up
from kierto.repair.actions.tickets import assign, estimate, finish, move_ticket, open_ticket
from kierto.repair.actions.volunteers import volunteer
from kierto.repair.actions.work import log_work
from kierto.repair.actions.workshops import add_repairer, create_workshop, set_price
from kierto.repair.models import Category, Event, Slot, Ticket, Workshop
from kierto.repair.states import EventState, Outcome, Task, TicketState

CAFE = "repair-cafe"
MONTHS = 24
HELPERS = 4
ANSWERED = 0.6
"""Share of visitors with an account who say what they would have done otherwise."""

TABLES = (
    ("Electronics", ("Laptop", "Mobile", "Headphones", "Portable radio", "Games console")),
    ("Household", ()),
    ("Sewing and clocks", ("Sewing machine", "Watch/clock")),
)


@dataclass(frozen=True, slots=True)
class Case:
    """Something that people bring, and what came of it."""

    category: Category
    thing: str
    brand: str
    age: Decimal
    problem: str
    outcome: str
    barrier: str
    minutes: int
    advice: str


class Mending:
    """Opens workshops and tells their past."""

    def __init__(self, people: People, zone: ZoneInfo, read: Callable[[str], bytes]) -> None:
        self._people = people
        self._zone = zone
        self._read = read
        self._categories = {each.name: each for each in Category.objects.all()}
        self._cases = [self._case(row) for row in self._rows("repairs.csv")]
        self.workshops = self._open_workshops()

    def tell(self, today: date, report: Callable[[float], object]) -> None:
        """Record the cafés of two years, open the next one, and fill the queues."""
        for number in range(MONTHS):
            self._hold(second_saturday(today, number - MONTHS), number)
            report((number + 1) / MONTHS)
        self._announce(second_saturday(today, 1))
        self._fill_queues(today)

    # ----------------------------------------------------------------- workshops

    def _open_workshops(self) -> dict[str, Workshop]:
        opened = {}
        for row in self._rows("workshops.csv"):
            agent = Organization.objects.get(slug=row["owner"]).agent
            opened[row["owner"]] = create_workshop(
                agent=agent,
                place=_place(agent),
                name=row["name"],
                categories=[self._categories[name] for name in _names(row["categories"])],
                description=row["description"],
                contact=row["contact"],
                opening_hours=row["opening_hours"],
                warranty_days=int(row["warranty_days"]),
                takes_tickets=row["takes_tickets"] == "yes",
                by=self._people.for_agent(agent),
            )
        for row in self._rows("prices.csv"):
            workshop = opened[row["owner"]]
            set_price(
                workshop,
                name=row["name"],
                category=self._categories.get(row["category"]),
                low=Decimal(row["low"]),
                high=Decimal(row["high"]),
                by=self._speaker(workshop),
            )
        for number, helper in enumerate(self._helpers()):
            add_repairer(
                opened[CAFE],
                agent=helper,
                skills=[self._categories[name] for name in TABLES[number % len(TABLES)][1]],
                by=self._speaker(opened[CAFE]),
            )
        for owner in ("bike-works", "device-again"):
            speaker = self._speaker(opened[owner])
            add_repairer(opened[owner], agent=speaker, by=speaker)
        return opened

    def _speaker(self, workshop: Workshop) -> Agent:
        return self._people.for_agent(workshop.agent)

    def _helpers(self) -> list[Agent]:
        return self._people.neighbours[:HELPERS]

    # ----------------------------------------------------------------- cafés

    def _event(self, day: date, title: str) -> Event:
        cafe = self.workshops[CAFE]
        event = create_event(
            workshop=cafe,
            place=cafe.place,
            title=title,
            begins=datetime.combine(day, time(11), tzinfo=self._zone),
            ends=datetime.combine(day, time(15), tzinfo=self._zone),
            stations=[
                (name, [self._categories[each] for each in categories])
                for name, categories in TABLES
            ],
            description="Bring what is broken, and its charger. We repair it together.",
            by=self._speaker(cafe),
        )
        return move_event(event, EventState.OPEN, by=self._speaker(cafe))

    def _hold(self, day: date, number: int) -> None:
        """One café of the past, from its paper slips."""
        event = self._event(day, "Repair café")
        speaker = self._speaker(event.workshop)
        for count in range(int(between(7, 14, "visitors", number))):
            case = self._cases[int(share("case", number, count) * len(self._cases))]
            taken = event.begins + timedelta(minutes=12 * count)
            ticket = take_in(
                event,
                category=case.category,
                thing=case.thing,
                problem=case.problem,
                brand=case.brand,
                age=case.age if share("age", number, count) < 0.5 else None,
                owner=self._visitor(number, count),
                at=taken,
                by=speaker,
            )
            record_result(
                ticket,
                outcome=case.outcome,
                barrier=case.barrier,
                advice=case.advice,
                minutes=case.minutes,
                worker=self._helpers()[count % HELPERS],
                at=min(taken + timedelta(minutes=case.minutes), event.ends),
                by=speaker,
            )
            self._ask(ticket, number, count)
        move_event(event, EventState.CLOSED, by=speaker)

    def _visitor(self, number: int, count: int) -> Agent | None:
        """Every third visitor leaves no name."""
        luck = share("visitor", number, count)
        others = self._people.neighbours[HELPERS:]
        return None if luck < 1 / 3 else others[int((luck - 1 / 3) * 1.5 * len(others))]

    def _ask(self, ticket: Ticket, number: int, count: int) -> None:
        person = getattr(ticket.owner, "person", None)
        if person is None or person.user_id is None:
            return
        luck = share("answer", number, count)
        if luck < ANSWERED:
            choices = ("new", "new", "new", "used", "without", "elsewhere", "unsure")
            chosen = choices[int(luck / ANSWERED * len(choices))]
            answer(ticket, alternative=chosen, by=ticket.owner)

    def _announce(self, day: date) -> None:
        """The next café: helpers have said yes, some slots are taken."""
        event = self._event(day, "Repair café in the hall")
        stations = list(event.stations.all())
        for number, helper in enumerate(self._helpers()):
            volunteer(
                event,
                agent=helper,
                task=Task.REPAIRER if number else Task.HOST,
                station=stations[number % len(stations)],
                by=helper,
            )
        household = next(each for each in stations if each.name == "Household")
        slots = list(Slot.objects.filter(station=household).order_by("begins"))[:3]
        visitors = [self._people.resident, *self._people.neighbours[HELPERS:]]
        for number, slot in enumerate(slots):
            case = self._cases[7 * number]
            sign_up(
                slot,
                owner=visitors[number],
                category=case.category,
                thing=case.thing,
                problem=case.problem,
                brand=case.brand,
                by=visitors[number],
            )

    # ----------------------------------------------------------------- queues

    def _fill_queues(self, today: date) -> None:
        """Tickets of the workshops at every stage."""
        bikes, devices = self.workshops["bike-works"], self.workshops["device-again"]
        bicycles = self._categories["Bicycle"]
        neighbours = self._people.neighbours
        puncture = self._ticket(bikes, bicycles, "City bicycle", "Flat rear tyre.", neighbours[9])
        self._ticket(bikes, bicycles, "Child's bicycle", "The chain falls off.", neighbours[10])
        brakes = self._ticket(bikes, bicycles, "Cargo bicycle", "Brakes grind.", neighbours[11])
        laptop = self._ticket(
            devices, self._categories["Laptop"], "Laptop", "Battery is empty in an hour.",
            self._people.resident,
        )  # fmt: skip
        speaker = self._speaker(bikes)
        self._begin(puncture, speaker)
        log_work(puncture, worker=speaker, hours=Decimal("0.5"), note="New tube.", by=speaker)
        finish(puncture, outcome=Outcome.FIXED, advice="Pump it up monthly.", price=14, by=speaker)
        self._begin(brakes, speaker)
        estimate(
            laptop,
            low=Decimal(60),
            high=Decimal(85),
            minutes=45,
            note="A new battery; the old one goes to the exchange.",
            ready_on=today + timedelta(days=5),
            by=self._speaker(devices),
        )

    def _ticket(
        self, workshop: Workshop, category: Category, thing: str, problem: str, owner: Agent
    ) -> Ticket:
        return open_ticket(
            workshop=workshop,
            owner=owner,
            category=category,
            thing=thing,
            problem=problem,
            by=owner,
        )

    def _begin(self, ticket: Ticket, by: Agent) -> None:
        repairer = ticket.workshop.repairers.get(agent=by)
        assign(ticket, repairer=repairer, by=by)
        ticket.refresh_from_db()
        move_ticket(ticket, TicketState.IN_WORK, by=by)
        ticket.refresh_from_db()

    # ----------------------------------------------------------------- tables

    def _rows(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self._read(name).decode())))

    def _case(self, row: dict[str, str]) -> Case:
        return Case(
            category=self._categories[row["category"]],
            thing=row["thing"],
            brand=row["brand"],
            age=Decimal(row["age"]),
            problem=row["problem"],
            outcome=row["outcome"],
            barrier=row["barrier"],
            minutes=int(row["minutes"]),
            advice=row["advice"],
        )


def _names(cell: str) -> list[str]:
    return [name.strip() for name in cell.split(";") if name.strip()]


def _place(agent: Agent) -> Place:
    return Place.objects.filter(agent=agent).order_by("pk")[0]


def second_saturday(today: date, months: int) -> date:
    """The second Saturday of the month that lies so many months from this one."""
    count = today.year * 12 + today.month - 1 + months
    first = date(count // 12, count % 12 + 1, 1)
    return first + timedelta(days=(5 - first.weekday()) % 7 + 7)
