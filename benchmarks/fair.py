"""The fair split: how long it takes, whether any sampled group would do better alone, and peers.

    .venv/bin/python benchmarks/fair.py --quick
    .venv/bin/python benchmarks/fair.py --participants 5000
    .venv/bin/python benchmarks/fair.py --exact-amounts

1. A district is planned and split; then groups of participants are drawn (at random, and the
   partners around one of them, who have most to gain from leaving together), each is planned by
   itself, and what it would pay alone is held against its shares.
2. On a smaller district the same ranges are searched the naive way: two linear programs with
   every price and every pair for each participant, warm from one to the next (HiGHS).
3. In small games with every group listed: how often a split in proportion to what each pays alone
   breaks a group, and how often this one does.

Amounts are rounded to ten tonnes unless `--exact-amounts`: round numbers are what people write,
and what makes prices degenerate.
"""

from __future__ import annotations

import itertools
import random
import time
from collections import defaultdict
from dataclasses import replace

import highspy
import numpy as np
from _harness import Benchmark
from districts import country

from kierto.planner import Plan, Problem, solve
from kierto.planner.fair import FairSplit, agents_of, part_of, split
from kierto.planner.network import Network
from kierto.planner.pairs import possible_pairs

STEP = 10.0
SLACK = 1e-6
"""EUR by which a group may be overcharged, as a share of what the plan costs: rounding."""

AGREEMENT = 1e-6


