"""Other people's objects by id, in every view and action."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from kierto.core.errors import DomainError
from kierto.exchange import actions
from kierto.exchange.models import Delivery, Intent, Processor, Proposal
from kierto.ledger.models import Commitment, EconomicEvent
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from tests.exchange.conftest import World
from tests.factories import exchange as make

SignIn = Callable[[Agent | None], Client]


@pytest.fixture
def others(world: World) -> dict[str, object]:
    """A hidden offer, a public one, an agreement with a delivery, and a processor, of others."""
    offer = make.make_offer()
    agreement = make.make_agreement(offer=offer)
    recipe = make.make_making(offer.kind, make.make_priced_kind())
    return {
        "public": offer,
        "hidden": make.make_offer(visibility="matched"),
        "draft": make.make_offer(state="draft"),
        "proposal": make.make_proposal(),
        "agreement": agreement,
        "delivery": make.deliver(agreement),
        "processor": make.make_processor(recipe),
    }


def _snapshot() -> list[object]:
    return [
        list(Intent.objects.order_by("pk").values_list()),
        list(Proposal.objects.order_by("pk").values_list()),
        list(Delivery.objects.order_by("pk").values_list()),
        list(Processor.objects.order_by("pk").values_list()),
        EconomicEvent.objects.count(),
        Commitment.objects.count(),
    ]


POSTS = [
    ("exchange:intent_move", "public", {"to": "closed"}, 403),
    ("exchange:intent_move", "hidden", {"to": "closed"}, 404),
    ("exchange:intent_move", "draft", {"to": "open"}, 404),
    ("exchange:intent_edit", "public", {"title": "Mine now"}, 403),
    ("exchange:intent_edit", "hidden", {"title": "Mine now"}, 404),
    ("exchange:photo_add", "public", {}, 403),
    ("exchange:photo_add", "hidden", {}, 404),
    ("exchange:processor_move", "processor", {"to": "closed"}, 403),
    ("exchange:processor_edit", "processor", {"name": "Mine now"}, 403),
    ("exchange:run_new", "processor", {"level": "1"}, 403),
    ("exchange:proposal_answer", "proposal", {"answer": "accept"}, 404),
    ("exchange:proposal_withdraw", "proposal", {}, 404),
    ("exchange:delivery_record", "agreement", {"quantity": "1", "unit": "kg"}, 404),
    ("exchange:delivery_confirm", "delivery", {}, 404),
    ("exchange:delivery_dispute", "delivery", {"reason": "x"}, 404),
    ("exchange:delivery_withdraw", "delivery", {}, 404),
]
GETS = [
    ("exchange:intent", "hidden", 404),
    ("exchange:intent", "draft", 404),
    ("exchange:intent_edit", "public", 403),
    ("exchange:processor_edit", "processor", 403),
    ("exchange:run_new", "processor", 403),
    ("exchange:proposal", "proposal", 404),
    ("exchange:agreement", "agreement", 404),
    ("exchange:delivery_photo", "delivery", 404),
]


@pytest.mark.parametrize("role", ["resident", "organization_admin"])
def test_others_objects_are_unknown_or_refused(
    world: World, as_agent: SignIn, others: dict[str, object], role: str
) -> None:
    before = _snapshot()
    client = as_agent(world.agents[role])
    for name, which, data, status in POSTS:
        path = reverse(name, args=[others[which].pk])
        assert client.post(path, data).status_code == status, (name, which)
    for name, which, status in GETS:
        assert client.get(reverse(name, args=[others[which].pk])).status_code == status, name
    assert _snapshot() == before


def test_visitors_write_nothing(client: Client, world: World, others: dict[str, object]) -> None:
    before = _snapshot()
    for name, which, data, _status in POSTS:
        answer = client.post(reverse(name, args=[others[which].pk]), data)
        assert "/login/" in answer["Location"], name
    assert _snapshot() == before


def test_reading_writes_nothing(world: World, as_agent: SignIn, others: dict[str, object]) -> None:
    before = _snapshot()
    client = as_agent(world.agents["node_admin"])
    for name in {name for name, *_rest in POSTS} - {"exchange:intent_edit", "exchange:run_new"}:
        which = next(which for each, which, *_rest in POSTS if each == name)
        answer = client.get(reverse(name, args=[others[which].pk]))
        assert answer.status_code in (200, 405), name
    assert _snapshot() == before


def test_a_hidden_offer_shows_in_no_list_feed_or_map(
    world: World, as_agent: SignIn, others: dict[str, object]
) -> None:
    hidden = str(others["hidden"].pk)
    for role in ("visitor", "resident", "organization_admin"):
        client = as_agent(world.agents[role])
        for path in (
            "/exchange/",
            "/exchange/?view=map",
            "/exchange/feed.rss",
            "/exchange/?q=offer",
        ):
            assert hidden not in client.get(path).content.decode(), (role, path)
    assert hidden in as_agent(world.agents["node_admin"]).get("/exchange/").content.decode()


def test_a_hidden_counterpart_is_counted_and_not_named(world: World, as_agent: SignIn) -> None:
    offer = world.offer()
    need = make.make_need(kind=offer.kind, visibility="matched", title="Top secret need")
    path = reverse("exchange:intent", args=[offer.pk])
    page = as_agent(world.agents["member"]).get(path)
    assert (page.context["outlook"].hidden, page.context["outlook"].ways) == (1, ())
    text = page.content.decode()
    assert "Top secret" not in text
    assert need.agent.name not in text
    for_operator = as_agent(world.agents["operator"]).get(path)
    assert for_operator.context["outlook"].hidden == 0


def test_actions_refuse_strangers_whatever_a_view_forgot(
    world: World, others: dict[str, object]
) -> None:
    stranger = world.agents["organization_admin"]
    before = _snapshot()
    proposal, delivery = others["proposal"], others["delivery"]
    agreement = others["agreement"]
    recipe = others["processor"].recipe
    deeds = [
        lambda: actions.change_intent(others["public"], title="x", by=stranger),
        lambda: actions.move_intent(others["public"], "closed", by=stranger),
        lambda: actions.answer_proposal(
            proposal, agent=proposal.provider, accept=True, by=stranger
        ),
        lambda: actions.answer_proposal(
            proposal, agent=world.organization.agent, accept=True, by=stranger
        ),
        lambda: actions.withdraw_proposal(proposal, by=stranger),
        lambda: actions.confirm_delivery(delivery, by=stranger),
        lambda: make.deliver(agreement, by=stranger),
        lambda: make.deliver(agreement, agent=world.organization.agent, by=stranger),
        lambda: make.make_processor(recipe, agent=make.make_organization().agent, by=stranger),
        lambda: make.make_offer(by=stranger),
        lambda: make.make_proposal(by=stranger),
        lambda: actions.record_processing_run(
            others["processor"],
            level=1,
            inputs=[],
            outputs=[],
            happened_at=make.timezone.now(),
            by=stranger,
        ),
    ]
    for number, deed in enumerate(deeds):
        with pytest.raises(DomainError) as refused:
            deed()
        assert refused.value.status == 403, number
    # The factories may have added an offer and a need for the proposal that was refused.
    assert Proposal.objects.count() == len(before[1])
    assert EconomicEvent.objects.count() == before[4]
    assert system_agent() != stranger
