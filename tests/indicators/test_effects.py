"""Loans and repairs as indicators: by hand, with ranges, own answers, and nobody told of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kierto.catalogue.models import Displacement, ResourceSpecification
from kierto.indicators.definitions import SHARING
from kierto.indicators.displacing import ENOUGH, wilson
from kierto.indicators.registry import INDICATORS, compute, compute_all
from kierto.indicators.scope import Scope
from kierto.parties.models import Agent, District
from kierto.parties.queries import system_agent
from kierto.repair.models import Answer as RepairAnswer
from kierto.repair.models import Category, Ticket, Workshop
from kierto.repair.states import Outcome, TicketState
from kierto.sharing.actions.lending import lend_now, take_back
from kierto.sharing.models import Answer as LoanAnswer
from kierto.sharing.models import Collection, Loan, Thing
from tests.factories.catalogue import make_factor, make_kind
from tests.factories.parties import make_district, make_organization, make_person, make_place
from tests.factories.repair import bring_to, make_category, make_ticket, make_workshop
from tests.factories.sharing import make_collection, make_member, make_pool

pytestmark = pytest.mark.django_db


@dataclass
class World:
    """A library with ten drills of 2 kg and 10 (5–20) kg CO2e each, and a workshop."""

    district: District
    collection: Collection
    drills: Thing
    kind: ResourceSpecification
    category: Category
    workshop: Workshop
    borrowers: list[Agent]


@pytest.fixture
def world(db: None) -> World:
    cache.clear()
    district = make_district()
    library = make_organization("Library")
    collection = make_collection(library, place=make_place(library.agent))
    factor = make_factor("drill", value=10.0, low=5.0, high=20.0, unit="item")
    tools = make_kind("tools", unit="item")
    kind = make_kind("drills", parent=tools, unit="item", kg_per_unit=2.0, production_factor=factor)
    for activity, value, low, high in (("loan", 0.5, 0.25, 1.0), ("repair", 0.4, 0.1, 0.9)):
        Displacement.objects.create(
            code=activity, activity=activity, value=value, low=low, high=high,
            source="A study", year=2024, region="Europe", quality=5,
        )  # fmt: skip
    borrowers = [make_person().agent for _number in range(3)]
    for borrower in borrowers:
        make_member(collection, agent=borrower)
    drills = make_pool(collection, 10, kind=kind)
    workshop = make_workshop(place=collection.place)
    return World(district, collection, drills, kind, make_category(kind=kind), workshop, borrowers)


def lend(world: World, borrower: Agent, number: int = 1) -> Loan:
    (loan,) = lend_now(
        collection=world.collection,
        borrower=borrower,
        lines=[(world.drills, number)],
        due_at=timezone.now() + timedelta(days=2),
        by=system_agent(),
    )
    return loan


def figure(slug: str, scope: Scope | None = None, by: Agent | None = None):
    cache.clear()
    return compute(slug, scope or Scope(), by=by)


def repaired(world: World, outcome: str = Outcome.FIXED, **fields: object) -> Ticket:
    ticket = make_ticket(world.workshop, category=world.category, **fields)
    return bring_to(ticket, TicketState.DONE, outcome=outcome)


def three(slug: str, scope: Scope | None = None) -> tuple[float | None, ...]:
    found = figure(slug, scope)
    return found.value, found.low, found.high


def test_what_is_lent_and_avoided_by_hand(world: World) -> None:
    lend(world, world.borrowers[0], 2)
    lend(world, world.borrowers[1])
    assert three("loans") == (3, 3, 3)
    assert figure("people-served").value == 2
    assert three("avoided-purchases") == pytest.approx((1.5, 0.75, 3.0))
    assert three("mass-kept-in-use") == pytest.approx((3.0, 1.5, 6.0))
    assert three("emissions-avoided-by-sharing") == pytest.approx((15.0, 3.75, 60.0))
    assert three("emissions-avoided-by-repair") == (0, 0, 0)


def test_who_borrows_again_in_the_year_would_have_bought_once(world: World) -> None:
    borrower = world.borrowers[0]
    take_back(lend(world, borrower), by=system_agent())
    assert figure("avoided-purchases").value == 0.5
    take_back(lend(world, borrower), by=system_agent())
    assert (figure("loans").value, figure("avoided-purchases").value) == (2, 0.5)
    lend(world, borrower, 3)
    assert figure("avoided-purchases").value == 1.5


def test_repairs_by_hand(world: World) -> None:
    repaired(world)
    repaired(world, Outcome.END_OF_LIFE)
    repaired(world, Outcome.UNKNOWN)
    assert figure("repairs").value == 3
    assert figure("fixed-share").value == 0.5
    assert figure("people-served").value == 3
    assert three("emissions-avoided-by-repair") == pytest.approx((4.0, 0.5, 18.0))
    assert three("mass-kept-in-use") == pytest.approx((0.8, 0.2, 1.8))
    assert figure("emissions-avoided-by-repair").event_count == 1


def test_people_who_borrow_and_repair_count_once(world: World) -> None:
    lend(world, world.borrowers[0])
    repaired(world, owner=world.borrowers[0])
    assert figure("people-served").value == 1


def test_sharing_never_moves_the_indicators_of_side_streams(world: World) -> None:
    side = [slug for slug, each in INDICATORS.items() if each.part != SHARING]
    before = {each.slug: each.value for each in compute_all(Scope()) if each.slug in side}
    take_back(lend(world, world.borrowers[0]), by=system_agent())
    repaired(world)
    cache.clear()
    after = {each.slug: each.value for each in compute_all(Scope()) if each.slug in side}
    assert after == before
    assert len(INDICATORS) - len(side) == 9


def answered(world: World, new: int, used: int, unsure: int = 0) -> None:
    """Answers of borrowers, each with a booking of drills of its own."""
    answers = ["new"] * new + ["used"] * used + ["unsure"] * unsure
    for number, alternative in enumerate(answers):
        loan = lend(world, world.borrowers[number % 3])
        take_back(loan, by=system_agent())
        LoanAnswer.objects.create(booking=loan.line.booking, alternative=alternative)


def test_the_districts_own_answers_replace_the_published_value_when_there_are_enough(
    world: World,
) -> None:
    answered(world, 6, ENOUGH - 7, unsure=1)
    assert figure("avoided-purchases").value == pytest.approx(3 * 0.5)
    loan = lend(world, world.borrowers[0])
    LoanAnswer.objects.create(booking=loan.line.booking, alternative="without")
    low, high = wilson(6, ENOUGH)
    found = figure("avoided-purchases")
    assert (found.value, found.low, found.high) == pytest.approx((3 * 0.2, 3 * low, 3 * high))
    (used,) = found.displacements
    assert (used.answers, used.published) == (ENOUGH, None)


def test_answers_of_another_district_or_about_repairs_do_not_count_for_loans(world: World) -> None:
    answered(world, 1, 0)
    for _number in range(ENOUGH):
        ticket = repaired(world)
        RepairAnswer.objects.create(ticket=ticket, alternative="new")
    assert figure("avoided-purchases").terms["lent"] == pytest.approx(0.5)
    assert figure("emissions-avoided-by-repair").value == pytest.approx(ENOUGH * 10.0)
    elsewhere = make_district(name="Elsewhere", slug="elsewhere", city="Far")
    assert figure("loans", Scope(district=elsewhere)).value == 0


@given(st.integers(0, 400), st.integers(0, 400))
def test_a_wilson_interval_holds_the_share_and_narrows_with_more_answers(
    part: int, rest: int
) -> None:
    whole = part + rest
    low, high = wilson(part, whole)
    if whole == 0:
        assert (low, high) == (0.0, 1.0)
        return
    assert 0 <= low <= part / whole <= high <= 1
    wider = wilson(part * 4, whole * 4)
    assert wider[1] - wider[0] <= high - low


def test_wilson_is_that_of_the_books() -> None:
    low, high = wilson(10, 20)
    assert (round(low, 3), round(high, 3)) == (0.299, 0.701)


def test_use_is_days_out_of_days_there(world: World) -> None:
    assert figure("use-rate").value == 0
    Thing.objects.filter(pk=world.drills.pk).update(created_at=timezone.now() - timedelta(days=10))
    loan = lend(world, world.borrowers[0], 5)
    Loan.objects.filter(pk=loan.pk).update(out_at=timezone.now() - timedelta(days=5))
    assert figure("use-rate").value == pytest.approx(0.25, abs=0.001)


def test_without_things_there_is_no_rate(db: None) -> None:
    assert figure("use-rate").value is None


def test_every_range_holds_its_value(world: World) -> None:
    lend(world, world.borrowers[0])
    repaired(world)
    for slug, indicator in INDICATORS.items():
        if indicator.part == SHARING:
            found = figure(slug)
            assert found.low <= found.value <= found.high, slug


def test_a_reader_learns_nothing_of_few_borrowers(world: World, client: Client) -> None:
    for borrower in world.borrowers[:2]:
        lend(world, borrower)
    few = Scope(kind=world.kind)
    assert figure("loans", few).value == 0
    assert figure("loans", few, by=system_agent()).value == 2
    by_kind = figure("loans").by_kind
    assert [group.key for group in by_kind] == []
    lend(world, world.borrowers[2])
    assert figure("loans", few).value == 3
    assert [group.key for group in figure("loans").by_kind] == [world.kind.pk]
    names = {borrower.name for borrower in world.borrowers}
    for slug, indicator in INDICATORS.items():
        if indicator.part == SHARING:
            text = client.get(reverse("indicators:indicator", args=[slug])).content.decode()
            assert not [name for name in names if name in text], slug


def test_the_table_by_organisation_is_of_libraries_not_of_borrowers(world: World) -> None:
    for borrower in world.borrowers:
        lend(world, borrower)
    groups = figure("loans", by=system_agent()).by_organization
    assert [group.label for group in groups] == ["Library"]


def test_pages_show_displacement_factor_and_that_ways_are_left_out(
    world: World, client: Client
) -> None:
    for borrower in world.borrowers:
        lend(world, borrower)
    text = client.get(
        reverse("indicators:indicator", args=["emissions-avoided-by-sharing"])
    ).content.decode()
    assert reverse("catalogue:displacement", args=["loan"]) in text
    assert reverse("catalogue:factor", args=["drill"]) in text
    assert "how borrowers came to fetch them, is left out" in text


def test_the_list_keeps_sharing_apart(world: World, client: Client) -> None:
    parts = client.get(reverse("indicators:list")).context["parts"]
    assert [(part["name"], len(part["figures"])) for part in parts] == [
        ("side_streams", len(INDICATORS) - 9),
        ("sharing", 9),
    ]
