"""The report's two pictures as inline SVG: who gives what to whom, and where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from html import escape

from kierto.core.sankey import Link, Sankey, lay_out
from kierto.core.svg_map import FlowMap, MapFlow, MapPlace, lay_out_map
from kierto.core.text import Sentence as _
from kierto.planner.report.view import Line, View, measure, place_id

COLOURS = 7
"""How many groups have a colour of their own; the rest share grey."""

MOST_NODES = 36
NUMBERED = 40
MOST_ARROWS = 1_000
"""So many flows the map shows, the largest of each unit; more would hide each other."""

MOST_DOTS = 5_000
"""With more places than this, those that take no part are left out of the map."""


def sankey_svg(view: View, unit: str) -> str:
    """The flow diagram of everything measured in one unit."""
    return _sankey_markup(view, _sankey_layout(view, unit), unit)


def has_loops(view: View, unit: str) -> bool:
    """Whether any band of the diagram runs back: what its agent gives comes back on some way."""
    return any(ribbon.is_loop for ribbon in _sankey_layout(view, unit).ribbons)


def map_svg(view: View) -> str:
    """The map of all flows whose ends have a place."""
    return _map_markup(view, _map_layout(view))


def unplaced(view: View) -> int:
    """How many flows the map cannot show: an end has no place, or both are at one place."""
    return sum(1 for line in view.lines if not _on_map(line))


def legend(view: View, unit: str | None = None) -> str:
    """Colour, letter and name of each group that the picture shows."""
    shown = {line.group for line in view.lines if unit in (None, line.unit)}
    items = "".join(
        f'<li><span class="swatch {_colour(view, group)}">{_letter(view, group)}</span>'
        f" {escape(group)}</li>"
        for group in view.groups
        if group in shown
    )
    return f'<ul class="legend">{items}</ul>'


def _sankey_layout(view: View, unit: str) -> Sankey:
    """The largest agents with a bar of their own, all others in two bars: givers and takers."""
    lines = [line for line in view.lines if line.unit == unit]
    named = _shortened(lines)
    total: dict[tuple[str, str, str], float] = defaultdict(float)
    for line in lines:
        source = named.get(line.source.agent) or str(_("Other givers"))
        target = named.get(line.sink.agent) or str(_("Other takers"))
        total[source, target, line.group] += line.flow.amount
    return lay_out(
        [Link(source, target, value, group) for (source, target, group), value in total.items()],
        mirrored=view.mirrored,
        height=max(220.0, 26.0 * len({name for key in total for name in key[:2]})),
    )


def _shortened(lines: Iterable[Line]) -> dict[str, str]:
    """The agents that get a bar of their own, by name: the largest, if there are too many."""
    volume: dict[str, float] = defaultdict(float)
    for line in lines:
        volume[line.source.agent] += line.flow.amount
        volume[line.sink.agent] += line.flow.amount
    kept = sorted(volume, key=lambda agent: (-volume[agent], agent))[:MOST_NODES]
    return {agent: agent for agent in kept}


def _sankey_markup(view: View, drawing: Sankey, unit: str) -> str:
    parts = []
    for ribbon in sorted(drawing.ribbons, key=lambda each: -each.width):
        link = ribbon.link
        told = f"{link.source} → {link.target}: {measure(link.value, unit)}, {link.group}"
        loop = " loop" if ribbon.is_loop else ""
        parts.append(
            f'<path class="ribbon{loop} {_colour(view, link.group)}" d="{ribbon.path}" '
            f'stroke-width="{ribbon.width:.2f}"><title>{escape(told)}</title></path>'
        )
    for ribbon in drawing.ribbons:
        if ribbon.width >= 9:
            x, y = ribbon.middle
            parts.append(
                f'<text class="mark" x="{x:.1f}" y="{y + 4:.1f}">'
                f"{_letter(view, ribbon.link.group)}</text>"
            )
    for node in drawing.nodes:
        before = node.last != view.mirrored
        x = node.x - 6 if before else node.x + node.width + 6
        anchor = "end" if before else "start"
        parts.append(
            f'<rect class="node" x="{node.x:.1f}" y="{node.y:.1f}" width="{node.width:.1f}" '
            f'height="{node.height:.1f}"/>'
            f'<text class="label" x="{x:.1f}" y="{node.y + node.height / 2 + 4:.1f}" '
            f'text-anchor="{anchor}">{escape(node.id)}'
            f'<tspan class="value"> {escape(measure(node.value, unit))}</tspan></text>'
        )
    name = str(_("Flow diagram in %(unit)s; the table below says the same")) % {"unit": unit}
    return _svg(drawing.width, drawing.height, parts, name)


def _on_map(line: Line) -> bool:
    return (
        line.source.place is not None
        and line.sink.place is not None
        and line.source.place != line.sink.place
    )


def crowded_out(view: View) -> int:
    """How many flows could be on the map, but are too small among too many."""
    return max(sum(map(_on_map, view.lines)) - MOST_ARROWS, 0)


def _largest(view: View) -> list[Line]:
    """The flows that the map shows: the largest by their share of their unit."""
    lines = [line for line in view.lines if _on_map(line)]
    ranked = sorted(
        lines, key=lambda line: (-line.flow.amount / view.moved[line.unit], line.number)
    )
    return sorted(ranked[:MOST_ARROWS], key=lambda line: line.number)


def _map_layout(view: View) -> FlowMap:
    lines = _largest(view)
    share: dict[str, float] = defaultdict(float)
    for line in lines:
        part = line.flow.amount / view.moved[line.unit]
        share[place_id(line.source)] += part
        share[place_id(line.sink)] += part
    places = [
        MapPlace(id_, point, agent if share[id_] else "", share[id_])
        for id_, (agent, point) in view.places.items()
        if share[id_] or len(view.places) <= MOST_DOTS
    ]
    largest: dict[str, float] = defaultdict(float)
    for line in lines:
        largest[line.unit] = max(largest[line.unit], line.flow.amount)
    flows = [
        MapFlow(
            place_id(line.source),
            place_id(line.sink),
            line.flow.amount / largest[line.unit],
            line.group,
            str(line.number),
        )
        for line in lines
    ]
    return lay_out_map(places, flows)


def _map_markup(view: View, drawing: FlowMap) -> str:
    by_number = {str(line.number): line for line in view.lines}
    parts = []
    for arrow in drawing.arrows:
        line = by_number[arrow.flow.key]
        told = (
            f"{line.number}: {line.source.agent} → {line.sink.agent}: "
            f"{measure(line.flow.amount, line.unit)}, {line.kind}"
        )
        colour = _colour(view, arrow.flow.group)
        parts.append(
            f'<g class="{colour}"><title>{escape(told)}</title>'
            f'<path class="flow" d="{arrow.path}" stroke-width="{arrow.width}"/>'
            f'<polygon class="head" points="{arrow.head}"/></g>'
        )
    for arrow in drawing.arrows[:NUMBERED]:
        x, y = arrow.middle
        parts.append(f'<text class="mark" x="{x}" y="{y + 4:.1f}">{arrow.flow.key}</text>')
    for point in drawing.points:
        radius = 4.5 if point.place.weight else 2.5
        parts.append(f'<circle class="place" cx="{point.x}" cy="{point.y}" r="{radius}"/>')
        if point.label_at is not None:
            x, y = point.label_at
            parts.append(
                f'<text class="label" x="{x}" y="{y}" text-anchor="{point.anchor}">'
                f"{escape(point.place.label)}</text>"
            )
    parts.append(_scale_bar(drawing))
    name = str(_("Map of the flows; the table below says the same"))
    return _svg(drawing.width, drawing.height + 28, parts, name)


def _scale_bar(drawing: FlowMap) -> str:
    y = drawing.height + 16
    words = f"{drawing.scale_km:g} km"
    return (
        f'<path class="bar" d="M16,{y - 4:.1f} v4 h{drawing.scale_px:.1f} v-4"/>'
        f'<text class="label" x="{24 + drawing.scale_px:.1f}" y="{y + 2:.1f}">{words}</text>'
    )


def _svg(width: float, height: float, parts: Iterable[str], name: str) -> str:
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(name)}" '
        f'preserveAspectRatio="xMidYMid meet">{"".join(parts)}</svg>'
    )


def _colour(view: View, group: str) -> str:
    number = view.groups.index(group)
    return f"g{number}" if number < COLOURS else "gx"


def _letter(view: View, group: str) -> str:
    number = view.groups.index(group)
    return chr(ord("A") + number) if number < 26 else str(number + 1)
