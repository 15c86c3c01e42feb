"""Which engine takes which network. A heavy one is imported only when it is chosen."""

from __future__ import annotations

import numpy as np

from kierto.planner.engines import DIRECT_PAIRS, Engine
from kierto.planner.network import Network

ENGINES = ("auto", "highs", "simplex")
"""What a caller may ask for."""


def engine_for(network: Network, wanted: str = "auto") -> Engine:
    """The engine for one network.

    Minimum lots need whole-number decisions and blends need rows of their own: both go to HiGHS
    whatever is wanted.

    Raises:
        ValueError: there is no engine of that name.
    """
    if wanted not in ENGINES:
        raise ValueError(f"engine {wanted!r} is none of {', '.join(ENGINES)}")
    lots = bool(np.any(network.sources.lot > 0))
    small = network.fitting_count <= DIRECT_PAIRS
    if lots or (small and wanted != "simplex"):
        from kierto.planner.highs.direct import Direct

        return Direct()
    from kierto.planner.highs.columns import Columns

    return Columns()
