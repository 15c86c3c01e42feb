"""The fair split of a run: kept for optimal plans, shown to those whom it concerns."""

from __future__ import annotations

import csv
import io

import pytest
from django.urls import reverse

from kierto.parties.queries import system_agent
from kierto.planner.fair import FairSplit
from kierto.planning.reading import read_run
from kierto.planning.splitting import split_for
from tests.factories.parties import ROLES
from tests.planning.conftest import SignIn, World

pytestmark = pytest.mark.django_db


def test_the_shares_add_up_to_what_the_plan_costs(world: World) -> None:
    split = FairSplit.from_dict(world.plan.split or {})
    assert sum(each.share for each in split.participants) == pytest.approx(split.objective)
    assert sum(each.transfer for each in split.participants) == pytest.approx(0, abs=1e-6)
    assert split.stable


def test_everybody_sees_the_totals_and_only_their_own_account(world: World) -> None:
    seen = {}
    for role in ROLES:
        shown = split_for(read_run(world.plan, world.agents[role]))
        assert shown is not None
        seen[role] = len(shown.rows)
        assert len(shown.rows) + shown.unseen == len(shown.split.participants)
    assert seen == {
        "visitor": 0, "resident": 0, "member": 1, "organization_admin": 1, "operator": 4,
        "node_admin": 4,
    }  # fmt: skip


def test_prices_of_masses_are_per_tonne(world: World) -> None:
    shown = split_for(read_run(world.plan, system_agent()))
    assert shown is not None
    by_kilogram = {
        port.port: port.price for each in shown.split.participants for port in each.ports
    }
    for row in shown.rows:
        for price, port in zip(row.prices, row.account.ports, strict=True):
            assert (price.unit, price.price) == ("t", pytest.approx(1000 * by_kilogram[port.port]))


def test_a_run_without_a_split_says_so(world: World, sign_in: SignIn) -> None:
    world.plan.split = None
    world.plan.save()
    page = sign_in(None).get(reverse("planning:split", args=[world.plan.pk]))
    assert "This plan has no split" in page.content.decode()
    table = sign_in(None).get(reverse("planning:split_csv", args=[world.plan.pk]))
    assert table.status_code == 409


def test_the_download_holds_the_accounts_that_the_reader_may_see(
    world: World, sign_in: SignIn
) -> None:
    page = reverse("planning:split_csv", args=[world.plan.pk])
    rows = {
        role: list(csv.DictReader(io.StringIO(sign_in(world.agents[role]).get(page).text)))
        for role in ("visitor", "member", "operator")
    }
    assert {role: len(each) for role, each in rows.items()} == {
        "visitor": 0, "member": 1, "operator": 4,
    }  # fmt: skip
