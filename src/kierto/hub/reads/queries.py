"""Answers about who read what."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from kierto.hub.access import given_by
from kierto.hub.models import ReadLog, ReadOwner
from kierto.parties.models import Agent
from kierto.parties.queries import sees_everything, spoken_for

_WITH = (
    "data_set",
    "token",
    "reader__organization",
    "reader__person",
)


def visible_reads(by: Agent | None) -> QuerySet[ReadLog]:
    """Of one's own data and of one's organisations', and what one read oneself; all of them for
    an administrator of the node."""
    reads = ReadLog.objects.select_related(*_WITH)
    if by is None:
        return reads.none()
    if sees_everything(by):
        return reads.all()
    own = list(spoken_for(by).values_list("pk", flat=True))
    owners = [*own, *map(given_by, own)]
    of_mine = ReadOwner.objects.filter(owner__in=owners).values("read")
    return reads.filter(Q(data_set__owner__in=own) | Q(pk__in=of_mine) | Q(reader=by.pk))
