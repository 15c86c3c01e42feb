"""Several periods: ids carry their period, stock waits in stores, and the optimum is that of a
program with stock variables of its own."""

from __future__ import annotations

import itertools
import random
import warnings
from dataclasses import replace

import pulp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.planner import (
    Arc,
    Blend,
    Fallback,
    Plan,
    Problem,
    Rate,
    Rates,
    Storage,
    Stream,
    certify,
    solve,
)
from kierto.planner.kinds import KindTree
from kierto.planner.periods import (
    by_period,
    is_waiting,
    period_of,
    split_id,
    stocks,
    unfold,
)
from tests.planner.districts import HERE, east, need, offer, press, problem, random_district
from tests.planner.reference import _unit_cost

FREE = Rates(Rate(0.0, 0.0))
COUNT = itertools.count()


def store(id_: str = "barn", kind: str = "wood", capacity: float = 100, **more: object) -> Storage:
    """A storage beside everybody else."""
    values = {"agent": f"keeper of {id_}", "place": HERE, **more}
    return Storage(id_, kind=kind, capacity=capacity, **values)  # type: ignore[arg-type]


def in_time(*parts: object, periods: int = 3, **changes: object) -> Problem:
    """A problem of several periods; storages may stand among the parts."""
    stores = tuple(each for each in parts if isinstance(each, Storage))
    others = [each for each in parts if not isinstance(each, Storage)]
    return problem(*others, periods=periods, storages=stores, **changes)  # type: ignore[arg-type]


def random_time(seed: int, *, cyclic: bool, size: int = 5) -> Problem:
    """A random district whose amounts change, with four stores."""
    dice = random.Random(seed)
    whole = random_district(seed, size)
    periods = dice.choice([2, 3, 4])

    def profile(amount: float) -> tuple[float, ...]:
        if dice.random() < 0.3:
            return ()
        return tuple(round(amount * dice.choice([0, 0.5, 1, 2]), 1) for _ in range(periods))

    def changing(parts: tuple) -> tuple:
        return tuple(replace(each, profile=profile(each.amount)) for each in parts)

    def stock(id_: str, kind: str) -> Storage:
        price = round(dice.random() * 0.05, 3)
        loss = dice.choice([0.0, 0.1, 0.4])
        return store(id_, kind, dice.choice([20, 150, 1000]), cost=price, emissions=0.01, loss=loss)

    return replace(
        whole,
        offers=changing(whole.offers),
        needs=changing(whole.needs),
        processors=tuple(
            replace(each, profile=profile(each.capacity)) for each in whole.processors
        ),
        periods=periods,
        storages=(
            stock("s1", "wood"),
            stock("s2", "board"),
            stock("s3", "heat"),
            stock("s4", "wood"),
        ),
        cyclic=cyclic,
    )


class StockProgram:
    """The same from the definition, in another modelling library: one stock variable per store
    and period; all that lies in a store is used or waits on."""

    def __init__(self, whole: Problem) -> None:
        self.whole, self.carbon = whole, whole.carbon_price
        self.model = pulp.LpProblem("time", pulp.LpMinimize)
        self.terms: list = []
        self.stock = {
            (s.id, t): self.variable(s.capacity) for s in whole.storages for t in self.times
        }
        for s in whole.storages:
            for t in self.times:
                self.terms.append((s.cost + self.carbon * s.emissions) * self.stock[s.id, t])
            if not whole.cyclic:
                self.model += self.stock[s.id, whole.periods - 1] == 0
        for t in self.times:
            self.balance(*self.ports(t))

    @property
    def times(self) -> range:
        return range(self.whole.periods)

    def variable(self, high: float | None = None) -> pulp.LpVariable:
        return self.model.add_variable(f"v{next(COUNT)}", 0, high)

    def ports(self, t: int) -> tuple[list, list]:
        sources, sinks = [], []
        for each in self.whole.offers:
            given = each.profile[t] if each.profile else each.amount
            sources.append((each.id, each.kind, each.place, given, each.fallback, each))
        for each in self.whole.needs:
            wanted = each.profile[t] if each.profile else each.amount
            sinks.append((each.id, each.kind, each.place, wanted, each.fallback, each.limits))
        for each in self.whole.processors:
            z = self.variable(each.profile[t] if each.profile else each.capacity)
            self.terms.append((each.cost + self.carbon * each.emissions) * z)
            for one in each.outputs:
                port = f"{each.id}:out:{one.kind}"
                sources.append((port, one.kind, each.place, one.yield_ * z, one.fallback, one))
            for one in each.inputs:
                port = f"{each.id}:in:{one.kind}"
                sinks.append((port, one.kind, each.place, one.yield_ * z, one.fallback, one.limits))
        for s in self.whole.storages:
            last = self.whole.periods - 1
            earlier = t - 1 if t else last if self.whole.cyclic else None
            before = 0 if earlier is None else (1 - s.loss) * self.stock[s.id, earlier]
            waits = self.variable()
            bare = Stream("", 1)
            sources.append((f"{s.id}:out", s.kind, s.place, before - waits, None, bare))
            sinks.append((f"{s.id}:in", s.kind, s.place, self.stock[s.id, t] - waits, None, {}))
        return sources, sinks

    def balance(self, sources: list, sinks: list) -> None:
        flows: dict[str, list] = {row[0]: [] for row in (*sources, *sinks)}
        for source in sources:
            for sink in sinks:
                cost = _unit_cost(self.whole, source, sink)
                own = source[0].removesuffix(":out") == sink[0].removesuffix(":in")
                if cost is not None and not own:
                    flow = self.variable()
                    self.terms.append(cost * flow)
                    flows[source[0]].append(flow)
                    flows[sink[0]].append(flow)
        for row in (*sources, *sinks):
            rest = 0
            if row[4] is not None:
                rest = self.variable()
                self.terms.append((row[4].cost + self.carbon * row[4].emissions) * rest)
            self.model += pulp.lpSum(flows[row[0]]) + rest == row[3]

    def optimum(self) -> float:
        self.model.setObjective(pulp.lpSum(self.terms))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            solver = pulp.PULP_CBC_CMD(msg=False, options=["primalT 1e-9", "dualT 1e-9"])
        self.model.solve(solver)
        assert pulp.LpStatus[self.model.status] == "Optimal"
        return float(pulp.value(self.model.objective))


