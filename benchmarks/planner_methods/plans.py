"""Which families, sizes and methods each form of the benchmark goes through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Names = tuple[str, ...]

MODELLERS: Names = ("dense highs", "dense highs ipm", "linopy", "pulp", "pyomo", "pypsa")
ENGINES: Names = ("kierto", "kierto cold", "kierto simplex", "kierto highs")


@dataclass(frozen=True)
class Stretch:
    """One family at rising sizes (participants), by the same methods."""

    family: str
    sizes: tuple[int, ...]
    methods: Names


QUICK: Sequence[Stretch] = (
    Stretch("city", (400, 1_200), (*ENGINES, *MODELLERS)),
    Stretch("transport", (200, 600), ("kierto", "dense highs", "pot", "networkx")),
    Stretch("clustered", (1_000, 3_000, 10_000), ("kierto",)),
)
FULL: Sequence[Stretch] = (
    Stretch("city", (400, 1_200, 4_000), (*ENGINES, *MODELLERS)),
    Stretch("transport", (200, 600, 2_000), (*ENGINES, "dense highs", "linopy", "pot", "networkx")),
    Stretch("clustered", (1_000, 3_000, 10_000, 30_000, 100_000), (*ENGINES, *MODELLERS)),
    Stretch("recipes", (1_000, 10_000), (*ENGINES, *MODELLERS)),
    Stretch("recipes", (100_000,), ("kierto", "kierto to 0.1 %")),
    Stretch("two-kinds", (1_000, 10_000, 100_000), ("kierto", "kierto to 0.1 %")),
)
MILLION: Sequence[Stretch] = (Stretch("clustered", (1_000_000,), ("kierto to 1 %",)),)

LIMIT_SECONDS: Mapping[str, float] = {"quick": 20.0, "full": 400.0, "million": 1_800.0}


def chosen(
    plan: Sequence[Stretch], families: list[str], sizes: list[int], methods: list[str]
) -> list[Stretch]:
    """The plan, narrowed to what was asked for. A family that it lacks is added."""
    stretches = [each for each in plan if not families or each.family in families]
    known = {each.family for each in stretches}
    stretches += [Stretch(name, (1_000,), ENGINES) for name in families if name not in known]
    if sizes:
        names = dict.fromkeys(each.family for each in stretches)
        stretches = [
            Stretch(name, tuple(sorted(sizes)), _methods_of(stretches, name)) for name in names
        ]
    if methods:
        stretches = [Stretch(each.family, each.sizes, tuple(methods)) for each in stretches]
    return stretches


def _methods_of(stretches: list[Stretch], family: str) -> Names:
    return tuple(
        dict.fromkeys(m for each in stretches if each.family == family for m in each.methods)
    )
