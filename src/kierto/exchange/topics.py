"""What the exchange tells people about, as keys and sentences; see :mod:`kierto.notices`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kierto.notices.topics import register_topic

PROPOSED = "exchange.proposed"
ACCEPTED = "exchange.accepted"
DECLINED = "exchange.declined"
WITHDRAWN = "exchange.withdrawn"
DELIVERY_RECORDED = "exchange.delivery_recorded"
DELIVERY_CONFIRMED = "exchange.delivery_confirmed"
DELIVERY_DISPUTED = "exchange.delivery_disputed"

SENTENCES = {
    PROPOSED: (
        _("A proposal waits for your answer: %(what)s"),
        _(
            "%(quantity)s %(unit)s a week of %(what)s, from %(provider)s to %(receiver)s. "
            "Please answer by %(answer_by)s."
        ),
    ),
    ACCEPTED: (
        _("You have an agreement: %(what)s"),
        _("All have accepted. %(quantity)s %(unit)s a week go from %(provider)s to %(receiver)s."),
    ),
    DECLINED: (
        _("A proposal was declined: %(what)s"),
        _("%(who)s declined. Their reason: %(reason)s"),
    ),
    WITHDRAWN: (
        _("A proposal was withdrawn: %(what)s"),
        _("Nothing is left to do for %(what)s from %(provider)s to %(receiver)s."),
    ),
    DELIVERY_RECORDED: (
        _("A delivery waits for your confirmation: %(what)s"),
        _("%(who)s recorded %(quantity)s %(unit)s on %(day)s. Confirm it if that is right."),
    ),
    DELIVERY_CONFIRMED: (
        _("A delivery was confirmed: %(what)s"),
        _("%(quantity)s %(unit)s on %(day)s stand in the ledger now."),
    ),
    DELIVERY_DISPUTED: (
        _("A delivery was disputed: %(what)s"),
        _("%(who)s says that %(quantity)s %(unit)s on %(day)s is not right: %(reason)s"),
    ),
}


def register() -> None:
    """Make them known to the notices."""
    for key, (subject, body) in SENTENCES.items():
        register_topic(key, subject, body)
