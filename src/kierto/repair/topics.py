"""What repair tells people about, as keys and sentences; see :mod:`kierto.notices`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from kierto.notices.topics import register_topic

ASKED = "repair.asked"
ESTIMATED = "repair.estimated"
AGREED = "repair.agreed"
TAKEN_ON = "repair.taken_on"
DECLINED = "repair.declined"
CANCELLED = "repair.cancelled"
STOPPED = "repair.stopped"
READY = "repair.ready"
PART_ARRIVED = "repair.part_arrived"
SIGNED_UP = "repair.signed_up"
EVENT_CHANGED = "repair.event_changed"
EVENT_CANCELLED = "repair.event_cancelled"
INVITED = "repair.invited"
HELP_OFFERED = "repair.help_offered"
WELCOMED = "repair.welcomed"
HELPER_GONE = "repair.helper_gone"

SENTENCES: dict[str, tuple[Any, Any]] = {
    ASKED: (
        _("Somebody asks for a repair: %(category)s"),
        _("Ticket %(code)s waits in the queue of %(workshop)s. Take it on, estimate or decline."),
    ),
    ESTIMATED: (
        _("An estimate waits for your yes: %(category)s"),
        _(
            "%(workshop)s would repair it for %(low)s to %(high)s euros (ticket %(code)s). "
            "Nothing is done until you agree."
        ),
    ),
    AGREED: (
        _("The owner agrees: ticket %(code)s"),
        _("You can begin with the repair (%(category)s) at %(workshop)s."),
    ),
    TAKEN_ON: (
        _("Your repair is taken on: %(category)s"),
        _("%(workshop)s will repair it (ticket %(code)s). Bring it if it is not there yet."),
    ),
    DECLINED: (
        _("Your repair was declined: %(category)s"),
        _("%(workshop)s cannot do it (ticket %(code)s). Their reason: %(reason)s"),
    ),
    CANCELLED: (
        _("A repair was cancelled: %(category)s"),
        _("Nothing is left to do for ticket %(code)s at %(workshop)s."),
    ),
    STOPPED: (
        _("The owner wants it back as it is: ticket %(code)s"),
        _("The estimate was too much. Give it back unrepaired (%(category)s, %(workshop)s)."),
    ),
    READY: (
        _("You can fetch it: %(category)s"),
        _("%(workshop)s has finished (ticket %(code)s). See what came of it, and what is due."),
    ),
    PART_ARRIVED: (
        _("A spare part has arrived: %(part)s"),
        _("It waits in the stock of %(workshop)s for ticket %(code)s (%(category)s)."),
    ),
    SIGNED_UP: (
        _("You have a time at “%(event)s”"),
        _("Come on %(begins)s to the table “%(station)s”. Say this code at the door: %(code)s."),
    ),
    EVENT_CHANGED: (
        _("Time or place has changed: %(event)s"),
        _("It begins on %(begins)s at %(place)s now. Look whether that still suits you."),
    ),
    EVENT_CANCELLED: (
        _("Called off: %(event)s"),
        _("The event of %(begins)s does not take place."),
    ),
    INVITED: (
        _("Will you help at “%(event)s”?"),
        _("It begins on %(begins)s. Please say whether you come."),
    ),
    HELP_OFFERED: (
        _("Somebody offers to help: %(event)s"),
        _("%(who)s would help on %(begins)s. Welcome them, or say that it is not needed."),
    ),
    WELCOMED: (
        _("You are welcome to help at “%(event)s”"),
        _("It begins on %(begins)s. You see now who else comes and what is brought."),
    ),
    HELPER_GONE: (
        _("A helper cannot come: %(event)s"),
        _("%(who)s cannot come on %(begins)s. Look whether a table is left alone."),
    ),
}


def register() -> None:
    """Make them known to the notices."""
    for key, (subject, body) in SENTENCES.items():
        register_topic(key, subject, body)
