"""Data sets are described, changed, published and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from kierto.core.transitions import move
from kierto.hub.datasets import measures, permissions
from kierto.hub.datasets.checking import FIELDS, checked
from kierto.hub.datasets.states import DATA_SET_STEPS, DataSetState, Kind, Openness
from kierto.hub.errors.datasets import DataSetNotReady, DataSetOwnerUnusable, TooManyDataSets
from kierto.hub.models import DataSet
from kierto.parties.models import Agent, AgentType

MOST: Final = 200
"""Data sets of one owner."""

_NEEDED: Final = (
    ("description", _("what it holds")),
    ("contact", _("a contact")),
    ("themes", _("a theme")),
)


@transaction.atomic
def add_data_set(
    *, owner: Agent, said: Mapping[str, Any], by: Agent, kind: str = Kind.ENTITIES
) -> DataSet:
    """A draft.

    Args:
        owner: an organisation.
        said: title, description, licence … (see ``checking.FIELDS``).
        kind: where its rows come from; it stays.

    Raises:
        NotAllowed, DataSetOwnerUnusable, TooManyDataSets, and what ``checking.checked`` raises.
    """
    permissions.can_add(by, owner, kind).require()
    permissions.can_give(by, said.get("openness", Openness.OPEN)).require()
    Agent.objects.select_for_update().get(pk=owner.pk)
    if owner.type != AgentType.ORGANIZATION:
        raise DataSetOwnerUnusable
    if DataSet.objects.filter(owner=owner).count() >= MOST:
        raise TooManyDataSets(most=MOST)
    values = checked(said, kind)
    return DataSet.objects.create(
        owner=owner, kind=kind, slug=_slug(values["title"]), created_by=by, **values
    )


@transaction.atomic
def change_data_set(data_set: DataSet, *, said: Mapping[str, Any], by: Agent) -> DataSet:
    """Say something else of it; what is not said stays. Its address stays, too.

    Raises:
        NotAllowed, DataSetNotReady, and what ``checking.checked`` raises.
    """
    data_set = _locked(data_set)
    permissions.can_edit(by, data_set).require()
    permissions.can_give(by, said.get("openness", data_set.openness)).require()
    before = {name: getattr(data_set, name) for name in FIELDS}
    for name, value in checked({**before, **said}, data_set.kind).items():
        setattr(data_set, name, value)
    if data_set.state == DataSetState.PUBLISHED:
        _check_ready(data_set)
    data_set.changed_at = timezone.now()
    data_set.measured, data_set.measured_at = {}, None
    data_set.save()
    if data_set.state == DataSetState.PUBLISHED:
        transaction.on_commit(partial(measures.remember, data_set))
    return data_set


@transaction.atomic
def move_data_set(data_set: DataSet, to: str, *, by: Agent) -> DataSet:
    """Publish it, take it back, publish it again.

    Raises:
        IllegalTransition, TransitionNotYours, DataSetNotReady.
    """
    data_set = _locked(data_set)
    roles = permissions.roles_of(by, data_set)
    data_set.state = move(DATA_SET_STEPS, data_set.state, to, roles)
    if to == DataSetState.PUBLISHED:
        _check_ready(data_set)
        data_set.published_at = data_set.published_at or timezone.now()
    data_set.changed_at = timezone.now()
    data_set.save(update_fields=["state", "published_at", "changed_at"])
    if to == DataSetState.PUBLISHED:
        transaction.on_commit(partial(measures.remember, data_set))
    return data_set


def _locked(data_set: DataSet) -> DataSet:
    rows = DataSet.objects.select_for_update(of=("self",)).select_related("owner", "district")
    return rows.get(pk=data_set.pk)


def _check_ready(data_set: DataSet) -> None:
    missing = [str(words) for name, words in _NEEDED if not getattr(data_set, name)]
    if missing:
        raise DataSetNotReady(missing=", ".join(missing))


def _slug(title: str) -> str:
    """An address that nobody has: that of the title, with a number where it is taken."""
    wanted = slugify(title)[:70] or "data-set"
    taken = set(DataSet.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    taken.add("new")
    slug, number = wanted, 2
    while slug in taken:
        slug, number = f"{wanted}-{number}", number + 1
    return slug
