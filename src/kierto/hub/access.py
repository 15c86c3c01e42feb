"""Who may read an entity: by its visibility, or because it is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from kierto.parties import queries as parties
from kierto.parties.models import Agent

PUBLIC: Final = 0
PARTNERS: Final = 1
CITY: Final = 2
PRIVATE: Final = 3


@dataclass(frozen=True, slots=True)
class Access:
    """Who may read one entity.

    Attributes:
        visibility: PUBLIC, PARTNERS (partner organisations), CITY (operators), PRIVATE.
        readers: agents that may read it whatever its visibility.
    """

    visibility: int = PUBLIC
    readers: frozenset[UUID] = frozenset()


OPEN: Final = Access()
"""Everybody may read it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads.

    Attributes:
        levels: visibilities that are open to them.
        agents: they themselves and the organisations they act for.
        everything: nothing is hidden (the platform itself).
    """

    levels: frozenset[int]
    agents: frozenset[UUID] = frozenset()
    everything: bool = False

    def may_read(self, access: Access) -> bool:
        """Whether an entity of this access is open to them."""
        return (
            self.everything
            or access.visibility in self.levels
            or not self.agents.isdisjoint(access.readers)
        )


VISITOR: Final = Reader(frozenset({PUBLIC}))
EVERYTHING: Final = Reader(frozenset(), everything=True)


def reader_of(agent: Agent | None) -> Reader:
    """What an agent reads; ``None`` is a visitor. Asks the database some four times."""
    if agent is None:
        return VISITOR
    if parties.is_system(agent):
        return EVERYTHING
    organizations = parties.organizations_of(agent)
    levels = {PUBLIC}
    # An organisation can stand for itself, as the owner of a token.
    own = getattr(agent, "organization", None)
    if any(each.is_partner for each in organizations) or (own is not None and own.is_partner):
        levels.add(PARTNERS)
    if parties.is_operator(agent) or parties.is_node_admin(agent):
        levels |= {PARTNERS, CITY}
    return Reader(frozenset(levels), frozenset({agent.pk, *(each.pk for each in organizations)}))
