"""Small games for tests, and their truth by brute force: dense linear programs by scipy, written
from the definition, in which every price is a variable of its own."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from kierto.core.geography import Point
from kierto.planner import (
    Fallback,
    Kind,
    Need,
    Offer,
    Problem,
    Processor,
    Rate,
    Rates,
    Stream,
)
from kierto.planner.fair import agents_of, part_of
from kierto.planner.network import Network
from kierto.planner.pairs import possible_pairs

Floats = NDArray[np.float64]


def game(seed: int, agents: int = 5, *, processors: int = 2, round_: bool = True) -> Problem:
    """Every agent has one to three resources; round amounts make the prices degenerate."""
    dice = random.Random(seed)

    def amount() -> float:
        return dice.choice([1, 2, 2, 3, 4]) * 10 if round_ else dice.uniform(5, 50)

    def spot() -> Point:
        return Point(60.2 + dice.choice([0, 1, 2, 3]) * 0.02, 24.7 + dice.choice([0, 1, 2]) * 0.04)

    def money(low: float, high: float) -> Fallback:
        return Fallback(round(dice.uniform(low, high), 1), round(dice.uniform(0, 1), 1))

    offers, needs, works = [], [], []
    for number in range(agents):
        for part in range(dice.choice([1, 1, 2])):
            kind, agent, id_ = dice.choice("ab"), f"agent {number}", f"{number}.{part}"
            if dice.random() < 0.5:
                offers.append(Offer(f"o{id_}", agent, kind, amount(), spot(), money(0, 4)))
            else:
                needs.append(Need(f"n{id_}", agent, kind, amount(), spot(), money(1, 9)))
    for number in range(processors):
        owner = f"agent {dice.randrange(agents)}" if dice.random() < 0.5 else f"maker {number}"
        kind, other = dice.choice(["ab", "ba"])
        inputs = [Stream(kind, dice.choice([1, 2]), dice.choice([None, money(2, 6)]))]
        outputs = [Stream(other, dice.choice([1, 0.75]), money(0, 1))]
        works.append(
            Processor(
                *(f"p{number}", owner, spot(), tuple(inputs), tuple(outputs)),
                *(dice.choice([0, 10, 20, 1000]), round(dice.uniform(0, 1), 1)),
            )
        )
    return Problem(
        kinds=(Kind("a", "t"), Kind("b", "t")),
        offers=tuple(offers),
        needs=tuple(needs),
        processors=tuple(works),
        rates=Rates(Rate(0.2, 0.1, 0.1)),
        carbon_price=dice.choice([0, 0.5]),
    )


def groups(problem: Problem) -> Iterator[tuple[str, ...]]:
    """Every group of participants."""
    agents = agents_of(problem)
    for size in range(1, len(agents) + 1):
        yield from itertools.combinations(agents, size)


@dataclass(frozen=True)
class Program:
    """max b·y − capacity·m, y ≤ fallback, y_s + y_t ≤ c, m ≥ −r(y), m ≥ 0; columns: y, then m."""

    objective: Floats
    matrix: Floats
    limit: Floats
    bounds: list[tuple[float | None, float | None]]
    owner: list[str]


def program_of(problem: Problem) -> Program:
    """The dual of a problem, dense."""
    network = Network(problem)
    sources, sinks, pairs = network.sources, network.sinks, possible_pairs(network)
    first, recipes = len(sources), len(network.capacity)
    ports = first + len(sinks)
    joins = np.zeros((len(pairs), ports + recipes))
    joins[np.arange(len(pairs)), pairs.source] = 1
    joins[np.arange(len(pairs)), first + pairs.sink] = 1
    makes = np.zeros((recipes, ports + recipes))
    for offset, side in ((0, sources), (first, sinks)):
        for row in np.flatnonzero(side.recipe >= 0):
            makes[side.recipe[row], offset + row] -= side.yield_[row]
    makes[:, ports:] -= np.eye(recipes)
    prices = np.concatenate([sources.price, sinks.price])
    tops = [None if np.isnan(price) else float(price) for price in prices]
    owners = [port.agent for port in (*sources.rows, *sinks.rows)]
    return Program(
        np.concatenate([sources.amount, sinks.amount, -network.capacity]),
        np.vstack([joins, makes]),
        np.concatenate([pairs.price, network.recipe_price]),
        [(None, top) for top in tops] + [(0, None)] * recipes,
        owners + [each.agent for each in problem.processors],
    )


def least_cost(problem: Problem) -> float:
    """v(S) of the linear game: what the problem's cheapest plan costs."""
    if not list(problem.port_ids()):
        return 0.0
    program = program_of(problem)
    answer = linprog(
        -program.objective, program.matrix, program.limit, bounds=program.bounds, method="highs"
    )
    assert answer.status == 0
    return float(-answer.fun)


def worst_slack(problem: Problem, shares: dict[str, float]) -> float:
    """min over all groups of v(S) − what S pays; the core is where this is not negative."""
    return min(
        least_cost(part_of(problem, group)) - sum(shares[agent] for agent in group)
        for group in groups(problem)
    )


def payment_range(problem: Problem, agent: str) -> tuple[float, float]:
    """Least and greatest payment of an agent over all optimal prices."""
    program, best = program_of(problem), least_cost(problem)
    mine = np.array([owner == agent for owner in program.owner])
    ends = []
    for sign in (1, -1):
        answer = linprog(
            sign * program.objective * mine,
            np.vstack([program.matrix, -program.objective]),
            np.append(program.limit, -best + 1e-8 * max(abs(best), 1.0)),
            bounds=program.bounds,
            method="highs",
        )
        assert answer.status == 0
        ends.append(sign * float(answer.fun))
    return ends[0], ends[1]
