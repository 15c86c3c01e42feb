"""What planning tells those who asked for a run; see :mod:`kierto.notices`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kierto.notices.topics import register_topic

DONE = "planning.done"
FAILED = "planning.failed"

SENTENCES = {
    DONE: (
        _("Your plan for %(district)s is done"),
        _("Look at it, and send its proposals when you agree with it."),
    ),
    FAILED: (
        _("Your plan for %(district)s failed"),
        _("Nothing else was changed. The page says why and what to do."),
    ),
}


def register() -> None:
    """Make them known to the notices."""
    for key, (subject, body) in SENTENCES.items():
        register_topic(key, subject, body)
