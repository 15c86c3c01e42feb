"""Who may give a program access to the data.

A token never opens more than its owner may see. What changes data for everybody (writing,
registering other sources, hosting contexts) only the administrators of the node can grant.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, first_refusal, refuse
from kierto.hub.models import Token
from kierto.parties.models import Agent
from kierto.parties.queries import acts_for, sees_everything

HARMLESS: Final = frozenset({"read", "subscribe"})
"""Scopes that everybody may give to their own programs."""


def can_make_token(by: Agent | None, agent: Agent, scopes: frozenset[str]) -> Decision:
    """For oneself and one's organisations; what changes data, an administrator grants."""
    if by is None:
        return refuse(_("Sign in to make a token."))
    everything = sees_everything(by)
    if not (everything or acts_for(by, agent)):
        return refuse(_("You can make tokens for yourself and for organisations you act for."))
    if not (everything or scopes <= HARMLESS):
        return refuse(_("Only the administrators of this node let programs change data."))
    return ALLOWED


def can_see_token(by: Agent | None, token: Token) -> Decision:
    """Its owner's people, and the administrators of the node."""
    if by is not None and (sees_everything(by) or acts_for(by, token.agent)):
        return ALLOWED
    return refuse(_("This token belongs to somebody else."))


def can_withdraw_token(by: Agent | None, token: Token) -> Decision:
    """Whoever sees it, while it is not withdrawn."""
    gone = refuse(_("This token has been withdrawn already."))
    return first_refusal(can_see_token(by, token), ALLOWED if token.withdrawn_at is None else gone)
