"""Who may read a notice: whom it is for, and nobody else."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, refuse
from kierto.notices.models import Notice
from kierto.parties.models import Agent


def can_see_notice(by: Agent | None, notice: Notice) -> Decision:
    """Its recipient."""
    if by is not None and by.pk == notice.recipient_id:
        return ALLOWED
    return refuse(_("This notice is for somebody else."))


def can_mark_read(by: Agent | None, notice: Notice) -> Decision:
    """Its recipient."""
    return can_see_notice(by, notice)
