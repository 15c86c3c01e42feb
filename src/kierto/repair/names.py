"""How people are called on the pages of repair: those who work together know one another's names."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kierto.parties.models import Agent, AgentType
from kierto.repair.visitors import is_unnamed


def shown_name(agent: Agent, *, to_staff: bool) -> str:
    """The full name for staff of the workshop, what is public for others.

    Select ``person`` and ``organization`` along.
    """
    if is_unnamed(agent):
        return _("A visitor without a name")
    if to_staff and agent.type == AgentType.PERSON and hasattr(agent, "person"):
        return agent.person.name or agent.name
    return agent.name


def phone_of(agent: Agent) -> str:
    """The telephone number that a person gave, for the staff who call when it is ready."""
    if agent.type == AgentType.PERSON and hasattr(agent, "person"):
        return agent.person.phone
    return ""
