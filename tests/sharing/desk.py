"""A desk for tests: a collection with staff and a member, and the usual steps in one word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from kierto.parties.models import Agent, District, Organization
from kierto.sharing.actions.booking import request_booking
from kierto.sharing.actions.lending import lend_now
from kierto.sharing.models import Booking, Collection, Loan, Thing
from tests.factories.parties import (
    make_agents,
    make_district,
    make_organization,
    make_person,
    make_place,
)
from tests.factories.sharing import make_collection, make_member, make_thing

NOTE = "written down later"


@dataclass(frozen=True)
class Desk:
    """A collection of an organisation, somebody at its desk, and a member who borrows."""

    district: District
    organization: Organization
    collection: Collection
    staff: Agent
    borrower: Agent

    def thing(self, **fields: Any) -> Thing:
        """Something to lend."""
        return make_thing(self.collection, **fields)

    def book(
        self, thing: Thing, *, begins: datetime, days: float = 7, quantity: int = 1, **fields: Any
    ) -> Booking:
        """A booking of the borrower (or of somebody else) made at the desk."""
        values: dict[str, Any] = {"borrower": self.borrower, "via": "desk", "by": self.staff}
        return request_booking(
            collection=self.collection,
            lines=[(thing, quantity)],
            begins=begins,
            ends=begins + timedelta(days=days),
            **{**values, **fields},
        )

    def lend(
        self, thing: Thing, *, days: float = 7, ago: float = 0, quantity: int = 1, **fields: Any
    ) -> Loan:
        """A loan of ``days`` that was handed out ``ago`` days before now."""
        at = timezone.now() - timedelta(days=ago)
        values: dict[str, Any] = {"borrower": self.borrower, "note": NOTE, "by": self.staff}
        loans = lend_now(
            collection=self.collection,
            lines=[(thing, quantity)],
            due_at=at + timedelta(days=days),
            at=at if ago else None,
            **{**values, **fields},
        )
        return loans[0]

    def roles(self) -> dict[str, Agent | None]:
        """Everybody who might come: the six roles, the borrower, a stranger's organisation."""
        return {
            **make_agents(self.organization, self.district),
            "borrower": self.borrower,
            "stranger": make_organization().agent,
        }


def make_desk(*, terms: dict[str, Any] | None = None, **fields: Any) -> Desk:
    """A desk that is open day and night."""
    district = make_district()
    organization = make_organization()
    place = make_place(organization.agent)
    collection = make_collection(organization, place=place, terms=terms, **fields)
    staff = make_person("member", organization=organization).agent
    borrower = make_member(collection).agent
    return Desk(district, organization, collection, staff, borrower)


def days_ago(days: float) -> datetime:
    """So many days before now."""
    return timezone.now() - timedelta(days=days)


def days_ahead(days: float) -> datetime:
    """So many days from now."""
    return timezone.now() + timedelta(days=days)


def on_step(days: float) -> datetime:
    """About so many days from now, at a quarter of an hour, as people book."""
    later = days_ahead(days) + timedelta(minutes=15)
    return later.replace(minute=later.minute - later.minute % 15, second=0, microsecond=0)


def worlds_stock(thing: Thing) -> tuple[int, int]:
    """How many exist, and how many lie here, by the ledger."""
    assert thing.resource is not None
    thing.resource.refresh_from_db()
    stock = thing.resource
    return int(stock.accounting_quantity), int(stock.onhand_quantity)
