"""Geometry of a map of flows without tiles: points, bent arrows, a scale bar.

Pure layout in pixels; colours, words and escaping are the caller's. The projection is
equirectangular around the middle of the points, which is exact to a per mille over a city. Two
flows between the same places bend to opposite sides, so direction shows in the shape as well as
in the arrowhead.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kierto.core.geography import EARTH_RADIUS_KM, Point

BEND = 0.18
"""Sideways swing of a flow, as a share of its length."""

LEAST_SPAN_KM = 0.2


@dataclass(frozen=True, slots=True)
class MapPlace:
    """Something at a point; ``weight`` decides whose label is kept where two would touch."""

    id: str
    point: Point
    label: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class MapFlow:
    """So much goes from one place to another. ``key`` and ``group`` are the caller's."""

    source: str
    target: str
    value: float
    group: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class PlacedPoint:
    """A place in pixels. ``label_at`` is ``None`` where a label would cover another."""

    place: MapPlace
    x: float
    y: float
    label_at: tuple[float, float] | None
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Arrow:
    """A flow as a stroked path, a filled arrowhead (SVG points), and a spot for its number."""

    flow: MapFlow
    path: str
    width: float
    head: str
    middle: tuple[float, float]


@dataclass(frozen=True, slots=True)
class FlowMap:
    """The whole picture. ``scale_km`` is a round length that ``scale_px`` pixels show.

    ``outline`` has one closed SVG path for each ring that was given.
    """

    points: tuple[PlacedPoint, ...]
    arrows: tuple[Arrow, ...]
    width: float
    height: float
    scale_km: float
    scale_px: float
    outline: tuple[str, ...] = ()


def lay_out_map(
    places: Iterable[MapPlace],
    flows: Iterable[MapFlow],
    *,
    width: float = 960.0,
    tallest: float = 640.0,
    margin: float = 48.0,
    widest: float = 14.0,
    outline: Sequence[Sequence[Point]] = (),
) -> FlowMap:
    """Place points and arrows. Flows between unknown or identical places are not drawn.

    Args:
        tallest: the picture is as high as the points ask for, up to this.
        widest: width in pixels of the largest flow; others in proportion, at least 1.
        outline: rings of an area that the picture shows in full.
    """
    known = {place.id: place for place in places}
    corners = [corner for ring in outline for corner in ring]
    if not known and not corners:
        return FlowMap((), (), width, 0.0, 0.0, 0.0)
    frame = _Frame([*(p.point for p in known.values()), *corners], width, tallest, margin)
    spots = {id_: frame.at(place.point) for id_, place in known.items()}
    drawn = [
        flow
        for flow in flows
        if flow.source in known
        and flow.target in known
        and spots[flow.source] != spots[flow.target]
    ]
    largest = max((flow.value for flow in drawn), default=1.0)
    arrows = tuple(
        _arrow(flow, spots[flow.source], spots[flow.target], widest * flow.value / largest)
        for flow in sorted(drawn, key=lambda flow: -flow.value)
    )
    length = frame.round_length()
    return FlowMap(
        points=_placed(known, spots, frame),
        arrows=arrows,
        width=width,
        height=frame.height,
        scale_km=length,
        scale_px=length * frame.per_km,
        outline=tuple(frame.ring(ring) for ring in outline if ring),
    )


