"""Workshops, their price lists and their repairers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.text import slugify

from kierto.core.announce import announce
from kierto.parties.models import Agent, AgentType, Place
from kierto.repair import permissions
from kierto.repair.actions.writing import euros
from kierto.repair.changes import WorkshopChanged
from kierto.repair.errors import workshops as errors
from kierto.repair.models import Category, Price, Repairer, Workshop
from kierto.repair.opening import hours_or_none

CHANGEABLE = (
    "name",
    "description",
    "contact",
    "opening_hours",
    "holidays",
    "timezone",
    "categories",
    "warranty_days",
    "takes_tickets",
    "is_open",
    "place",
)
MOST_WARRANTY_DAYS = 3660
RESERVED_SLUGS = frozenset({"new"})
"""Words that stand in the addresses of pages where a short name would."""


@transaction.atomic
def create_workshop(
    *,
    agent: Agent,
    place: Place,
    name: str,
    categories: Sequence[Category] = (),
    slug: str | None = None,
    by: Agent,
    **changes: Any,
) -> Workshop:
    """Open a workshop at a place of its agent; ``changes`` are more of :data:`CHANGEABLE`.

    Raises:
        NotAllowed, WorkshopExists, and whatever changing one would raise.
    """
    permissions.can_create_workshop(by, agent, place).require()
    Agent.objects.select_for_update().get(pk=agent.pk)
    existing = Workshop.objects.filter(agent=agent).first()
    if existing is not None:
        raise errors.WorkshopExists(agent=agent.name, workshop=existing.name)
    workshop = Workshop(agent=agent)
    _fill(workshop, {"name": name, "place": place, **changes})
    workshop.slug = _free_slug(slug or name)
    workshop.save()
    workshop.categories.set(categories)
    announce(WorkshopChanged(workshop))
    return workshop


@transaction.atomic
def change_workshop(workshop: Workshop, *, changes: Mapping[str, Any], by: Agent) -> Workshop:
    """Change some of :data:`CHANGEABLE`; the others stay as they are.

    Raises:
        NotAllowed, FieldUnknown, WorkshopNameMissing, BadOpeningHours, ZoneUnknown,
        WarrantyTooLong, WorkshopPlaceNotTheirs.
    """
    workshop = _locked(workshop)
    permissions.can_keep(by, workshop).require()
    rest = {name: value for name, value in changes.items() if name != "categories"}
    _fill(workshop, rest)
    workshop.save()
    if "categories" in changes:
        workshop.categories.set(changes["categories"])
    announce(WorkshopChanged(workshop))
    return workshop


@transaction.atomic
def set_price(
    workshop: Workshop,
    *,
    name: str,
    low: Decimal | int,
    high: Decimal | int | None = None,
    category: Category | None = None,
    price: Price | None = None,
    by: Agent,
) -> Price:
    """Add a line to the price list, or change the given one. Without ``high`` it is fixed.

    Raises:
        NotAllowed, PriceNameMissing, PriceBackwards, AmountImplausible.
    """
    workshop = _locked(workshop)
    permissions.can_keep(by, workshop).require()
    if not name.strip():
        raise errors.PriceNameMissing
    least = euros(low, "low")
    most = least if high is None else euros(high, "high")
    if most < least:
        raise errors.PriceBackwards(low=least, high=most)
    line = Price(workshop=workshop) if price is None else workshop.prices.get(pk=price.pk)
    line.name, line.category, line.low, line.high = name.strip()[:160], category, least, most
    line.save()
    return line


@transaction.atomic
def drop_price(price: Price, *, by: Agent) -> None:
    """Take a line off the price list.

    Raises:
        NotAllowed.
    """
    permissions.can_keep(by, _locked(price.workshop)).require()
    price.delete()


@transaction.atomic
def add_repairer(
    workshop: Workshop,
    *,
    agent: Agent,
    skills: Sequence[Category] = (),
    note: str = "",
    by: Agent,
) -> Repairer:
    """A person repairs here from now on, and sees the queue.

    Raises:
        NotAllowed, RepairerNotAPerson, RepairerThere.
    """
    workshop = _locked(workshop)
    permissions.can_keep(by, workshop).require()
    if agent.type != AgentType.PERSON:
        raise errors.RepairerNotAPerson
    repairer = Repairer.objects.filter(workshop=workshop, agent=agent).first()
    if repairer is not None and repairer.is_active:
        raise errors.RepairerThere
    repairer = repairer or Repairer(workshop=workshop, agent=agent)
    repairer.note, repairer.is_active = note.strip()[:200], True
    repairer.save()
    repairer.skills.set(skills)
    return repairer


@transaction.atomic
def change_repairer(
    repairer: Repairer,
    *,
    skills: Sequence[Category] | None = None,
    note: str | None = None,
    is_active: bool | None = None,
    by: Agent,
) -> Repairer:
    """Change skills, note or whether somebody still repairs here; open tickets stay theirs.

    Repairers say themselves what they are good at.

    Raises:
        NotAllowed.
    """
    workshop = _locked(repairer.workshop)
    permissions.can_change_repairer(by, repairer).require()
    repairer = Repairer.objects.select_for_update().get(pk=repairer.pk, workshop=workshop)
    if note is not None:
        repairer.note = note.strip()[:200]
    if is_active is not None:
        if is_active:
            permissions.can_keep(by, workshop).require()
        repairer.is_active = is_active
    repairer.save()
    if skills is not None:
        repairer.skills.set(skills)
    return repairer


def _locked(workshop: Workshop) -> Workshop:
    return (
        Workshop.objects.select_for_update(of=("self",))
        .select_related("agent__organization", "agent__person", "place")
        .get(pk=workshop.pk)
    )


def _fill(workshop: Workshop, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if name not in CHANGEABLE or name == "categories":
            raise errors.FieldUnknown(name=name, choices=", ".join(CHANGEABLE))
        longest = getattr(Workshop._meta.get_field(name), "max_length", None)
        setattr(workshop, name, value.strip()[:longest] if isinstance(value, str) else value)
    if not workshop.name:
        raise errors.WorkshopNameMissing
    if workshop.place.agent_id != workshop.agent_id:
        raise errors.WorkshopPlaceNotTheirs
    if workshop.timezone not in available_timezones():
        raise errors.ZoneUnknown(timezone=workshop.timezone)
    if not 0 <= workshop.warranty_days <= MOST_WARRANTY_DAYS:
        raise errors.WarrantyTooLong(days=workshop.warranty_days, most=MOST_WARRANTY_DAYS)
    workshop.holidays = workshop.holidays.upper()
    workshop.opening_hours = hours_or_none(workshop.opening_hours)


def _free_slug(wanted: str) -> str:
    base = slugify(wanted)[:70] or "workshop"
    slug, number = base, 1
    while slug in RESERVED_SLUGS or Workshop.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{base}-{number}"
    return slug