@pytest.mark.parametrize("cyclic", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_plan_over_time_costs_what_a_program_with_stock_variables_costs(
    seed: int, cyclic: bool
) -> None:
    whole = random_time(seed, cyclic=cyclic)
    plan = solve(whole)
    assert plan.totals.objective == pytest.approx(StockProgram(whole).optimum(), rel=1e-7, abs=1e-6)
    assert plan.certificate.valid


def test_stock_is_never_thrown_away() -> None:
    """Even at half the stock lost a period, and with disposal as dear as it gets."""
    for seed in range(6):
        whole = random_time(seed, cyclic=False)
        plan = solve(whole)
        stores = tuple(f"{each.id}@" for each in whole.storages)
        assert [
            port for port, rest in plan.fallbacks.items() if rest and port.startswith(stores)
        ] == []


def test_problem_of_one_period_is_its_own_unfolding() -> None:
    whole = random_district(1)
    assert unfold(whole) is whole


def test_profile_of_one_period_is_the_amount() -> None:
    whole = problem(offer("o"))
    profiled = replace(whole, offers=(replace(whole.offers[0], amount=3, profile=(7.0,)),))
    assert unfold(profiled).offers[0].amount == 7.0
    assert solve(profiled).totals.cost == 7.0


def test_nothing_crosses_time_without_a_store() -> None:
    early = replace(offer("o"), profile=(10.0, 0.0))
    late = replace(need("n"), profile=(0.0, 10.0))
    assert solve(in_time(early, late, periods=2)).flows == ()


def test_stock_waits_with_losses_and_costs_its_keep() -> None:
    early = replace(offer("o", dump=1), profile=(10.0, 0.0, 0.0))
    late = replace(need("n", buy=5), profile=(0.0, 0.0, 10.0))
    barn = store(cost=0.25, loss=0.1)
    plan = solve(in_time(early, late, barn, rates=FREE))
    whole = in_time(early, late, barn, rates=FREE)
    assert stocks(whole, plan) == {"barn": pytest.approx((10.0, 9.0, 0.0))}
    assert plan.totals.cost == pytest.approx(0.25 * 19 + 5 * 1.9)
    assert [is_waiting(flow) for flow in plan.flows] == [False, True, False]


def test_waiting_on_is_not_carried_again() -> None:
    """Carrying in and out is paid once each, however long the stock waits."""
    early = replace(offer("o", dump=1, place=east(2)), profile=(10.0, 0.0, 0.0, 0.0))
    late = replace(need("n", buy=50, place=east(2)), profile=(0.0, 0.0, 0.0, 10.0))
    plan = solve(in_time(early, late, store(), periods=4, rates=Rates(Rate(0.0, 0.0, 0.3))))
    assert plan.totals.cost == pytest.approx(2 * 0.3 * 10)


def test_last_period_joins_the_first_when_time_is_cyclic() -> None:
    late = replace(offer("o"), profile=(0.0, 10.0))
    early = replace(need("n"), profile=(10.0, 0.0))
    once = in_time(late, early, store(), periods=2, rates=FREE)
    assert solve(once).totals.cost == pytest.approx(10 + 20)
    assert solve(replace(once, cyclic=True)).totals.cost == pytest.approx(0)


def test_kinds_limits_lots_exclusions_and_pairs_hold_in_every_period() -> None:
    parts = (
        offer("o", "pine", quality={"moisture": 0.5}, lot=2),
        need("n", limits={"moisture": (None, 0.4)}),
        need("m"),
        press(),
        Arc("o", "press:in:wood", 0.7, km=3.0),
    )
    whole = in_time(*parts, periods=2, excluded=frozenset({("o", "m")}))
    spread = unfold(whole)
    assert [each.id for each in spread.offers] == ["o@1", "o@2"]
    assert {each.minimum_lot for each in spread.offers} == {2}
    assert [each.limits for each in spread.needs if each.id.startswith("n")] == [
        parts[1].limits
    ] * 2
    assert spread.excluded == {("o@1", "m@1"), ("o@2", "m@2")}
    assert [(arc.source, arc.sink, arc.cost) for arc in spread.arcs or ()] == [
        ("o@1", "press@1:in:wood@1", 0.7),
        ("o@2", "press@2:in:wood@2", 0.7),
    ]
    tree = KindTree(spread.kinds)
    assert tree.accepts("wood@2", "pine@2")
    assert not tree.accepts("wood@2", "pine@1")
    assert [flow.sink for flow in solve(whole).flows] == []


def test_rates_of_a_kind_hold_in_every_period() -> None:
    rates = Rates(Rate(0, 0, 9.0), {"wood": Rate(0, 0, 0.5), "heat": Rate(0, 0, 1)})
    kinds = problem().kinds
    whole = in_time(offer("o", "pine"), need("n"), periods=2, rates=rates, kinds=kinds)
    assert sorted(unfold(whole).rates.by_kind) == ["wood@1", "wood@2"]
    assert solve(whole).totals.cost == pytest.approx(2 * 10 * 0.5)


def test_stock_states_only_what_all_that_may_be_in_it_states_alike() -> None:
    pine = offer("p", "pine", quality={"moisture": 0.2, "bark": 0.1})
    oak = offer("q", "oak", quality={"moisture": 0.2, "bark": 0.3})
    ash = offer("a", "ash", quality={"moisture": 0.9})
    spread = unfold(in_time(pine, oak, ash, store(), periods=2))
    assert dict(spread.processors[0].outputs[0].quality) == {"moisture": 0.2}


def test_pairs_may_name_a_store() -> None:
    far = replace(store(), place=None)
    early = replace(offer("o"), profile=(10.0, 0.0))
    late = replace(need("n"), profile=(0.0, 10.0))
    joined = Arc("o", "barn:in:wood", 0.1), Arc("barn:out:wood", "n", 0.2)
    plan = solve(in_time(early, late, far, *joined, periods=2))
    assert [(flow.source, flow.sink) for flow in plan.flows] == [
        ("o@1", "barn@1:in:wood@1"),
        ("barn@1:out:wood@2", "n@2"),
    ]
    assert plan.totals.cost == pytest.approx(3)


def test_ids_split_into_the_original_and_the_period() -> None:
    assert split_id("o@1@3") == ("o@1", 3)
    assert split_id("press@2:in:wood@2") == ("press:in:wood", 2)
    assert split_id("barn@2:out:wood@3") == ("barn:out:wood", 3)
    assert period_of("barn@12:out:wood@1") == 1
    with pytest.raises(ValueError, match="no period"):
        split_id("o")


@given(st.text(min_size=1), st.integers(1, 999))
def test_any_id_splits_back(id_: str, period: int) -> None:
    assert split_id(f"{id_}@{period}") == (id_, period) or ":in:" in id_ or ":out:" in id_


def test_plan_is_told_period_by_period_under_the_original_ids() -> None:
    early = replace(offer("o", amount=10), profile=(10.0, 4.0))
    late = replace(need("n", "board", buy=9), profile=(2.0, 9.0))
    mill = press(outputs=(Stream("board", 1, Fallback(5)),))
    whole = in_time(early, late, mill, store(), periods=2, rates=FREE)
    first, second = by_period(whole, solve(whole))
    assert [(flow.source, flow.sink, flow.amount) for flow in first.flows] == [
        ("o", "barn:in:wood", pytest.approx(5)),
        ("o", "press:in:wood", pytest.approx(2)),
        ("press:out:board", "n", pytest.approx(2)),
    ]
    assert first.levels == {"press": pytest.approx(2)}
    assert (first.stocks, second.stocks) == ({"barn": pytest.approx(5)}, {})
    assert first.fallbacks == {"n": 0, "o": pytest.approx(3), "press:out:board": 0}
    assert [flow.source for flow in second.flows] == ["o", "barn:out:wood", "press:out:board"]


@pytest.mark.parametrize("seed", range(4))
def test_plan_is_of_the_original_problem_and_can_be_read_again(seed: int) -> None:
    whole = random_time(seed, cyclic=True)
    plan = solve(whole)
    assert plan.problem_digest == whole.digest()
    again = Plan.from_dict(plan.to_dict())
    assert certify(Problem.from_dict(whole.to_dict()), again) == plan.certificate


@pytest.mark.parametrize("seed", range(6))
def test_storage_never_hurts_and_room_for_nothing_is_no_storage(seed: int) -> None:
    whole = random_time(seed, cyclic=False)
    without = solve(replace(whole, storages=())).totals.objective
    shut = tuple(replace(each, capacity=0) for each in whole.storages)
    assert solve(whole).totals.objective <= without + 1e-6
    assert solve(replace(whole, storages=shut)).totals.objective == pytest.approx(without)


@pytest.mark.parametrize("seed", range(4))
def test_free_lossless_room_everywhere_makes_a_cycle_one_period_of_means(seed: int) -> None:
    """With everything at one place, carrying free and room without end, when does not matter."""
    dice = random.Random(seed)
    periods = 3

    def spread(parts: tuple) -> tuple:
        return tuple(
            replace(each, profile=tuple(float(dice.randrange(30)) for _ in range(periods)))
            for each in parts
        )

    givers = tuple(offer(f"o{i}", "wood", dump=dice.random()) for i in range(3))
    takers = tuple(
        need(f"n{i}", dice.choice(["wood", "board"]), buy=3 * dice.random()) for i in range(4)
    )
    stores = store("s1", "wood", 1e4), store("s2", "board", 1e4)
    mill = press(profile=(4.0, 20.0, 9.0))
    whole = in_time(mill, *stores, periods=periods, cyclic=True, rates=FREE)
    whole = replace(whole, offers=spread(givers), needs=spread(takers))

    def mean(part: object) -> float:
        return sum(part.profile) / periods

    flat = replace(
        whole,
        offers=tuple(replace(each, amount=mean(each), profile=()) for each in whole.offers),
        needs=tuple(replace(each, amount=mean(each), profile=()) for each in whole.needs),
        processors=(replace(mill, capacity=mean(mill), profile=()),),
        periods=1,
        storages=(),
        cyclic=False,
    )
    assert solve(whole).totals.objective == pytest.approx(periods * solve(flat).totals.objective)


def test_carbon_of_waiting_counts() -> None:
    early = replace(offer("o", dump=0), profile=(10.0, 0.0))
    late = replace(need("n", buy=1), profile=(0.0, 10.0))
    barn = store(emissions=0.5)
    cheap = solve(in_time(early, late, barn, periods=2, rates=FREE))
    dear = solve(in_time(early, late, barn, periods=2, rates=FREE, carbon_price=3.0))
    assert cheap.totals.emissions == pytest.approx(5)
    assert dear.flows == ()


def test_blend_holds_in_each_period_and_not_on_average() -> None:
    """Rich today and lean tomorrow would average out, but no heap can wait for the other."""
    rich = replace(offer("o", quality={"salt": 0.9}), profile=(10.0, 0.0))
    lean = replace(offer("p", quality={"salt": 0.1}), profile=(0.0, 10.0))
    mixed = replace(need("n", amount=20, buy=5), blends=(Blend("salt", low=0.4, high=0.6),))
    whole = in_time(rich, lean, mixed, periods=2, rates=FREE)
    assert solve(whole).flows == ()
    same_day = replace(whole, offers=(replace(rich, profile=(0.0, 10.0)), lean))
    assert [flow.amount for flow in solve(same_day).flows] == pytest.approx([10, 10])


def test_site_is_open_in_all_periods_or_in_none() -> None:
    early = replace(offer("o", dump=0), profile=(10.0, 0.0, 0.0))
    wanted = need("n", "board", buy=2.5)
    mill = press(opening_cost=5.0)
    whole = in_time(early, wanted, mill, rates=FREE)
    assert solve(whole).flows != ()
    closed = solve(replace(whole, processors=(press(opening_cost=7.0),)))
    assert closed.siting is not None
    assert closed.siting.opened == ()


def test_simplex_engine_keeps_stock_at_the_same_cost() -> None:
    whole = random_time(2, cyclic=True)
    plan = solve(whole, engine="simplex")
    assert plan.totals.objective == pytest.approx(solve(whole).totals.objective, rel=1e-9)
    assert any(is_waiting(flow) or ":out:" in flow.source for flow in plan.flows)
