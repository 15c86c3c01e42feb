"""Distances between geometries on the sphere, in metres.

GeoJSON (RFC 7946) draws a line straight in longitude and latitude. Distances, in contrast, are
along the surface: two points by the haversine formula (clause 4.23.1), other geometries by
projecting both around the place where they come nearest, where the projection is true.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

EARTH_RADIUS: Final = 6_371_008.8
"""Mean radius of the earth in metres (IUGG, 1980)."""

_STEP: Final = 0.25
"""Degrees after which a line gets a corner of its own, so that the projection bends it too."""

_CORNERS: Final = 20_000
"""Corners a line gets at most that way; a longer one is bent in coarser steps."""

_FAR: Final = 1_000_000.0
"""Metres beyond which the nearest corners are near enough: they stand ``_STEP`` apart, so what
lies between them changes the distance by less than a ten-thousandth."""

_ROUNDS: Final = 4
"""How often the nearest place is looked for again from where it was found."""

Floats = NDArray[np.float64]


def haversine(longitude: float, latitude: float, longitude2: float, latitude2: float) -> float:
    """Metres between two points given in degrees."""
    phi, phi2 = math.radians(latitude), math.radians(latitude2)
    half = (
        math.sin((phi2 - phi) / 2) ** 2
        + math.cos(phi) * math.cos(phi2) * math.sin(math.radians(longitude2 - longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(half)))


def distance(one: BaseGeometry, other: BaseGeometry) -> float:
    """Metres between the nearest points of two geometries; 0 where they touch, inf if empty."""
    if one.is_empty or other.is_empty:
        return math.inf
    if one.geom_type == "Point" and other.geom_type == "Point":
        return haversine(one.x, one.y, other.x, other.y)
    if shapely.intersects(one, other):
        return 0.0
    return _nearest(_with_corners(one), _with_corners(other))


def _with_corners(geometry: BaseGeometry) -> BaseGeometry:
    if geometry.geom_type in {"Point", "MultiPoint"}:
        return geometry
    west, south, east, north = geometry.bounds
    if max(east - west, north - south) <= _STEP:
        return geometry
    return shapely.segmentize(geometry, max(_STEP, geometry.length / _CORNERS))


def _nearest(one: BaseGeometry, other: BaseGeometry) -> float:
    longitude, latitude, away = _start(one, other)
    if away > _FAR:
        return away
    best = math.inf
    for _ in range(_ROUNDS):
        first = _projected(one, longitude, latitude)
        shapely.prepare(first)
        line = shapely.shortest_line(first, _projected(other, longitude, latitude))
        here, there = (
            _unprojected(east, north, longitude, latitude) for east, north in line.coords
        )
        metres = haversine(*here, *there)
        if metres >= best * (1 - 1e-9):
            return min(best, metres)
        best, (longitude, latitude) = metres, here
    return best


def _start(one: BaseGeometry, other: BaseGeometry) -> tuple[float, float, float]:
    """The corner of ``one`` nearest to a corner of ``other``, and the metres between the two."""
    corners, others = shapely.get_coordinates(one), shapely.get_coordinates(other)
    chords, nearest = cKDTree(_vectors(others)).query(_vectors(corners))
    at = int(np.argmin(chords))
    longitude, latitude = (float(number) for number in corners[at])
    there = others[int(nearest[at])]
    return longitude, latitude, haversine(longitude, latitude, float(there[0]), float(there[1]))


def _vectors(degrees: Floats) -> Floats:
    radians = np.radians(degrees)
    flat = np.cos(radians[:, 1])
    return np.column_stack(
        (flat * np.cos(radians[:, 0]), flat * np.sin(radians[:, 0]), np.sin(radians[:, 1]))
    )


def _projected(geometry: BaseGeometry, longitude: float, latitude: float) -> BaseGeometry:
    """The geometry in metres around a place (azimuthal equidistant)."""
    middle, turn = math.radians(latitude), math.radians(longitude)

    def project(degrees: Floats) -> Floats:
        phi, away = np.radians(degrees[:, 1]), np.radians(degrees[:, 0]) - turn
        cosine = np.clip(
            math.sin(middle) * np.sin(phi) + math.cos(middle) * np.cos(phi) * np.cos(away), -1, 1
        )
        angle = np.arccos(cosine)
        # Near the middle arccos loses digits; half angles keep them.
        small = 2 * np.arcsin(
            np.sqrt(
                np.clip(
                    np.sin((phi - middle) / 2) ** 2
                    + math.cos(middle) * np.cos(phi) * np.sin(away / 2) ** 2,
                    0,
                    1,
                )
            )
        )
        angle = np.where(cosine > 0, small, angle)
        east = np.cos(phi) * np.sin(away)
        north = math.cos(middle) * np.sin(phi) - math.sin(middle) * np.cos(phi) * np.cos(away)
        # What lies opposite has no direction of its own; any will do at its distance.
        north = np.where((np.hypot(east, north) < 1e-12) & (angle > 1), 1e-12, north)
        sine = np.hypot(east, north)
        scale = EARTH_RADIUS * np.divide(angle, sine, out=np.ones_like(angle), where=sine > 0)
        return np.column_stack((scale * east, scale * north))

    moved: Any = shapely.transform(geometry, project)
    return moved if moved.is_valid else shapely.boundary(moved)


def _unprojected(
    east: float, north: float, longitude: float, latitude: float
) -> tuple[float, float]:
    """The place (degrees) of a point in metres around another place."""
    away = math.hypot(east, north)
    if away == 0:
        return longitude, latitude
    angle, middle = away / EARTH_RADIUS, math.radians(latitude)
    sine = math.cos(angle) * math.sin(middle) + (north / away) * math.sin(angle) * math.cos(middle)
    phi = math.asin(max(-1.0, min(1.0, sine)))
    turn = math.atan2(
        east * math.sin(angle),
        away * math.cos(middle) * math.cos(angle) - north * math.sin(middle) * math.sin(angle),
    )
    return (longitude + math.degrees(turn) + 540) % 360 - 180, math.degrees(phi)


def around(
    bounds: tuple[float, float, float, float], metres: float
) -> tuple[float, float, float, float]:
    """A box (west, south, east, north) that holds all within a distance of a box.

    Near a pole, and where it would reach over the date line, it goes all around the earth.
    """
    west, south, east, north = bounds
    angle = math.degrees(metres / EARTH_RADIUS) + 1e-9
    south, north = south - angle, north + angle
    if south <= -90 or north >= 90:
        return -180.0, max(-90.0, south), 180.0, min(90.0, north)
    widest = math.cos(math.radians(max(abs(south), abs(north))))
    wide = math.degrees(math.asin(min(1.0, math.sin(math.radians(min(angle, 90))) / widest)))
    west, east = west - wide - 1e-9, east + wide + 1e-9
    if west < -180 or east > 180:
        west, east = -180.0, 180.0
    return west, south, east, north
