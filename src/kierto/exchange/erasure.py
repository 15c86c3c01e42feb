"""What the exchange does for a person who takes their data out, or asks to be forgotten."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from kierto.core.announce import announce, listen
from kierto.exchange.changes import IntentChanged, ProcessorChanged
from kierto.exchange.models import Intent, IntentPhoto, Processor
from kierto.exchange.states import IntentState
from kierto.parties.changes import PersonErased
from kierto.parties.models import Person
from kierto.parties.records import contribute_to_export


def register() -> None:
    """Listen to erasures, and add offers and needs to a person's download."""
    listen(PersonErased, _forget)
    contribute_to_export("offers_and_needs", _intents_of)


def _forget(change: PersonErased) -> None:
    """Close what the person offered and needed, and let go of their own words and pictures."""
    for photo in IntentPhoto.objects.filter(intent__agent=change.agent):
        _remove(photo)
    for intent in Intent.objects.filter(agent=change.agent).select_related("kind"):
        intent.title, intent.description = intent.kind.label[:160], ""
        intent.external_key = ""
        intent.state = IntentState.CLOSED
        intent.save()
        announce(IntentChanged(intent))
    for processor in Processor.objects.filter(agent=change.agent).select_related("recipe"):
        processor.name, processor.external_key = str(processor.recipe)[:160], ""
        processor.state = IntentState.CLOSED
        processor.save()
        announce(ProcessorChanged(processor))


def _remove(photo: IntentPhoto) -> None:
    storage, name = photo.image.storage, photo.image.name or ""
    photo.delete()
    transaction.on_commit(lambda: storage.delete(name))


def _intents_of(person: Person) -> list[dict[str, Any]]:
    return [
        {
            "id": str(intent.pk),
            "direction": intent.direction,
            "kind": intent.kind.code,
            "title": intent.title,
            "description": intent.description,
            "state": intent.state,
            "posted": intent.created_at.isoformat(),
        }
        for intent in Intent.objects.filter(agent_id=person.pk).select_related("kind")
    ]
