"""The demonstration's libraries of things, rooms and bikes: a year of lending (illustrative)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from kierto.core.intake import Intake
from kierto.core.tables import write_csv
from kierto.demo.chance import between, share
from kierto.demo.desk import SLIP
from kierto.demo.people import People
from kierto.parties.actions import add_place
from kierto.parties.models import Agent, Organization, Place
from kierto.sharing.actions.answering import answer
from kierto.sharing.actions.charges import pay
from kierto.sharing.actions.collections import (
    change_collection,
    create_collection,
    move_collection,
)
from kierto.sharing.actions.lending import lend_now, take_back
from kierto.sharing.actions.members import enrol, enrol_without_account
from kierto.sharing.actions.terms import set_plan, set_terms
from kierto.sharing.charges import due
from kierto.sharing.importers import import_things
from kierto.sharing.models import Charge, Collection, Thing
from kierto.sharing.states import Sort, ThingState

WEEKS = 52
LATE = 0.08
"""Share of loans that come back late."""
ANSWERED = 0.55
"""Share of borrowers who say what they would have done otherwise."""
FLAGS = ("is_default", "membership_needed", "approval_needed")
WHOLE = (
    "step_minutes", "shortest_minutes", "longest_minutes", "notice_minutes", "horizon_days",
    "buffer_before_minutes", "buffer_after_minutes", "renewals", "hold_hours", "grace_minutes",
)  # fmt: skip
MONEY = ("price", "deposit", "fine_per_day", "fine_most")


@dataclass(frozen=True, slots=True)
class Habit:
    """How a collection is used: loans a week, days of a loan, and what people would have done."""

    a_week: float
    days: tuple[float, float]
    otherwise: tuple[str, ...]


HABITS = {
    "tool-library": Habit(
        1.6, (1, 9), ("new", "new", "used", "rented", "borrowed", "borrowed", "without", "unsure")
    ),
    "toy-library": Habit(0.8, (10, 26), ("new", "new", "used", "without", "without")),
    "costume-shelf": Habit(0.5, (2, 10), ("new", "rented", "rented", "borrowed", "without")),
    "cargo-bikes": Habit(1.1, (0.1, 0.4), ("rented", "rented", "borrowed", "without", "unsure")),
}


@dataclass(slots=True)
class Lending:
    """Opens the collections and tells their year."""

    people: People
    zone: ZoneInfo
    read: Callable[[str], bytes]
    collections: dict[str, Collection] = field(default_factory=dict)
    _back: dict[int, datetime] = field(default_factory=dict)
    """When each thing came back last: the paper lists name it once at a time."""
    _goes_out: dict[int, datetime] = field(default_factory=dict)
    """When what is out today went out: it came back from the year before that."""

    def open(self) -> None:
        """Collections with terms, things and members, through what keepers use."""
        for row in self._rows("collections.csv"):
            self.collections[row["key"]] = self._make(row)
        for row in self._rows("collection-places.csv"):
            self._add_place(row)
        for row in self._rows("terms.csv"):
            self._set_terms(row)
        for key, collection in self.collections.items():
            rows = [row for row in self._rows("things.csv") if row.pop("collection") == key]
            table = write_csv(list(rows[0]), [list(row.values()) for row in rows])
            keeper = self._keeper(collection)
            _whole(
                import_things(table.encode(), collection=collection, name="things.csv", by=keeper)
            )
            move_collection(collection, ThingState.OPEN, by=keeper)
        self._enrol()

    def tell(
        self, today: date, goes_out: dict[int, datetime], report: Callable[[float], object]
    ) -> None:
        """A year of loans from the paper lists of the desks.

        ``goes_out``: by the primary key of a thing, from when on the year has to leave it alone.
        """
        self._goes_out = goes_out
        for week in range(WEEKS):
            monday = today - timedelta(days=today.weekday(), weeks=WEEKS - week)
            for key, habit in HABITS.items():
                self._tell_week(key, habit, monday)
            report((week + 1) / WEEKS)

    # ----------------------------------------------------------------- opening

    def _make(self, row: dict[str, str]) -> Collection:
        owner = Organization.objects.get(slug=row["owner"]).agent
        by = self.people.for_agent(owner)
        collection = create_collection(
            owner=owner,
            place=_place(owner),
            name=row["name"],
            description=row["description"],
            contact=row["contact"],
            opening_hours=row["opening_hours"],
            by=by,
        )
        if row["repairer"]:
            repairer = Organization.objects.get(slug=row["repairer"]).agent
            collection = change_collection(collection, changes={"repairer": repairer}, by=by)
        if row["membership"]:
            set_plan(
                collection,
                changes={"name": row["membership"], "months": 12, "price": Decimal(row["fee"])},
                by=by,
            )
        return collection

    def _add_place(self, row: dict[str, str]) -> None:
        collection = self.collections[row.pop("collection")]
        latitude, longitude = float(row.pop("latitude")), float(row.pop("longitude"))
        add_place(
            agent=collection.owner,
            latitude=latitude,
            longitude=longitude,
            by=self._keeper(collection),
            **row,
        )

    def _set_terms(self, row: dict[str, str]) -> None:
        collection = self.collections[row.pop("collection")]
        changes: dict[str, Any] = dict(row)
        changes["is_default"] = changes.pop("default")
        for name in FLAGS:
            changes[name] = changes[name] == "yes"
        for name in WHOLE:
            changes[name] = int(changes[name])
        for name in MONEY:
            changes[name] = Decimal(changes[name])
        most = changes["most_at_once"]
        changes["most_at_once"] = int(most) if most else None
        default = collection.terms.get(is_default=True)
        set_terms(
            collection,
            terms=default if changes["is_default"] else None,
            changes=changes,
            by=self._keeper(collection),
        )

    def _enrol(self) -> None:
        """Residents join; a few come to the desk without an account."""
        for key, collection in self.collections.items():
            for number, agent in enumerate([self.people.resident, *self.people.neighbours]):
                if number == 0 or share("member", key, number) < 0.6:
                    enrol(collection, agent=agent, by=agent)
        library, by = (
            self.collections["tool-library"],
            self._keeper(self.collections["tool-library"]),
        )
        for name in ("Kaarina Lindroos", "Veikko Tamminen", "Hilkka Aalto"):
            enrol_without_account(library, name=name, language="fi", by=by)
        for charge in Charge.objects.filter(collection__in=self.collections.values()):
            if due(charge) and share("fee", charge.borrower.person.name) < 0.9:
                pay(charge, by=self._keeper(charge.collection))

    # ----------------------------------------------------------------- the year

    def _tell_week(self, key: str, habit: Habit, monday: date) -> None:
        collection = self.collections[key]
        things = list(
            collection.things.filter(state=ThingState.OPEN)
            .exclude(sort__in=[Sort.CONSUMABLE, Sort.KIT, Sort.SPACE])
            .order_by("external_key")
        )
        count = int(habit.a_week + share("loans", key, monday))
        for number in range(count):
            name = (key, monday, number)
            # The square makes some things favourites and leaves others on the shelf.
            thing = things[int(share("thing", *name) ** 2 * len(things))]
            self._lend(collection, thing, habit, monday, name)

    def _lend(
        self,
        collection: Collection,
        thing: Thing,
        habit: Habit,
        monday: date,
        name: tuple[Any, ...],
    ) -> None:
        """One loan of the year, unless the thing was out."""
        out = self._moment(monday, int(between(1, 6, "day", *name)), between(13, 17, "hour", *name))
        due_at = out + timedelta(days=between(*habit.days, "days", *name))
        if habit.days[1] >= 1:
            due_at = self._moment(due_at.date(), 0, 16)
        late = share("late", *name)
        back = due_at + timedelta(days=9 * late / LATE) if late < LATE else due_at
        earlier = self._back.get(thing.pk)
        until = self._goes_out.get(thing.pk, timezone.now())
        if back > until or (earlier is not None and out < earlier):
            return
        self._back[thing.pk] = back
        borrower = self._borrower(collection, name)
        keeper = self._keeper(collection)
        loans = lend_now(
            collection=collection,
            borrower=borrower,
            lines=[(thing, 1)],
            due_at=due_at,
            at=out,
            note=SLIP,
            by=keeper,
        )
        for loan in loans:
            take_back(loan, at=back, note=SLIP, by=keeper)
        self._settle(loans[0].line.booking, habit, name)

    def _settle(self, booking: Any, habit: Habit, name: tuple[Any, ...]) -> None:
        keeper = self._keeper(booking.collection)
        for charge in Charge.objects.filter(booking=booking):
            if due(charge):
                pay(charge, by=keeper)
        luck = share("answer", *name)
        if luck < ANSWERED:
            chosen = habit.otherwise[int(luck / ANSWERED * len(habit.otherwise))]
            answer(booking, alternative=chosen, by=booking.borrower)

    def _borrower(self, collection: Collection, name: tuple[Any, ...]) -> Agent:
        members = list(collection.memberships.order_by("number"))
        return members[int(share("borrower", *name) * len(members))].agent

    # ----------------------------------------------------------------- words

    def _keeper(self, collection: Collection) -> Agent:
        return self.people.for_agent(collection.owner)

    def _moment(self, day: date, days: int, hour: float) -> datetime:
        """A quarter of an hour on the district's clock."""
        at = time(int(hour), int(hour % 1 * 4) * 15)
        return datetime.combine(day + timedelta(days=days), at, tzinfo=self.zone)

    def _rows(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.read(name).decode())))


def _place(agent: Agent) -> Place:
    return Place.objects.filter(agent=agent).order_by("pk")[0]


def _whole(intake: Intake) -> None:
    if intake.left:
        first = intake.left[0]
        raise ValueError(f"{intake.source}, line {first.line}, {first.key}: {first.reason}")
