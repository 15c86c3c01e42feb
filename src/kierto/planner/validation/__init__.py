"""What makes a problem well formed; every flaw is named, none is mended in silence.

:func:`check` refuses what is impossible or absurd, :func:`flaws_of` lists it. :func:`notes_of`
names what is sound but hardly meant: kinds that nobody gives or takes, ways that time or a unit
closes. The common case, a problem without any flaw, is checked a column at a time; only rows that
fail are looked at one by one.
"""

from __future__ import annotations

from kierto.planner.errors import Flaw, InvalidProblem
from kierto.planner.kinds import KindTree
from kierto.planner.model import Problem
from kierto.planner.validation.carrying import arc_flaws, port_kinds, rate_flaws
from kierto.planner.validation.loops import loop_flaws
from kierto.planner.validation.notes import notes_of
from kierto.planner.validation.numbers import number
from kierto.planner.validation.ports import (
    id_flaws,
    kind_flaws,
    need_flaws,
    offer_flaws,
    processor_flaws,
    ratio_flaws,
)
from kierto.planner.validation.spans import period_flaws, storage_flaws

__all__ = ["check", "flaws_of", "notes_of", "port_kinds"]


def check(problem: Problem) -> None:
    """Accept a problem that :func:`~kierto.planner.solve` can take.

    Raises:
        InvalidProblem: with every flaw found.
    """
    if found := flaws_of(problem):
        raise InvalidProblem(found)


def flaws_of(problem: Problem) -> list[Flaw]:
    """Everything that is wrong with the problem, in the order of its parts."""
    tree = KindTree(problem.kinds)
    found = [
        *kind_flaws(problem, tree),
        *id_flaws(problem),
        *offer_flaws(problem, tree),
        *need_flaws(problem, tree),
        *processor_flaws(problem, tree),
        *storage_flaws(problem, tree),
        *ratio_flaws(problem),
        *period_flaws(problem),
        *rate_flaws(problem, tree),
        *arc_flaws(problem, tree),
        *number("problem", "", "carbon_price", problem.carbon_price, least=0),
    ]
    # Only sound recipes can be followed round a loop.
    return found or list(loop_flaws(problem, tree))
