"""Everything that indicators add up for one scope; each part is read when it is first asked for."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from uuid import UUID

from django.db.models import QuerySet

from kierto.exchange.models import Direction
from kierto.indicators.deliveries import handovers, read_deliveries
from kierto.indicators.displacing import DisplacementBook
from kierto.indicators.factors import FactorBook
from kierto.indicators.kinds import KindTree
from kierto.indicators.lent import Lent
from kierto.indicators.matching import Covered, cover
from kierto.indicators.privacy import Reader
from kierto.indicators.promises import read_planned, read_promises
from kierto.indicators.rows import Delivery, Promise, Run, Wish
from kierto.indicators.runs import read_runs
from kierto.indicators.scope import Scope
from kierto.indicators.wishes import read_wishes
from kierto.ledger.models import EconomicEvent
from kierto.parties.models import Agent, Place


class Dataset:
    """The rows of one scope, as far as this reader may have them counted."""

    def __init__(self, scope: Scope, by: Agent | None = None) -> None:
        self.scope = scope
        self.reader = Reader(scope, by)
        self.kinds = KindTree()
        self.factors = FactorBook(self.kinds)
        self.displacements = DisplacementBook(scope, self.kinds)
        self.lent = Lent(scope, self.reader)

    @cached_property
    def events(self) -> QuerySet[EconomicEvent]:
        """The handovers that count."""
        return self.reader.countable_events(handovers(self.scope))

    @cached_property
    def deliveries(self) -> list[Delivery]:
        """One row for each handover."""
        return read_deliveries(self.events, self.kinds)

    @cached_property
    def needs(self) -> list[Wish]:
        """What was needed, month by month."""
        return read_wishes(self.scope, Direction.NEED, self.reader)

    @cached_property
    def offers(self) -> list[Wish]:
        """What was offered, month by month."""
        return read_wishes(self.scope, Direction.OFFER, self.reader)

    @cached_property
    def runs(self) -> list[Run]:
        """Runs of processors."""
        return read_runs(self.scope, self.kinds, self.reader)

    @cached_property
    def promises(self) -> list[Promise]:
        """Promises that fell due."""
        return read_promises(self.scope, self.reader)

    @cached_property
    def planned(self) -> list[Promise]:
        """Flows that plans proposed, and what was delivered of them."""
        return read_planned(self.scope, self.reader)

    @cached_property
    def received(self) -> list[Delivery]:
        """Deliveries to the scope's own agents for use, not for processing."""
        return [each for each in self.deliveries if self._is_received_here(each)]

    @cached_property
    def needs_covered(self) -> list[Covered]:
        """Needs, and how much of each was met by side streams from anywhere."""
        return cover(self.needs, [(each.receiver, each) for each in self.received], self.kinds)

    @cached_property
    def needs_covered_locally(self) -> list[Covered]:
        """Needs, and how much of each was met by side streams of the same district."""
        local = [(each.receiver, each) for each in self.received if self._is_local(each)]
        return cover(self.needs, local, self.kinds)

    @cached_property
    def offers_covered(self) -> list[Covered]:
        """Offers, and how much of each was taken by somebody."""
        given = [
            (each.provider, each)
            for each in self.deliveries
            if not each.from_processor and self._is_here(each.provider)
        ]
        return cover(self.offers, given, self.kinds)

    @cached_property
    def _homes(self) -> dict[UUID, set[int]]:
        """The districts in which each agent has a place."""
        homes: dict[UUID, set[int]] = defaultdict(set)
        places = Place.objects.filter(district__isnull=False)
        for agent, district in places.values_list("agent", "district").distinct():
            homes[agent].add(district)
        return homes

    def _is_here(self, agent: UUID) -> bool:
        scope = self.scope
        if scope.organization is not None:
            return agent == scope.organization.agent_id
        return scope.district is None or scope.district.pk in self._homes[agent]

    def _is_received_here(self, delivery: Delivery) -> bool:
        return not delivery.to_processor and self._is_here(delivery.receiver)

    def _is_local(self, delivery: Delivery) -> bool:
        """Whether both ends have a place in one district, in that of the scope if it has one."""
        shared = self._homes[delivery.provider] & self._homes[delivery.receiver]
        district = self.scope.district
        return bool(shared) if district is None else district.pk in shared
