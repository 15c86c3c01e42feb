"""The states of what is shared, and who may take each step.

Overdue and lapsed are not states: a clock can tell them. Roles: ``borrower`` acts for the agent
who borrows, ``staff`` works at the desk of the collection, ``keeper`` runs the collection,
``system`` is this node.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kierto.core.transitions import Table, step


class Sort(models.TextChoices):
    """How a thing is counted and booked."""

    ITEM = "item", _("single item")
    POOL = "pool", _("several equal items")
    KIT = "kit", _("kit of several things")
    CONSUMABLE = "consumable", _("consumable")
    SPACE = "space", _("space")
    VEHICLE = "vehicle", _("vehicle")


class Condition(models.TextChoices):
    """In what shape a thing is."""

    NEW = "new", _("like new")
    GOOD = "good", _("good")
    WORN = "worn", _("worn, works well")
    DAMAGED = "damaged", _("damaged, still usable")
    BROKEN = "broken", _("broken")


class ThingState(models.TextChoices):
    """Whether a thing, or a whole collection, can be borrowed."""

    DRAFT = "draft", _("draft")
    OPEN = "open", _("open")
    PAUSED = "paused", _("paused")
    RETIRED = "retired", _("retired")


THING_STEPS: Table = {
    ("draft", "open"): step(_("Publish"), "keeper", "system"),
    ("open", "paused"): step(_("Pause"), "staff", "keeper", "system"),
    ("paused", "open"): step(_("Open again"), "staff", "keeper", "system"),
    ("draft", "retired"): step(_("Discard"), "keeper", "system"),
    ("open", "retired"): step(_("Retire"), "keeper", "system"),
    ("paused", "retired"): step(_("Retire"), "keeper", "system"),
}


class BookingState(models.TextChoices):
    """Where a booking stands. ``held`` waits for somebody on the waiting list to take it up."""

    REQUESTED = "requested", _("waiting for approval")
    HELD = "held", _("held for you")
    CONFIRMED = "confirmed", _("confirmed")
    OUT = "out", _("handed out")
    DONE = "done", _("finished")
    DECLINED = "declined", _("declined")
    CANCELLED = "cancelled", _("cancelled")
    MISSED = "missed", _("not picked up")


BOOKING_STEPS: Table = {
    ("requested", "confirmed"): step(_("Approve"), "staff", "keeper", "system"),
    ("requested", "declined"): step(_("Decline"), "staff", "keeper", "system"),
    ("requested", "cancelled"): step(_("Cancel"), "borrower", "staff", "keeper", "system"),
    ("held", "confirmed"): step(_("Take it"), "borrower", "staff", "keeper"),
    ("held", "requested"): step(_("Ask for it"), "borrower", "staff", "keeper"),
    ("held", "cancelled"): step(_("Let it go"), "borrower", "staff", "keeper", "system"),
    ("confirmed", "cancelled"): step(_("Cancel"), "borrower", "staff", "keeper", "system"),
    ("confirmed", "out"): step(_("Hand out"), "staff", "keeper", "system"),
    ("confirmed", "done"): step(_("Finish"), "staff", "keeper", "system"),
    ("confirmed", "missed"): step(_("Not picked up"), "staff", "keeper", "system"),
    ("missed", "out"): step(_("Hand out after all"), "staff", "keeper", "system"),
    ("out", "done"): step(_("All is back"), "staff", "keeper", "system"),
}

BLOCKING = (
    BookingState.REQUESTED,
    BookingState.HELD,
    BookingState.CONFIRMED,
    BookingState.OUT,
)
"""Bookings in these states keep others out."""


class WaitingState(models.TextChoices):
    """Where somebody on a waiting list stands."""

    WAITING = "waiting", _("waiting")
    OFFERED = "offered", _("held for you")
    TAKEN = "taken", _("taken")
    LAPSED = "lapsed", _("not taken in time")
    WITHDRAWN = "withdrawn", _("withdrawn")


WAITING_STEPS: Table = {
    ("waiting", "offered"): step(_("Hold"), "system", "staff", "keeper"),
    ("waiting", "withdrawn"): step(_("Wait no longer"), "borrower", "staff", "keeper", "system"),
    ("offered", "taken"): step(_("Take it"), "borrower", "staff", "keeper", "system"),
    ("offered", "lapsed"): step(_("Pass on"), "system", "staff", "keeper"),
    ("offered", "withdrawn"): step(_("Let it go"), "borrower", "staff", "keeper", "system"),
}


class MaintenanceState(models.TextChoices):
    """Where the care of a thing stands."""

    PLANNED = "planned", _("planned")
    IN_WORK = "in_work", _("in work")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")


MAINTENANCE_STEPS: Table = {
    ("planned", "in_work"): step(_("Begin"), "staff", "keeper", "system"),
    ("planned", "done"): step(_("Done"), "staff", "keeper", "system"),
    ("in_work", "done"): step(_("Done"), "staff", "keeper", "system"),
    ("planned", "cancelled"): step(_("Cancel"), "keeper", "system"),
    ("in_work", "cancelled"): step(_("Cancel"), "keeper", "system"),
}


class Reason(models.TextChoices):
    """What a charge is for."""

    PRICE = "price", _("price of the booking")
    MEMBERSHIP = "membership", _("membership")
    DEPOSIT = "deposit", _("deposit")
    FINE = "fine", _("brought back late")
    DAMAGE = "damage", _("damage or loss")
    SALE = "sale", _("sale")


class Per(models.TextChoices):
    """What a price counts."""

    BOOKING = "booking", _("each time")
    HOUR = "hour", _("an hour")
    DAY = "day", _("a day")
    WEEK = "week", _("a week")


class Within(models.TextChoices):
    """How a booking has to lie in the opening hours."""

    ENDS = "ends", _("begins and ends while we are open")
    WHOLE = "whole", _("lies wholly in the opening hours")
    ANY = "any", _("at any time")


class Alternative(models.TextChoices):
    """What a borrower would have done otherwise."""

    NEW = "new", _("bought it new")
    USED = "used", _("bought it second-hand")
    RENTED = "rented", _("rented it")
    BORROWED = "borrowed", _("borrowed it from somebody else")
    WITHOUT = "without", _("done without")
    UNSURE = "unsure", _("I do not know")
