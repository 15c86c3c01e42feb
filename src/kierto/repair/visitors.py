"""People who bring a thing and leave no name."""

from __future__ import annotations

from django.db import transaction

from kierto.parties.models import Agent, AgentType, Person


@transaction.atomic
def unnamed_visitor() -> Agent:
    """A person of whom nothing is known: no name, no account, no contact.

    Each visit has its own, so that no two visits can be joined.
    """
    agent = Agent.objects.create(type=AgentType.PERSON)
    agent.person = Person.objects.create(agent=agent)
    return agent


def is_unnamed(agent: Agent) -> bool:
    """Whether nothing is known of the agent; select ``person`` along."""
    if agent.type != AgentType.PERSON or not hasattr(agent, "person"):
        return False
    person = agent.person
    return not person.name and person.user_id is None and person.erased_at is None
