"""What carrying one unit costs, as compiled code: the only cost function of this engine.

Places are points on a sphere of radius ½, so that the straight distance of two places is the sine
of half the angle between them, and ::

    price = handling + per_angle · asin(distance)       per_angle = price per km · 2R · road factor

is the great-circle formula of :mod:`kierto.planner.pairs`. As asin(d) ≥ d, the price with the
plain distance in place of the arc is a lower bound, and cheap. Pricing and master problem must
agree to the last bit, or an arc would be found missing for ever: both ask :func:`fare_between`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from kierto.core.geography import EARTH_RADIUS_KM
from kierto.planner.network import Floats
from kierto.planner.simplex.compiled import inner

NOWHERE = np.inf
"""The fare of a pair that is too far apart."""

ANYWHERE = 2.0
"""A ``farthest`` that no distance on the sphere exceeds."""


class Fare(NamedTuple):
    """How one kind is carried: scaled prices, and the distance (radius ½) it goes at most."""

    handling: float
    per_angle: float
    farthest: float


def fare_of(handling: float, per_km: float, max_km: float | None, road_factor: float) -> Fare:
    """From generalised prices per unit and per unit and road kilometre."""
    road = 2 * EARTH_RADIUS_KM * road_factor
    half_angle = math.inf if max_km is None else max_km / road
    farthest = ANYWHERE if half_angle >= math.pi / 2 else math.sin(half_angle)
    return Fare(float(handling), float(per_km * road), farthest)


def on_sphere(latitude: Floats, longitude: Floats, middle: Floats) -> Floats:
    """Degrees as f64[n, 3] on the sphere of radius ½, turned so that the direction ``middle``
    becomes the first axis: the other two then point east and north, as boxes like it."""
    points = unit_vectors(latitude, longitude) / 2
    turned: Floats = np.ascontiguousarray(points @ _turn_to(middle).T)
    return turned


def unit_vectors(latitude: Floats, longitude: Floats) -> Floats:
    """f64[n, 3], NaN without a place."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    around = np.cos(lat)
    return np.stack([around * np.cos(lon), around * np.sin(lon), np.sin(lat)], axis=1)


def _turn_to(middle: Floats) -> Floats:
    """The rotation that takes ``middle`` (f64[3]) to (1, 0, 0)."""
    out = middle / max(float(np.linalg.norm(middle)), 1e-12)
    if not np.isfinite(out).all() or float(np.linalg.norm(out)) < 0.5:
        return np.eye(3)
    east = np.cross([0.0, 0.0, 1.0], out)
    length = float(np.linalg.norm(east))
    east = east / length if length > 1e-9 else np.array([0.0, 1.0, 0.0])
    turn: Floats = np.stack([out, east, np.cross(out, east)])
    return turn


@inner
def distance(a: Floats, i: int, b: Floats, j: int) -> float:
    """Straight distance of place ``i`` of ``a`` and place ``j`` of ``b``; NaN without a place."""
    x = a[i, 0] - b[j, 0]
    y = a[i, 1] - b[j, 1]
    z = a[i, 2] - b[j, 2]
    return math.sqrt(x * x + y * y + z * z)


@inner
def fare_between(fare: Fare, apart: float) -> float:
    """Price per unit over a straight distance (radius ½); infinite beyond reach."""
    if not apart <= fare.farthest:
        return NOWHERE
    return fare.handling + fare.per_angle * math.asin(min(1.0, apart))
