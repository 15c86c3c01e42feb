"""Which nodes and invitations there are."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from kierto.hub.models import Invitation, Node
from kierto.hub.nodes.permissions import can_manage_nodes
from kierto.parties.models import Agent


def visible_nodes(by: Agent | None) -> QuerySet[Node]:
    """Nodes that ``by`` may see: joined ones, and for administrators those that have gone."""
    if can_manage_nodes(by):
        return Node.objects.all()
    return joined_nodes()


def joined_nodes() -> QuerySet[Node]:
    """Nodes that are joined now."""
    return Node.objects.filter(removed_at__isnull=True)


def open_invitations() -> QuerySet[Invitation]:
    """Invitations that somebody could still use."""
    return Invitation.objects.filter(
        used_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=timezone.now()
    )
