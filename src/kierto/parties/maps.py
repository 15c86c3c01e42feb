"""The map of a search: the points of what was found, in the outline of a district."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kierto.parties.models import District


def map_of(
    points: list[dict[str, Any]], districts: Mapping[str, District], chosen: str
) -> dict[str, Any]:
    """A map of points alone, in the outline of the chosen district, or of the only one there is.

    Returns:
        ``{"points", "lines": []}``, and ``"area"`` where there is an outline.
    """
    data: dict[str, Any] = {"points": points, "lines": []}
    district = districts.get(chosen)
    if district is None and len(districts) == 1:
        district = next(iter(districts.values()))
    if district is not None:
        data["area"] = district.area
    return data
