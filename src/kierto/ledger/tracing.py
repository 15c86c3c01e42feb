"""Where something came from and where it went: through transfers, moves and every process.

Stocks, processes and the events themselves (where something arose or ended) are the nodes; each
event that passes something on is an edge, in the direction of the flow. The walk goes level by
level with a fixed number of queries for each, follows every event once (so circles end), and
only looks at what can have been a cause: walking back, nothing later than the step that led
there; walking forward, nothing earlier. Reversed events do not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import Q, QuerySet

from kierto.ledger.effects import INPUTS, OUTPUTS, TWO_RESOURCES
from kierto.ledger.models import Action, EconomicEvent, EconomicResource, Process
from kierto.ledger.queries import standing

Direction = Literal["back", "forward"]
NodeKind = Literal["resource", "process", "event"]

LIMIT = 200
"""Most events in one trace, unless the caller says otherwise."""

GAINS = OUTPUTS | {Action.RAISE}
LOSES = INPUTS | TWO_RESOURCES | {Action.LOWER}

RELATED = (
    "provider__organization",
    "provider__person",
    "receiver__organization",
    "receiver__person",
    "conforms_to",
    "resource__primary_accountable__organization",
    "resource__primary_accountable__person",
    "to_resource__primary_accountable__organization",
    "to_resource__primary_accountable__person",
    "input_of__based_on",
    "output_of__based_on",
)


@dataclass(frozen=True, slots=True)
class Node:
    """A stock, a process, or an event where something arose or ended."""

    kind: NodeKind
    id: UUID
    thing: EconomicResource | Process | EconomicEvent = field(compare=False)

    @property
    def key(self) -> str:
        """Unique in a graph: ``resource:<uuid>``."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Edge:
    """An event that passed something on, from one node to another."""

    source: Node
    target: Node
    event: EconomicEvent


@dataclass(slots=True)
class Graph:
    """The result of a trace. ``hidden`` counts steps that the reader may not see, where the trace
    stops; ``cut`` says that there is more than the limit allowed."""

    direction: Direction
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    hidden: int = 0
    cut: bool = False

    def as_list(self) -> list[EconomicEvent]:
        """The events in the order of the walk: latest first going back, else earliest first."""
        events = [edge.event for edge in self.edges]
        return sorted(events, key=lambda e: (e.has_end, e.number), reverse=self.direction == "back")


def trace(
    start: EconomicResource | EconomicEvent | Process,
    direction: Direction = "back",
    *,
    events: QuerySet[EconomicEvent] | None = None,
    limit: int = LIMIT,
) -> Graph:
    """Walk from a stock, an event or a process.

    Args:
        direction: ``"back"`` to where it came from, ``"forward"`` to where it went.
        events: what the reader may see (``visible_events(by)``); None for all.
        limit: most events to follow.
    """
    walk = _Walk(direction, events, limit)
    walk.begin(start)
    while walk.frontier and not walk.graph.cut:
        walk.step()
    return walk.graph