def main() -> None:
    bench = Benchmark("A fair split of a plan's cost: speed, stability, ranges")
    bench.parser.add_argument("--participants", type=int, default=1000)
    bench.parser.add_argument("--groups", type=int, default=200)
    bench.parser.add_argument("--peer-participants", type=int, default=300)
    bench.parser.add_argument("--games", type=int, default=40)
    bench.parser.add_argument("--seed", type=int, default=0)
    bench.parser.add_argument("--exact-amounts", action="store_true")
    options = bench.start()
    quick, dice = options.quick, random.Random(options.seed)

    def district(size: int) -> Problem:
        drawn = country(size, processors=max(3, size // 150), seed=options.seed)
        return drawn if options.exact_amounts else rounded(drawn)

    kept = large(bench, district(options.participants), 40 if quick else options.groups, dice)
    kept &= against_naive(bench, district(100 if quick else options.peer_participants))
    kept &= small_games(bench, 10 if quick else options.games)
    bench.finish(kept=kept)


def rounded(problem: Problem) -> Problem:
    """Amounts and capacities in whole steps."""

    def step(value: float) -> float:
        return max(STEP, round(value / STEP) * STEP)

    return replace(
        problem,
        offers=tuple(replace(each, amount=step(each.amount)) for each in problem.offers),
        needs=tuple(replace(each, amount=step(each.amount)) for each in problem.needs),
        processors=tuple(
            replace(each, capacity=step(each.capacity)) for each in problem.processors
        ),
    )


def large(bench: Benchmark, problem: Problem, count: int, dice: random.Random) -> bool:
    started = time.perf_counter()
    plan = solve(problem)
    bench.figure("plan_seconds", time.perf_counter() - started, "s")
    started = time.perf_counter()
    found = split(problem, plan)
    bench.figure("split_seconds", time.perf_counter() - started, "s")
    people = found.participants
    wide = [each for each in people if each.highest - each.lowest > 0.01]
    bench.figure("participants", len(people), "participants")
    bench.figure("with_a_range", len(wide), "participants")
    bench.figure("gain_nothing", sum(each.gains_nothing for each in people), "participants")
    bench.figure("gain", found.gain / found.alone, "of what all pay alone")
    bench.figure("rounding", abs(found.rounding), "EUR")
    worst = worst_sampled(problem, plan, found, count, dice)
    bench.figure("sampled_groups", count, "groups")
    bench.figure("worst_slack", worst, "EUR")
    bench.figure("worst_slack_share", worst / abs(found.objective), "of the plan's cost")
    return worst >= -SLACK * abs(found.objective) and found.stable


def worst_sampled(
    problem: Problem, plan: Plan, found: FairSplit, count: int, dice: random.Random
) -> float:
    """min over the drawn groups of what they would pay alone − what they are charged."""
    shares = {each.agent: each.share for each in found.participants}
    partners = partners_in(problem, plan)
    worst = np.inf
    for number in range(count):
        size = dice.choice([2, 3, 5, 10, 30, 100, 300])
        group = (
            around(dice.choice(sorted(partners)), partners, size)
            if number % 2
            else dice.sample(sorted(shares), min(size, len(shares)))
        )
        alone = solve(part_of(problem, group)).totals.objective
        worst = min(worst, alone - sum(shares[agent] for agent in group))
    return float(worst)


def partners_in(problem: Problem, plan: Plan) -> dict[str, set[str]]:
    """Who gives something to whom, or gets it from them."""
    network = Network(problem)
    sides = (network.sources, network.sinks)
    owner = {port.id: port.agent for side in sides for port in side.rows}
    partners: dict[str, set[str]] = defaultdict(set)
    for flow in plan.flows:
        giver, taker = owner[flow.source], owner[flow.sink]
        partners[giver].add(taker)
        partners[taker].add(giver)
    return partners


def around(agent: str, partners: dict[str, set[str]], size: int) -> list[str]:
    """An agent, its partners, their partners and so on."""
    group, waiting = {agent}, [agent]
    while waiting and len(group) < size:
        for other in sorted(partners[waiting.pop(0)] - group):
            if len(group) < size:
                group.add(other)
                waiting.append(other)
    return sorted(group)


def against_naive(bench: Benchmark, problem: Problem) -> bool:
    plan = solve(problem)
    started = time.perf_counter()
    found = split(problem, plan)
    ours = time.perf_counter() - started
    started = time.perf_counter()
    ranges = naive_ranges(problem, plan.totals.objective)
    naive = time.perf_counter() - started
    apart = max(
        max(abs(each.lowest - ranges[each.agent][0]), abs(each.highest - ranges[each.agent][1]))
        for each in found.participants
    )
    bench.figure("peer_participants", len(found.participants), "participants")
    bench.figure("peer_seconds", naive, "s")
    bench.figure("our_seconds", ours, "s")
    bench.figure("peer_ratio", naive / ours, "times")
    bench.figure("peer_difference", apart, "EUR")
    return apart <= AGREEMENT * abs(found.objective)


def naive_ranges(problem: Problem, best: float) -> dict[str, tuple[float, float]]:
    """Every price a variable, every pair a row, two programs for each participant."""
    network = Network(problem)
    sources, sinks, pairs = network.sources, network.sinks, possible_pairs(network)
    first, recipes = len(sources), len(network.capacity)
    ports = first + len(sinks)
    prices = np.concatenate([sources.price, sinks.price])
    value = np.concatenate([sources.amount, sinks.amount, -network.capacity])
    owners = [port.agent for port in (*sources.rows, *sinks.rows)]
    owners += [each.agent for each in problem.processors]
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    none = np.zeros(0, dtype=np.int32)
    infinite = highspy.kHighsInf
    low = np.concatenate([np.full(ports, -infinite), np.zeros(recipes)])
    high = np.concatenate([np.nan_to_num(prices, nan=infinite), np.full(recipes, infinite)])
    solver.addCols(len(value), np.zeros(len(value)), low, high, 0, none, none, np.zeros(0))
    ends = np.stack([pairs.source, first + pairs.sink], axis=1).ravel().astype(np.int32)
    starts = (2 * np.arange(len(pairs))).astype(np.int32)
    solver.addRows(
        *(len(pairs), np.full(len(pairs), -infinite), pairs.price),
        *(len(ends), starts, ends, np.ones(len(ends))),
    )
    recipe = np.concatenate([sources.recipe, sinks.recipe])
    yields = np.concatenate([sources.yield_, sinks.yield_])
    for number in range(recipes):
        rows = np.flatnonzero(recipe == number)
        columns = np.append(rows, ports + number).astype(np.int32)
        solver.addRow(
            -network.recipe_price[number],
            infinite,
            len(columns),
            columns,
            np.append(yields[rows], 1),
        )
    every = np.arange(len(value), dtype=np.int32)
    solver.addRow(best - 1e-9 * abs(best), infinite, len(value), every, value)
    mine = {agent: np.array([each == agent for each in owners]) for agent in agents_of(problem)}
    return {agent: _ends(solver, every, value * rows) for agent, rows in mine.items()}


def _ends(solver: highspy.Highs, every: np.ndarray, cost: np.ndarray) -> tuple[float, float]:
    found = []
    for sign in (1.0, -1.0):
        solver.changeColsCost(len(every), every, sign * cost)
        solver.run()
        found.append(sign * solver.getInfo().objective_function_value)
    return found[0], found[1]


def small_games(bench: Benchmark, count: int) -> bool:
    """Eight participants with several resources each; every group is planned."""
    broken = {"proportional": 0, "ours": 0}
    cores = 0
    for seed in range(count):
        problem = small_game(seed)
        found = split(problem, solve(problem))
        alone = sum(each.alone for each in found.participants)
        charged = {
            "proportional": {
                each.agent: each.alone / alone * found.objective for each in found.participants
            },
            "ours": {each.agent: each.share for each in found.participants},
        }
        slack = dict.fromkeys(charged, np.inf)
        for group in groups_of(agents_of(problem)):
            cores += 1
            cost = solve(part_of(problem, group)).totals.objective
            for name, shares in charged.items():
                slack[name] = min(slack[name], cost - sum(shares[agent] for agent in group))
        for name in broken:
            broken[name] += slack[name] < -SLACK * alone
    bench.figure("games", count, "games of 8 participants")
    bench.figure("games_groups", cores, "groups planned")
    bench.figure("games_broken_by_proportional", broken["proportional"], "games")
    bench.figure("games_broken_by_ours", broken["ours"], "games")
    return broken["ours"] == 0


def small_game(seed: int) -> Problem:
    drawn = rounded(country(24, kinds=2, processors=2, clustered=False, seed=seed))
    names = ("offers", "needs", "processors")
    owned = {
        name: tuple(
            replace(each, agent=f"agent {(number * 3 + place) % 8}")
            for number, each in enumerate(getattr(drawn, name))
        )
        for place, name in enumerate(names)
    }
    return replace(drawn, **owned)


def groups_of(agents: tuple[str, ...]) -> list[tuple[str, ...]]:
    sizes = range(1, len(agents))
    return [group for size in sizes for group in itertools.combinations(agents, size)]


if __name__ == "__main__":
    main()
