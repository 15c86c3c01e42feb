"""Who may join this node with others. Everybody may know which ones it is joined with."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, first_refusal, refuse
from kierto.hub.models import Invitation, Node
from kierto.parties.models import Agent
from kierto.parties.queries import is_node_admin, is_system


def can_manage_nodes(by: Agent | None) -> Decision:
    """Node administrators answer for whom the node trusts."""
    if by is not None and (is_system(by) or is_node_admin(by)):
        return ALLOWED
    return refuse(_("Only the administrators of this node can join it with other cities."))


def can_see_node(by: Agent | None, node: Node) -> Decision:
    """Joined nodes are public; those that have gone are for those who joined them."""
    if node.removed_at is None:
        return ALLOWED
    return can_manage_nodes(by)


def can_remove_node(by: Agent | None, node: Node) -> Decision:
    """An administrator, while the nodes are joined."""
    over = refuse(_("The connection to this node has ended already."))
    return first_refusal(can_manage_nodes(by), ALLOWED if node.removed_at is None else over)


def can_withdraw(by: Agent | None, invitation: Invitation) -> Decision:
    """An administrator, while nobody used it."""
    open_ = invitation.used_at is None and invitation.withdrawn_at is None
    over = refuse(_("This invitation is over already."))
    return first_refusal(can_manage_nodes(by), ALLOWED if open_ else over)