class _Walk:
    """One trace under way. ``frontier`` holds nodes to look at, each with its bound in time."""

    def __init__(
        self, direction: Direction, events: QuerySet[EconomicEvent] | None, limit: int
    ) -> None:
        self.graph = Graph(direction)
        self.back = direction == "back"
        self.visible, self.limit = events, limit
        self.frontier: dict[Node, datetime | None] = {}
        self.bounds: dict[str, datetime | None] = {}
        self.seen: set[UUID] = set()

    def begin(self, start: EconomicResource | EconomicEvent | Process) -> None:
        match start:
            case EconomicEvent():
                event = EconomicEvent.objects.select_related(*RELATED).get(pk=start.pk)
                self._follow(event)
            case EconomicResource():
                self._reach(Node("resource", start.pk, start), None)
            case Process():
                self._reach(Node("process", start.pk, start), None)

    def step(self) -> None:
        """One level: all events of the frontier, in two queries and one for the labels."""
        frontier, self.frontier = self.frontier, {}
        candidates = standing(EconomicEvent.objects.filter(self._touching(frontier)))
        order = ("-has_end", "-number") if self.back else ("has_end", "number")
        room = self.limit - len(self.graph.edges)
        # In time order, so that what is cut off is what lies furthest away.
        rows = (
            candidates.select_related(*RELATED)
            .prefetch_related("conforms_to__labels")
            .exclude(pk__in=self.seen)
            .order_by(*order)
        )
        found = [e for e in rows[: room + 1] if self._in_time(e, frontier)]
        shown = self._shown(found)
        for event in found[:room]:
            if event.pk in shown:
                self._follow(event)
            elif event.pk not in self.seen:
                self.seen.add(event.pk)
                self.graph.hidden += 1
        self.graph.cut = len(found) > room

    def _shown(self, found: list[EconomicEvent]) -> set[UUID]:
        pks = {event.pk for event in found}
        if self.visible is None or not pks:
            return pks
        return set(self.visible.filter(pk__in=pks).values_list("pk", flat=True))

    def _touching(self, frontier: dict[Node, datetime | None]) -> Q:
        """Events at the frontier's nodes, each within its node's bound in time."""
        groups: dict[datetime | None, list[Node]] = defaultdict(list)
        for node, bound in frontier.items():
            groups[bound].append(node)
        wanted = Q(pk__in=[])
        for bound, nodes in groups.items():
            in_time = {"has_beginning__lte" if self.back else "has_end__gte": bound}
            wanted |= self._at(nodes) & (Q(**in_time) if bound else Q())
        return wanted

    def _at(self, nodes: Iterable[Node]) -> Q:
        stocks = [node.id for node in nodes if node.kind == "resource"]
        processes = [node.id for node in nodes if node.kind == "process"]
        if self.back:
            into = Q(to_resource__in=stocks) | Q(resource__in=stocks, action__in=GAINS)
            return into | Q(input_of__in=processes)
        out_of = Q(resource__in=stocks, action__in=LOSES)
        return out_of | Q(output_of__in=processes)

    def _in_time(self, event: EconomicEvent, frontier: dict[Node, datetime | None]) -> bool:
        source, target = ends_of(event)
        here = target if self.back else source
        if here not in frontier:
            return False
        bound = frontier[here]
        if bound is None:
            return True
        return event.has_beginning <= bound if self.back else event.has_end >= bound

    def _follow(self, event: EconomicEvent) -> None:
        source, target = ends_of(event)
        self.seen.add(event.pk)
        self.graph.nodes.setdefault(source.key, source)
        self.graph.nodes.setdefault(target.key, target)
        self.graph.edges.append(Edge(source, target, event))
        beyond = source if self.back else target
        if beyond.kind != "event":
            self._reach(beyond, event.has_end if self.back else event.has_beginning)

    def _reach(self, node: Node, bound: datetime | None) -> None:
        """Look at a node, and again if it is reached with a wider bound."""
        self.graph.nodes.setdefault(node.key, node)
        known = node.key in self.bounds
        if known and not self._wider(bound, self.bounds[node.key]):
            return
        self.bounds[node.key] = bound
        self.frontier[node] = bound

    def _wider(self, bound: datetime | None, known: datetime | None) -> bool:
        if known is None:
            return False
        return bound is None or (bound > known if self.back else bound < known)


def ends_of(event: EconomicEvent) -> tuple[Node, Node]:
    """From where to where an event passes something: stocks, processes, or the event itself."""
    for stock in filter(None, (event.resource, event.to_resource)):
        stock.conforms_to = event.conforms_to  # the same kind, its labels read already
    itself = Node("event", event.pk, event)
    source = Node("resource", event.resource.pk, event.resource) if event.resource else itself
    if event.action in TWO_RESOURCES:
        target = event.to_resource
        return source, Node("resource", target.pk, target) if target else itself
    into = Node("process", event.input_of.pk, event.input_of) if event.input_of else itself
    out_of = Node("process", event.output_of.pk, event.output_of) if event.output_of else itself
    if event.action in INPUTS & OUTPUTS:
        return out_of, into
    if event.action in GAINS:
        return out_of, source
    return source, into
