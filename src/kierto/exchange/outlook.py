"""What could become of one offer, or whence one need could be met: the planner's answer, in words.

Every number comes from :func:`kierto.planner.possibilities`; nothing is judged a second time.
Counterparts that the reader may not know of are counted but not named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from kierto.catalogue.models import ResourceSpecification
from kierto.exchange.models import Intent, Processor
from kierto.exchange.problem import district_problem, port_of, split_port
from kierto.exchange.queries import visible_intents, visible_processors
from kierto.parties.models import Agent
from kierto.planner import Problem, possibilities
from kierto.planner.possibilities import Leg, Possibility

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class End:
    """A stop on the way: who it is and where its page is; unnamed where it may not be known."""

    agent: str
    title: str
    href: str
    known: bool
    intent: Intent | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One possibility. Figures are per unit of the offer or need asked about.

    ``stops`` are processors and the far end, in the direction of the flow; ``kinds`` what travels
    on each leg.
    """

    possibility: Possibility
    stops: tuple[End, ...]
    kinds: tuple[str, ...]

    @property
    def is_direct(self) -> bool:
        """Whether no processor stands between."""
        return not self.possibility.processors

    @property
    def partner(self) -> Intent | None:
        """The offer or need at the other end of a direct way."""
        return self.stops[0].intent if self.is_direct else None

    @property
    def weekly_cost(self) -> float:
        """Euros a week if as much as possible went this way."""
        return self.possibility.cost * self.possibility.most

    @property
    def weekly_emissions(self) -> float:
        """kg CO2e a week, likewise."""
        return self.possibility.emissions * self.possibility.most

    @property
    def weekly_saving(self) -> float:
        """Euros a week against what happens otherwise."""
        return self.possibility.saving_cost * self.possibility.most

    @property
    def weekly_avoided(self) -> float:
        """kg CO2e a week against what happens otherwise."""
        return self.possibility.saving_emissions * self.possibility.most

    @property
    def pays(self) -> bool:
        """Whether it costs less, carbon included, than what happens otherwise."""
        return self.possibility.saving > 0


@dataclass(frozen=True, slots=True)
class Outlook:
    """All ways, those that save most first; ``hidden`` lead to somebody who is not shown."""

    ways: tuple[Way, ...]
    hidden: int
    total: int

    @property
    def direct(self) -> list[Way]:
        """Takers or givers without a processor between."""
        return [way for way in self.ways if way.is_direct]

    @property
    def processed(self) -> list[Way]:
        """Ways through one or more processors."""
        return [way for way in self.ways if not way.is_direct]


def problem_around(intent: Intent) -> Problem:
    """The problem of the intent's district (of the whole node, if it lies in none), with it in."""
    return district_problem(intent.place.district, with_intent=intent)


def possibilities_for(intent: Intent) -> list[Possibility]:
    """The planner's possibilities of one offer or need, as if nothing were promised yet."""
    problem = problem_around(intent)
    port = port_of(intent)
    ports = {offer.id for offer in problem.offers} | {need.id for need in problem.needs}
    if port not in ports:
        return []
    return possibilities(problem, port)


def outlook_of(intent: Intent, by: Agent | None) -> Outlook:
    """What ``by`` may be told about the possibilities of an offer or need."""
    found = possibilities_for(intent)
    names = _Names.of(found, by)
    ways = [_way(each, intent, names) for each in found]
    shown = [way for way in ways if all(stop.known for stop in way.stops)]
    return Outlook(tuple(shown[:MOST_SHOWN]), len(ways) - len(shown), len(ways))


def _way(possibility: Possibility, intent: Intent, names: _Names) -> Way:
    legs = possibility.legs
    ports = [leg.sink for leg in legs] if intent.is_offer else [leg.source for leg in legs]
    return Way(
        possibility,
        tuple(names.end(port) for port in ports),
        tuple(names.kind(leg) for leg in legs),
    )


@dataclass(frozen=True)
class _Names:
    """Everything that the ways pass, loaded at once, as far as the reader may know of it."""

    intents: dict[UUID, Intent]
    processors: dict[UUID, Processor]
    labels: dict[str, str]

    @classmethod
    def of(cls, found: Iterable[Possibility], by: Agent | None) -> _Names:
        legs = [leg for each in found for leg in each.legs]
        ports = {split_port(port) for leg in legs for port in (leg.source, leg.sink)}
        intents = visible_intents(by).filter(
            pk__in=[pk for what, pk in ports if what != "processor"]
        )
        processors = visible_processors(by).filter(
            pk__in=[pk for what, pk in ports if what == "processor"]
        )
        kinds = ResourceSpecification.objects.filter(
            code__in={leg.kind for leg in legs}
        ).prefetch_related("labels")
        agents = ("agent__organization", "agent__person")
        return cls(
            {each.pk: each for each in intents.select_related(*agents)},
            {each.pk: each for each in processors.select_related(*agents)},
            {kind.code: kind.label for kind in kinds},
        )

    def end(self, port: str) -> End:
        what, pk = split_port(port)
        if what == "processor":
            processor = self.processors.get(pk)
            if processor is not None:
                href = reverse("exchange:processor", args=[pk])
                return End(processor.agent.name, processor.name, href, True)
        else:
            intent = self.intents.get(pk)
            if intent is not None:
                href = reverse("exchange:intent", args=[pk])
                return End(intent.agent.name, intent.title, href, True, intent)
        return End("", "", "", False)

    def kind(self, leg: Leg) -> str:
        return self.labels.get(leg.kind, leg.kind)
