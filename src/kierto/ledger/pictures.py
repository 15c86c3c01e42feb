"""A trace as data for a flow diagram: one unit, names that everybody may read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kierto.core.quantity import Unit
from kierto.ledger.models import EconomicEvent, EconomicResource, Process
from kierto.ledger.tracing import Graph, Node
from kierto.parties.models import Agent, AgentType

_WEIGHED = {Unit.KILOGRAM, Unit.CUBIC_METRE, Unit.ITEM}


@dataclass(frozen=True, slots=True)
class Spot:
    """A node of the picture: a stock; or all runs of a recipe, or all that came in or left, at
    one agent. ``href`` only where it stands for one thing."""

    key: str
    label: str
    href: str


def flow_data(graph: Graph) -> dict[str, Any]:
    """Nodes and links for ``{% sankey %}``; events between the same two nodes are one link.

    Where kinds with different units meet, the picture shows mass; what has none (hours, energy,
    area) is left out of it, and stands in the list of steps.
    """
    unit = _unit_of(graph)
    links: dict[tuple[str, str, int], dict[str, Any]] = {}
    spots: dict[str, Spot] = {}
    for edge in graph.edges:
        amount = _amount(edge.event, unit)
        if not amount:
            continue
        source = spot_of(edge.source, edge.event, edge.event.provider, leaves=False)
        target = spot_of(edge.target, edge.event, edge.event.receiver, leaves=True)
        spots |= {source.key: source, target.key: target}
        key = (source.key, target.key, edge.event.conforms_to_id)
        link = links.setdefault(key, _link(source, target, edge.event, unit))
        link["value"] += float(amount)
    nodes = [
        {"id": spot.key, "label": spot.label, "href": spot.href, "theme": ""}
        for spot in spots.values()
    ]
    return {"nodes": nodes, "links": list(links.values())}


def spot_of(node: Node, event: EconomicEvent, agent: Agent, *, leaves: bool) -> Spot:
    """Where a node stands in the picture; ``agent`` is who acts on that side of the event."""
    name = public_name(agent)
    match node.thing:
        case EconomicResource() as stock:
            words = {
                "kind": stock.conforms_to.label,
                "owner": public_name(stock.primary_accountable),
            }
            href = reverse("ledger:resource", args=[stock.pk])
            return Spot(node.key, _("%(kind)s at %(owner)s") % words, href)
        case Process() as process:
            words = {"recipe": _process_name(process), "agent": name}
            key = f"recipe:{process.based_on_id}:{agent.pk}"
            return Spot(key, _("%(recipe)s at %(agent)s") % words, "")
    if leaves:
        return Spot(f"left:{agent.pk}", _("Used up at %(agent)s") % {"agent": name}, "")
    return Spot(f"arose:{agent.pk}", _("Came in at %(agent)s") % {"agent": name}, "")


def _process_name(process: Process) -> str:
    return process.based_on.name if process.based_on else _("A process")


def public_name(agent: Agent) -> str:
    """An organisation's name; people are not named in pictures."""
    return _("a resident") if agent.type == AgentType.PERSON else agent.name


def _unit_of(graph: Graph) -> Unit:
    units = Counter(
        Unit(edge.event.conforms_to.unit)
        for edge in graph.edges
        if edge.event.resource_quantity is not None
    )
    if len(units) > 1 and set(units) & _WEIGHED:
        return Unit.KILOGRAM
    return units.most_common(1)[0][0] if units else Unit.KILOGRAM


def _amount(event: EconomicEvent, unit: Unit) -> Decimal:
    own = Unit(event.conforms_to.unit)
    if event.resource_quantity is None:
        return Decimal(0)
    if own is unit:
        return event.resource_quantity
    if unit is Unit.KILOGRAM and own in _WEIGHED:
        return event.resource_quantity * Decimal(str(event.conforms_to.kg_per_unit))
    return Decimal(0)


def _link(source: Spot, target: Spot, event: EconomicEvent, unit: Unit) -> dict[str, Any]:
    return {
        "source": source.key,
        "target": target.key,
        "value": 0.0,
        "unit": unit.value,
        "label": event.conforms_to.label,
        "href": reverse("ledger:event", args=[event.pk]),
        "theme": event.conforms_to.theme,
    }
