"""Geometry of a flow diagram in which loops are drawn as loops.

Pure layout: links in, places and SVG paths out; colours, words and escaping are the caller's.
Nodes stand in layers from left to right. A link that runs against that order (because somebody's
output comes back to somebody before them) leaves its node on the right, dives below everything,
runs back and enters its target from the left, so that a circle is seen as a circle.

Method: links that close a circle are those that run against a greedy order of the nodes, so that
little is drawn as a loop (Eades, Lin and Smyth 1993, Information Processing Letters 47, 319–323;
not always the least); the rest is layered by longest path (Sugiyama, Tagawa and Toda 1981, IEEE
Transactions on Systems, Man, and Cybernetics 11, 109–125) and ordered within layers by
barycentres.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SWEEPS = 12
LOOP_GAP = 8.0


@dataclass(frozen=True, slots=True)
class Link:
    """So much flows from one node to another. ``group`` is the caller's (a colour, a kind)."""

    source: str
    target: str
    value: float
    group: str = ""


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """A bar. ``value`` is the larger of what enters and leaves; ``last`` bars end the diagram."""

    id: str
    layer: int
    x: float
    y: float
    width: float
    height: float
    value: float
    last: bool


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A link as a stroked SVG path of the given width. ``middle`` is where a label may stand."""

    link: Link
    path: str
    width: float
    is_loop: bool
    middle: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sankey:
    """The whole picture, in pixels from the upper left."""

    nodes: tuple[PlacedNode, ...]
    ribbons: tuple[Ribbon, ...]
    width: float
    height: float


def lay_out(
    links: Iterable[Link],
    *,
    width: float = 960.0,
    height: float = 420.0,
    node_width: float = 12.0,
    gap: float = 18.0,
    margin: float = 8.0,
    mirrored: bool = False,
) -> Sankey:
    """Place nodes and links.

    Args:
        height: of the tallest layer; loops are added below.
        gap: least space between two bars of a layer.
        margin: at all sides.
        mirrored: from right to left, for scripts that read so.
    """
    drawn = sorted((each for each in links if each.value > 0), key=_link_order)
    if not drawn:
        return Sankey((), (), width, 0.0)
    back = _closing_links(drawn)
    layers = _layers(drawn, back)
    order = _ordered(drawn, layers)
    return _Drawing(drawn, back, layers, order, (width, height, node_width, gap, margin)).draw(
        mirrored
    )


def _link_order(link: Link) -> tuple[str, str, str]:
    return link.source, link.target, link.group


def _names(links: Sequence[Link]) -> list[str]:
    return sorted({name for link in links for name in (link.source, link.target)})


def _closing_links(links: Sequence[Link]) -> frozenset[int]:
    """Numbers of the links without which no circle is left: those that run against the order."""
    place = {name: number for number, name in enumerate(_one_way(links))}
    return frozenset(
        number for number, link in enumerate(links) if place[link.source] >= place[link.target]
    )


def _one_way(links: Sequence[Link]) -> list[str]:
    """Names in an order against which little flows: ends last, beginnings first, then whoever
    gives most beyond what they take."""
    out: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    into: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for link in links:
        if link.source != link.target:
            out[link.source][link.target] += link.value
            into[link.target][link.source] += link.value
    left: list[str] = []
    right: list[str] = []
    rest = _names(links)
    while rest:
        end = next((name for name in rest if not out[name]), None)
        surplus = {name: sum(out[name].values()) - sum(into[name].values()) for name in rest}
        first = next((name for name in rest if not into[name]), None) or max(
            rest, key=lambda name: (surplus[name], name)
        )
        chosen = first if end is None else end
        (left if end is None else right).append(chosen)
        rest.remove(chosen)
        for other in out.pop(chosen, {}):
            into[other].pop(chosen, None)
        for other in into.pop(chosen, {}):
            out[other].pop(chosen, None)
    return left + right[::-1]


def _layers(links: Sequence[Link], back: frozenset[int]) -> dict[str, int]:
    """Longest path from the left; ends without a way on stand in the last layer."""
    ahead = [link for number, link in enumerate(links) if number not in back]
    layer = dict.fromkeys(_names(links), 0)
    for _ in layer:
        moved = False
        for link in ahead:
            if layer[link.target] <= layer[link.source]:
                layer[link.target] = layer[link.source] + 1
                moved = True
        if not moved:
            break
    last = max(layer.values())
    leaving = {link.source for link in links}
    return {name: place if name in leaving else last for name, place in layer.items()}


def _ordered(links: Sequence[Link], layers: dict[str, int]) -> list[list[str]]:
    """Names by layer, from the top, with few crossings."""
    weight: dict[str, float] = defaultdict(float)
    near: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for link in links:
        weight[link.source] += link.value
        weight[link.target] += link.value
        near[link.source].append((link.target, link.value))
        near[link.target].append((link.source, link.value))
    rows: list[list[str]] = [[] for _ in range(max(layers.values()) + 1)]
    for name in sorted(layers, key=lambda each: (-weight[each], each)):
        rows[layers[name]].append(name)
    place = _places(rows)
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            centre = {name: _barycentre(name, near[name], place) for name in row}
            row.sort(key=lambda name: (centre[name], place[name]))
            place |= _places([row])
    return rows


def _places(rows: Iterable[list[str]]) -> dict[str, float]:
    """Relative height of each name in its layer, 0 at the top and 1 at the bottom."""
    return {name: (number + 0.5) / len(row) for row in rows for number, name in enumerate(row)}


def _barycentre(name: str, near: list[tuple[str, float]], place: dict[str, float]) -> float:
    others = [(place[other], value) for other, value in near if other != name]
    total = sum(value for _, value in others)
    return sum(at * value for at, value in others) / total if total else place[name]


class _Drawing:
    """From layers and orders to pixels."""

    def __init__(
        self,
        links: Sequence[Link],
        back: frozenset[int],
        layers: dict[str, int],
        order: list[list[str]],
        frame: tuple[float, float, float, float, float],
    ) -> None:
        self.links, self.back, self.layers, self.order = links, back, layers, order
        self.width, self.height, self.node_width, self.gap, self.margin = frame
        self.leaving: dict[str, float] = defaultdict(float)
        self.entering: dict[str, float] = defaultdict(float)
        for link in links:
            self.leaving[link.source] += link.value
            self.entering[link.target] += link.value
        self.scale = self._scale()
        # Loops that bulge out beside the first or the last layer need room there.
        last = len(order) - 1
        outer = [i for i in back if layers[links[i].source] == last or not layers[links[i].target]]
        widest = max((links[i].value * self.scale for i in outer), default=0.0)
        self.side = self.margin + (widest + 2 * LOOP_GAP if outer else 0.0)

    def _scale(self) -> float:
        """Pixels per unit, such that the fullest layer fills the height."""
        fits = []
        for row in self.order:
            total = sum(self._value(name) for name in row)
            room = self.height - 2 * self.margin - self.gap * (len(row) - 1)
            fits.append(max(room, self.height * 0.2) / total)
        return min(fits)

    def _value(self, name: str) -> float:
        return max(self.leaving[name], self.entering[name])

    def draw(self, mirrored: bool) -> Sankey:
        tops = self._tops()
        ribbons, bottom = self._ribbons(tops, mirrored)
        last = len(self.order) - 1
        nodes = tuple(
            PlacedNode(
                id=name,
                layer=number,
                x=self._flip(self._x(number), mirrored, self.node_width),
                y=tops[name],
                width=self.node_width,
                height=max(self._value(name) * self.scale, 1.0),
                value=self._value(name),
                last=number == last and last > 0,
            )
            for number, row in enumerate(self.order)
            for name in row
        )
        return Sankey(nodes, ribbons, self.width, bottom + self.margin)

    def _x(self, layer: int) -> float:
        span = self.width - 2 * self.side - self.node_width
        return self.side + span * layer / max(len(self.order) - 1, 1)

    def _flip(self, x: float, mirrored: bool, width: float = 0.0) -> float:
        return self.width - x - width if mirrored else x

    def _tops(self) -> dict[str, float]:
        tops = {}
        for row in self.order:
            tall = sum(self._value(name) * self.scale for name in row)
            spare = max(self.height - 2 * self.margin - tall, self.gap * (len(row) - 1))
            between = min(spare / len(row), 4 * self.gap) if len(row) > 1 else 0.0
            between = max(between, self.gap)
            y = self.margin + max((spare - between * (len(row) - 1)) / 2, 0.0)
            for name in row:
                tops[name] = y
                y += self._value(name) * self.scale + between
        return tops

    def _ribbons(self, tops: dict[str, float], mirrored: bool) -> tuple[tuple[Ribbon, ...], float]:
        starts = self._docks(tops, outgoing=True)
        ends = self._docks(tops, outgoing=False)
        floor = max(top + self._value(name) * self.scale for name, top in tops.items())
        bottom, ribbons = floor, []
        for number, link in enumerate(self.links):
            width = link.value * self.scale
            x1 = self._x(self.layers[link.source]) + self.node_width
            x2 = self._x(self.layers[link.target])
            y1, y2 = starts[number], ends[number]
            if number in self.back:
                lane = bottom + LOOP_GAP + width / 2
                bottom = lane + width / 2
                points = self._loop(x1, y1, x2, y2, lane, width)
                middle = ((x1 + x2) / 2, lane)
            else:
                half = (x1 + x2) / 2
                points = [("M", [(x1, y1)]), ("C", [(half, y1), (half, y2), (x2, y2)])]
                middle = (half, (y1 + y2) / 2)
            ribbons.append(
                Ribbon(
                    link,
                    self._path(points, mirrored),
                    max(width, 0.75),
                    number in self.back,
                    (self._flip(middle[0], mirrored), middle[1]),
                )
            )
        return tuple(ribbons), bottom

    def _docks(self, tops: dict[str, float], *, outgoing: bool) -> dict[int, float]:
        """Where on its bar each link docks: in the order of the other ends, loops lowest."""
        by_name: dict[str, list[int]] = defaultdict(list)
        for number, link in enumerate(self.links):
            by_name[link.source if outgoing else link.target].append(number)
        docks = {}
        for name, numbers in by_name.items():
            y = tops[name]
            for number in sorted(numbers, key=lambda i: self._dock_order(i, tops, outgoing)):
                width = self.links[number].value * self.scale
                docks[number] = y + width / 2
                y += width
        return docks

    def _dock_order(
        self, number: int, tops: dict[str, float], outgoing: bool
    ) -> tuple[bool, float, int]:
        link = self.links[number]
        return (number in self.back, tops[link.target if outgoing else link.source], number)

    def _loop(
        self, x1: float, y1: float, x2: float, y2: float, lane: float, width: float
    ) -> list[tuple[str, list[tuple[float, float]]]]:
        """Out to the right, down, back along the lane, up, and in from the left."""
        reach = width / 2 + LOOP_GAP
        return [
            ("M", [(x1, y1)]),
            ("Q", [(x1 + reach, y1), (x1 + reach, y1 + reach)]),
            ("L", [(x1 + reach, lane - reach)]),
            ("Q", [(x1 + reach, lane), (x1, lane)]),
            ("L", [(x2, lane)]),
            ("Q", [(x2 - reach, lane), (x2 - reach, lane - reach)]),
            ("L", [(x2 - reach, y2 + reach)]),
            ("Q", [(x2 - reach, y2), (x2, y2)]),
        ]

    def _path(self, points: list[tuple[str, list[tuple[float, float]]]], mirrored: bool) -> str:
        return " ".join(
            letter + " ".join(f"{self._flip(x, mirrored):.1f},{y:.1f}" for x, y in places)
            for letter, places in points
        )
