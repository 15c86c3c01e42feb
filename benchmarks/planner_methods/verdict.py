"""What the outcomes say together: whether all optima agree, and how time grows."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from planner_methods.running import Outcome

AGREEMENT = 1e-6
"""Largest relative distance between two optima of one instance."""

EXACT = 1e-6
"""A plan whose own proof leaves a larger gap never claimed to be the optimum."""


def disagreements(outcomes: Iterable[Outcome]) -> list[str]:
    """In words, every answer to one instance that cannot be right beside the others.

    The yardstick is the objective that Kierto certified, for its proof is recomputed by code that
    knows no solver; without one, the middle of all. An exact answer must equal it; one within a
    gap must not be below it, and its bound not above it.
    """
    finished = [outcome for outcome in outcomes if outcome.finished]
    exact = [outcome for outcome in finished if is_exact(outcome)]
    if not exact:
        return []
    yardstick = _yardstick(exact)
    scale = max(abs(yardstick), 1e-9)
    wrong = []
    for outcome in finished:
        off = (_known(outcome.objective) - yardstick) / scale
        excess = 0.0 if outcome.bound is None else (outcome.bound - yardstick) / scale
        if (abs(off) if is_exact(outcome) else -off) > AGREEMENT:
            wrong.append(
                f"{outcome.method} on {outcome.family}, {outcome.participants} participants: "
                f"{outcome.objective:.6f} instead of {yardstick:.6f} ({off:+.1e})"
            )
        if excess > AGREEMENT:
            wrong.append(
                f"{outcome.method} on {outcome.family}, {outcome.participants} participants: "
                f"its bound {outcome.bound:.6f} is above the optimum {yardstick:.6f}"
            )
    return wrong


def is_exact(outcome: Outcome) -> bool:
    """Whether it claims to be the optimum."""
    return outcome.finished and (outcome.gap is None or outcome.gap <= EXACT)


def proven_gap(outcome: Outcome, others: Iterable[Outcome]) -> float | None:
    """The gap that the method proves; where it proves none, its distance from the highest bound
    that another method proved for the same instance, as a share of the objective."""
    if outcome.gap is not None or outcome.objective is None:
        return outcome.gap
    bounds = [other.bound for other in others if other.finished and other.bound is not None]
    if not bounds:
        return None
    return (outcome.objective - max(bounds)) / max(abs(outcome.objective), 1e-9)


def growth(points: Sequence[tuple[int, float]]) -> float | None:
    """The exponent e of seconds ~ participants^e, by least squares on logarithms.

    ``None`` with fewer than three sizes: a line through two points fits whatever they are.
    """
    if len(points) < 3:
        return None
    size = [math.log(participants) for participants, _ in points]
    time = [math.log(seconds) for _, seconds in points]
    return statistics.linear_regression(size, time).slope


def foreseen_seconds(points: Sequence[tuple[int, float]], participants: int) -> float | None:
    """What the next size will take at least, if time grows as the number of pairs does."""
    if not points:
        return None
    size, seconds = max(points)
    return seconds * (participants / size) ** 2


def _yardstick(exact: list[Outcome]) -> float:
    proven = [outcome for outcome in exact if outcome.gap is not None]
    return statistics.median_low([_known(outcome.objective) for outcome in proven or exact])


def _known(value: float | None) -> float:
    assert value is not None  # of a finished outcome
    return value
