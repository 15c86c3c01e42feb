"""Which engine takes which network. A heavy one is imported only when it is chosen."""

from __future__ import annotations

import numpy as np

from kierto.planner.engines import Engine
from kierto.planner.network import Network

ENGINES = ("auto", "highs", "simplex")
"""What a caller may ask for."""

DIRECT_PAIRS = 10_000
"""Up to so many pairs of fitting kinds, HiGHS gets all of them at once."""

SIMPLEX_PAIRS = 150_000
"""Beyond so many, the simplex of our own is the quicker, its loading included."""


def engine_for(network: Network, wanted: str = "auto") -> Engine:
    """The engine for one network.

    Minimum lots need whole-number decisions and blends need rows of their own: both go to HiGHS
    whatever is wanted. With blends, the simplex tells it which pairs to begin with.

    Raises:
        ValueError: there is no engine of that name.
    """
    if wanted not in ENGINES:
        raise ValueError(f"engine {wanted!r} is none of {', '.join(ENGINES)}")
    pairs = network.fitting_count
    if np.any(network.sources.lot > 0) or (pairs <= DIRECT_PAIRS and wanted != "simplex"):
        return _direct()
    large = wanted == "simplex" or (wanted == "auto" and pairs > SIMPLEX_PAIRS)
    if not any(network.blends):
        return _simplex() if large else _columns()
    return _columns(scout=_simplex() if large else None)


def _simplex() -> Engine:
    from kierto.planner.simplex.engine import Simplex

    return Simplex()


def _columns(scout: Engine | None = None) -> Engine:
    from kierto.planner.highs.columns import Columns

    return Columns(scout)


def _direct() -> Engine:
    from kierto.planner.highs.direct import Direct

    return Direct()
