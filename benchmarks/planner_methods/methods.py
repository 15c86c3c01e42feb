"""The methods that can be measured, and where each of them runs."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".venv-peers" / "bin" / "python"


@dataclass(frozen=True)
class Method:
    """A program of this package with its options.

    Attributes:
        module: the program; ``package`` the library that it needs, by its import name.
        ours: whether it is Kierto, and so runs in Kierto's own environment and gives proofs.
        transport_only: whether it knows no recipes.
        warm: whether a small instance is solved before the clock starts.
    """

    name: str
    module: str
    package: str
    options: Mapping[str, Any] = field(default_factory=dict)
    ours: bool = False
    transport_only: bool = False
    warm: bool = False

    def interpreter(self, peers: Path = PEERS) -> Path | None:
        """The Python that can run it; ``None`` where it is not installed."""
        if not self.ours and peers.exists():
            return peers
        return Path(sys.executable) if importlib.util.find_spec(self.package) else None

    def fits(self, family: str) -> bool:
        return family == "transport" or not self.transport_only


_ALL = (
    Method("kierto", "kierto_engine", "kierto", {"engine": "auto"}, ours=True, warm=True),
    Method("kierto cold", "kierto_engine", "kierto", {"engine": "auto"}, ours=True),
    Method(
        "kierto simplex", "kierto_engine", "kierto", {"engine": "simplex"}, ours=True, warm=True
    ),
    Method("kierto highs", "kierto_engine", "kierto", {"engine": "highs"}, ours=True, warm=True),
    Method(
        *("kierto to 0.1 %", "kierto_engine", "kierto", {"engine": "auto", "gap": 1e-3}),
        ours=True,
        warm=True,
    ),
    Method(
        *("kierto to 1 %", "kierto_engine", "kierto", {"engine": "auto", "gap": 1e-2}),
        ours=True,
        warm=True,
    ),
    Method("dense highs", "dense_highs", "highspy"),
    Method("dense highs ipm", "dense_highs", "highspy", {"solver": "ipm"}),
    Method("linopy", "linopy_model", "linopy"),
    Method("pulp", "pulp_model", "pulp"),
    Method("pulp cbc", "pulp_model", "pulp", {"solver": "PULP_CBC_CMD"}),
    Method("pyomo", "pyomo_model", "pyomo"),
    Method("pypsa", "pypsa_network", "pypsa"),
    Method("pot", "pot_transport", "ot", transport_only=True),
    Method("networkx", "networkx_flow", "networkx", transport_only=True),
)
METHODS: Mapping[str, Method] = {method.name: method for method in _ALL}
"""By name, ours first."""

OURS = tuple(method.name for method in _ALL if method.ours)
PEER_NAMES = tuple(method.name for method in _ALL if not method.ours)
