"""One instance as columns of numbers, from which every method builds its own model.

A *source* is what somebody offers or a recipe makes, a *sink* what somebody needs or a recipe
takes. Of every source all must go: to sinks of its kind, or to disposal at its fallback price.
Of every sink all must come: from sources, or bought at its fallback price (infinite where
nothing can be bought). A recipe at level z, from 0 to its capacity, adds yield · z to what its
outputs give and to what its inputs take, and costs price · z.

Money is in euros with carbon at its price, amounts in tonnes, places in degrees (WGS 84).
Carrying a tonne costs handling + road kilometres · rate of the kind.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG); Kierto's own number, which a test holds equal."""


@dataclass(frozen=True)
class Arcs:
    """Every pair that may be joined: row of the source, row of the sink, euros per tonne."""

    source: Integers
    sink: Integers
    price: Floats

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True)
class Instance:
    """The columns.

    Attributes:
        source_kind … source_fallback: of each source; the amount is 0 at a recipe's output.
        sink_kind … sink_fallback: of each sink; the amount is 0 at a recipe's input.
        kind_handling, kind_per_km: EUR per tonne, EUR per tonne and road kilometre, of each kind.
        road_factor: road kilometres per straight kilometre (one number).
        recipe_price, recipe_capacity: of each recipe.
        stream_recipe, stream_port, stream_yield: of each input and output: its recipe, the row
            of its source (output) or sink (input), tonnes per unit of level (positive).
        stream_is_output: whether the port is a source.
    """

    source_kind: Integers
    source_latitude: Floats
    source_longitude: Floats
    source_amount: Floats
    source_fallback: Floats
    sink_kind: Integers
    sink_latitude: Floats
    sink_longitude: Floats
    sink_amount: Floats
    sink_fallback: Floats
    kind_handling: Floats
    kind_per_km: Floats
    road_factor: Floats
    recipe_price: Floats
    recipe_capacity: Floats
    stream_recipe: Integers
    stream_port: Integers
    stream_yield: Floats
    stream_is_output: NDArray[np.bool_]

    @property
    def sources(self) -> int:
        return len(self.source_kind)

    @property
    def sinks(self) -> int:
        return len(self.sink_kind)

    @property
    def recipes(self) -> int:
        return len(self.recipe_price)

    def arcs(self) -> Arcs:
        """All pairs of one kind, by kind, then source, then sink."""
        blocks = [self._block(kind) for kind in range(len(self.kind_handling))]
        return Arcs(*(np.concatenate(columns) for columns in zip(*blocks, strict=True)))

    def price_table(self, kind: int) -> tuple[Integers, Integers, Floats]:
        """Sources (n) and sinks (m) of a kind, and what a tonne costs between them (n × m)."""
        sources = np.flatnonzero(self.source_kind == kind)
        sinks = np.flatnonzero(self.sink_kind == kind)
        km = self.road_km(sources[:, None], sinks[None, :])
        return sources, sinks, self.kind_handling[kind] + km * self.kind_per_km[kind]

    def road_km(self, source: Integers, sink: Integers) -> Floats:
        """Road kilometres between rows of sources and sinks (haversine, times the factor)."""
        north = np.radians(self.source_latitude)[source]
        south = np.radians(self.sink_latitude)[sink]
        east = np.radians(self.sink_longitude[sink] - self.source_longitude[source])
        chord = np.sin((south - north) / 2) ** 2
        chord = chord + np.cos(north) * np.cos(south) * np.sin(east / 2) ** 2
        straight = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(chord)))
        distance: Floats = straight * float(self.road_factor[0])
        return distance

    def save(self, path: Path) -> None:
        np.savez(path, **{each.name: getattr(self, each.name) for each in fields(self)})

    @classmethod
    def load(cls, path: Path) -> Instance:
        with np.load(path) as columns:
            return cls(**{each.name: columns[each.name] for each in fields(cls)})

    def _block(self, kind: int) -> tuple[Integers, Integers, Floats]:
        sources, sinks, price = self.price_table(kind)
        return np.repeat(sources, len(sinks)), np.tile(sinks, len(sources)), price.ravel()
