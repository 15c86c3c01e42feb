"""The care of things: plans, times kept free for it, and what becomes of each.

A maintenance blocks as a booking does. If a repairer does it, two promises stand in the ledger,
to bring the thing (`accept`) and to give it back (`modify`); the repairer's app makes a ticket of
them, and what happens there comes back as events (:mod:`kierto.sharing.listeners`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from kierto.core.transitions import move
from kierto.ledger.recording import lock_head
from kierto.notices.actions import notify
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing import blocks, care, permissions
from kierto.sharing.actions.repairers import is_at_repairer, promise_repair, take_back_promises
from kierto.sharing.actions.things import locked, named, whole
from kierto.sharing.demand import peak, survey
from kierto.sharing.errors import maintenance as errors
from kierto.sharing.models import Booking, Maintenance, MaintenancePlan, Thing
from kierto.sharing.states import MAINTENANCE_STEPS, MaintenanceState, ThingState

logger = logging.getLogger("kierto.sharing")

LONGEST_HOURS = 90 * 24
PLAN_FIELDS = (
    "name",
    "instructions",
    "every_days",
    "every_uses",
    "takes_hours",
    "makes_ticket",
    "is_active",
)
CLOSED = (MaintenanceState.DONE, MaintenanceState.CANCELLED)


@transaction.atomic
def plan_maintenance(
    thing: Thing,
    *,
    name: str,
    every_days: int | None = None,
    every_uses: int | None = None,
    takes_hours: int = 24,
    makes_ticket: bool = False,
    instructions: str = "",
    by: Agent,
) -> MaintenancePlan:
    """What a thing needs every so many days or uses, whichever comes first.

    Raises:
        NotAllowed, NotCaredFor, TitleMissing, NeverDue, TakesNoTime, NoRepairer.
    """
    thing = locked(thing)
    permissions.can_keep(by, thing.collection).require()
    _check_thing(thing)
    plan = MaintenancePlan(thing=thing)
    _fill(
        plan,
        {
            "name": name,
            "instructions": instructions,
            "every_days": every_days,
            "every_uses": every_uses,
            "takes_hours": takes_hours,
            "makes_ticket": makes_ticket,
        },
    )
    plan.save()
    return plan


@transaction.atomic
def change_plan(plan: MaintenancePlan, *, changes: Mapping[str, Any], by: Agent) -> MaintenancePlan:
    """Change some of :data:`PLAN_FIELDS`; an inactive plan falls due no more.

    Raises:
        What planning raises.
    """
    thing = locked(plan.thing)
    permissions.can_keep(by, thing.collection).require()
    plan = MaintenancePlan.objects.select_for_update().get(pk=plan.pk)
    plan.thing = thing
    _fill(plan, {name: value for name, value in changes.items() if name in PLAN_FIELDS})
    plan.save()
    return plan


@transaction.atomic
def schedule_maintenance(
    thing: Thing,
    *,
    begins: datetime,
    ends: datetime,
    title: str,
    quantity: int | None = None,
    plan: MaintenancePlan | None = None,
    makes_ticket: bool = False,
    note: str = "",
    by: Agent,
) -> Maintenance:
    """Keep a thing (``quantity`` of it; all unless given) free for its care.

    Raises:
        NotAllowed, NotCaredFor, TitleMissing, EndsBeforeBegins, IsOver, MoreThanThereAre,
        NoRepairer.
        TimeIsTaken: bookings or other care, which it names, stand in the way.
    """
    thing = locked(thing)
    permissions.can_staff(by, thing.collection).require()
    care_of = _write(thing, begins, ends, title, quantity, plan, note, by)
    _check_free(care_of)
    blocks.lay([thing])
    if makes_ticket:
        promise_repair(care_of, by)
    return care_of


@transaction.atomic
def take_out_of_service(
    thing: Thing,
    *,
    ends: datetime,
    title: str,
    quantity: int | None = None,
    makes_ticket: bool = False,
    note: str = "",
    by: Agent,
) -> tuple[Maintenance, list[Booking]]:
    """It cannot be used from now on, whoever has booked it.

    Returns:
        The maintenance, in work; and the bookings that do not get it now. Their borrowers are
        told that the desk looks for another way.

    Raises:
        As scheduling does, except TimeIsTaken.
    """
    thing = locked(thing)
    permissions.can_staff(by, thing.collection).require()
    short_already = blocks.lay([thing])
    care_of = _write(thing, timezone.now(), ends, title, quantity, None, note, by)
    care_of.state = MaintenanceState.IN_WORK
    care_of.save(update_fields=["state"])
    short = [each for each in blocks.lay([thing]) if each not in short_already]
    if makes_ticket:
        promise_repair(care_of, by)
    for booking in short:
        _warn(booking, care_of)
    return care_of, sorted(short, key=lambda each: (each.begins, each.code))


@transaction.atomic
def reschedule(
    maintenance: Maintenance, *, begins: datetime, ends: datetime, by: Agent
) -> Maintenance:
    """Another time for the same care; what is in work only ends at another time.

    Raises:
        NotAllowed, AlreadyClosed, EndsBeforeBegins, IsOver, TimeIsTaken.
    """
    thing = locked(maintenance.thing)
    permissions.can_staff(by, thing.collection).require()
    care_of = Maintenance.objects.select_for_update().get(pk=maintenance.pk)
    care_of.thing = thing
    if care_of.state in CLOSED:
        raise errors.AlreadyClosed
    if care_of.state == MaintenanceState.PLANNED:
        care_of.begins = begins
    care_of.ends = ends
    _check_time(care_of.begins, ends)
    care_of.save(update_fields=["begins", "ends"])
    _check_free(care_of)
    blocks.lay([thing])
    return care_of


@transaction.atomic
def move_maintenance(maintenance: Maintenance, to: str, *, by: Agent) -> Maintenance:
    """Begin it, say that it is done, or cancel it; what was kept free for it is free again.

    Promises to a repairer who has not begun are taken back with it.

    Raises:
        IllegalTransition, NotAllowed: as the table of states says.
        AtTheRepairer: the repairer has it, and finishes it by giving it back.
    """
    thing = locked(maintenance.thing)
    lock_head()  # as whoever records does before this row is locked: no two wait for each other
    care_of = Maintenance.objects.select_for_update(of=("self",)).get(pk=maintenance.pk)
    care_of.thing = thing
    roles = permissions.roles_in(by, thing.collection)
    if (care_of.state, to) in MAINTENANCE_STEPS:
        permissions.judge_step(MAINTENANCE_STEPS, care_of.state, to, roles).require()
    state = move(MAINTENANCE_STEPS, care_of.state, to, roles)
    if state in CLOSED and is_at_repairer(care_of):
        raise errors.AtTheRepairer
    close(care_of, state) if state in CLOSED else _begin(care_of)
    blocks.lay([thing])
    if state in CLOSED:
        take_back_promises(care_of)
    return care_of


def tend_maintenance(now: datetime | None = None) -> int:
    """What the clock asks for: keep a time free for each plan that falls due soon.

    Harmless when there is nothing to do, and when it runs twice. Returns how much it did.
    """
    now = now or timezone.now()
    plans = MaintenancePlan.objects.filter(is_active=True).exclude(
        thing__state__in=[ThingState.RETIRED, ThingState.DRAFT]
    )
    near = [
        due.plan
        for due in care.due_of(plans.select_related("thing"), now)
        if due.running is None and due.is_near(now)
    ]
    return sum(_kept(plan, now) for plan in near) + _free_what_is_over(now)


def close(care_of: Maintenance, state: str, at: datetime | None = None) -> None:
    """Write down that it is over. The caller has locked it, and lays the blocks or frees them."""
    now = at or timezone.now()
    care_of.state = state
    care_of.finished_at = now
    if care_of.begins < now < care_of.ends:
        care_of.ends = now
    care_of.save(update_fields=["state", "finished_at", "ends"])


def _begin(care_of: Maintenance) -> None:
    """It is in somebody's hands now, if that is earlier than planned."""
    care_of.state = MaintenanceState.IN_WORK
    care_of.begins = min(care_of.begins, timezone.now())
    care_of.save(update_fields=["state", "begins"])


