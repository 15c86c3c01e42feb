"""Indicators of a small district, against numbers worked out by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kierto.core.period import Period
from kierto.indicators.errors import UnknownIndicator
from kierto.indicators.figures import Figure
from kierto.indicators.queries import flows_between, headline
from kierto.indicators.registry import INDICATORS, compute, compute_all
from kierto.indicators.scope import Scope
from kierto.ledger.actions import reverse_event
from kierto.parties.queries import system_agent
from tests.factories.exchange import make_making, make_need, make_processor
from tests.factories.indicators import delivered, make_ranged_kind, make_traded, transferred
from tests.factories.ledger import make_transfer
from tests.factories.parties import make_district, make_organization, make_place

pytestmark = pytest.mark.django_db

ALL = list(INDICATORS)


def of(slug: str, **scope: object) -> Figure:
    return compute(slug, Scope(**scope), by=system_agent())  # type: ignore[arg-type]


def this_week() -> Period:
    today = timezone.localdate()
    return Period(today - timedelta(days=6), today)


@pytest.mark.parametrize("slug", ALL)
def test_an_empty_district_has_no_value_or_nothing(slug: str) -> None:
    figure = of(slug, district=make_district())
    assert figure.value in {None, 0}
    assert len(figure.by_month) == 12


def test_there_is_no_indicator_of_an_unknown_name() -> None:
    with pytest.raises(UnknownIndicator):
        of("happiness")


def test_a_transfer_raises_mass_circulated_by_exactly_its_mass() -> None:
    traded = make_traded()
    before = of("mass-circulated", district=traded.district).value
    transferred(traded, "12.345")
    assert of("mass-circulated", district=traded.district).value == before + 12.345  # type: ignore[operator]


def test_a_reversal_takes_it_off_again() -> None:
    traded = make_traded()
    event = transferred(traded, "10")
    reverse_event(event, reason="Weighed twice.", by=system_agent())
    assert of("mass-circulated", district=traded.district).value == 0
    assert of("avoided-emissions", district=traded.district).value == pytest.approx(0)


def test_what_happens_elsewhere_or_at_another_time_does_not_count() -> None:
    traded = make_traded()
    transferred(traded, "10")
    make_transfer(kind=traded.kind, amount=7)
    long_ago = timezone.now() - timedelta(days=800)
    transferred(traded, "5", at=long_ago)
    assert of("mass-circulated", district=traded.district).value == 10
    assert of("mass-circulated").value == 17


def test_raising_and_moving_are_not_circulation() -> None:
    traded = make_traded()
    transferred(traded, "10")
    actions = set(
        of("mass-circulated", district=traded.district).events.values_list("action", flat=True)
    )
    assert actions == {"transfer"}


def test_mass_of_an_organisation_and_of_a_kind() -> None:
    traded = make_traded()
    transferred(traded, "10")
    other = make_ranged_kind("stone")
    make_transfer(traded.taker.agent, traded.giver.agent, other, 3, location=traded.taker_place)
    assert of("mass-circulated", organization=traded.giver).value == 13
    assert of("mass-circulated", kind=traded.kind).value == 10
    assert of("mass-circulated", kind=other).value == 3


def test_a_narrower_kind_counts_for_the_broader() -> None:
    traded = make_traded()
    oak = make_ranged_kind("oak", parent=traded.kind)
    make_transfer(traded.giver.agent, traded.taker.agent, oak, 4, location=traded.giver_place)
    assert of("mass-circulated", kind=traded.kind).value == 4


def test_avoided_emissions_by_hand() -> None:
    # 40 kg over 1.5 km: 40 × (0.5 + 2) avoided, 0.04 t × 1.5 km × 0.2 caused.
    traded = make_traded()
    delivered(traded, "40")
    figure = of("avoided-emissions", district=traded.district)
    assert figure.value == pytest.approx(40 * 2.5 - 0.04 * 1.5 * 0.2)
    assert figure.low == pytest.approx(40 * (0.2 + 1) - 0.012)
    assert figure.high == pytest.approx(40 * (1 + 3) - 0.012)
    assert [factor.code for factor in figure.factors] == [
        f"{traded.kind.code}-disposal",
        f"{traded.kind.code}-production",
    ]


def test_money_saved_by_hand() -> None:
    # 40 kg: 40 × (0.3 + 1.2) saved, 0.04 t × (10 + 1.5 × 0.5) paid.
    traded = make_traded()
    delivered(traded, "40")
    figure = of("money-saved", district=traded.district)
    assert figure.value == pytest.approx(60 - 0.04 * 10.75)


def test_the_parties_own_prices_count_before_the_catalogue() -> None:
    traded = make_traded(fallback_cost=1.0)  # type: ignore[arg-type]
    delivered(traded, "40")
    figure = of("money-saved", district=traded.district)
    assert figure.value == pytest.approx(80 - 0.04 * 10.75)


def test_a_delivery_without_a_distance_counts_no_transport_and_says_so() -> None:
    traded = make_traded()
    make_transfer(traded.giver.agent, traded.taker.agent, traded.kind, 10)
    figure = of("avoided-emissions", district=traded.district)
    assert figure.value == pytest.approx(25)
    assert figure.terms["no_distance"] == 1


def test_local_closure_by_hand() -> None:
    # Seven days of 100 kg a week were needed, 40 kg came.
    traded = make_traded()
    delivered(traded, "40")
    scope = {"district": traded.district, "period": this_week()}
    assert of("local-closure-mass", **scope).value == pytest.approx(0.4)
    closure = of("local-closure-carbon", **scope)
    assert (closure.value, closure.low, closure.high) == pytest.approx((0.4, 0.4, 0.4))


def test_closure_by_carbon_weighs_needs_by_what_making_them_emits() -> None:
    traded = make_traded()
    delivered(traded, "40")
    heavy = make_ranged_kind("steel")
    heavy.production_factor.value = 6.0
    heavy.production_factor.high = 6.0
    heavy.production_factor.save()
    day = this_week().start
    make_need(kind=heavy, place=traded.taker_place, available_from=day, amount="100")
    scope = {"district": traded.district, "period": this_week()}
    assert of("local-closure-mass", **scope).value == pytest.approx(40 / 200)
    assert of("local-closure-carbon", **scope).value == pytest.approx(40 * 2 / (200 + 600))


def test_what_comes_from_outside_closes_no_local_loop_but_is_circular() -> None:
    traded = make_traded()
    outside = make_organization("Outside")
    make_place(outside.agent, latitude=10.0, longitude=10.0)
    make_transfer(outside.agent, traded.taker.agent, traded.kind, 40)
    scope = {"district": traded.district, "period": this_week()}
    assert of("local-closure-mass", **scope).value == 0
    assert of("circular-material-use", **scope).value == pytest.approx(0.4)


def test_more_than_needed_closes_no_more_than_all() -> None:
    traded = make_traded()
    transferred(traded, "400")
    scope = {"district": traded.district, "period": this_week()}
    assert of("local-closure-mass", **scope).value == pytest.approx(1)
    assert of("circular-material-use", **scope).value == 1


def test_circularity_by_hand() -> None:
    # M = 100, V = 60, W0 = 60 of 100 offered: LFI = 120/200, MCI = 1 − 0.9 × 0.6.
    traded = make_traded()
    delivered(traded, "40")
    scope = {"district": traded.district, "period": this_week()}
    assert of("material-circularity", **scope).value == pytest.approx(1 - 0.9 * 0.6)


def test_promises_kept_by_hand() -> None:
    # The first promise of the agreement is over: 50 kg were promised, 20 came.
    traded = make_traded()
    first = traded.agreement.commitments.order_by("has_beginning").first()
    assert first is not None
    yesterday = timezone.localdate() - timedelta(days=1)
    traded.agreement.commitments.filter(pk=first.pk).update(has_end=yesterday, resource_quantity=50)
    delivered(traded, "20", days_ago=2)
    figure = of("promises-kept", district=traded.district)
    due = traded.agreement.commitments.filter(has_end__lt=timezone.localdate()).count()
    assert figure.terms["promises"] == due
    assert figure.value == pytest.approx(0.4 / due)


def test_sums_over_tables_are_the_whole() -> None:
    traded = make_traded()
    delivered(traded, "30")
    transferred(traded, "5")
    for slug in ("mass-circulated", "avoided-emissions", "money-saved"):
        figure = of(slug, district=traded.district)
        for table in (figure.by_month, figure.by_kind, figure.by_organization):
            assert sum(g.estimate.value or 0 for g in table) == pytest.approx(figure.value)


def test_every_range_holds_its_value() -> None:
    traded = make_traded()
    delivered(traded, "30")
    for figure in compute_all(Scope(district=traded.district), by=system_agent()):
        if figure.value is not None:
            assert figure.low <= figure.value <= figure.high  # type: ignore[operator]


def test_processing_costs_and_emits() -> None:
    traded = make_traded()
    chips = make_ranged_kind("chips")
    recipe = make_making(traded.kind, chips)
    recipe.emissions = 0.25
    recipe.save()
    processor = make_processor(recipe, agent=traded.taker.agent, place=traded.taker_place)
    transferred(traded, "40")
    before = of("avoided-emissions", district=traded.district)
    run_processor(processor, 10)
    after = of("avoided-emissions", district=traded.district)
    assert after.value == pytest.approx(before.value - 2.5)  # type: ignore[operator]
    assert after.terms["processing"] == pytest.approx(2.5)
    assert of("material-circularity", district=traded.district).terms["lost"] == pytest.approx(5)


def run_processor(processor: object, level: float) -> None:
    from kierto.exchange.actions import record_processing_run
    from kierto.exchange.actions.runs import proposed_flows

    inputs, outputs = proposed_flows(processor, level)  # type: ignore[arg-type]
    record_processing_run(
        processor,  # type: ignore[arg-type]
        level=level,
        inputs=inputs,
        outputs=outputs,
        happened_at=timezone.now(),
        by=system_agent(),
    )


def test_the_headline_has_four_figures() -> None:
    traded = make_traded()
    delivered(traded, "30")
    assert [figure.slug for figure in headline(traded.district)] == [
        "mass-circulated",
        "avoided-emissions",
        "money-saved",
        "circular-material-use",
    ]


def test_flows_keep_their_loops() -> None:
    traded = make_traded()
    transferred(traded, "10")
    make_transfer(
        traded.taker.agent, traded.giver.agent, traded.kind, 4, location=traded.taker_place
    )
    data = flows_between(traded.district, by=system_agent())
    giver, taker = str(traded.giver.pk), str(traded.taker.pk)
    assert {(link["source"], link["target"]): link["value"] for link in data["links"]} == {
        (giver, taker): 10,
        (taker, giver): 4,
    }
    assert sorted(node["label"] for node in data["nodes"]) == ["Giver", "Taker"]
