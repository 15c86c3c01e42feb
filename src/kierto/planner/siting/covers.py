"""How many sites it takes: rows that whole sites satisfy and fractions of sites do not.

Take all needs of a kind (or all offers of one): together they ask for *D*. Candidates reach them
with at most *C_p* when open; whatever does not go through candidates is *u* (fallbacks, and arcs
from others). So ``Σ C_p·o_p + u ≥ D``. Divided by some δ and rounded, this becomes ::

    Σ G(C_p/δ)·o_p  +  κ·u  ≥  ⌈D/δ⌉,      G(a) = ⌊a⌋ + min(1, frac(a)/f),   κ = 1/(δ·f)

with f the fractional part of D/δ: mixed-integer rounding (G. Nemhauser and L. Wolsey, "A recursive
procedure to generate all cuts for 0–1 mixed integer programs", Mathematical Programming 46, 1990).
With seven sites' worth of demand and a bit it says: eight. Sites may be counted as open on the
left beforehand (``saturated``); the row holds all the same, because no site is open more than once.

A row is named by its group, δ and saturated sites alone, so a proof need not be believed: whoever
checks it computes the row anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kierto.planner.network import Floats, Integers

LEAST_PART = 0.02
"""Rows whose f is smaller (or nearer to 1) say hardly more than the sum they come from."""


@dataclass(frozen=True)
class Group:
    """Needs (or offers) of one kind, and what each candidate can do for them.

    Attributes:
        ports: their numbers; ``amount`` is the sum of their amounts.
        reach: f[sites], the most that an open site can bring or take.
    """

    ports: Integers
    amount: float
    reach: Floats


@dataclass(frozen=True)
class Cover:
    """One row: of which group, divided by what, which sites counted as open."""

    group: int
    delta: float
    saturated: tuple[int, ...] = ()


@dataclass(frozen=True)
class CoverRow:
    """Σ weights · open + kappa · u ≥ count."""

    weights: Floats
    kappa: float
    count: float


def row_of(groups: tuple[Group, ...], cover: Cover) -> CoverRow:
    """The row of a cover.

    Raises:
        ValueError: rounding gives nothing there.
    """
    group = groups[cover.group]
    reach = group.reach.copy()
    saturated = list(cover.saturated)
    rest = group.amount - math.fsum(reach[saturated].tolist())
    reach[saturated] = 0.0
    if not cover.delta > 0 or not rest > 0:
        raise ValueError("A cover needs a positive divisor and something left to do.")
    parts = rest / cover.delta
    part = parts - math.floor(parts)
    if not LEAST_PART / 2 <= part <= 1 - LEAST_PART / 2:
        raise ValueError("A cover with hardly a fraction says nothing.")
    shares = reach / cover.delta
    whole = np.floor(shares)
    # a share a hair below a whole number counts as whole: that only makes the row weaker
    weights = whole + np.minimum(1.0, (shares - whole) / part)
    weights = np.where(shares - whole > 1 - 1e-12, whole + 1, weights)
    return CoverRow(weights, 1.0 / (cover.delta * part), math.floor(parts) + 1.0)


def broken_covers(
    groups: tuple[Group, ...], shares: Floats, through: Floats, *, most: int = 2
) -> Iterator[Cover]:
    """For every group the rows that fractional ``shares`` break most, given how much goes
    ``through`` candidates to each group."""
    for number, group in enumerate(groups):
        doubtful = (shares > 0.01) & (shares < 0.99) & (group.reach > 0)
        if not doubtful.any():
            continue
        full = tuple(np.flatnonzero((shares >= 0.99) & (group.reach > 0)).tolist())
        outside = max(group.amount - float(through[number]), 0.0)
        found: list[tuple[float, float, Cover]] = []
        for delta in np.unique(group.reach[doubtful]).tolist():
            for saturated in {full, ()}:
                cover = Cover(number, delta, saturated)
                try:
                    row = row_of(groups, cover)
                except ValueError:
                    continue
                done = float(np.sum(row.weights * shares)) + row.kappa * outside
                if done < row.count - 1e-3 * row.count:
                    found.append((done / row.count, delta, cover))
        found.sort(key=lambda each: each[:2])
        yield from (cover for _, _, cover in found[:most])
