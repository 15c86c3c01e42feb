"""What people are told about requests to use data sets; see :mod:`kierto.notices`."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from kierto.notices.topics import register_topic

ASKED: Final = "hub.data_asked"
GRANTED: Final = "hub.data_granted"
REFUSED: Final = "hub.data_refused"
WITHDRAWN: Final = "hub.data_withdrawn"
ENDED: Final = "hub.data_ended"
GIVEN_BACK: Final = "hub.data_given_back"

SENTENCES: Final = {
    ASKED: (
        _("%(who)s asks to use “%(data_set)s”"),
        _("Read what for. Then let them in, or say why not."),
    ),
    GRANTED: (
        _("You may use “%(data_set)s”"),
        _("Access lasts until %(until)s. %(owner)s says: %(reason)s"),
    ),
    REFUSED: (
        _("You were not let into “%(data_set)s”"),
        _("%(owner)s says: %(reason)s You can ask again if something changes."),
    ),
    WITHDRAWN: (
        _("%(who)s no longer asks for “%(data_set)s”"),
        _("The request was taken back. Nothing is left to do."),
    ),
    ENDED: (
        _("Your access to “%(data_set)s” has ended"),
        _("%(owner)s says: %(reason)s You can ask again."),
    ),
    GIVEN_BACK: (
        _("%(who)s uses “%(data_set)s” no more"),
        _("They ended their access themselves. Nothing is left to do."),
    ),
}


def register() -> None:
    """Make them known to the notices."""
    for key, (subject, body) in SENTENCES.items():
        register_topic(key, subject, body)
