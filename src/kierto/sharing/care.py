"""When things fall due for care, and when they can best be kept free for it.

A plan counts from when it was last done (or made): so many days, or so many uses, whichever comes
first. A use is a loan that came back or, of a space, a booking that is over. How soon uses will
make it due is foreseen from how often it was used since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from kierto.sharing.demand import peak, survey, utc
from kierto.sharing.models import BookingLine, Collection, Loan, Maintenance, MaintenancePlan, Thing
from kierto.sharing.opening import next_opening
from kierto.sharing.states import BookingState, MaintenanceState, Sort, ThingState

LEAD = timedelta(days=14)
"""So long before it falls due a time is kept free."""

NOTICE = timedelta(hours=24)
"""So long ahead, at least, keepers hear of it."""

SHORTEST_LOOK = timedelta(days=7)
"""Uses are foreseen only from so much experience."""

OPEN = (MaintenanceState.PLANNED, MaintenanceState.IN_WORK)
NOT_CARED_FOR = (Sort.KIT, Sort.CONSUMABLE)


@dataclass(frozen=True, slots=True)
class Due:
    """How a plan stands. ``at`` is when it falls due, foreseen if it counts uses (None: unknown).

    ``running`` is the time that is already kept for it.
    """

    plan: MaintenancePlan
    since: datetime
    uses: int
    at: datetime | None
    running: Maintenance | None

    def is_due(self, now: datetime) -> bool:
        """Whether it should have been done by now."""
        return self.at is not None and self.at <= now

    def is_near(self, now: datetime) -> bool:
        """Whether it is time to keep a time free for it."""
        return self.at is not None and self.at <= now + LEAD


def due_of(plans: Iterable[MaintenancePlan], now: datetime | None = None) -> list[Due]:
    """How these plans stand, in a constant number of queries; what is due first stands first."""
    now = now or timezone.now()
    plans = list(plans)
    since = _since(plans)
    running = {
        each.plan_id: each
        for each in Maintenance.objects.filter(plan__in=plans, state__in=OPEN).order_by("-begins")
    }
    uses = _uses(plans, min(since.values(), default=now))
    found = []
    for plan in plans:
        count = sum(1 for at in uses[plan.thing_id] if at > since[plan.pk])
        at = _falls_due(plan, since[plan.pk], count, now)
        found.append(Due(plan, since[plan.pk], count, at, running.get(plan.pk)))
    return sorted(found, key=lambda due: (due.at is None, due.at or now, due.plan.pk))


def plans_of(collection: Collection) -> list[MaintenancePlan]:
    """The active plans of a collection's things that are in use."""
    plans = MaintenancePlan.objects.filter(thing__collection=collection, is_active=True)
    in_use = plans.exclude(thing__state__in=[ThingState.RETIRED, ThingState.DRAFT])
    return list(in_use.select_related("thing__collection"))


def next_free(
    thing: Thing, *, quantity: int, hours: int, after: datetime
) -> tuple[datetime, datetime]:
    """The next time of so many hours at which so many are free; it begins while it is open.

    There always is one: after all that is planned, at the latest.
    """
    length = timedelta(hours=hours)
    situation = survey([thing], begins=after, now=timezone.now())
    taken = situation.taken.get(thing.pk, [])
    room = max(0, situation.numbers.get(thing.pk, 0) - quantity)
    candidates = sorted({after, *(each.ends for each in taken if each.ends > after)})
    openings = (_opens(thing, candidate) for candidate in candidates)
    begins = next(at for at in openings if peak(taken, at, at + length) <= room)
    return begins, begins + length


def _opens(thing: Thing, after: datetime) -> datetime:
    """The next full hour at which the collection is open; that hour itself if it never is."""
    hour = utc(after).replace(minute=0, second=0, microsecond=0)
    if hour < after:
        hour += timedelta(hours=1)
    opening = next_opening(thing.collection, hour)
    return utc(opening) if opening is not None else hour


def _since(plans: Sequence[MaintenancePlan]) -> dict[int, datetime]:
    """When each was last done; when it was made if it never was."""
    done = Maintenance.objects.filter(plan__in=plans, state=MaintenanceState.DONE)
    last = dict(done.values_list("plan_id").annotate(Max("finished_at")).order_by())
    return {plan.pk: last.get(plan.pk) or plan.created_at for plan in plans}


def _uses(plans: Sequence[MaintenancePlan], since: datetime) -> dict[int, list[datetime]]:
    """When each thing came back, or was left, since then."""
    things = {plan.thing_id for plan in plans if plan.every_uses}
    uses: dict[int, list[datetime]] = defaultdict(list)
    if not things:
        return uses
    loans = Loan.objects.filter(thing__in=things, back_at__gt=since)
    for thing, back_at in loans.values_list("thing_id", "back_at").order_by():
        if back_at is not None:
            uses[thing].append(back_at)
    spaces = BookingLine.objects.filter(
        thing__in=things,
        thing__sort=Sort.SPACE,
        booking__state=BookingState.DONE,
        booking__ends__gt=since,
        loans__isnull=True,
    )
    for thing, at in spaces.values_list("thing_id", "booking__ends").order_by():
        uses[thing].append(at)
    return uses


def _falls_due(plan: MaintenancePlan, since: datetime, uses: int, now: datetime) -> datetime | None:
    moments = []
    if plan.every_days:
        moments.append(since + timedelta(days=plan.every_days))
    if plan.every_uses:
        if uses >= plan.every_uses:
            moments.append(now)
        elif uses and now - since >= SHORTEST_LOOK:
            moments.append(now + (now - since) / uses * (plan.every_uses - uses))
    return min(moments, default=None)
