"""The simplex says how far it is, and stops when it is asked to."""

from __future__ import annotations

import pytest

from kierto.planner import Cancelled, Progress, Status, Wish, solve
from kierto.planner.engines import Run
from kierto.planner.network import Network
from kierto.planner.simplex.engine import Simplex
from tests.planner.districts import random_district

Word = tuple[str, float, float | None, float | None]


class Listener:
    """Keeps every word; answers "enough" from the given one on, or raises."""

    def __init__(self, enough_after: int | None = None, cancel_after: int | None = None) -> None:
        self.words: list[Word] = []
        self.enough_after = enough_after
        self.cancel_after = cancel_after

    def __call__(self, *word: object) -> bool:
        self.words.append(word)  # type: ignore[arg-type]
        if self.cancel_after is not None and len(self.words) > self.cancel_after:
            raise Cancelled
        return self.enough_after is not None and len(self.words) > self.enough_after


def test_shares_grow_and_the_bound_meets_the_objective() -> None:
    listener = Listener()
    Simplex(small=50).solve(Network(random_district(1, 200)), Run(tell=listener))
    shares = [share for _, share, _, _ in listener.words]
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    told = [(high, low) for _, _, high, low in listener.words if high is not None]
    bounds = [low for _, low in told]
    assert bounds == sorted(bounds)
    assert all(low <= high + 1e-9 * abs(high) for high, low in told)
    assert told[-1][0] == pytest.approx(told[-1][1], rel=1e-9)


def test_cancelling_raises_at_once_in_one_thread_or_two() -> None:
    for threads in (1, 2):
        listener = Listener(cancel_after=3)
        with pytest.raises(Cancelled):
            Simplex(small=50).solve(
                Network(random_district(1, 200)), Run(tell=listener, threads=threads)
            )
        assert len(listener.words) == 4


def test_wanted_gap_is_proven() -> None:
    problem = random_district(4, 300)
    network = Network(problem)
    exact = Simplex(small=50).solve(network, Run())
    rough = Simplex(small=50).solve(network, Run(gap=0.05))
    assert rough.rounds <= exact.rounds
    assert rough.bound <= exact.bound * (1 + 1e-12)
    plan = solve(problem, engine="simplex", gap=0.05)
    assert plan.certificate.valid
    assert plan.certificate.gap <= 0.05


def test_enough_gives_a_certified_plan_within_a_stated_gap() -> None:
    def enough(word: Progress) -> Wish:
        return Wish.ENOUGH

    problem = random_district(4, 300)
    plan = solve(problem, engine="simplex", progress=enough)
    assert plan.certificate.valid
    assert plan.status in {Status.WITHIN_GAP, Status.OPTIMAL}
    assert plan.totals.objective <= plan.baseline.objective
