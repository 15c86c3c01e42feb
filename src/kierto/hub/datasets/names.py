"""How who asks for data is called: whoever decides knows for whom, and nobody else is told."""

from __future__ import annotations

from kierto.parties.models import Agent, AgentType


def asker_name(agent: Agent) -> str:
    """The full name, for pages that only those see who ask or decide.

    Select ``person`` and ``organization`` along.
    """
    if agent.type == AgentType.PERSON and hasattr(agent, "person"):
        return agent.person.name or agent.name
    return agent.name
