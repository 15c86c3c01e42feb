"""Answers about data sets and requests to use them."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from kierto.hub.access import CITY, PARTNERS, reader_of
from kierto.hub.datasets.states import DataSetState, Openness, RequestState
from kierto.hub.models import AccessRequest, DataSet
from kierto.parties.models import Agent, Membership, MembershipRole
from kierto.parties.queries import run_districts, sees_everything, spoken_for

_WITH = ("owner__organization", "owner__person", "district")


def visible_data_sets(by: Agent | None) -> QuerySet[DataSet]:
    """What is published, and all of one's organisations; an administrator of the node sees all."""
    data_sets = DataSet.objects.select_related(*_WITH)
    published = Q(state=DataSetState.PUBLISHED)
    if by is None:
        return data_sets.filter(published)
    if sees_everything(by):
        return data_sets.all()
    return data_sets.filter(published | Q(owner__in=spoken_for(by)))


def readable_data_sets(by: Agent | None) -> QuerySet[DataSet]:
    """Those of the visible ones whose rows ``by`` may read; agrees with ``can_read_rows``."""
    visible = visible_data_sets(by)
    if by is None:
        return visible.filter(openness=Openness.OPEN)
    if sees_everything(by):
        return visible
    reader = reader_of(by)
    rule = Q(openness=Openness.OPEN)
    if PARTNERS in reader.levels:
        rule |= Q(openness=Openness.PARTNERS)
    if CITY in reader.levels:
        rule |= Q(openness=Openness.CITY)
    let_in = Q(owner__in=spoken_for(by)) | Q(pk__in=grants(by).values("data_set"))
    return visible.filter(rule | (Q(openness=Openness.RESTRICTED) & let_in))


def decided_data_sets(by: Agent | None) -> QuerySet[DataSet]:
    """Those about whose requests ``by`` decides."""
    if by is None:
        return DataSet.objects.none()
    if sees_everything(by):
        return DataSet.objects.all()
    return DataSet.objects.filter(
        Q(owner__in=administered(by)) | Q(district__in=run_districts(by), state="published")
    )


def administered(by: Agent) -> QuerySet[Agent]:
    """The organisations that ``by`` administers, as agents."""
    seats = Membership.objects.filter(person__agent_id=by.pk, role=MembershipRole.ADMIN)
    return Agent.objects.filter(pk__in=seats.values("organization__agent_id"))


# ------------------------------------------------------------------ requests


def visible_requests(by: Agent | None) -> QuerySet[AccessRequest]:
    """One's own, those of one's organisations, and those about which one decides."""
    requests = AccessRequest.objects.select_related(
        "data_set__owner__organization",
        "data_set__owner__person",
        "data_set__district",
        "agent__organization",
        "agent__person",
        "decided_by__organization",
        "decided_by__person",
    )
    if by is None:
        return requests.none()
    if sees_everything(by):
        return requests.all()
    return requests.filter(
        Q(agent__in=spoken_for(by)) | Q(data_set__in=decided_data_sets(by).values("pk"))
    )


def requests_to_decide(by: Agent | None) -> QuerySet[AccessRequest]:
    """Those that wait for ``by``, the oldest first. Nobody decides about their own."""
    if by is None:
        return visible_requests(by)
    waiting = visible_requests(by).filter(
        state=RequestState.ASKED, data_set__in=decided_data_sets(by).values("pk")
    )
    return waiting.exclude(agent__in=spoken_for(by)).order_by("asked_at", "pk")


def requests_of(by: Agent) -> QuerySet[AccessRequest]:
    """Those made for ``by`` and its organisations, the newest first."""
    return visible_requests(by).filter(agent__in=spoken_for(by)).order_by("-asked_at", "pk")


def grants(by: Agent) -> QuerySet[AccessRequest]:
    """What ``by`` and its organisations were let into, and still are."""
    return AccessRequest.objects.filter(
        agent__in=spoken_for(by), state=RequestState.GRANTED, until__gte=timezone.localdate()
    )
