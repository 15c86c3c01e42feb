"""Flows between nodes as bands in columns; what flows back returns below as a loop."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import get_language_bidi

from kierto.core.sankey import Link, PlacedNode, Ribbon, lay_out
from kierto.web.numbers import amount_text
from kierto.web.pictures.palette import paint_of, paints_for

WIDTH = 1040.0
ROW_HEIGHT = 38.0
LOWEST, TALLEST = 260.0, 1400.0
GAP = 16.0
LABEL_CHARACTERS, FEWEST_CHARACTERS = 30, 9
LETTER, LINE = 7.6, 18.0
"""Width of a letter and height of a line of 14 units, about."""

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")

Box = tuple[float, float, float, float]


def drawing(data: dict[str, Any], name: str) -> dict[str, Any]:
    """What the template needs: blocks, bands, paints, the frame, and the rows of the table.

    Args:
        data: ``{"nodes": [{"id", "label", "href", "theme"}], "links": [{"source", "target",
            "value", "unit", "label", "href", "theme"}]}``; all values in one unit.
        name: unique on the page; ids and highlights build on it.
    """
    nodes = {str(node["id"]): node for node in data.get("nodes", ())}
    links = [link for link in data.get("links", ()) if float(link["value"]) > 0]
    mirrored = get_language_bidi()
    # The group carries the link's number through the layout.
    numbered = [
        Link(str(link["source"]), str(link["target"]), float(link["value"]), str(number))
        for number, link in enumerate(links)
    ]
    layout = lay_out(numbered, width=WIDTH, height=_height(links), gap=GAP, mirrored=mirrored)
    bands = [_band(links[int(each.link.group)], each, nodes, mirrored) for each in layout.ribbons]
    by_value = sorted(bands, key=lambda band: -band["value"])
    return {
        "blocks": _blocks(nodes, layout.nodes, mirrored),
        # Wide bands first, so that narrow ones stay in sight above them.
        "bands": by_value,
        "rows": by_value,
        "paints": paints_for([band["theme"] for band in bands]),
        "frame": {"width": round(layout.width), "height": round(layout.height)},
        "id": f"k-{name}",
    }


def _height(links: list[dict[str, Any]]) -> float:
    """Room for the fuller side, so that no label touches the next."""
    most = max(len({str(li["source"]) for li in links}), len({str(li["target"]) for li in links}))
    return min(max(LOWEST, most * ROW_HEIGHT), TALLEST)


def _blocks(
    nodes: dict[str, dict[str, Any]], placed: tuple[PlacedNode, ...], mirrored: bool
) -> list[dict[str, Any]]:
    """Bars with their names; a name that would cover another moves along its bar."""
    taken: list[Box] = []
    most = _characters(placed)
    return [_block(nodes.get(each.id, {}), each, mirrored, taken, most) for each in placed]


def _characters(placed: tuple[PlacedNode, ...]) -> int:
    """How many letters fit between two layers."""
    columns = sorted({each.x for each in placed})
    step = (columns[-1] - columns[0]) / (len(columns) - 1) if len(columns) > 1 else WIDTH / 2
    return min(max(int((step - 26) / LETTER), FEWEST_CHARACTERS), LABEL_CHARACTERS)


def _block(
    node: dict[str, Any], placed: PlacedNode, mirrored: bool, taken: list[Box], most: int
) -> dict[str, Any]:
    label = str(node.get("label", placed.id))
    short = _shortened(label, most)
    to_right = placed.last == mirrored
    x = placed.x + placed.width + 7 if to_right else placed.x - 7
    wide = LETTER * len(short)
    left = x if to_right else x - wide
    y = _free(placed, left, wide, taken)
    taken.append((left, y - LINE / 2, left + wide, y + LINE / 2))
    return {
        "id": placed.id,
        "label": label,
        "short": short,
        "x": round(placed.x, 1),
        "y": round(placed.y, 1),
        "width": placed.width,
        "height": round(max(placed.height, 1.5), 1),
        "text_x": round(x, 1),
        "text_y": round(y, 1),
        "anchor": "start" if to_right else "end",
    }


def _free(placed: PlacedNode, left: float, wide: float, taken: list[Box]) -> float:
    """A height for the name: the middle of its bar, or the nearest that covers no other name."""
    middle = placed.y + placed.height / 2
    for step in (0, -1, 1, -2, 2, -3, 3):
        y = middle + step * LINE
        box = (left, y - LINE / 2, left + wide, y + LINE / 2)
        if y > LINE / 2 and not any(_touch(box, other) for other in taken):
            return y
    return middle


def _touch(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _shortened(label: str, most: int) -> str:
    return label if len(label) <= most else label[: most - 1].rstrip() + "…"


def _band(
    link: dict[str, Any], ribbon: Ribbon, nodes: dict[str, dict[str, Any]], mirrored: bool
) -> dict[str, Any]:
    source, target = ribbon.link.source, ribbon.link.target
    return {
        "item": str(link.get("item") or f"{source}>{target}"),
        "source": nodes.get(source, {}).get("label", source),
        "target": nodes.get(target, {}).get("label", target),
        "source_href": nodes.get(source, {}).get("href", ""),
        "target_href": nodes.get(target, {}).get("href", ""),
        "label": link.get("label", ""),
        "href": link.get("href", ""),
        "theme": link.get("theme", ""),
        "value": ribbon.link.value,
        "text": amount_text(ribbon.link.value, link.get("unit", "")),
        "returns": ribbon.is_loop,
        "path": ribbon.path if ribbon.is_loop else _area(ribbon),
        "head": _head(ribbon, mirrored),
        "width": round(ribbon.width, 2),
        "paint": paint_of(link.get("theme")),
    }


def _area(ribbon: Ribbon) -> str:
    """The band as an area between two curves: a wide stroke would spill past its ends."""
    numbers = [float(each) for each in NUMBER.findall(ribbon.path)]
    (x0, y0), (x1, y1) = numbers[:2], numbers[-2:]
    middle, half = (x0 + x1) / 2, ribbon.width / 2
    return (
        f"M{x0:.1f},{y0 - half:.1f} C{middle:.1f},{y0 - half:.1f} {middle:.1f},{y1 - half:.1f} "
        f"{x1:.1f},{y1 - half:.1f} L{x1:.1f},{y1 + half:.1f} C{middle:.1f},{y1 + half:.1f} "
        f"{middle:.1f},{y0 + half:.1f} {x0:.1f},{y0 + half:.1f} Z"
    )


def _head(ribbon: Ribbon, mirrored: bool) -> str:
    """A small chevron where the band arrives, along the reading direction."""
    x, y = (float(part) for part in ribbon.path.rsplit(" ", 1)[-1].split(","))
    size = min(max(ribbon.width / 2, 2.5), 7.0)
    ahead = -1 if mirrored else 1
    tail, tip = x - ahead * (3 + size), x - ahead * 3
    corners = ((tail, y - size), (tip, y), (tail, y + size))
    return " ".join(f"{px:.1f},{py:.1f}" for px, py in corners)
