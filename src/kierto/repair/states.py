"""The states of tickets, events and volunteers, and who may take each step.

Roles: ``owner`` acts for whoever brought the thing, ``staff`` works for the workshop,
``volunteer`` signed up to help, ``system`` is this node.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kierto.core.transitions import Table, step


class TicketState(models.TextChoices):
    """Where a ticket stands. What came of the repair is its outcome, another matter."""

    NEW = "new", _("asked for")
    ESTIMATED = "estimated", _("estimate sent")
    ACCEPTED = "accepted", _("agreed")
    IN_WORK = "in_work", _("in work")
    DONE = "done", _("ready")
    COLLECTED = "collected", _("given back")
    DECLINED = "declined", _("declined")
    CANCELLED = "cancelled", _("cancelled")


TICKET_STEPS: Table = {
    ("new", "estimated"): step(_("Send an estimate"), "staff", "system"),
    ("new", "accepted"): step(_("Take it on"), "staff", "system"),
    ("new", "in_work"): step(_("Begin"), "staff", "system"),
    ("new", "declined"): step(_("Decline"), "staff", "system"),
    ("new", "cancelled"): step(_("Cancel"), "owner", "staff", "system"),
    ("estimated", "accepted"): step(_("Agree"), "owner", "staff"),
    ("estimated", "cancelled"): step(_("Do not repair"), "owner", "staff", "system"),
    ("estimated", "estimated"): step(_("Change the estimate"), "staff"),
    # A thing that is in the workshop already is not cancelled: it waits to be given back.
    ("estimated", "done"): step(_("Give it back unrepaired"), "owner", "staff"),
    ("accepted", "estimated"): step(_("Change the estimate"), "staff"),
    ("accepted", "in_work"): step(_("Begin"), "staff", "system"),
    ("accepted", "cancelled"): step(_("Cancel"), "owner", "staff", "system"),
    ("in_work", "estimated"): step(_("Change the estimate"), "staff"),
    ("in_work", "done"): step(_("Finish"), "staff", "system"),
    ("done", "in_work"): step(_("Work on it again"), "staff"),
    ("done", "collected"): step(_("Give back"), "staff", "system"),
}


class Outcome(models.TextChoices):
    """Result of an attempt, in the words of the Open Repair Data Standard 0.3 (repair_status)."""

    FIXED = "Fixed", _("Fixed")
    REPAIRABLE = "Repairable", _("Repairable")
    END_OF_LIFE = "End of life", _("End of life")
    UNKNOWN = "Unknown", _("Unknown")


class Barrier(models.TextChoices):
    """What prevented a repair, as in the Open Repair Data Standard 0.3."""

    PARTS_MISSING = "Spare parts not available", _("Spare parts not available")
    PARTS_EXPENSIVE = "Spare parts too expensive", _("Spare parts too expensive")
    NO_WAY_IN = "No way to open product", _("No way to open the product")
    NO_INFORMATION = "Repair information not available", _("Repair information not available")
    NO_EQUIPMENT = "Lack of equipment", _("Lack of equipment")
    WORN_OUT = "Too worn out", _("Too worn out")


class PartState(models.TextChoices):
    """Where a spare part stands."""

    WANTED = "wanted", _("wanted")
    ORDERED = "ordered", _("on its way")
    FITTED = "fitted", _("fitted")
    DROPPED = "dropped", _("not needed")


class EventState(models.TextChoices):
    """Where a repair event stands. Whether it is over, a clock can tell."""

    DRAFT = "draft", _("draft")
    OPEN = "open", _("open for sign-up")
    CANCELLED = "cancelled", _("cancelled")
    CLOSED = "closed", _("results are in")


EVENT_STEPS: Table = {
    ("draft", "open"): step(_("Publish"), "staff", "system"),
    ("open", "draft"): step(_("Take back"), "staff"),
    ("draft", "cancelled"): step(_("Discard"), "staff", "system"),
    ("open", "cancelled"): step(_("Cancel"), "staff", "system"),
    ("open", "closed"): step(_("Close"), "staff", "system"),
    ("closed", "open"): step(_("Open again"), "staff"),
}


class Task(models.TextChoices):
    """What a volunteer does at an event."""

    REPAIRER = "repairer", _("repairs")
    HOST = "host", _("welcomes")
    OTHER = "other", _("helps otherwise")


class VolunteerState(models.TextChoices):
    """Whether a volunteer comes."""

    ASKED = "asked", _("asked")
    OFFERED = "offered", _("offers to help")
    COMING = "coming", _("is coming")
    DECLINED = "declined", _("cannot come")


# Who comes sees the visitors' things and names, so a stranger's offer waits for the workshop.
VOLUNTEER_STEPS: Table = {
    ("asked", "coming"): step(_("I am coming"), "volunteer", "staff"),
    ("asked", "declined"): step(_("I cannot come"), "volunteer", "staff"),
    ("coming", "declined"): step(_("I cannot come"), "volunteer", "staff"),
    ("offered", "coming"): step(_("Welcome them"), "staff"),
    ("offered", "declined"): step(_("I cannot come"), "volunteer", "staff"),
    ("declined", "offered"): step(_("Offer to help"), "volunteer"),
    ("declined", "asked"): step(_("Ask again"), "staff"),
    ("declined", "coming"): step(_("Is coming after all"), "staff"),
}


class Alternative(models.TextChoices):
    """What somebody would have done without the repair."""

    NEW = "new", _("bought a new one")
    USED = "used", _("bought one second-hand")
    ELSEWHERE = "elsewhere", _("had it repaired elsewhere")
    WITHOUT = "without", _("done without")
    UNSURE = "unsure", _("I do not know")
