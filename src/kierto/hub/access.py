"""Who may read an entity: by its visibility, or because it is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

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


_DISTRICTS: Final = UUID("0e7c9b9e-6a53-5d0e-9a51-5a9f6f3b7d10")


def district_reader(district_id: int) -> UUID:
    """Who runs a district reads what names this among its readers, and so does whoever comes next."""
    return uuid5(_DISTRICTS, str(district_id))


_GIVERS: Final = UUID("5b0a3c0e-3d7e-5c34-8f0e-6a3f0d9b2c61")


def given_by(agent_id: UUID) -> UUID:
    """Stands among the readers of what this agent may open to others by a data set of its own."""
    return uuid5(_GIVERS, agent_id.hex)


def reader_of(agent: Agent | None) -> Reader:
    """What an agent reads; ``None`` is a visitor. Asks the database some four times."""
    if agent is None:
        return VISITOR
    if parties.sees_everything(agent):
        return EVERYTHING
    organizations = parties.organizations_of(agent)
    levels = {PUBLIC}
    # An organisation can stand for itself, as the owner of a token.
    own = getattr(agent, "organization", None)
    if any(each.is_partner for each in organizations) or (own is not None and own.is_partner):
        levels.add(PARTNERS)
    districts = list(parties.run_districts(agent).values_list("pk", flat=True))
    if districts:
        levels.add(CITY)
    own_ones = {agent.pk, *(each.pk for each in organizations)}
    return Reader(frozenset(levels), frozenset(own_ones | {*map(district_reader, districts)}))
