"""Every page answers those who may see it, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kierto.exchange import actions
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from tests.exchange.conftest import World
from tests.factories import exchange as make

SignIn = Callable[[Agent | None], Client]


@pytest.mark.parametrize("role", ["visitor", "resident", "member", "operator", "node_admin"])
def test_public_pages_are_there_for_everybody(world: World, as_agent: SignIn, role: str) -> None:
    offer = world.offer()
    need = make.make_need(kind=offer.kind)
    recipe = make.make_making(offer.kind, make.make_priced_kind())
    processor = make.make_processor(recipe)
    client = as_agent(world.agents[role])
    for path in [
        reverse("exchange:market"),
        reverse("exchange:market") + "?view=map",
        reverse("exchange:market") + "?q=offer&near=district:kera&direction=offer&hazard=none",
        reverse("exchange:feed"),
        reverse("exchange:intent", args=[offer.pk]),
        reverse("exchange:intent", args=[need.pk]),
        reverse("exchange:processors"),
        reverse("exchange:processor", args=[processor.pk]),
    ]:
        response = client.get(path)
        assert response.status_code == 200, path


def test_pages_of_a_member(world: World, as_agent: SignIn) -> None:
    offer = world.offer()
    agreement = make.make_agreement(offer=offer)
    actions.confirm_delivery(make.deliver(agreement, "20"), by=system_agent())
    make.deliver(agreement, "5", agent=agreement.proposal.receiver)
    waiting = make.make_proposal(offer=world.offer())
    recipe = make.make_making(offer.kind, make.make_priced_kind())
    processor = make.make_processor(recipe, agent=world.organization.agent, place=world.place)
    client = as_agent(world.agents["organization_admin"])
    for path in [
        reverse("exchange:mine"),
        reverse("exchange:mine") + "?organization=weavers",
        reverse("exchange:post") + "?direction=need",
        reverse("exchange:import"),
        reverse("exchange:intent_edit", args=[offer.pk]),
        reverse("exchange:proposals"),
        reverse("exchange:proposals") + "?state=accepted&district=kera",
        reverse("exchange:proposal", args=[waiting.pk]),
        reverse("exchange:proposal", args=[agreement.proposal.pk]),
        reverse("exchange:agreements"),
        reverse("exchange:agreement", args=[agreement.pk]),
        reverse("exchange:processor_new"),
        reverse("exchange:processor_edit", args=[processor.pk]),
        reverse("exchange:run_new", args=[processor.pk]),
        reverse("exchange:run_new", args=[processor.pk]) + "?level=3",
    ]:
        response = client.get(path)
        assert response.status_code == 200, path


def _queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "path",
    [
        "/exchange/",
        "/exchange/?view=map",
        "/exchange/?q=offer",
        "/exchange/mine/",
        "/exchange/processors/",
        "/proposals/",
        "/agreements/",
        "/exchange/feed.rss",
    ],
)
def test_query_counts_do_not_grow(world: World, as_agent: SignIn, path: str) -> None:
    kind, made = make.make_priced_kind(), make.make_priced_kind()
    recipe = make.make_making(kind, made)

    def add() -> None:
        offer = world.offer(kind=kind)
        make.make_agreement(offer=offer)
        make.make_proposal(offer=offer)
        make.make_processor(recipe)

    add()
    client = as_agent(world.agents["member"])
    one = _queries(client, path)
    for _each in range(4):
        add()
    assert _queries(client, path) == one


def test_intent_page_asks_no_more_for_more_possibilities(world: World, as_agent: SignIn) -> None:
    offer = world.offer()
    recipe = make.make_making(offer.kind, make.make_priced_kind())
    make.make_need(kind=offer.kind)
    make.make_processor(recipe)
    client = as_agent(world.agents["member"])
    path = reverse("exchange:intent", args=[offer.pk])
    one = _queries(client, path)
    for _each in range(4):
        make.make_need(kind=offer.kind)
        make.make_processor(recipe)
    assert _queries(client, path) == one


def test_agreement_page_asks_no_more_for_more_deliveries(world: World, as_agent: SignIn) -> None:
    agreement = make.make_agreement(offer=world.offer())
    client = as_agent(world.agents["member"])
    path = reverse("exchange:agreement", args=[agreement.pk])

    def deliver() -> None:
        actions.confirm_delivery(make.deliver(agreement, "1"), by=system_agent())
        make.deliver(agreement, "1", agent=agreement.proposal.receiver)
        make.deliver(agreement, "1")

    deliver()
    one = _queries(client, path)
    for _each in range(3):
        deliver()
    assert _queries(client, path) == one
