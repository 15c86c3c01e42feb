"""The first page with something on it: figures, map, Sankey and the last events."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from kierto.core.quantity import Unit
from kierto.ledger.models import Visibility
from kierto.parties.models import Agent
from kierto.web.now import doors, flow_map, latest_events
from tests.factories.ledger import make_kind, make_transfer
from tests.factories.parties import make_district, make_organization, make_person, make_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def parties() -> tuple[Agent, Agent]:
    """A brewery and a farm with places in one district."""
    make_district(slug="kera")
    brewery, farm = (make_organization(name=name).agent for name in ("Brewery", "Farm"))
    make_place(brewery)
    make_place(farm, latitude=60.22)
    return brewery, farm


def test_transfers_are_lines_between_places(parties: tuple[Agent, Agent]) -> None:
    brewery, farm = parties
    grain = make_kind("grain")
    for amount in (10, 20):
        make_transfer(brewery, farm, grain, amount, visibility=Visibility.PUBLIC)
    drawn = flow_map(None, None)
    assert [
        (line["from"], line["to"], line["quantity"], line["unit"]) for line in drawn["lines"]
    ] == [(str(brewery.pk), str(farm.pk), 30.0, "kg")]
    assert sorted(point["label"] for point in drawn["points"]) == ["Brewery", "Farm"]


def test_what_only_its_parties_may_see_is_on_their_map_alone(parties: tuple[Agent, Agent]) -> None:
    brewery, farm = parties
    member = make_person("member", organization=brewery.organization)
    make_transfer(brewery, farm, visibility=Visibility.PARTIES)
    assert len(flow_map(None, None)["lines"]) == 0
    assert len(flow_map(None, member.agent)["lines"]) == 1


def test_people_have_no_place_on_the_map(parties: tuple[Agent, Agent]) -> None:
    brewery, _farm = parties
    resident = make_person()
    make_place(resident.agent)
    make_transfer(brewery, resident.agent, visibility=Visibility.PUBLIC)
    drawn = flow_map(None, resident.agent)
    assert sorted(point["label"] for point in drawn["points"]) == ["Brewery", "Farm"]
    assert drawn["lines"] == []


def test_page_shows_what_happened_and_links_it(
    client: Client, parties: tuple[Agent, Agent]
) -> None:
    event = make_transfer(*parties, make_kind("grain"), 12400, visibility=Visibility.PUBLIC)
    text = client.get(reverse("web:home")).text
    assert "12.4\u00a0t passed from one participant to another" in text
    assert reverse("ledger:event", args=[event.pk]) in text
    assert reverse("indicators:indicator", args=["mass-circulated"]) in text
    # The same item in the map, the Sankey and both tables.
    item = f'data-k-item="{parties[0].pk}&gt;{parties[1].pk}"'
    assert text.count(item) == 4


def test_money_is_no_handover(parties: tuple[Agent, Agent]) -> None:
    brewery, farm = parties
    grain = make_transfer(brewery, farm, make_kind("grain"), visibility=Visibility.PUBLIC)
    make_transfer(farm, brewery, make_kind("euro", unit=Unit.EURO), visibility=Visibility.PUBLIC)
    assert list(latest_events(None, None)) == [grain]


def test_queries_do_not_grow_with_events(
    client: Client,
    parties: tuple[Agent, Agent],
    django_assert_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    kind = make_kind("grain")
    make_transfer(*parties, kind, visibility=Visibility.PUBLIC)
    client.get(reverse("web:home"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("web:home"))
    asked = len(few)  # counted now: the next request forgets them
    for _number in range(4):
        make_transfer(*parties, kind, visibility=Visibility.PUBLIC)
    client.get(reverse("web:home"))
    with django_assert_num_queries(asked):
        client.get(reverse("web:home"))


def test_five_doors_all_lead_somewhere(client: Client) -> None:
    for door in doors():
        assert client.get(door.href, follow=True).status_code == 200


def test_first_page_names_the_five_things_one_can_do(client: Client) -> None:
    text = client.get(reverse("web:home")).text
    named = re.findall(r'class="k-door".*?<strong>(.*?)</strong>', text)
    assert named == ["Offer", "Find", "Borrow", "Repair", "Take part"]
