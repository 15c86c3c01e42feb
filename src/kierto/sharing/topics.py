"""What sharing tells people about, as keys and sentences; see :mod:`kierto.notices`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from kierto.notices.topics import register_topic

BLOCKED = "sharing.blocked"
UNBLOCKED = "sharing.unblocked"

SENTENCES: dict[str, tuple[Any, Any]] = {
    BLOCKED: (
        _("Your membership is blocked: %(collection)s"),
        _(
            "You cannot borrow there for now. The reason: %(reason)s "
            "Keep what you have until it is due, and ask the desk how to go on."
        ),
    ),
    UNBLOCKED: (
        _("Your membership is open again: %(collection)s"),
        _("You can borrow there again."),
    ),
    "sharing.relocated": (
        _("“%(thing)s” is picked up elsewhere now"),
        _("You have booked “%(thing)s” (%(booking)s). Pick it up here: %(place)s."),
    ),
    "sharing.maintenance_planned": (
        _("“%(thing)s” is due for care: %(title)s"),
        _("It is kept free from %(begins)s to %(ends)s for that. Choose another time if you like."),
    ),
    "sharing.maintenance_over": (
        _("“%(thing)s” can be borrowed again"),
        _("“%(title)s” is done."),
    ),
    "sharing.maintenance_declined": (
        _("The repairer does not take “%(thing)s”"),
        _("“%(title)s” is still to be done. Find somebody else, or do it yourselves."),
    ),
    "sharing.out_of_service": (
        _("“%(thing)s” may not be ready for you"),
        _(
            "It is being cared for until %(ends)s, and your booking %(booking)s begins before. "
            "The desk will find another one for you, or another time."
        ),
    ),
    "sharing.booking_asked": (
        _("A booking waits for your approval: %(things)s"),
        _("%(who)s would like to have it from %(begins)s to %(ends)s. Please approve or decline."),
    ),
    "sharing.booking_approved": (
        _("Your booking is confirmed: %(things)s"),
        _("You have it from %(begins)s to %(ends)s. Say %(booking)s at the desk."),
    ),
    "sharing.booking_declined": (
        _("Your booking was declined: %(things)s"),
        _("You asked for %(begins)s to %(ends)s. The reason: %(reason)s"),
    ),
    "sharing.booking_cancelled": (
        _("Your booking was cancelled by the desk: %(things)s"),
        _("It was for %(begins)s to %(ends)s. The reason: %(reason)s"),
    ),
    "sharing.booking_changed": (
        _("Your booking was changed by the desk: %(things)s"),
        _("You have it from %(begins)s to %(ends)s now. Ask the desk if that does not suit you."),
    ),
    "sharing.booking_held": (
        _("What you waited for is held for you: %(things)s"),
        _(
            "You can have it from %(begins)s to %(ends)s. Take it before %(until)s; "
            "after that it goes to the next in line."
        ),
    ),
    "sharing.hold_lapsed": (
        _("It is no longer held for you: %(things)s"),
        _(
            "It was for %(begins)s to %(ends)s. Put yourself on the list again if you still want it."
        ),
    ),
    "sharing.booking_reminder": (
        _("Soon it is yours: %(things)s"),
        _(
            "From %(begins)s to %(ends)s. Cancel it if you do not need it, so that others can have it."
        ),
    ),
    "sharing.booking_missed": (
        _("You did not pick it up: %(things)s"),
        _(
            "It was kept for you from %(begins)s and is free for others now. "
            "Book it again if you still need it."
        ),
    ),
    "sharing.booking_unanswered": (
        _("Nobody answered in time: %(things)s"),
        _("You asked for %(begins)s to %(ends)s, and that time is over. Ask the desk why."),
    ),
    "sharing.came_back": (
        _("Thank you, it is back: %(things)s"),
        _(
            "All of %(booking)s is back. One question, if you like: "
            "what would you have done without it?"
        ),
    ),
    "sharing.due_tomorrow": (
        _("Due back tomorrow: %(thing)s"),
        _("Bring it back by %(due)s, or renew it if nobody else is next."),
    ),
    "sharing.due_today": (
        _("Due back today: %(thing)s"),
        _("Bring it back by %(due)s. Others count on it."),
    ),
    "sharing.overdue": (
        _("Overdue: %(thing)s"),
        _(
            "It was due back on %(due)s. Until it is back you can borrow nothing else here. "
            "If something is in the way, tell the desk."
        ),
    ),
    "sharing.overdue_long": (
        _("Long overdue: %(thing)s"),
        _(
            "It was due back on %(due)s. Please bring it back, or tell the desk what became of it. "
            "Others wait for it."
        ),
    ),
    "sharing.maybe_lost": (
        _("Is “%(thing)s” lost?"),
        _(
            "%(who)s should have brought it back on %(due)s. "
            "Decide at the desk whether it is lost. Nothing happens by itself."
        ),
    ),
    "sharing.late_before_you": (
        _("“%(thing)s” may come back too late for you"),
        _(
            "It is not back yet, and your booking %(booking)s begins on %(begins)s. "
            "The desk cannot promise it. Ask there what can be done."
        ),
    ),
    "sharing.late_before_you_1": (
        _("“%(thing)s” may come back too late for you"),
        _(
            "It is not back yet, and your booking %(booking)s begins on %(begins)s. "
            "You could have instead: %(thing1)s, from %(begins1)s to %(ends1)s."
        ),
    ),
    "sharing.late_before_you_2": (
        _("“%(thing)s” may come back too late for you"),
        _(
            "It is not back yet, and your booking %(booking)s begins on %(begins)s. "
            "You could have instead: %(thing1)s, from %(begins1)s to %(ends1)s; "
            "or %(thing2)s, from %(begins2)s to %(ends2)s."
        ),
    ),
    "sharing.late_before_you_3": (
        _("“%(thing)s” may come back too late for you"),
        _(
            "It is not back yet, and your booking %(booking)s begins on %(begins)s. "
            "You could have instead: %(thing1)s, from %(begins1)s to %(ends1)s; "
            "%(thing2)s, from %(begins2)s to %(ends2)s; "
            "or %(thing3)s, from %(begins3)s to %(ends3)s."
        ),
    ),
}


def register() -> None:
    """Make them known to the notices."""
    for key, (subject, body) in SENTENCES.items():
        register_topic(key, subject, body)
