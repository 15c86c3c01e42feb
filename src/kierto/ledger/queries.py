"""Answers about stocks, promises and events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from kierto.catalogue.models import ResourceSpecification
from kierto.ledger.models import (
    Agreement,
    Commitment,
    EconomicEvent,
    EconomicResource,
    Fulfillment,
    Process,
    Visibility,
)
from kierto.parties.models import (
    Agent,
    AgentType,
    Appointment,
    District,
    Membership,
    Organization,
    Place,
)
from kierto.parties.queries import is_node_admin, is_partner

EARLIEST, LATEST = date(1000, 1, 1), date(9000, 1, 1)


class Kept(NamedTuple):
    """How far a promise is kept, in the kind's canonical unit; all derived from events."""

    promised: Decimal
    fulfilled: Decimal
    remaining: Decimal
    surplus: Decimal
    shortfall: Decimal


def fulfilled(commitment: Commitment) -> Decimal:
    """How much of a promise has been kept, reversals taken off."""
    amounts = Fulfillment.objects.filter(commitment=commitment)
    return sum(amounts.values_list("resource_quantity", flat=True), Decimal(0))


def remaining(commitment: Commitment) -> Decimal:
    """How much of a promise is still open; nothing of a cancelled one."""
    if commitment.cancelled_at is not None:
        return Decimal(0)
    return max(commitment.resource_quantity - fulfilled(commitment), Decimal(0))


def kept_of(commitment: Commitment, *, on: datetime | None = None) -> Kept:
    """Promised, fulfilled, remaining and surplus; what remains after its last day is a shortfall."""
    done, left = fulfilled(commitment), remaining(commitment)
    over = on is not None and on.date() > commitment.has_end
    return Kept(
        promised=commitment.resource_quantity,
        fulfilled=done,
        remaining=left,
        surplus=max(done - commitment.resource_quantity, Decimal(0)),
        shortfall=left if over else Decimal(0),
    )


def stock_of(agent: Agent, kind: ResourceSpecification) -> Decimal:
    """How much of a kind an agent owns, over all its stocks, in the canonical unit."""
    stocks = EconomicResource.objects.filter(primary_accountable=agent, conforms_to=kind)
    return sum(stocks.values_list("accounting_quantity", flat=True), Decimal(0))


def standing(events: QuerySet[EconomicEvent]) -> QuerySet[EconomicEvent]:
    """Leave out reversed events and their reversals; sums stay the same."""
    return events.filter(corrects__isnull=True, corrected_by__isnull=True)


def events_between(
    start: datetime | None, end: datetime | None, district: District | None = None
) -> QuerySet[EconomicEvent]:
    """Events that ended from ``start`` (included) to ``end`` (excluded), of a district or of all.

    For sums: it is not limited to what somebody may see. Use :func:`visible_events` for lists.
    """
    events = EconomicEvent.objects.all()
    if start is not None:
        events = events.filter(has_end__gte=start)
    if end is not None:
        events = events.filter(has_end__lt=end)
    return events if district is None else events.filter(_touching([district.pk]))


def narrowed(
    events: QuerySet[EconomicEvent],
    *,
    since: date | None = None,
    until: date | None = None,
    kind: ResourceSpecification | None = None,
    action: str = "",
    organization: Organization | None = None,
    district: District | None = None,
) -> QuerySet[EconomicEvent]:
    """Events of days from ``since`` to ``until`` (both included), of a kind or narrower, of one
    action, with one organisation as a party, touching one district."""
    if since is not None:
        events = events.filter(has_end__gte=_midnight(_calendar(since)))
    if until is not None:
        events = events.filter(has_end__lt=_midnight(_calendar(until) + timedelta(days=1)))
    if kind is not None:
        events = events.filter(conforms_to__path__startswith=kind.path)
    if action:
        events = events.filter(action=action)
    if organization is not None:
        events = events.filter(Q(provider=organization.pk) | Q(receiver=organization.pk))
    return events if district is None else events.filter(_touching([district.pk]))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _calendar(day: date) -> date:
    """Days at the ends of the calendar have no neighbour and no time in every zone."""
    return min(max(day, EARLIEST), LATEST)


