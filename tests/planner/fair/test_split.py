"""Accounts: shares, transfers, carbon, words, and what may be kept."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from kierto.planner import Cancelled, Fallback, Progress, Wish, solve
from kierto.planner.fair import FairSplit, Standing, split
from kierto.planner.fair.money import added_up
from tests.planner.districts import east, need, offer, press, problem, random_district
from tests.planner.fair.games import game


def test_two_who_trade_share_the_gain_in_the_middle_of_their_range() -> None:
    asked = problem(offer("a", dump=1), need("b", buy=2))
    found = split(asked, solve(asked))
    giver, taker = found.participants
    assert (giver.alone, giver.share, giver.gain) == (10, -5, 15)
    assert (giver.lowest, giver.highest) == (-20, 10)
    assert (taker.alone, taker.share, taker.gain) == (20, 5, 15)
    assert (giver.transfer, taker.transfer) == (-5, 5)
    (port,) = giver.ports
    assert (port.price, port.lowest, port.highest, port.fallback) == (-0.5, -2, 1, 1)


def test_equals_are_treated_alike() -> None:
    asked = problem(*(offer(name) for name in "abc"), *(need(name) for name in "xyz"))
    found = split(asked, solve(asked))
    assert {each.share for each in found.participants} == {-5, 5}


def test_who_is_in_excess_gains_nothing_and_is_told() -> None:
    asked = problem(offer("a", amount=10), offer("b", amount=10), need("x", amount=10))
    found = split(asked, solve(asked))
    assert [each.standing for each in found.participants] == [
        Standing.NOTHING,
        Standing.NOTHING,
        Standing.GAINS,
    ]
    assert found.of("giver a").gains_nothing
    assert (
        found.of("giver a")
        .text()
        .startswith("giver a gains nothing here: it pays 10 EUR a week, as it would alone.")
    )


def test_the_receiver_pays_the_carrier_and_is_made_up_for_it() -> None:
    asked = problem(offer("a", dump=1), need("b", buy=2, place=east(10)))
    found = split(asked, solve(asked))
    giver, taker = found.participants
    assert giver.paid == 0
    assert taker.paid == pytest.approx(found.objective)
    assert giver.transfer + taker.transfer == 0
    assert giver.gain == pytest.approx(taker.gain)


@pytest.mark.parametrize("seed", range(10))
def test_transfers_add_up_to_nothing_and_payments_to_the_plan(seed: int) -> None:
    asked = random_district(seed, 8)
    found = split(asked, solve(asked))
    paid = math.fsum(each.paid for each in found.participants)
    assert math.fsum(each.transfer for each in found.participants) == 0
    assert paid == pytest.approx(found.objective)
    for each in found.participants:
        assert each.share == pytest.approx(each.paid + each.transfer, abs=1e-8)
        prices = math.fsum(port.price * port.amount for port in each.ports if ":" not in port.port)
        rents = math.fsum(rent.rent for rent in each.rents)
        assert each.share == pytest.approx(prices - rents + each.extra, abs=1e-8)


def test_carbon_is_kept_apart_from_cash() -> None:
    asked = problem(offer("a", dump=1, dump_emissions=10), need("b", buy=2), carbon_price=0.5)
    found = split(asked, solve(asked))
    giver = found.of("giver a")
    assert (giver.alone, giver.alone_carbon) == (60, 50)
    assert (giver.share, giver.cash) == (20, 20)
    assert giver.gain == 40
    assert giver.cash_gain == -10
    assert sum(each.cash_gain for each in found.participants) == pytest.approx(30)
    assert "in cash alone somebody may pay more" in found.label()


def test_a_full_processor_earns_a_rent() -> None:
    asked = problem(
        *(offer("a", amount=50, dump=1), need("b", "board", 50, buy=3), press(capacity=20))
    )
    owner = split(asked, solve(asked)).of("the press")
    (rent,) = owner.rents
    assert (rent.processor, rent.level, rent.rent) == ("press", 20, 70)
    assert owner.share == -70


def test_somebody_with_several_resources_alone_plans_for_itself() -> None:
    mine = [replace(each, agent="me") for each in (offer("a", dump=1), need("b", buy=2))]
    asked = problem(*mine, offer("c", dump=5))
    found = split(asked, solve(asked))
    assert found.of("me").alone == 0


def test_a_processor_that_cannot_be_fed_and_an_empty_offer_do_not_disturb() -> None:
    asked = problem(offer("a", amount=0), need("b"), press(), press(id="other", capacity=0))
    found = split(asked, solve(asked))
    assert [each.gain for each in found.participants] == [0, 0, 0]
    assert found.of("giver a").ports[0].lowest is None


def test_nobody_is_a_split_too() -> None:
    asked = problem()
    found = split(asked, solve(asked))
    assert (found.participants, found.objective, found.stable) == ((), 0, True)


def test_it_can_be_kept() -> None:
    asked = game(4, 5)
    found = split(asked, solve(asked))
    assert FairSplit.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    assert "seconds" not in found.to_dict(timed=False)


def test_a_plan_of_another_problem_is_refused() -> None:
    with pytest.raises(ValueError, match="another problem"):
        split(problem(offer("a")), solve(problem(offer("b"))))


def test_it_can_be_stopped_and_told_that_it_is_enough() -> None:
    asked = game(5, 6)
    plan = solve(asked)
    heard: list[Progress] = []

    def listen(word: Progress) -> Wish:
        heard.append(word)
        return Wish.GO_ON

    split(asked, plan, progress=listen)
    shares = [word.share for word in heard]
    assert shares == sorted(shares)
    assert (heard[-1].stage, heard[-1].share) == ("done", 1.0)
    assert not split(asked, plan, progress=lambda word: Wish.ENOUGH).ranged
    with pytest.raises(Cancelled):
        split(asked, plan, progress=lambda word: False)


def test_words_are_about_sizes_and_directions() -> None:
    asked = problem(offer("a", dump=1), need("b", buy=2), need("c", "ash", 5))
    found = split(asked, solve(asked))
    assert found.of("giver a").text(name="Bakery") == (
        "Bakery is 15 EUR a week better off than alone: it receives 5 EUR, where alone it would "
        "pay 10 EUR. Anything from 0 to 30 EUR better than alone would be as stable. It settles "
        "0 EUR itself (disposal, buying, processing, and what is carried to it) and gets 5 EUR "
        "from the others."
    )
    assert found.of("taker c").text() == (
        "taker c gains nothing here: it pays 10 EUR a week, as it would alone. "
        "No money changes hands between it and the others."
    )
    assert found.label() == (
        "Stable: no group of participants would pay less by itself. "
        "All shares add up to 10 EUR, what the plan costs."
    )


def test_a_seller_alone_keeps_what_it_earns() -> None:
    asked = problem(replace(offer("a"), fallback=Fallback(-3.0)), need("b", buy=2))
    found = split(asked, solve(asked))
    assert found.of("giver a").text() == (
        "giver a gains nothing here: it receives 30 EUR a week, as it would alone. "
        "No money changes hands between it and the others."
    )


@pytest.mark.parametrize("total", [0.0, 0.1, 12345.678])
def test_the_last_digit_is_found_a_place(total: float) -> None:
    dice = np.random.default_rng(3)
    values = dice.normal(size=500) * 10.0 ** dice.integers(-6, 6, 500)
    values[0] += total - math.fsum(values)
    exact = added_up(values, total)
    assert math.fsum([total, *(-exact)]) == 0
    assert exact == pytest.approx(values, rel=1e-9)
