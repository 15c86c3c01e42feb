"""A notice in its reader's language: sentences and names are put together when it is read.

Agents stand in the fields by their id, so that the name of a person who was erased since is gone
from other people's notices too.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from kierto.notices.models import Notice
from kierto.notices.topics import TOPICS
from kierto.parties.models import Agent, Organization, Person


@dataclass(frozen=True, slots=True)
class ReadNotice:
    """A notice as words."""

    notice: Notice
    subject: str
    body: str


def stored(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as JSON: agents by id, dates and numbers so that they can be said in any language."""
    return {name: _stored(value) for name, value in fields.items()}


def read(notices: Iterable[Notice]) -> list[ReadNotice]:
    """The notices as words in the language that is active now; one query for all names."""
    notices = list(notices)
    names = _names_in(notices)
    return [_read(notice, names) for notice in notices]


def _read(notice: Notice, names: Mapping[str, str]) -> ReadNotice:
    topic = TOPICS.get(notice.topic)
    if topic is None:  # of an app that was removed since
        return ReadNotice(notice, _("Something changed"), "")
    fields = {name: _spoken(value, names) for name, value in notice.fields.items()}
    return ReadNotice(notice, str(topic.subject) % fields, str(topic.body) % fields)


def _stored(value: Any) -> Any:
    match value:
        case Agent():
            return {"agent": str(value.pk)}
        case Person() | Organization():
            return {"agent": str(value.agent_id)}
        case datetime.datetime():
            return {"moment": value.isoformat()}
        case datetime.date():
            return {"day": value.isoformat()}
        case bool() | int() | str() | None:
            return value
        case float() | Decimal():
            return {"number": str(value)}
        case _:
            return str(value)


def _spoken(value: Any, names: Mapping[str, str]) -> Any:
    match value:
        case {"agent": agent}:
            return names.get(agent, _("Unknown"))
        case {"moment": text}:
            moment = parse_datetime(text)
            return formats.date_format(moment, "DATETIME_FORMAT") if moment else text
        case {"day": text}:
            day = parse_date(text)
            return formats.date_format(day, "DATE_FORMAT") if day else text
        case {"number": text}:
            return formats.number_format(Decimal(text))
        case _:
            return value


def _names_in(notices: Iterable[Notice]) -> dict[str, str]:
    ids = {
        value["agent"]
        for notice in notices
        for value in notice.fields.values()
        if isinstance(value, dict) and "agent" in value
    }
    agents = Agent.objects.filter(pk__in=ids).select_related("person", "organization")
    return {str(agent.pk): agent.name for agent in agents} if ids else {}
