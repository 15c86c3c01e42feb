"""What arrives at a sink taken together keeps to its blends, exactly and with proof."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.planner import (
    Blend,
    Fallback,
    Flow,
    Plan,
    Problem,
    Reason,
    Stream,
    certify,
    explain,
    possibilities,
    solve,
)
from tests.planner.districts import east, need, offer, press, problem, random_district
from tests.planner.reference import optimum

SEEDS = st.integers(0, 10_000)
RATIO = Blend("carbon", "nitrogen", 20, 35)


def straw(id_: str = "straw", amount: float = 10, **more: object) -> object:
    return offer(id_, amount=amount, quality={"carbon": 40, "nitrogen": 0.5}, **more)  # 80 : 1


def manure(id_: str = "manure", amount: float = 10, **more: object) -> object:
    return offer(id_, amount=amount, quality={"carbon": 30, "nitrogen": 2}, **more)  # 15 : 1


def heap(amount: float = 100, *blends: Blend, **more: object) -> object:
    return replace(need("heap", amount=amount, **more), blends=blends or (RATIO,))


def moved(plan: Plan) -> dict[str, float]:
    return {flow.source: pytest.approx(flow.amount) for flow in plan.flows}


def blended(seed: int, size: int = 10) -> Problem:
    """A random district in which a third of the needs and the press ask for a mix."""
    dice = random.Random(seed)
    district = random_district(seed, size)

    def blends() -> tuple[Blend, ...]:
        low = dice.choice([None, 0.2, 0.4])
        high = dice.choice([None, 0.5, 0.7]) if low is not None else dice.choice([0.5, 0.7])
        mean = Blend("moisture", low=low, high=high)
        ratio = Blend("ash", "moisture", 0.5, dice.choice([None, 2.0]))
        return dice.choice([(mean,), (ratio,), (mean, ratio)])

    def quality() -> dict[str, float]:
        return {"moisture": round(dice.uniform(0.05, 1), 2), "ash": round(dice.random(), 2)}

    processors = [
        replace(each, outputs=tuple(replace(one, quality=quality()) for one in each.outputs))
        for each in district.processors
    ]
    maker = processors[-1]
    inputs = tuple(replace(one, blends=(Blend("moisture", high=0.6),)) for one in maker.inputs)
    return replace(
        district,
        offers=tuple(replace(each, quality=quality()) for each in district.offers),
        needs=tuple(
            replace(each, blends=blends()) if dice.random() < 0.4 else each
            for each in district.needs
        ),
        processors=(*processors[:-1], replace(maker, inputs=inputs)),
    )


def test_what_fits_no_mix_alone_moves_with_what_balances_it() -> None:
    """x straw and y manure: 40x + 30y ≤ 35 (0.5x + 2y), so 22.5x ≤ 40y."""
    plan = solve(problem(straw(amount=40), manure(), heap()))
    assert moved(plan) == {"straw": pytest.approx(10 * 40 / 22.5), "manure": 10.0}
    assert plan.certificate.valid
    (prices,) = plan.blend_duals.values()
    assert prices[0][0] == 0.0
    assert prices[0][1] > 0.0
    assert list(plan.blend_duals) == ["heap"]


def test_lower_end_binds_as_well() -> None:
    """Alone, manure is too rich: 30y + 40x ≥ 20 (2y + 0.5x), so 30x ≥ 10y."""
    plan = solve(problem(straw(amount=3), manure(amount=40), heap()))
    assert moved(plan) == {"straw": 3.0, "manure": 9.0}
    assert plan.blend_duals["heap"][0][0] > 0.0


def test_mean_of_one_quality_is_weighted_by_amount() -> None:
    wet, dry = (offer(name, quality={"water": q}) for name, q in (("wet", 0.9), ("dry", 0.2)))
    plan = solve(problem(wet, dry, heap(100, Blend("water", high=0.4))))
    assert moved(plan) == {"dry": 10.0, "wet": 4.0}


def test_who_spoils_alone_stays_out_and_what_is_bought_does_not_count() -> None:
    plan = solve(problem(straw(), heap()))
    assert plan.flows == ()
    assert plan.fallbacks["heap"] == 100.0
    assert plan.certificate.valid


def test_source_that_states_nothing_of_it_may_not_feed_the_mix() -> None:
    silent = offer("silent", quality={"carbon": 30})
    district = problem(silent, manure(), straw(), heap())
    plan = solve(district)
    assert "silent" not in moved(plan)
    told = explain(district, plan)["silent"]
    assert (told.reason, told.quality, told.miss) == (Reason.QUALITY, "nitrogen", None)


def test_something_that_loses_money_is_carried_when_it_mends_the_mix() -> None:
    """The manure costs more to bring than it saves, but lets a mountain of straw in."""
    far = manure(amount=5, place=east(40), dump=0)
    plan = solve(problem(straw(amount=100, dump=9), far, heap(200)))
    assert moved(plan)["manure"] == 5.0
    assert plan.certificate.valid


def test_input_of_a_processor_can_ask_for_a_mix() -> None:
    composting = press(inputs=(Stream("wood", 1, blends=(RATIO,)),), cost=0.1)
    plan = solve(problem(straw(amount=40), manure(), need("n", "board", 100, buy=5), composting))
    assert plan.levels["press"] == pytest.approx(10 + 10 * 40 / 22.5)
    assert list(plan.blend_duals) == ["press:in:wood"]


def test_left_over_straw_is_told_that_it_would_spoil_the_mix() -> None:
    district = problem(straw(amount=40), manure(), heap())
    plan = solve(district)
    told = explain(district, plan)
    assert told["straw"].reason is Reason.BLEND
    assert told["straw"].quality == "carbon / nitrogen"
    assert (
        told["straw"]
        .text()
        .endswith(
            "In the mix of taker heap, “carbon / nitrogen” would come out too high. "
            "Something lower to go with it would help."
        )
    )
    assert (told["heap"].reason, told["heap"].nearest) == (Reason.SERVED, "manure")
    assert told["heap"].worth == pytest.approx(-plan.duals["manure"])


def test_possibility_needs_something_that_balances_and_fits_no_more_than_that() -> None:
    assert possibilities(problem(straw(), heap()), "straw") == []
    (each,) = possibilities(problem(straw(amount=100), manure(), heap()), "straw")
    assert each.most == pytest.approx(10 * 40 / 22.5)


def test_plan_that_breaks_a_blend_or_misstates_its_price_is_refused() -> None:
    district = problem(straw(amount=40), manure(), heap())
    plan = solve(district)
    all_in = tuple(Flow(name, "heap", "wood", x, 0.0, 0.0, 0.0) for name, x in
                   (("manure", 10.0), ("straw", 40.0)))  # fmt: skip
    fallbacks = {"manure": 0.0, "straw": 0.0, "heap": 50.0}
    broken = certify(district, replace(plan, flows=all_in, fallbacks=fallbacks))
    assert broken.primal_violation > 0.1
    assert not broken.valid
    assert not certify(district, replace(plan, blend_duals={})).valid
    doubled = {"heap": ((0.0, 2 * plan.blend_duals["heap"][0][1]),)}
    assert not certify(district, replace(plan, blend_duals=doubled)).valid
    assert not certify(district, replace(plan, blend_duals={"heap": ((0.0, -1.0),)})).valid


@pytest.mark.parametrize("seed", range(15))
def test_optimum_with_blends_agrees_with_another_library(seed: int) -> None:
    district = blended(seed)
    plan = solve(district)
    assert plan.certificate.valid
    assert plan.totals.objective == pytest.approx(optimum(district), rel=1e-6, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(0, 10_000))
def test_bound_holds_for_whatever_prices_of_blends(seed: int, noise: int) -> None:
    district = blended(seed)
    plan = solve(district)
    dice = random.Random(noise)
    wild = {
        need.id: tuple((dice.uniform(-1, 2), dice.uniform(-1, 2)) for _ in need.blends)
        for need in district.needs
        if need.blends
    }
    certificate = certify(district, replace(plan, blend_duals=wild))
    assert certificate.bound <= plan.totals.objective + 1e-6


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_unit_of_a_quality_changes_nothing(seed: int) -> None:
    """Moisture in percent instead of shares: limits and statements alike."""
    district = blended(seed)

    def percent(values: dict[str, float]) -> dict[str, float]:
        return {name: value * 100 for name, value in values.items()}

    def wider(blend: Blend) -> Blend:
        if blend.per:
            return blend
        low = None if blend.low is None else 100 * blend.low
        return replace(blend, low=low, high=None if blend.high is None else 100 * blend.high)

    def stream(one: Stream) -> Stream:
        limits = {name: (None, 100 * high) for name, (_, high) in one.limits.items()}
        mixed = tuple(wider(each) for each in one.blends)
        return replace(one, quality=percent(one.quality), limits=limits, blends=mixed)

    other = replace(
        district,
        offers=tuple(replace(each, quality=percent(each.quality)) for each in district.offers),
        needs=tuple(
            replace(
                each,
                blends=tuple(wider(blend) for blend in each.blends),
                limits={name: (None, 100 * high) for name, (_, high) in each.limits.items()},
            )
            for each in district.needs
        ),
        processors=tuple(
            replace(each, inputs=tuple(map(stream, each.inputs)),
                    outputs=tuple(map(stream, each.outputs)))
            for each in district.processors
        ),
    )  # fmt: skip
    ours, theirs = solve(district).totals.objective, solve(other).totals.objective
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-7)


def test_lots_and_blends_go_together() -> None:
    district = problem(straw(amount=40, lot=20), manure(amount=15), heap())
    plan = solve(district)
    assert moved(plan) == {"straw": pytest.approx(15 * 40 / 22.5), "manure": 15.0}
    tight = problem(straw(amount=40, lot=20), manure(), heap())
    assert solve(tight).flows == ()


def test_fallback_of_a_blended_need_may_be_negative() -> None:
    assert solve(problem(manure(), heap(100, buy=-3), fallback_free())).certificate.valid


def fallback_free() -> object:
    return press(inputs=(Stream("wood", 1, Fallback(4), blends=(RATIO,)),))
