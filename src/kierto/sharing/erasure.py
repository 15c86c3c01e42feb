"""What sharing does for a person who takes their data out, or asks to be forgotten.

Loans and payments stay: the ledger still adds up, and knows an opaque agent only. Memberships,
cards, calendars, places on waiting lists and every word they wrote, or that the desk wrote about
them, go.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from kierto.core.announce import listen
from kierto.parties.changes import PersonErased
from kierto.parties.models import Agent, Person
from kierto.parties.queries import system_agent
from kierto.parties.records import contribute_to_export
from kierto.sharing.actions.attachments import remove_photo
from kierto.sharing.actions.booking import move_booking
from kierto.sharing.actions.waiting import leave_waiting_list
from kierto.sharing.models import (
    Booking,
    Charge,
    Collection,
    ConditionReport,
    Feed,
    Loan,
    Membership,
    Thing,
    ThingPhoto,
    WaitingEntry,
)
from kierto.sharing.states import BookingState, ThingState, WaitingState

NOT_BEGUN = (BookingState.REQUESTED, BookingState.HELD, BookingState.CONFIRMED)
WAITS = (WaitingState.WAITING, WaitingState.OFFERED)


def register() -> None:
    """Listen to erasures, and add what is shared and borrowed to a person's download."""
    listen(PersonErased, _forget)
    contribute_to_export("borrowing", _borrowing_of)
    contribute_to_export("collections", _collections_of)


def _forget(change: PersonErased) -> None:
    agent, node = change.agent, system_agent()
    for entry in WaitingEntry.objects.filter(borrower=agent, state__in=WAITS):
        leave_waiting_list(entry, by=node)
    for booking in Booking.objects.filter(borrower=agent, state__in=NOT_BEGUN):
        move_booking(booking, BookingState.CANCELLED, by=node)
    Booking.objects.filter(borrower=agent).update(purpose="", reason="")
    Loan.objects.filter(line__booking__borrower=agent).update(note="")
    Charge.objects.filter(borrower=agent).update(note="")
    ConditionReport.objects.filter(
        Q(reported_by=agent) | Q(loan__line__booking__borrower=agent)
    ).filter(note__icontains=change.name or "\0").update(note="")
    Membership.objects.filter(agent=agent).delete()
    Feed.objects.filter(agent=agent).delete()
    for collection in Collection.objects.filter(owner=agent):
        _close(collection)


def _close(collection: Collection) -> None:
    """What the person shared is closed; what is out stays known until it is back."""
    for photo in ThingPhoto.objects.filter(thing__collection=collection):
        remove_photo(photo, by=system_agent())
    coming = Booking.objects.filter(collection=collection, state__in=NOT_BEGUN)
    for booking in coming.filter(ends__gt=timezone.now()):
        move_booking(booking, BookingState.CANCELLED, reason=_closed(), by=system_agent())
    things = Thing.objects.filter(collection=collection)
    things.update(state=ThingState.RETIRED, description="", safety="", accessibility="")
    things.update(serial_number="")
    collection.name, collection.description, collection.contact = _closed(), "", ""
    collection.slug = f"closed-{collection.pk}"
    collection.state = ThingState.RETIRED
    collection.save()


def _closed() -> str:
    return gettext("Closed collection")


# --------------------------------------------------------------------------- download


def _borrowing_of(person: Person) -> dict[str, Any]:
    agent = Agent(pk=person.pk)
    return {
        "memberships": [_membership(each) for each in _memberships(agent)],
        "bookings": [_booking(each) for each in _bookings(agent)],
        "loans": [_loan(each) for each in _loans(agent)],
        "charges": [_charge(each) for each in _charges(agent)],
        "waiting": [
            {"thing": each.thing.code, "state": each.state, "since": each.created_at.isoformat()}
            for each in WaitingEntry.objects.filter(borrower=agent).select_related("thing")
        ],
    }


def _memberships(agent: Agent) -> Any:
    rows = Membership.objects.filter(agent=agent).order_by("pk")
    return rows.select_related("collection", "plan").prefetch_related("groups")


def _membership(row: Membership) -> dict[str, Any]:
    return {
        "collection": row.collection.slug,
        "card": row.number,
        "plan": row.plan.name if row.plan else None,
        "groups": [group.name for group in row.groups.all()],
        "since": row.since.isoformat(),
        "until": row.until.isoformat() if row.until else None,
        "agreed_at": row.agreed_at.isoformat() if row.agreed_at else None,
        "blocked": row.blocked_reason or None,
    }


def _bookings(agent: Agent) -> Any:
    rows = Booking.objects.filter(borrower=agent).order_by("created_at", "pk")
    return rows.select_related("collection").prefetch_related("lines__thing")


def _booking(row: Booking) -> dict[str, Any]:
    return {
        "code": row.code,
        "collection": row.collection.slug,
        "begins": row.begins.isoformat(),
        "ends": row.ends.isoformat(),
        "state": row.state,
        "purpose": row.purpose,
        "things": {line.thing.code: line.quantity for line in row.lines.all()},
    }


def _loans(agent: Agent) -> Any:
    rows = Loan.objects.filter(line__booking__borrower=agent).order_by("out_at", "pk")
    return rows.select_related("thing")


def _loan(row: Loan) -> dict[str, Any]:
    return {
        "thing": row.thing.code,
        "name": row.thing.name,
        "quantity": row.quantity,
        "out_at": row.out_at.isoformat(),
        "due_at": row.due_at.isoformat(),
        "back_at": row.back_at.isoformat() if row.back_at else None,
        "note": row.note,
    }


def _charges(agent: Agent) -> Any:
    rows = Charge.objects.filter(borrower=agent).order_by("created_at", "pk")
    return rows.select_related("collection", "commitment")


def _charge(row: Charge) -> dict[str, Any]:
    return {
        "collection": row.collection.slug,
        "for": row.reason,
        "euros": str(row.commitment.resource_quantity),
        "at": row.created_at.isoformat(),
        "note": row.note,
    }


def _collections_of(person: Person) -> list[dict[str, Any]]:
    return [
        {
            "slug": each.slug,
            "name": each.name,
            "description": each.description,
            "contact": each.contact,
            "opening_hours": each.opening_hours,
            "state": each.state,
            "things": [thing.name for thing in each.things.all()],
        }
        for each in Collection.objects.filter(owner_id=person.pk).prefetch_related("things")
    ]
