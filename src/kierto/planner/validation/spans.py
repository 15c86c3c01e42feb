"""Periods, storages, and what does not go together with them."""

from __future__ import annotations

from collections.abc import Iterator

from kierto.core.text import Sentence as _
from kierto.planner.errors import Flaw
from kierto.planner.kinds import KindTree
from kierto.planner.model import Problem
from kierto.planner.validation.numbers import number
from kierto.planner.validation.ports import kind_known


def period_flaws(problem: Problem) -> Iterator[Flaw]:
    """At least one period."""
    if problem.periods < 1:
        yield Flaw(
            "problem",
            "",
            "periods",
            _("There are %(value)s periods."),
            _("Plan at least one."),
            {"value": problem.periods},
        )


def storage_flaws(problem: Problem, tree: KindTree) -> Iterator[Flaw]:
    """Room, costs and losses of every storage.

    What waits may not earn money by waiting, and something must be left of it.
    """
    for store in problem.storages:
        yield from kind_known("storage", store.id, store.kind, tree)
        for field in ("capacity", "cost", "emissions"):
            yield from number("storage", store.id, field, getattr(store, field), least=0)
        if not 0 <= store.loss < 1:
            yield Flaw(
                "storage",
                store.id,
                "loss",
                _("The loss is %(value)s of what lies there."),
                _("Give a share from 0 to less than 1."),
                {"value": store.loss},
            )
