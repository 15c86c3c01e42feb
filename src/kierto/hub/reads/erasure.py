"""What is done for a person who takes their data out, or asks to be forgotten."""

from __future__ import annotations

from typing import Any

from kierto.core.announce import listen
from kierto.hub.models import ReadLog
from kierto.parties.changes import PersonErased
from kierto.parties.models import Person
from kierto.parties.records import contribute_to_export


def register() -> None:
    """Listen to erasures, and add what a person read to their download."""
    listen(PersonErased, _forget)
    contribute_to_export("reads", _reads_of)


def _forget(change: PersonErased) -> None:
    # That something was read stays; by whom, nobody can tell any more.
    ReadLog.objects.filter(reader=change.agent).update(reader=None, token=None)


def _reads_of(person: Person) -> list[dict[str, Any]]:
    found = ReadLog.objects.filter(reader=person.agent_id).select_related("data_set")
    return [
        {
            "what": read.data_set.title if read.data_set else read.entity_id,
            "how": read.how,
            "times": read.times,
            "rows": read.rows,
            "first": read.first_at.isoformat(),
            "last": read.at.isoformat(),
        }
        for read in found.order_by("at", "pk").iterator(chunk_size=2_000)
    ]
