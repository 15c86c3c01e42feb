"""Who may read the catalogue (everybody) and who may change it (the node's admins)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, refuse
from kierto.parties.models import Agent, AgentType
from kierto.parties.queries import is_node_admin


def can_import(by: Agent | None) -> Decision:
    """Whether ``by`` may bring files into the catalogue of the node."""
    if by is not None and (by.type == AgentType.SYSTEM or is_node_admin(by)):
        return ALLOWED
    return refuse(
        _("Only an administrator of this node may change the catalogue. Ask one of them.")
    )
