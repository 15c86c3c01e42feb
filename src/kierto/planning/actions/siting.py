"""Keeping the list of candidate sites."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from kierto.catalogue.models import Recipe
from kierto.parties.models import Agent, District
from kierto.planning.errors import SiteRecipeEmpty
from kierto.planning.models import CandidateSite
from kierto.planning.permissions import can_keep_sites


@transaction.atomic
def add_site(district: District, *, by: Agent, **values: Any) -> CandidateSite:
    """A place where the district might open a processor.

    Args:
        values: the fields of :class:`~kierto.planning.models.CandidateSite`.

    Raises:
        NotAllowed: ``by`` does not run the district.
        SiteRecipeEmpty: its recipe takes nothing or makes nothing.
    """
    can_keep_sites(by, district).require()
    _check_recipe(values["recipe"])
    return CandidateSite.objects.create(district=district, created_by=by, **values)


@transaction.atomic
def change_site(site: CandidateSite, *, by: Agent, **values: Any) -> CandidateSite:
    """Change some fields; finished runs keep the site as it was.

    Raises:
        NotAllowed, SiteRecipeEmpty: as for :func:`add_site`.
    """
    locked = CandidateSite.objects.select_for_update().select_related("district").get(pk=site.pk)
    can_keep_sites(by, locked.district).require()
    for name, value in values.items():
        setattr(locked, name, value)
    _check_recipe(locked.recipe)
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


def _check_recipe(recipe: Recipe) -> None:
    sides = set(recipe.flows.values_list("direction", flat=True))
    if len(sides) < 2:
        raise SiteRecipeEmpty(recipe=recipe.label)
