"""Answers about notices. A notice is seen by its reader only."""

from __future__ import annotations

from django.db.models import QuerySet

from kierto.notices.models import Notice
from kierto.parties.models import Agent


def visible_notices(by: Agent | None) -> QuerySet[Notice]:
    """One's own notices, newest first."""
    if by is None:
        return Notice.objects.none()
    return Notice.objects.filter(recipient_id=by.pk)


def unread_count(agent: Agent | None) -> int:
    """How many notices wait to be read; for the page shell."""
    return visible_notices(agent).filter(read_at__isnull=True).count() if agent else 0
