"""Which candidate sites to open: a tree of choices, each branch bounded by prices.

- :mod:`~kierto.planner.siting.case`: the problem as columns of numbers;
- :mod:`~kierto.planner.siting.lagrangian`: the bound that prices prove, without a solver;
- :mod:`~kierto.planner.siting.program`: relaxations and fixed choices, arcs and rows as needed;
- :mod:`~kierto.planner.siting.ascent`: better prices without a program, for large problems;
- :mod:`~kierto.planner.siting.choices`: what choices cost, and better ones;
- :mod:`~kierto.planner.siting.tree`: the search;
- :mod:`~kierto.planner.siting.proof`: its proof, checked without a solver;
- :mod:`~kierto.planner.siting.sites`: a problem in, a certified plan out;
- :mod:`~kierto.planner.siting.covers`: rows that whole sites satisfy and fractions do not;
- :mod:`~kierto.planner.siting.reasons`: why each candidate opens or stays closed.
"""

from __future__ import annotations

from kierto.planner.siting.proof import ProofNode, Proven, proven_bound
from kierto.planner.siting.reasons import SiteReason, SiteVerdict, reasons
from kierto.planner.siting.sites import Sited, search_sites, solve_sites

__all__ = [
    "ProofNode",
    "Proven",
    "SiteReason",
    "SiteVerdict",
    "Sited",
    "proven_bound",
    "reasons",
    "search_sites",
    "solve_sites",
]
