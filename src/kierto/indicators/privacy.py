"""What may be counted and shown to whom.

Sums over a whole district are public. Where a sum speaks of one organisation or one kind, it
could tell what somebody shows to partners only. Then only what the reader may see is counted,
unless at least :data:`LEAST` agents stand behind the rest; and groups of a table that are smaller
are put together.
"""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from kierto.exchange.models import Intent, Proposal
from kierto.exchange.queries import visible_intents, visible_proposals
from kierto.exchange.states import IntentState
from kierto.indicators.scope import Scope
from kierto.ledger.models import Commitment, EconomicEvent
from kierto.ledger.queries import visible_events
from kierto.parties.models import Agent, AgentType
from kierto.parties.queries import acts_for, is_node_admin, operates

LEAST = 3
"""A sum over fewer agents would tell what one of them hides."""

Row = TypeVar("Row", bound=Model)


class Reader:
    """Who asks, and what of the scope they may have counted."""

    def __init__(self, scope: Scope, by: Agent | None) -> None:
        self.scope, self.by = scope, by

    @cached_property
    def sees_all(self) -> bool:
        """Those who run the district, the node, and the organisation's own people."""
        by, scope = self.by, self.scope
        if by is None:
            return False
        if by.type == AgentType.SYSTEM or is_node_admin(by):
            return True
        if scope.organization is not None and acts_for(by, scope.organization.agent):
            return True
        return scope.district is not None and operates(by, scope.district.pk)

    def countable_events(
        self, events: QuerySet[EconomicEvent], people: tuple[str, ...] = ("provider", "receiver")
    ) -> QuerySet[EconomicEvent]:
        """Of these events, those that may be counted for this reader.

        ``people`` are the sides of whom a small sum would tell.
        """
        return self._countable(events, visible_events(self.by), people)

    def countable_intents(self, intents: QuerySet[Intent]) -> QuerySet[Intent]:
        """Of these offers and needs, those that may be counted for this reader."""
        return self._countable(intents, visible_intents(self.by), ("agent",))

    def countable_proposals(self, proposals: QuerySet[Proposal]) -> QuerySet[Proposal]:
        """Of these proposals, those that may be counted for this reader."""
        return self._countable(proposals, visible_proposals(self.by), ("provider", "receiver"))

    def countable_promises(self, promises: QuerySet[Commitment]) -> QuerySet[Commitment]:
        """Of these promises, those that may be counted for this reader."""
        known = Commitment.objects.filter(agreement__proposal__in=visible_proposals(self.by))
        return self._countable(promises, known, ("provider", "receiver"))

    def _countable(
        self, rows: QuerySet[Row], visible: QuerySet[Row], agents: tuple[str, ...]
    ) -> QuerySet[Row]:
        if self.scope.is_wide or self.sees_all:
            return rows
        shown = rows.filter(pk__in=visible.values("pk"))
        if self.scope.organization is not None:
            return shown
        hidden = rows.exclude(pk__in=visible.values("pk"))
        behind = {
            agent for pair in hidden.order_by().values_list(*agents).distinct() for agent in pair
        }
        return rows if len(behind) >= LEAST else shown

    def hidden_agents(self, events: QuerySet[EconomicEvent], intents: bool) -> set[UUID]:
        """Agents of whom a counted event, or an offer or need, is not for this reader to see."""
        if self.sees_all:
            return set()
        behind = _agents_of(events.exclude(pk__in=visible_events(self.by).values("pk")))
        if intents:
            posted = Intent.objects.exclude(state=IntentState.DRAFT)
            wishes = posted.exclude(pk__in=visible_intents(self.by).values("pk"))
            behind |= set(wishes.order_by().values_list("agent", flat=True).distinct())
        return behind

    def hidden_processors(self) -> set[UUID]:
        """Agents with runs of processors within the period that this reader may not see."""
        if self.sees_all:
            return set()
        events = EconomicEvent.objects.filter(
            has_end__gte=self.scope.start,
            has_end__lt=self.scope.end,
            input_of__processing_run__isnull=False,
        )
        return _agents_of(events.exclude(pk__in=visible_events(self.by).values("pk")))


def _agents_of(events: QuerySet[EconomicEvent]) -> set[UUID]:
    pairs = events.order_by().values_list("provider", "receiver").distinct()
    return {agent for pair in pairs for agent in pair}
