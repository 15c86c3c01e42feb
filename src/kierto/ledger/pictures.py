"""A trace as data for a flow diagram: one unit, names that everybody may read."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kierto.core.quantity import Unit
from kierto.ledger.models import EconomicEvent, EconomicResource, Process
from kierto.ledger.tracing import Graph, Node
from kierto.parties.models import Agent, AgentType

_WEIGHED = {Unit.KILOGRAM, Unit.CUBIC_METRE, Unit.ITEM}


def flow_data(graph: Graph) -> dict[str, Any]:
    """Nodes and links for ``{% sankey %}``; events between the same two nodes are one link.

    Where kinds with different units meet, the picture shows mass; what has none (hours, energy,
    area) is left out of it, and stands in the table of steps.
    """
    unit = _unit_of(graph)
    links: dict[tuple[str, str, int], dict[str, Any]] = {}
    used: dict[str, Node] = {}
    for edge in graph.edges:
        amount = _amount(edge.event, unit)
        if not amount:
            continue
        key = (edge.source.key, edge.target.key, edge.event.conforms_to_id)
        used |= {edge.source.key: edge.source, edge.target.key: edge.target}
        link = links.setdefault(key, _link(edge.source, edge.target, edge.event, unit))
        link["value"] += float(amount)
    return {"nodes": [_node(node) for node in used.values()], "links": list(links.values())}


def node_label(node: Node) -> str:
    """A stock by kind and owner, a process by its recipe, an event by where it happened."""
    match node.thing:
        case EconomicResource() as stock:
            kind, owner = stock.conforms_to.label, public_name(stock.primary_accountable)
            return _("%(kind)s at %(owner)s") % {"kind": kind, "owner": owner}
        case Process() as process:
            return process.based_on.name if process.based_on else _("A process")
        case event:
            return _("Event %(number)s at %(agent)s") % {
                "number": event.number,
                "agent": public_name(event.provider),
            }


def node_href(node: Node) -> str:
    """The page of a stock, a process or an event."""
    return reverse(f"ledger:{node.kind}", args=[node.id])


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


def _link(source: Node, target: Node, event: EconomicEvent, unit: Unit) -> dict[str, Any]:
    return {
        "source": source.key,
        "target": target.key,
        "value": 0.0,
        "unit": unit.value,
        "label": event.conforms_to.label,
        "href": reverse("ledger:event", args=[event.pk]),
        "theme": event.conforms_to.theme,
    }


def _node(node: Node) -> dict[str, Any]:
    return {"id": node.key, "label": node_label(node), "href": node_href(node), "theme": ""}
