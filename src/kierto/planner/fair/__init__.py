"""The fair split: who should pay what, so that no group of participants does better alone.

``split(problem, plan)`` answers with a :class:`FairSplit`; ``part_of`` gives the problem that a
group has by itself.
"""

from __future__ import annotations

from kierto.planner.fair.coalition import agents_of, part_of
from kierto.planner.fair.result import (
    CapacityRent,
    FairSplit,
    Participant,
    PortPrice,
    Stability,
    Standing,
)
from kierto.planner.fair.splitting import split

__all__ = [
    "CapacityRent",
    "FairSplit",
    "Participant",
    "PortPrice",
    "Stability",
    "Standing",
    "agents_of",
    "part_of",
    "split",
]
