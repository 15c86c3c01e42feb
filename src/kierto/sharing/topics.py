"""What sharing tells people about, as keys and sentences; see :mod:`kierto.notices`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from kierto.notices.topics import register_topic

SENTENCES: dict[str, tuple[Any, Any]] = {
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
}


def register() -> None:
    """Make them known to the notices."""
    for key, (subject, body) in SENTENCES.items():
        register_topic(key, subject, body)
