"""Pages of indicators for every role, their tables as files, and what they keep to themselves."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kierto.exchange.actions import record_processing_run
from kierto.exchange.actions.runs import proposed_flows
from kierto.exchange.models import Visibility
from kierto.indicators import urls
from kierto.indicators.queries import flows_between
from kierto.indicators.registry import INDICATORS, compute
from kierto.indicators.scope import Scope
from kierto.indicators.words import TERMS
from kierto.ledger.models import EconomicEvent
from kierto.ledger.models import Visibility as EventVisibility
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from tests.factories.exchange import make_making, make_offer, make_processor
from tests.factories.indicators import (
    Traded,
    delivered,
    make_ranged_kind,
    make_traded,
    transferred,
)
from tests.factories.ledger import make_transfer
from tests.factories.parties import ROLES, make_agents, make_organization, make_place

SignIn = Callable[[Agent | None], Client]


@dataclass
class World:
    """The organisation of members and admins is the taker."""

    traded: Traded
    agents: dict[str, Agent | None]


@pytest.fixture
def world(db: None) -> World:
    cache.clear()
    traded = make_traded()
    delivered(traded, "40")
    transferred(traded, "5")
    return World(traded, make_agents(traded.taker, traded.district))


@pytest.fixture
def sign_in() -> SignIn:
    def as_agent(agent: Agent | None) -> Client:
        client = Client()
        if agent is not None:
            client.force_login(
                agent.person.user, backend="django.contrib.auth.backends.ModelBackend"
            )
        return client

    return as_agent


def test_every_address_is_known() -> None:
    assert {pattern.name for pattern in urls.urlpatterns} == {"list", "indicator", "indicator_csv"}


def test_every_indicator_has_words_for_its_terms(world: World) -> None:
    for slug in INDICATORS:
        terms = compute(slug, Scope(), by=system_agent()).terms
        ends = {"low", "high", "met_low", "met_high", "needed_low", "needed_high"}
        named = {term for term in terms if not term.endswith(("_low", "_high"))} - ends
        assert {term for term in named if not term.startswith("person:")} <= TERMS[slug].keys()


def test_every_page_is_open_to_every_role(world: World, sign_in: SignIn) -> None:
    district = world.traded.district.slug
    for role in ROLES:
        client = sign_in(world.agents[role])
        pages = [reverse("indicators:list")]
        pages += [reverse("indicators:indicator", args=[slug]) for slug in INDICATORS]
        pages += [reverse("indicators:indicator_csv", args=["mass-circulated"])]
        statuses = {client.get(page, {"district": district}).status_code for page in pages}
        assert statuses == {200}, role


@pytest.mark.parametrize("slug", INDICATORS)
def test_a_page_shows_what_the_registry_says(world: World, sign_in: SignIn, slug: str) -> None:
    text = sign_in(None).get(reverse("indicators:indicator", args=[slug])).content.decode()
    indicator = INDICATORS[slug]
    assert str(indicator.definition) in text
    assert str(indicator.formula) in text
    assert indicator.source in text


def test_the_events_are_one_click_away(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.agents["operator"])
    page = reverse("indicators:indicator", args=["mass-circulated"])
    answer = client.get(page, {"district": world.traded.district.slug})
    ledger = answer.context["ledger"]
    listed = client.get(ledger)
    assert listed.status_code == 200
    assert answer.context["figure"].event_count == 2
    assert {event.pk for event in answer.context["events"]} == {
        event.pk for event in listed.context["page"]
    }


def test_factors_are_shown_with_their_sources(world: World, sign_in: SignIn) -> None:
    page = reverse("indicators:indicator", args=["avoided-emissions"])
    answer = sign_in(None).get(page, {"district": world.traded.district.slug})
    text = answer.content.decode()
    for factor in answer.context["figure"].factors:
        assert reverse("catalogue:factor", args=[factor.code]) in text
    assert "Made up for tests" in text


@pytest.mark.parametrize("table", ["month", "kind", "organization"])
def test_each_table_comes_as_a_file(world: World, sign_in: SignIn, table: str) -> None:
    page = reverse("indicators:indicator_csv", args=["mass-circulated"])
    asked = {"district": world.traded.district.slug, "table": table}
    answer = sign_in(world.agents["operator"]).get(page, asked)
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert sum(float(row["value"]) for row in rows) == 45
    assert {row["unit"] for row in rows} == {"kg"}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"from": "2026-13"}, 400),
        ({"from": "yesterday"}, 400),
        ({"from": "2026-05", "until": "2026-01"}, 400),
        ({"district": "nowhere"}, 404),
        ({"organization": "nobody"}, 404),
        ({"kind": "nothing"}, 404),
    ],
)
def test_what_cannot_be_read_is_a_clear_error(
    world: World, sign_in: SignIn, asked: dict[str, str], status: int
) -> None:
    for name in ("list", "indicator"):
        page = reverse(f"indicators:{name}", args=["mass-circulated"] if name != "list" else [])
        assert sign_in(None).get(page, asked).status_code == status


def test_an_unknown_indicator_or_table_is_a_clear_error(world: World, sign_in: SignIn) -> None:
    client = sign_in(None)
    assert client.get(reverse("indicators:indicator", args=["happiness"])).status_code == 404
    page = reverse("indicators:indicator_csv", args=["mass-circulated"])
    assert client.get(page, {"table": "people"}).status_code == 404


def test_a_figure_moves_with_the_next_delivery(world: World, sign_in: SignIn) -> None:
    page = reverse("indicators:list")
    asked = {"district": world.traded.district.slug}
    client = sign_in(None)
    before = client.get(page, asked).context["by_slug"]["mass_circulated"].value
    delivered(world.traded, "7")
    assert client.get(page, asked).context["by_slug"]["mass_circulated"].value == before + 7


def test_queries_do_not_grow_with_events(world: World, sign_in: SignIn) -> None:
    asked = {"district": world.traded.district.slug}
    pages = [
        reverse("indicators:list"),
        reverse("indicators:indicator", args=["avoided-emissions"]),
        reverse("indicators:indicator", args=["local-closure-carbon"]),
    ]

    def counts() -> list[int]:
        found = []
        for page in pages:
            with CaptureQueriesContext(connection) as captured:
                assert sign_in(None).get(page, asked).status_code == 200
            found.append(len(captured))
        return found

    counts()
    transferred(world.traded, "1")
    few = counts()
    for _ in range(12):
        make_transfer(
            world.traded.giver.agent,
            make_place().agent,
            world.traded.kind,
            3,
            location=world.traded.giver_place,
            visibility=EventVisibility.PUBLIC,
        )
    assert counts() == few


# ------------------------------------------------------------------ what is hidden


@pytest.fixture
def secret(db: None) -> Traded:
    cache.clear()
    traded = make_traded(visibility=Visibility.MATCHED)
    delivered(traded, "40")
    return traded


def test_a_district_counts_what_single_readers_may_not_see(secret: Traded) -> None:
    figure = compute("mass-circulated", Scope(district=secret.district))
    assert (figure.value, figure.event_count, figure.events.count()) == (40, 1, 0)


def test_an_organisation_is_counted_as_far_as_the_reader_may_see(secret: Traded) -> None:
    agents = make_agents(secret.taker, secret.district)
    scope = Scope(organization=secret.giver)
    seen = {role: compute("mass-circulated", scope, by=agents[role]).value for role in ROLES}
    assert seen == {
        "visitor": 0,
        "resident": 0,
        "member": 40,
        "organization_admin": 40,
        "operator": 40,
        "node_admin": 40,
    }


def test_a_kind_that_few_trade_in_secret_is_not_counted(secret: Traded) -> None:
    assert compute("mass-circulated", Scope(kind=secret.kind)).value == 0
    assert compute("mass-circulated", Scope(kind=secret.kind), by=system_agent()).value == 40


def test_tables_name_nobody_who_hides(secret: Traded, sign_in: SignIn) -> None:
    for slug in INDICATORS:
        figure = compute(slug, Scope(district=secret.district))
        labels = {group.label for group in (*figure.by_organization, *figure.by_kind)}
        assert labels & {"Giver", "Taker", secret.kind.label} == set()


def test_tables_show_everything_to_those_who_run_the_district(secret: Traded) -> None:
    figure = compute("mass-circulated", Scope(district=secret.district), by=system_agent())
    assert [(group.label, group.estimate.value) for group in figure.by_organization] == [
        ("Giver", 40)
    ]


def test_a_lonely_hidden_row_takes_others_along(secret: Traded) -> None:
    # With one row hidden, the total less the rows shown would tell it.
    for number in range(4):
        giver = make_organization(f"Open {number}")
        make_transfer(
            giver.agent,
            make_organization().agent,
            secret.kind,
            10 + number,
            location=make_place(giver.agent),
            visibility=EventVisibility.PUBLIC,
        )
    figure = compute("mass-circulated", Scope(district=secret.district))
    shown = {group.label: group.estimate.value for group in figure.by_organization}
    assert sum(value or 0 for value in shown.values()) == pytest.approx(figure.value)
    assert len(shown) == 3
    assert shown["Others, put together"] > 40  # type: ignore[operator]


def test_flows_name_nobody_who_hides(secret: Traded) -> None:
    data = flows_between(secret.district)
    assert data == {"nodes": [], "links": []}


def test_needs_that_are_hidden_are_not_told_of_one_organisation(secret: Traded) -> None:
    scope = Scope(organization=secret.taker)
    assert compute("local-closure-mass", scope).value is None
    assert compute("local-closure-mass", scope, by=system_agent()).value is not None


def test_runs_that_are_hidden_are_told_of_no_processor(world: World) -> None:
    traded = world.traded
    chips = make_ranged_kind("chips")
    recipe = make_making(traded.kind, chips)
    recipe.emissions = 0.25
    recipe.save()
    processor = make_processor(recipe, agent=traded.taker.agent, place=traded.taker_place)
    inputs, outputs = proposed_flows(processor, 10)
    record_processing_run(
        processor,
        level=10,
        inputs=inputs,
        outputs=outputs,
        happened_at=timezone.now(),
        by=system_agent(),
    )
    run = EconomicEvent.objects.get(action="consume")
    assert run.visibility == EventVisibility.PARTIES
    scope = Scope(organization=traded.taker)
    assert compute("avoided-emissions", scope).terms["processing"] == 0
    assert compute("avoided-emissions", scope, by=system_agent()).terms["processing"] == 2.5
    whole = Scope(district=traded.district)
    table = compute("avoided-emissions", whole).by_organization
    assert [group.label for group in table] == []


def test_a_draft_hides_nobody(world: World) -> None:
    make_offer(kind=world.traded.kind, place=world.traded.giver_place, state="draft")
    figure = compute("local-closure-mass", Scope(district=world.traded.district))
    assert [group.label for group in figure.by_organization] == ["Taker"]
