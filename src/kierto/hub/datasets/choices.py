"""What a data set could hold: the kinds of things and the readings that somebody may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kierto.hub import vocabulary
from kierto.hub.access import reader_of
from kierto.hub.history import keys, names
from kierto.hub.store import reading, tenants
from kierto.parties.models import Agent

MOST: Final = 200

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Choosable:
    """Words to choose from, each with what people read beside its box."""

    types: Choices
    attributes: Choices


def choosable(by: Agent | None, *, readings: bool) -> Choosable:
    """The kinds that ``by`` may see, with their number; of ``readings``, what is read of them."""
    tenant, compact = tenants.find(""), vocabulary.context().compact
    known = reading.types(tenant, reader_of(by))
    read = _read_attributes() if readings else set()
    types = {
        compact(iri): info.count
        for iri, info in known.items()
        if not readings or read & info.attributes.keys()
    }
    attributes = {compact(iri) for info in known.values() for iri in info.attributes if iri in read}
    return Choosable(
        [(name, _counted(name, types[name])) for name in sorted(types, key=str.casefold)[:MOST]],
        [(name, name) for name in sorted(attributes, key=str.casefold)[:MOST]],
    )


def with_chosen(choices: Choices, chosen: Iterable[str]) -> Choices:
    """Also what was chosen before and is not there now, so that saving does not lose it."""
    known = {name for name, _label in choices}
    gone = [name for name in chosen if name not in known]
    return choices + [(name, _("%(name)s (none now)") % {"name": name}) for name in gone]


def _counted(name: str, count: int) -> str:
    text = ngettext("%(name)s (%(count)d entry)", "%(name)s (%(count)d entries)", count)
    return text % {"name": name, "count": count}


def _read_attributes() -> set[str]:
    """The attributes of which there are readings."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT series %% %s FROM hub_historyseries WHERE last_at IS NOT NULL",
            [keys.NAMES],
        )
        numbers = [number for (number,) in cursor.fetchall()]
        return {attribute for attribute, _dataset in names.of(cursor, numbers).values()}
