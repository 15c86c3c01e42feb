"""Answers about tokens."""

from __future__ import annotations

from django.db.models import QuerySet

from kierto.hub.models import Token
from kierto.parties.models import Agent
from kierto.parties.queries import sees_everything, spoken_for


def visible_tokens(by: Agent | None) -> QuerySet[Token]:
    """Those of ``by`` and of its organisations; all of them for an administrator of the node."""
    tokens = Token.objects.select_related(
        "agent__organization", "agent__person", "created_by__organization", "created_by__person"
    )
    if by is None:
        return tokens.none()
    if sees_everything(by):
        return tokens.all()
    return tokens.filter(agent__in=spoken_for(by))
