"""A plan as data for the Sankey and the map; the page draws them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _

from kierto.planning.reading import FlowRow, Reading
from kierto.planning.siting import Sited

LARGEST_PARTICIPANTS = 16
"""So many names fit into a Sankey that can still be read; all others share one block."""

OTHERS = "others"


def plan_sankey(reading: Reading) -> dict[str, Any]:
    """Who gives how many kilograms a week to whom; loops stay loops."""
    weight: dict[str, float] = defaultdict(float)
    names: dict[str, tuple[str, str]] = {}
    for row in reading.flows:
        for end in (row.source, row.sink):
            weight[str(end.agent)] += row.mass
            names[str(end.agent)] = (end.name, end.href)
    ranked = sorted(weight, key=lambda agent: (-weight[agent], names[agent][0]))
    shown = set(ranked[:LARGEST_PARTICIPANTS])
    links: dict[tuple[str, str, str], float] = defaultdict(float)
    labels: dict[tuple[str, str, str], str] = {}
    for row in reading.flows:
        source, target = (_block(str(end.agent), shown) for end in (row.source, row.sink))
        if row.mass > 0 and source != target:
            key = (source, target, row.kind.code)
            links[key] += row.mass
            labels[key] = row.label
    themes = {row.kind.code: row.kind.theme for row in reading.flows}
    nodes = [
        {"id": agent, "label": names[agent][0], "href": "", "theme": ""}
        for agent in ranked[:LARGEST_PARTICIPANTS]
    ]
    if len(ranked) > LARGEST_PARTICIPANTS:
        nodes.append({"id": OTHERS, "label": _("Other participants"), "href": "", "theme": ""})
    return {
        "nodes": nodes,
        "links": [
            {
                "source": source,
                "target": target,
                "value": value,
                "unit": "kg",
                "label": labels[source, target, kind],
                "href": "",
                "theme": themes[kind],
            }
            for (source, target, kind), value in sorted(links.items())
        ],
    }


def _block(agent: str, shown: set[str]) -> str:
    return agent if agent in shown else OTHERS


def plan_map(reading: Reading) -> dict[str, Any]:
    """The ends of the visible flows as points, the flows as lines, and the district's outline."""
    ends = {
        end.port: end
        for row in reading.flows
        for end in (row.source, row.sink)
        if end.point is not None
    }
    return {
        "points": [
            {
                "id": end.port,
                "label": end.name,
                "lat": end.point.latitude,
                "lon": end.point.longitude,
                "kind": end.port.split(":")[0],
                "href": end.href,
            }
            for end in ends.values()
            if end.point is not None
        ],
        "lines": [
            _line(row) for row in reading.flows if row.source.port in ends and row.sink.port in ends
        ],
        "area": reading.run.district.area,
    }


def _line(row: FlowRow) -> dict[str, Any]:
    return {
        "from": row.source.port,
        "to": row.sink.port,
        "label": row.label,
        "quantity": row.amount,
        "unit": row.kind.unit,
        "theme": row.kind.theme,
        "href": "",
        # As in the Sankey, so that both light up together.
        "item": f"{row.source.agent}>{row.sink.agent}",
    }


def siting_map(reading: Reading, sited: Sited) -> dict[str, Any]:
    """The plan's map with every candidate: those that open, and those that stay closed."""
    drawn = plan_map(reading)
    rows = {row.id: row for row in sited.rows}
    drawn["points"] = [point for point in drawn["points"] if point["id"] not in rows]
    for row in sited.rows:
        point = reading.end_of_part(row.id).point
        if point is not None:
            label = _("%(name)s (opens)") if row.opens else _("%(name)s (stays closed)")
            drawn["points"].append(
                {
                    "id": row.id,
                    "label": label % {"name": row.name},
                    "lat": point.latitude,
                    "lon": point.longitude,
                    "kind": "site" if row.opens else "closed",
                    "href": "",
                }
            )
    return drawn