def visible_events(by: Agent | None) -> QuerySet[EconomicEvent]:
    """The single events that somebody may see; agrees with ``permissions.can_see``."""
    events = EconomicEvent.objects.all()
    person = Agent.objects.filter(type=AgentType.PERSON)
    rule = (
        Q(visibility__in=_levels(by))
        & ~Exists(person.filter(pk=OuterRef("provider")))
        & ~Exists(person.filter(pk=OuterRef("receiver")))
    )
    if by is None:
        return events.filter(rule)
    if by.type == AgentType.SYSTEM or is_node_admin(by):
        return events
    mine = [by.pk, *_organizations(by)]
    return events.filter(
        rule | Q(provider__in=mine) | Q(receiver__in=mine) | _touching(_districts_run_by(by))
    )


def visible_agreements(by: Agent | None) -> QuerySet[Agreement]:
    """The agreements that somebody may see; agrees with ``permissions.can_see_agreement``."""
    agreements = Agreement.objects.all()
    promises = Commitment.objects.filter(agreement=OuterRef("pk"))
    of_people = promises.filter(
        Q(provider__type=AgentType.PERSON) | Q(receiver__type=AgentType.PERSON)
    )
    shown = Q(visibility__in=_levels(by)) & ~Exists(of_people)
    if by is None:
        return agreements.filter(shown)
    if by.type == AgentType.SYSTEM or is_node_admin(by):
        return agreements
    mine = [by.pk, *_organizations(by)]
    districts = _districts_run_by(by)
    concerned = promises.filter(
        Q(provider__in=mine)
        | Q(receiver__in=mine)
        | Q(from_place__district__in=districts)
        | Q(to_place__district__in=districts)
    )
    return agreements.filter(shown | Exists(concerned))


def visible_resources(by: Agent | None) -> QuerySet[EconomicResource]:
    """Stocks that one owns or holds, or that stand in an event that one may see.

    How much there is, ``permissions.can_see_stock`` decides.
    """
    shown = visible_events(by)
    seen = Exists(shown.filter(resource=OuterRef("pk"))) | Exists(
        shown.filter(to_resource=OuterRef("pk"))
    )
    mine = [] if by is None else [by.pk, *_organizations(by)]
    own = Q(primary_accountable__in=mine) | Q(custodian__in=mine)
    return EconomicResource.objects.filter(seen | own)


def visible_processes(by: Agent | None) -> QuerySet[Process]:
    """Processes with an input or output that one may see."""
    shown = visible_events(by)
    return Process.objects.filter(
        Exists(shown.filter(input_of=OuterRef("pk")))
        | Exists(shown.filter(output_of=OuterRef("pk")))
    )


def _levels(by: Agent | None) -> list[str]:
    return [Visibility.PUBLIC, Visibility.PARTNERS] if is_partner(by) else [Visibility.PUBLIC]


def _organizations(by: Agent) -> Iterable[UUID]:
    return Membership.objects.filter(person__agent_id=by.pk).values_list(
        "organization_id", flat=True
    )


def _districts_run_by(by: Agent) -> list[int]:
    districts = Appointment.objects.filter(
        person__agent_id=by.pk, role=Appointment.Role.OPERATOR
    ).values_list("district_id", flat=True)
    return [district for district in districts if district is not None]


def _touching(districts: list[int]) -> Q:
    """Events that happen in a district or have a party with a place in it."""
    there = Place.objects.filter(district__in=districts).values("agent")
    return (
        Q(location__district__in=districts)
        | Q(to_location__district__in=districts)
        | Q(provider__in=there)
        | Q(receiver__in=there)
    )
