"""From a proposal to promises, deliveries and events; and the laws that hold on the way."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from threading import Barrier

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.core.errors import DomainError
from kierto.exchange import actions
from kierto.exchange.agreements import standing_of
from kierto.exchange.models import Proposal, ProposalAnswer
from kierto.exchange.terms import promised_amounts, promised_periods, term_amount
from kierto.ledger.models import Agreement, EconomicEvent
from kierto.ledger.queries import fulfilled, remaining, stock_of
from kierto.notices.models import Notice
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from tests.exchange.conftest import World
from tests.factories import exchange as make
from tests.factories.parties import make_organization, make_person

SignIn = Callable[[Agent | None], Client]
DAY = date(2026, 3, 4)


@given(
    weekly=st.decimals("0.000001", "999999", places=6),
    start=st.dates(DAY, DAY + timedelta(days=400)),
    days=st.integers(1, 800),
)
def test_the_periods_tile_the_term_and_their_amounts_add_up(
    weekly: Decimal, start: date, days: int
) -> None:
    end = start + timedelta(days=days - 1)
    periods = promised_periods(start, end)
    assert (periods[0].start, periods[-1].end) == (start, end)
    for one, following in pairwise(periods):
        assert one.end is not None
        assert following.start == one.end + timedelta(days=1)
    amounts = promised_amounts(weekly, periods)
    assert all(amount >= 0 for amount in amounts)
    assert sum(amounts) == term_amount(weekly, start, end)
    assert abs(sum(amounts) - weekly * days / 7) <= Decimal("0.000001")


def test_short_terms_are_promised_by_the_week_and_long_ones_by_the_month() -> None:
    assert len(promised_periods(DAY, DAY + timedelta(days=27))) == 4
    year = promised_periods(date(2026, 1, 15), date(2026, 12, 31))
    assert len(year) == 12
    assert (year[0].days, year[1].days) == (17, 28)


def test_accepted_by_all_it_is_an_agreement_with_promises(world: World) -> None:
    offer = world.offer()
    proposal = make.make_proposal(offer=offer, weekly="70")
    by = system_agent()
    first = actions.answer_proposal(proposal, agent=offer.agent, accept=True, by=by)
    assert (first.state, first.agreement) == ("open", None)
    second = actions.answer_proposal(proposal, agent=proposal.receiver, accept=True, by=by)
    agreement = second.agreement
    assert second.state == "accepted"
    assert agreement is not None
    assert [c.resource_quantity for c in agreement.commitments.all()] == [70, 70, 70, 70]
    assert {c.action for c in agreement.commitments.all()} == {"transfer"}


def test_each_party_answers_once(world: World) -> None:
    proposal = make.make_proposal(offer=world.offer())
    member = world.agents["member"]
    actions.answer_proposal(proposal, agent=world.organization.agent, accept=True, by=member)
    with pytest.raises(DomainError) as refused:
        actions.answer_proposal(
            proposal, agent=world.organization.agent, accept=False, reason="x", by=member
        )
    assert refused.value.code == "already_answered"


def test_a_no_needs_a_reason_and_ends_it(world: World) -> None:
    proposal = make.make_proposal(offer=world.offer())
    answer = {"agent": world.organization.agent, "accept": False, "by": world.agents["member"]}
    with pytest.raises(DomainError) as refused:
        actions.answer_proposal(proposal, **answer)
    assert refused.value.code == "exchange_reason_missing"
    declined = actions.answer_proposal(proposal, reason="Too wet.", **answer)
    assert (declined.state, declined.agreement) == ("declined", None)
    with pytest.raises(DomainError):
        actions.answer_proposal(proposal, agent=proposal.receiver, accept=True, by=system_agent())


def test_an_answer_after_the_day_comes_too_late(world: World) -> None:
    proposal = make.make_proposal(
        offer=world.offer(), answer_by=timezone.localdate() - timedelta(days=1)
    )
    with pytest.raises(DomainError) as refused:
        make.accept_all(proposal)
    assert refused.value.code == "answer_too_late"


def test_the_same_is_not_proposed_twice_at_once(world: World) -> None:
    offer = world.offer()
    need = make.make_need(kind=offer.kind)
    make.make_proposal(offer=offer, need=need)
    with pytest.raises(DomainError) as refused:
        make.make_proposal(offer=offer, need=need)
    assert refused.value.code == "already_proposed"


def test_ends_that_do_not_fit_are_not_joined(world: World) -> None:
    offer = world.offer()
    need = make.make_need()
    other = make.make_need(kind=offer.kind)
    for wrong in (
        {"need": need},
        {"need": other, "receiver": world.organization.agent},
        {"need": other, "kind": need.kind},
        {"need": None, "receiver": other.agent, "target_processor": None},
        {"need": offer, "receiver": offer.agent},
    ):
        with pytest.raises(DomainError) as refused:
            make_wrong(offer, **wrong)
        assert refused.value.code == "ends_do_not_fit", wrong


def make_wrong(offer, need, **fields: object) -> Proposal:
    fields = {"kind": offer.kind, "receiver": need.agent if need else None, **fields}
    day = timezone.localdate()
    return actions.propose(
        provider=offer.agent,
        offer=offer,
        need=need,
        quantity_per_week=Decimal(1),
        distance_km=1,
        cost_per_unit=0,
        emissions_per_unit=0,
        starts_on=day,
        by=system_agent(),
        **fields,
    )


def _at_once(deeds: list[Callable[[], object]]) -> list[str]:
    """Run deeds in threads that start together; names of what they raised."""
    barrier = Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> str:
        barrier.wait()
        try:
            deed()
        except DomainError as error:
            return error.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(run, deeds))


@pytest.mark.django_db(transaction=True)
def test_two_acceptances_at_the_same_time_make_one_agreement() -> None:
    proposal = make.make_proposal()
    by = system_agent()
    deeds = [
        lambda agent=agent: actions.answer_proposal(proposal, agent=agent, accept=True, by=by)
        for agent in (proposal.provider, proposal.provider, proposal.receiver, proposal.receiver)
    ]
    assert _at_once(deeds) == ["already_answered", "already_answered", "done", "done"]
    proposal.refresh_from_db()
    assert proposal.state == "accepted"
    assert (Agreement.objects.count(), ProposalAnswer.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_a_delivery_confirmed_twice_at_the_same_time_is_one_event() -> None:
    delivery = make.deliver(make.make_agreement())
    by = system_agent()
    deeds = [lambda: actions.confirm_delivery(delivery, by=by)] * 3
    assert _at_once(deeds) == ["done", "illegal_transition", "illegal_transition"]
    assert EconomicEvent.objects.filter(action="transfer").count() == 1


@pytest.mark.django_db
@settings(max_examples=20)  # each example is a whole agreement with its deliveries
@given(
    deliveries=st.lists(
        st.tuples(st.decimals("0.001", "120", places=3), st.integers(0, 7)), max_size=6
    )
)
def test_kept_and_owed_make_the_promise_and_brought_is_kept_and_surplus(
    deliveries: list[tuple[Decimal, int]],
) -> None:
    agreement = make.make_agreement()
    for amount, days_ago in deliveries:
        delivery = make.deliver(agreement, str(amount), days_ago=days_ago)
        actions.confirm_delivery(delivery, by=system_agent())
    standing = standing_of(agreement)
    for promise in standing.promises:
        assert promise.kept + promise.owed == promise.promised
        assert fulfilled(promise.commitment) == promise.kept
        assert remaining(promise.commitment) == promise.owed
    assert standing.brought == sum((amount for amount, _days in deliveries), Decimal(0))
    assert standing.brought == standing.kept + standing.surplus
    assert standing.kept <= standing.promised


def test_a_delivery_keeps_its_own_week_then_older_ones(world: World) -> None:
    agreement = make.make_agreement(offer=world.offer(), weekly="50")  # began a week ago
    actions.confirm_delivery(make.deliver(agreement, "70"), by=system_agent())
    standing = standing_of(agreement)
    assert [promise.kept for promise in standing.promises] == [20, 50, 0, 0]
    assert (standing.shortfall, standing.surplus) == (30, 0)
    actions.confirm_delivery(make.deliver(agreement, "40"), by=system_agent())
    standing = standing_of(agreement)
    assert [promise.kept for promise in standing.promises] == [50, 50, 0, 0]
    assert (standing.shortfall, standing.surplus) == (0, 10)


def test_a_confirmed_delivery_moves_stock_and_is_traced(world: World) -> None:
    agreement = make.make_agreement(offer=world.offer())
    proposal = agreement.proposal
    confirmed = actions.confirm_delivery(make.deliver(agreement, "0.03", "t"), by=system_agent())
    event = confirmed.event
    assert (event.action, event.resource_quantity, event.entered_unit) == ("transfer", 30, "t")
    assert (event.realization_of, event.visibility) == (agreement, "public")
    assert stock_of(proposal.provider, proposal.kind) == 0
    assert stock_of(proposal.receiver, proposal.kind) == 30


@pytest.mark.parametrize(
    ("shown", "expected"), [("public", "public"), ("partners", "partners"), ("matched", "parties")]
)
def test_events_show_to_those_to_whom_both_ends_show(
    world: World, shown: str, expected: str
) -> None:
    agreement = make.make_agreement(offer=world.offer(visibility=shown))
    confirmed = actions.confirm_delivery(make.deliver(agreement), by=system_agent())
    assert confirmed.event.visibility == expected


def test_deliveries_lie_between_the_start_and_now(world: World) -> None:
    agreement = make.make_agreement(offer=world.offer())
    for days_ago in (8, -1):
        with pytest.raises(DomainError) as refused:
            make.deliver(agreement, days_ago=days_ago)
        assert refused.value.code == "delivery_out_of_time"
    for amount, unit in (("0", "kg"), ("-1", "kg"), ("1", "kWh")):
        with pytest.raises(DomainError):
            make.deliver(agreement, amount, unit)


def test_people_are_told_what_waits_for_them(world: World) -> None:
    other = make_organization()
    reader = make_person("member", organization=other)
    member = world.agents["member"].person
    offer = world.offer()
    need = make.make_need(kind=offer.kind, agent=other.agent)
    proposal = make.make_proposal(offer=offer, need=need)
    agreement = make.accept_all(proposal).agreement
    delivery = make.deliver(agreement)
    actions.confirm_delivery(delivery, by=reader.agent)

    def told(person: object) -> list[str]:
        notices = Notice.objects.filter(recipient=person).order_by("created_at")
        return [notice.topic.removeprefix("exchange.") for notice in notices]

    assert told(reader) == ["proposed", "accepted", "delivery_recorded"]
    assert told(member) == ["proposed", "accepted", "delivery_confirmed"]


def test_the_journey_in_the_browser_without_script(world: World, as_agent: SignIn) -> None:
    offer = world.offer(title="Denim bales")
    receiver = make_organization()
    need = make.make_need(kind=offer.kind, agent=receiver.agent)
    giver = as_agent(world.agents["member"])
    getter = as_agent(make_person("member", organization=receiver).agent)
    proposal = make.make_proposal(offer=offer, need=need)
    answer = reverse("exchange:proposal_answer", args=[proposal.pk])

    assert str(proposal.pk) in giver.get(reverse("exchange:proposals")).content.decode()
    giver.post(answer, {"agent": str(offer.agent_id), "answer": "accept"})
    silent = getter.post(answer, {"agent": str(receiver.pk), "answer": "decline", "reason": ""})
    assert (silent.status_code, set(silent.context["form"].errors)) == (422, {"reason"})
    accepted = getter.post(answer, {"agent": str(receiver.pk), "answer": "accept"})

    agreement = accepted["Location"]
    record = agreement + "deliveries/"
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    sent = {"quantity": "45,5", "unit": "kg", "happened_at": now, "agent": str(offer.agent_id)}
    wrong = giver.post(record, {**sent, "quantity": "many"})
    assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {"quantity"})
    assert "many" in wrong.content.decode()
    giver.post(record, sent)
    row = getter.get(agreement).context["rows"][0]
    assert (bool(row.may_confirm), bool(row.may_withdraw)) == (True, False)
    assert not giver.get(agreement).context["rows"][0].may_confirm
    getter.post(reverse("exchange:delivery_confirm", args=[row.delivery.pk]))
    page = giver.get(agreement)
    assert page.context["standing"].kept == Decimal("45.5")
    assert EconomicEvent.objects.get(action="transfer").resource_quantity == Decimal("45.5")


def test_one_side_asks_the_other_directly(world: World, as_agent: SignIn) -> None:
    offer = world.offer(amount="100")
    need = make.make_need(kind=offer.kind, amount="60")
    hidden = make.make_need(kind=offer.kind, visibility="matched")
    client = as_agent(world.agents["member"])
    assert "Propose it" in client.get(reverse("exchange:intent", args=[offer.pk])).content.decode()
    made = client.post(reverse("exchange:intent_ask", args=[offer.pk, need.pk]))
    proposal = Proposal.objects.get()
    assert made["Location"] == reverse("exchange:proposal", args=[proposal.pk])
    assert (proposal.quantity_per_week, proposal.state) == (60, "open")
    assert (proposal.ends_on - proposal.starts_on).days == 13 * 7 - 1
    again = client.post(reverse("exchange:intent_ask", args=[offer.pk, need.pk]))
    assert again.status_code == 409
    unknown = client.post(reverse("exchange:intent_ask", args=[offer.pk, hidden.pk]))
    assert unknown.status_code == 404
    stranger = as_agent(world.agents["resident"])
    refused = stranger.post(reverse("exchange:intent_ask", args=[offer.pk, need.pk]))
    assert refused.status_code == 403


def test_what_is_promised_already_is_not_asked_for_again(world: World) -> None:
    offer = world.offer(amount="100")
    need = make.make_need(kind=offer.kind, amount="60")
    other = make.make_need(kind=offer.kind, amount="90")
    make.make_agreement(offer=offer, need=need, weekly="60")
    member = world.agents["member"]
    assert actions.ask_partner(offer, other, by=member).quantity_per_week == 40
    with pytest.raises(DomainError) as refused:
        actions.ask_partner(offer, need, by=member)
    assert refused.value.code == "nothing_free"


@pytest.mark.sqlite
def test_threads_meet_in_a_file(db: None) -> None:
    assert connection.settings_dict["NAME"] != ":memory:"