def _fill(plan: MaintenancePlan, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(plan, name, value.strip() if isinstance(value, str) else value)
    if not plan.name:
        raise errors.TitleMissing(field="name")
    if not any(each and each > 0 for each in (plan.every_days, plan.every_uses)):
        raise errors.NeverDue
    plan.every_days = plan.every_days or None
    plan.every_uses = plan.every_uses or None
    if not 1 <= plan.takes_hours <= LONGEST_HOURS:
        raise errors.TakesNoTime(most=LONGEST_HOURS)
    if plan.makes_ticket and plan.thing.collection.repairer_id is None:
        raise errors.NoRepairer


def _write(
    thing: Thing,
    begins: datetime,
    ends: datetime,
    title: str,
    quantity: int | None,
    plan: MaintenancePlan | None,
    note: str,
    by: Agent,
) -> Maintenance:
    _check_thing(thing)
    if not title.strip():
        raise errors.TitleMissing
    _check_time(begins, ends)
    there = whole(thing)
    if not 1 <= (there if quantity is None else quantity) <= there:
        raise errors.MoreThanThereAre(there=there)
    return Maintenance.objects.create(
        thing=thing,
        plan=plan,
        quantity=there if quantity is None else quantity,
        title=title.strip()[:160],
        note=note.strip(),
        begins=begins,
        ends=ends,
        created_by=by,
    )


def _check_thing(thing: Thing) -> None:
    if thing.sort in care.NOT_CARED_FOR:
        raise errors.NotCaredFor


def _check_time(begins: datetime, ends: datetime) -> None:
    if ends <= begins:
        raise errors.EndsBeforeBegins
    if ends <= timezone.now():
        raise errors.IsOver


def _check_free(care_of: Maintenance) -> None:
    """With it there, no moment has more taken than there are."""
    thing = care_of.thing
    situation = survey([thing], begins=care_of.begins, ends=care_of.ends)
    taken = situation.taken.get(thing.pk, [])
    if peak(taken, care_of.begins, care_of.ends) <= situation.numbers.get(thing.pk, 0):
        return
    others = [
        each
        for each in taken
        if each.begins < care_of.ends
        and each.ends > care_of.begins
        and each.maintenance != care_of.pk
    ]
    bookings = Booking.objects.filter(pk__in=[each.booking for each in others if each.booking])
    cares = Maintenance.objects.filter(pk__in=[d.maintenance for d in others if d.maintenance])
    names = [named(bookings.order_by("begins", "code")), *(each.title for each in cares)]
    raise errors.TimeIsTaken(bookings=", ".join(filter(None, names)))


def _warn(booking: Booking, care_of: Maintenance) -> None:
    notify(
        booking.borrower,
        "sharing.out_of_service",
        path=reverse("sharing:by_code", args=[care_of.thing.code]),
        thing=care_of.thing.name,
        booking=booking.code,
        ends=_local(care_of.ends, care_of.thing),
    )


def _kept(plan: MaintenancePlan, now: datetime) -> int:
    """One plan, in a transaction of its own; what goes wrong with it stops no other."""
    try:
        with transaction.atomic():
            return _keep_time_for(plan, now)
    except Exception:  # whatever a listener raises
        logger.exception("No time was kept for plan %s; it will be tried again.", plan.pk)
        return 0


def _keep_time_for(plan: MaintenancePlan, now: datetime) -> int:
    """A time for a plan that falls due, unless somebody has found one meanwhile."""
    thing = locked(plan.thing)
    if not whole(thing) or Maintenance.objects.filter(plan=plan, state__in=care.OPEN).exists():
        return 0
    begins, ends = care.next_free(
        thing, quantity=whole(thing), hours=plan.takes_hours, after=now + care.NOTICE
    )
    by = system_agent()
    care_of = _write(thing, begins, ends, plan.name, None, plan, "", by)
    blocks.lay([thing])
    if plan.makes_ticket and thing.collection.repairer_id is not None:
        promise_repair(care_of, by)
    notify(
        thing.collection.owner,
        "sharing.maintenance_planned",
        path=reverse("sharing:maintenance", args=[care_of.pk]),
        thing=thing.name,
        title=plan.name,
        begins=_local(begins, thing),
        ends=_local(ends, thing),
    )
    return 1


def _free_what_is_over(now: datetime) -> int:
    """Lay anew what still has blocks of care that is over."""
    stale = Thing.objects.filter(
        blocks__maintenance__state__in=CLOSED, blocks__ends__gt=now
    ).distinct()
    count = 0
    for thing in stale.order_by("pk"):
        with transaction.atomic():
            blocks.lay([locked(thing)], now=now)
        count += 1
    return count


def _local(at: datetime, thing: Thing) -> datetime:
    return at.astimezone(ZoneInfo(thing.collection.timezone))