class _Frame:
    """Kilometres around the middle of the points, fitted into the picture."""

    def __init__(
        self, points: Sequence[Point], width: float, tallest: float, margin: float
    ) -> None:
        south = min(point.latitude for point in points)
        north = max(point.latitude for point in points)
        west = min(point.longitude for point in points)
        east = max(point.longitude for point in points)
        self.middle = Point((south + north) / 2, (west + east) / 2)
        self.km_per_degree = math.radians(1) * EARTH_RADIUS_KM
        self.shrink = math.cos(math.radians(self.middle.latitude))
        wide = max((east - west) * self.km_per_degree * self.shrink, LEAST_SPAN_KM)
        high = max((north - south) * self.km_per_degree, LEAST_SPAN_KM)
        self.per_km = min((width - 2 * margin) / wide, (tallest - 2 * margin) / high)
        self.width, self.height = width, high * self.per_km + 2 * margin

    def at(self, point: Point) -> tuple[float, float]:
        east = (point.longitude - self.middle.longitude) * self.km_per_degree * self.shrink
        north = (point.latitude - self.middle.latitude) * self.km_per_degree
        x = self.width / 2 + east * self.per_km
        y = self.height / 2 - north * self.per_km
        return round(x, 1), round(y, 1)

    def ring(self, ring: Sequence[Point]) -> str:
        return "M" + " L".join("{:.1f},{:.1f}".format(*self.at(corner)) for corner in ring) + " Z"

    def round_length(self) -> float:
        """A length of 1, 2 or 5 times a power of ten, at most a fifth of the width."""
        most = self.width / 5 / self.per_km
        power = 10.0 ** math.floor(math.log10(most))
        return max(step * power for step in (1, 2, 5) if step * power <= most)


def _arrow(
    flow: MapFlow, start: tuple[float, float], end: tuple[float, float], width: float
) -> Arrow:
    (x1, y1), (x2, y2) = start, end
    dx, dy = x2 - x1, y2 - y1
    bend_x, bend_y = (x1 + x2) / 2 - dy * BEND, (y1 + y2) / 2 + dx * BEND
    width = max(width, 1.0)
    # The curve's point and direction at its middle (quadratic Bézier, t = ½).
    mid_x, mid_y = (x1 + 2 * bend_x + x2) / 4, (y1 + 2 * bend_y + y2) / 4
    length = math.hypot(dx, dy)
    ux, uy = dx / length, dy / length
    size = min(max(4.0 + width * 0.9, 6.0), length / 2)
    tip = (mid_x + ux * size, mid_y + uy * size)
    left = (mid_x - ux * size * 0.6 - uy * size, mid_y - uy * size * 0.6 + ux * size)
    right = (mid_x - ux * size * 0.6 + uy * size, mid_y - uy * size * 0.6 - ux * size)
    return Arrow(
        flow=flow,
        path=f"M{x1:.1f},{y1:.1f} Q{bend_x:.1f},{bend_y:.1f} {x2:.1f},{y2:.1f}",
        width=round(width, 2),
        head=" ".join(f"{x:.1f},{y:.1f}" for x, y in (tip, left, right)),
        middle=(round(mid_x - uy * (size + 8), 1), round(mid_y + ux * (size + 8), 1)),
    )


def _placed(
    known: dict[str, MapPlace], spots: dict[str, tuple[float, float]], frame: _Frame
) -> tuple[PlacedPoint, ...]:
    """Points with labels right or left of them; the heavier label wins where two would touch."""
    taken: list[tuple[float, float, float, float]] = []
    found = []
    for place in sorted(known.values(), key=lambda each: (-each.weight, each.id)):
        x, y = spots[place.id]
        found.append(_labelled(place, x, y, taken, frame))
    return tuple(found)


def _labelled(
    place: MapPlace,
    x: float,
    y: float,
    taken: list[tuple[float, float, float, float]],
    frame: _Frame,
) -> PlacedPoint:
    long, high = 6.4 * len(place.label) + 4, 14.0
    for anchor, left, down in (
        ("start", x + 9, 4.0),
        ("end", x - 9 - long, 4.0),
        ("start", x + 6, -8.0),
        ("start", x + 6, 16.0),
    ):
        box = (left, y + down - high, left + long, y + down)
        inside = box[0] >= 0 and box[2] <= frame.width and box[1] >= 0 and box[3] <= frame.height
        if place.label and inside and not any(_touch(box, other) for other in taken):
            taken.append(box)
            at = (round(left if anchor == "start" else x - 9, 1), round(y + down, 1))
            return PlacedPoint(place, x, y, at, anchor)
    return PlacedPoint(place, x, y, None)


def _touch(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
