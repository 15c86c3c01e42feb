"""What is done for a person who takes their data out, or asks to be forgotten."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from kierto.core.announce import listen
from kierto.hub.models import Token
from kierto.parties.changes import PersonErased
from kierto.parties.models import Person
from kierto.parties.records import contribute_to_export


def register() -> None:
    """Listen to erasures, and add the tokens of a person to their download."""
    listen(PersonErased, _forget)
    contribute_to_export("tokens", _tokens_of)


def _forget(change: PersonErased) -> None:
    tokens = Token.objects.filter(agent=change.agent)
    tokens.filter(withdrawn_at__isnull=True).update(withdrawn_at=timezone.now())
    tokens.update(name="")


def _tokens_of(person: Person) -> list[dict[str, Any]]:
    return [
        {
            "name": token.name,
            "scopes": token.scopes,
            "made": token.created_at.isoformat(),
            "valid_until": token.expires_at.isoformat() if token.expires_at else None,
            "withdrawn": token.withdrawn_at.isoformat() if token.withdrawn_at else None,
        }
        for token in Token.objects.filter(agent=person.agent_id)
    ]
