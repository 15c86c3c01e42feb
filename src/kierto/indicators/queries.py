"""Answers for other pages: the headline of a district, and what really flowed in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.labels import label_of
from kierto.catalogue.models import ResourceSpecification
from kierto.core.period import Period
from kierto.indicators.deliveries import handovers
from kierto.indicators.figures import Figure
from kierto.indicators.kinds import KindTree
from kierto.indicators.privacy import LEAST, Reader
from kierto.indicators.registry import compute_all
from kierto.indicators.remembering import remembered
from kierto.indicators.scope import Scope
from kierto.ledger.queries import visible_events
from kierto.parties.models import Agent, District

HEADLINE = ("mass-circulated", "avoided-emissions", "money-saved", "circular-material-use")

LARGEST_PARTICIPANTS = 14
"""So many names fit into a Sankey that can still be read; all others share one block."""

OTHERS, UNNAMED_GIVERS, UNNAMED_TAKERS = "others", "givers", "takers"
UNNAMED = {UNNAMED_GIVERS, UNNAMED_TAKERS}
BLOCKS = {
    UNNAMED_GIVERS: _("Givers who are not named"),
    UNNAMED_TAKERS: _("Takers who are not named"),
    OTHERS: _("Other participants"),
}


def headline(district: District | None, *, by: Agent | None = None) -> list[Figure]:
    """Four figures of a district (or of the node) over the last twelve months."""
    figures = {each.slug: each for each in compute_all(Scope(district=district), by=by)}
    return [figures[slug] for slug in HEADLINE]


@dataclass(frozen=True, slots=True)
class _Flow:
    source: str
    target: str
    kind: int
    mass: float


def flows_between(
    district: District | None, period: Period | None = None, *, by: Agent | None = None
) -> dict[str, Any]:
    """What material really flowed, as data for a Sankey in kilograms; loops stay loops.

    Participants whose deliveries the reader may not see stand together without names, and only
    where there are enough of them.
    """
    scope = Scope(district=district, period=period)
    make = partial(_flows, scope, by)
    ends, links = remembered("flows", scope, make) if by is None else make()
    return {"nodes": _nodes(ends), "links": _links(links)}


Links = dict[tuple[str, str, int], float]


def _flows(scope: Scope, by: Agent | None) -> tuple[list[str], Links]:
    """The ends, largest first, and the kilograms of each kind between them; no names yet."""
    kinds = KindTree()
    flows = _seen(scope, kinds, by) + _unseen(scope, kinds, by)
    weight: dict[str, float] = defaultdict(float)
    for flow in flows:
        for end in (flow.source, flow.target):
            weight[end] += flow.mass
    ranked = sorted(weight.keys() - UNNAMED, key=lambda end: (-weight[end], end))
    shown = set(ranked[:LARGEST_PARTICIPANTS])
    links: Links = defaultdict(float)
    for flow in flows:
        ends = [
            end if end in shown or end in UNNAMED else OTHERS for end in (flow.source, flow.target)
        ]
        if ends[0] != ends[1]:
            links[ends[0], ends[1], flow.kind] += flow.mass
    used = {end for source, target, _kind in links for end in (source, target)}
    return [end for end in [*ranked, *BLOCKS] if end in used], dict(links)


def _seen(scope: Scope, kinds: KindTree, by: Agent | None) -> list[_Flow]:
    events = handovers(scope)
    if not Reader(scope, by).sees_all:
        events = events.filter(pk__in=visible_events(by).values("pk"))
    rows = (
        events.values("provider", "receiver", "conforms_to")
        .annotate(amount=Sum("resource_quantity"))
        .order_by("provider", "receiver", "conforms_to")
    )
    flows = [
        _Flow(
            str(row["provider"]),
            str(row["receiver"]),
            row["conforms_to"],
            kinds.material(row["conforms_to"], float(row["amount"])),
        )
        for row in rows
    ]
    return [flow for flow in flows if flow.mass > 0]


def _unseen(scope: Scope, kinds: KindTree, by: Agent | None) -> list[_Flow]:
    """Deliveries that the reader may not see, between one block of givers and one of takers."""
    if Reader(scope, by).sees_all:
        return []
    events = handovers(scope).exclude(pk__in=visible_events(by).values("pk"))
    sums: dict[int, float] = defaultdict(float)
    agents: dict[int, set[UUID]] = defaultdict(set)
    rows = events.values("provider", "receiver", "conforms_to").annotate(
        amount=Sum("resource_quantity")
    )
    for row in rows.order_by("conforms_to"):
        sums[row["conforms_to"]] += kinds.material(row["conforms_to"], float(row["amount"]))
        agents[row["conforms_to"]] |= {row["provider"], row["receiver"]}
    return [
        _Flow(UNNAMED_GIVERS, UNNAMED_TAKERS, kind, mass)
        for kind, mass in sums.items()
        if mass > 0 and len(agents[kind]) >= LEAST
    ]


def _nodes(ends: list[str]) -> list[dict[str, Any]]:
    known = [UUID(end) for end in ends if end not in BLOCKS]
    agents = Agent.objects.select_related("organization", "person").in_bulk(known)
    return [
        {
            "id": end,
            "label": str(BLOCKS[end]) if end in BLOCKS else agents[UUID(end)].name,
            "href": "",
            "theme": "",
        }
        for end in ends
    ]


def _links(links: Links) -> list[dict[str, Any]]:
    kinds = ResourceSpecification.objects.prefetch_related("labels").in_bulk(
        {kind for _source, _target, kind in links}
    )
    return [
        {
            "source": source,
            "target": target,
            "value": mass,
            "unit": "kg",
            "label": label_of(kinds[kind]),
            "href": "",
            "theme": kinds[kind].theme,
        }
        for (source, target, kind), mass in sorted(links.items())
    ]
