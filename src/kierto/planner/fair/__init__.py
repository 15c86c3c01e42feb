"""The fair split: who should pay what, so that no group of participants does better alone."""

from __future__ import annotations

from kierto.planner.fair.result import (
    CapacityRent,
    FairSplit,
    Participant,
    PortPrice,
    Stability,
    Standing,
)

__all__ = ["CapacityRent", "FairSplit", "Participant", "PortPrice", "Stability", "Standing"]
