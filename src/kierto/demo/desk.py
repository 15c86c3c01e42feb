"""The demonstration's collections today: what is out, booked, late, waited for and cared for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kierto.demo.desk_days import DeskDays, Lent, desk_days
from kierto.demo.people import People
from kierto.parties.models import Agent
from kierto.sharing.actions.booking import move_booking, request_booking
from kierto.sharing.actions.lending import lend_now
from kierto.sharing.actions.maintenance import plan_maintenance, schedule_maintenance
from kierto.sharing.actions.series import book_series
from kierto.sharing.actions.waiting import join_waiting_list
from kierto.sharing.models import Collection, Thing
from kierto.sharing.opening import hours_of
from kierto.sharing.states import BookingState, Sort

SLIP = "Entered from the paper list."


@dataclass(frozen=True, slots=True)
class Desk:
    """Leaves the collections as they are on the day of the loading."""

    collections: dict[str, Collection]
    people: People
    zone: ZoneInfo
    today: date

    def leave(self) -> None:
        """Lend, book and plan what stands there on the first visit."""
        days = desk_days(hours_of(self._tools), self.today)
        things = {thing.external_key: thing for thing in self._tools.things.all()}
        members = [each.agent for each in self._tools.memberships.order_by("number")]
        others = [agent for agent in members if agent != self.people.resident]
        self._lend(days, things, others)
        self._wait_and_book(days, things, others)
        self._book_rooms()
        self._plan_care()
        self._care_for_a_bike()

    def goes_out(self) -> dict[int, datetime]:
        """When what is out today went out, by the primary key of the thing."""
        lent = {each.key: each.out for each in desk_days(hours_of(self._tools), self.today).lent}
        things = self._tools.things.filter(external_key__in=lent)
        return {thing.pk: lent[thing.external_key] for thing in things}

    # ----------------------------------------------------------------- tools

    @property
    def _tools(self) -> Collection:
        return self.collections["tool-library"]

    def _lend(self, days: DeskDays, things: dict[str, Thing], others: list[Agent]) -> None:
        lent: tuple[tuple[Lent, Agent], ...] = (
            (days.late, others[0]),
            (days.waited_for, others[1]),
            (days.with_the_resident, self.people.resident),
            (days.of_the_kit, others[2]),
        )
        for each, borrower in lent:
            lend_now(
                collection=self._tools,
                borrower=borrower,
                lines=[(things[each.key], 1)],
                due_at=each.due,
                at=each.out,
                note=SLIP,
                by=self._keeper(self._tools),
            )

    def _wait_and_book(self, days: DeskDays, things: dict[str, Thing], others: list[Agent]) -> None:
        begins, ends = days.waits
        join_waiting_list(
            things[days.waited_for.key],
            borrower=others[3],
            begins=begins,
            ends=ends,
            by=others[3],
        )
        begins, ends = days.feast
        request_booking(
            collection=self._tools,
            borrower=others[4],
            lines=[(things["party-tableware"], 16), (things["film-kit"], 1)],
            begins=begins,
            ends=ends,
            purpose="Sixtieth birthday in the yard",
            via="desk",
            note="By telephone.",
            by=self._keeper(self._tools),
        )

    # ----------------------------------------------------------------- rooms

    def _book_rooms(self) -> None:
        rooms = self.collections["kera-rooms"]
        things = {thing.external_key: thing for thing in rooms.things.all()}
        choir, club = self.people.neighbours[20], self.people.neighbours[21]
        tuesday = tuesday_of_next_week(self.today)
        book_series(
            collection=rooms,
            borrower=choir,
            lines=[(things["workshop-room"], 1)],
            begins=self._moment(tuesday, 0, 18),
            ends=self._moment(tuesday, 0, 20),
            rule="FREQ=WEEKLY;COUNT=10",
            purpose="Choir",
            by=choir,
        )
        party = request_booking(
            collection=rooms,
            borrower=club,
            lines=[(things["hall"], 1)],
            begins=self._moment(tuesday, 4, 14),
            ends=self._moment(tuesday, 4, 22),
            purpose="Feast of the residents' association",
            by=club,
        )
        if party.state == BookingState.REQUESTED:
            move_booking(party, BookingState.CONFIRMED, by=self._keeper(rooms))
        request_booking(
            collection=rooms,
            borrower=self.people.resident,
            lines=[(things["hall"], 1)],
            begins=self._moment(tuesday, 11, 10),
            ends=self._moment(tuesday, 11, 14),
            purpose="Swap day for children's clothes",
            by=self.people.resident,
        )

    # ----------------------------------------------------------------- care

    def _plan_care(self) -> None:
        for key, name, days, uses in (
            ("cargo-bikes", "Brakes, chain and tyres", 90, None),
            ("tool-library", "Cables, guards and oil", None, 25),
        ):
            collection = self.collections[key]
            chosen = collection.things.filter(sort__in=[Sort.VEHICLE, Sort.ITEM]).exclude(
                value=None
            )
            for thing in chosen.order_by("-value", "external_key")[:8]:
                plan_maintenance(
                    thing,
                    name=name,
                    every_days=days,
                    every_uses=uses,
                    takes_hours=24,
                    makes_ticket=days is not None,
                    by=self._keeper(collection),
                )

    def _care_for_a_bike(self) -> None:
        bikes = self.collections["cargo-bikes"]
        begins = self._moment(self.today, 2, 9)
        schedule_maintenance(
            bikes.things.get(external_key="bike-4"),
            begins=begins,
            ends=begins + timedelta(days=2),
            title="The brakes grind",
            makes_ticket=True,
            by=self._keeper(bikes),
        )

    # ----------------------------------------------------------------- words

    def _keeper(self, collection: Collection) -> Agent:
        return self.people.for_agent(collection.owner)

    def _moment(self, day: date, days: int, hour: int) -> datetime:
        return datetime.combine(day + timedelta(days=days), time(hour), tzinfo=self.zone)


def tuesday_of_next_week(today: date) -> date:
    """The first Tuesday that is at least a week away."""
    return today + timedelta(days=(1 - today.weekday()) % 7 + 7)
