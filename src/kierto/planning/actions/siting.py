"""Keeping the list of candidate sites."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from kierto.exchange.actions.processors import check_capacity
from kierto.parties.models import Agent, District
from kierto.planning.errors import SiteMinimumTooHigh, SiteNumberOutOfRange, SiteRecipeEmpty
from kierto.planning.models import CandidateSite
from kierto.planning.permissions import can_keep_sites
from kierto.planning.queries import whole_recipes


@transaction.atomic
def add_site(district: District, *, by: Agent, **values: Any) -> CandidateSite:
    """A place where the district might open a processor.

    Args:
        values: the fields of :class:`~kierto.planning.models.CandidateSite`.

    Raises:
        NotAllowed: ``by`` does not run the district.
        SiteRecipeEmpty: its recipe takes nothing or makes nothing.
        AmountTooSmall, CapacityOutOfRange, SiteNumberOutOfRange, SiteMinimumTooHigh: a number.
    """
    can_keep_sites(by, district).require()
    site = CandidateSite(district=district, created_by=by, **values)
    _check(site)
    site.save(force_insert=True)
    return site


@transaction.atomic
def change_site(site: CandidateSite, *, by: Agent, **values: Any) -> CandidateSite:
    """Change some fields; finished runs keep the site as it was.

    Raises:
        NotAllowed, SiteRecipeEmpty and those of numbers: as for :func:`add_site`.
    """
    locked = CandidateSite.objects.select_for_update().select_related("district").get(pk=site.pk)
    can_keep_sites(by, locked.district).require()
    for name, value in values.items():
        setattr(locked, name, value)
    _check(locked)
    locked.save(update_fields=list(values))
    return locked


@transaction.atomic
def remove_site(site: CandidateSite, *, by: Agent) -> None:
    """Take it off the list; finished runs keep it as it was.

    Raises:
        NotAllowed: ``by`` does not run the district.
    """
    locked = CandidateSite.objects.select_for_update().select_related("district").get(pk=site.pk)
    can_keep_sites(by, locked.district).require()
    locked.delete()


CENT = Decimal("0.01")

RANGES = {
    "latitude": (-90, 90),
    "longitude": (-180, 180),
    "minimum": (0, 10**9),
    "investment": (0, 10**9),
    "years": (1, 100),
    "interest": (0, 100),
    "fixed_cost": (0, 10**9),
}


def _check(site: CandidateSite) -> None:
    """The numbers of a site, and whether its recipe could be run there."""
    for name, (low, high) in RANGES.items():
        if not low <= getattr(site, name) <= high:
            raise SiteNumberOutOfRange(field=name, low=low, high=high)
    if not whole_recipes().filter(pk=site.recipe_id).exists():
        raise SiteRecipeEmpty(recipe=site.recipe.label)
    check_capacity(site.recipe, site.capacity)
    if site.minimum > site.capacity:
        raise SiteMinimumTooHigh
    for name in ("investment", "interest", "fixed_cost"):
        setattr(site, name, Decimal(getattr(site, name)).quantize(CENT))
