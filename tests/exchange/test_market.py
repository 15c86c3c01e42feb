"""Finding: words in every language, typing mistakes, filters, distance, the feed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kierto.core.geography import Point, road_km
from kierto.exchange.market import Wish, load, search
from kierto.exchange.models import Intent
from kierto.exchange.states import IntentState
from kierto.exchange.suggestions import suggestions_for
from kierto.parties.models import Agent
from tests.exchange.conftest import World
from tests.factories import exchange as make
from tests.factories.parties import KERA, make_organization, make_person, make_place

SignIn = Callable[[Agent | None], Client]


def found(by: Agent | None = None, **wish: object) -> list[Intent]:
    return [each.intent for each in load(search(Wish(**wish), by)) if each.intent is not None]


@pytest.fixture
def textile(world: World) -> dict[str, Intent]:
    cloth = make.make_priced_kind("textile")
    make.name_kind(cloth, "Textiles", "en")
    denim = make.make_priced_kind("denim-offcuts", parent=cloth)
    make.name_kind(denim, "Denim offcuts", "en", "jeans scraps")
    make.name_kind(denim, "Ritagli di denim", "it")
    make.name_kind(denim, "قصاصات الدنيم", "ar")
    wood = make.make_priced_kind("pallets")
    make.name_kind(wood, "Pallets", "en")
    return {
        "denim": world.offer(kind=denim, title="Blue bales", description="Clean and dry"),
        "cloth": make.make_need(kind=cloth, title="Anything woven"),
        "wood": make.make_offer(kind=wood, title="Euro pallets, used"),
    }


@pytest.mark.parametrize(
    "words",
    [
        "denim",
        "ritagli di denim",
        "ritagli denmi",
        "قصاصات الدنيم",
        "jeans scrap",
        "Blue bales",
        "bleu bales",
        "BALES",
        "clean dry",
    ],
)
def test_words_find_it_in_any_language(textile: dict[str, Intent], words: str) -> None:
    assert textile["denim"] in found(words=words)
    assert textile["wood"] not in found(words=words)


@pytest.mark.parametrize("words", ["zzzzqq", "%", "'; drop table", "x" * 500, "  "])
def test_odd_words_find_nothing_they_should_not(textile: dict[str, Intent], words: str) -> None:
    expected = set(textile.values()) if not words.strip() else set()
    assert set(found(words=words)) == expected


def test_filters_narrow(textile: dict[str, Intent], world: World) -> None:
    kind = textile["cloth"].kind
    assert set(found(kind=kind)) == {textile["denim"], textile["cloth"]}
    assert found(kind=textile["denim"].kind) == [textile["denim"]]
    assert found(direction="need") == [textile["cloth"]]
    assert found(organization="weavers") == [textile["denim"]]
    assert set(found(district="kera")) == set(textile.values())
    assert found(district="elsewhere") == []
    assert set(found(theme=kind.theme)) == set(textile.values())
    assert found(theme="food") == []
    assert found(hazard="only") == []
    type(kind).objects.filter(pk=textile["wood"].kind_id).update(hazardous=True)
    assert found(hazard="only") == [textile["wood"]]
    assert textile["wood"] not in found(hazard="none")


def test_only_what_is_open_and_not_over_is_found(world: World) -> None:
    day = timezone.localdate()
    window = {"available_from": day - timedelta(days=9), "available_until": day}
    for state in IntentState:
        world.offer(state=state)
    over, last_day = world.offer(**window), world.offer(**window)
    Intent.objects.filter(pk=over.pk).update(available_until=day - timedelta(days=1))
    names = found()
    assert {intent.state for intent in names} == {"open"}
    assert over not in names
    assert last_day in names


def test_the_nearest_comes_first(world: World) -> None:
    agent = make_organization().agent
    far, near = (
        make.make_offer(place=make_place(agent, latitude=KERA[0] + d)) for d in (0.01, 0.001)
    )
    here = Point(*KERA)
    rows = search(Wish(near=here), None)
    assert [row.pk for row in rows] == [near.pk, far.pk]
    assert rows[0].km == pytest.approx(road_km(here, near.place.point))


def test_a_persons_distance_is_that_of_a_rounded_point(world: World) -> None:
    resident = world.agents["resident"]
    place = make_place(resident, latitude=60.21712, longitude=24.75634)
    make.make_offer(place=place)
    here = Point(60.21712, 24.75634)
    rows = search(Wish(near=here), None)
    assert rows[0].km == pytest.approx(road_km(here, Point(60.22, 24.76)))


def test_the_page_answers_htmx_with_the_list_alone(
    textile: dict[str, Intent], as_agent: SignIn
) -> None:
    client = as_agent(None)
    whole = client.get("/exchange/?q=denim")
    part = client.get("/exchange/?q=denim", headers={"HX-Request": "true"})
    assert "HX-Request" in whole["Vary"]
    assert "<html" in whole.content.decode()
    text = part.content.decode().strip()
    assert text.startswith('<section id="results"')
    assert "Blue bales" in text
    assert "Euro pallets" not in text


def test_nonsense_in_the_address_is_no_error(textile: dict[str, Intent], as_agent: SignIn) -> None:
    client = as_agent(None)
    for query in (
        "kind=nothing&theme=x&near=place:1&district=no&view=y&page=99&hazard=q&direction=z",
        "latitude=900&longitude=abc",
        "latitude=900&longitude=1",
        "organization=../../etc",
    ):
        assert client.get(f"/exchange/?{query}").status_code == 200, query


def test_a_kind_that_nobody_offers_finds_nothing(world: World, as_agent: SignIn) -> None:
    world.offer()
    empty = make.make_priced_kind()
    page = as_agent(None).get("/exchange/", {"kind": empty.code})
    assert page.context["total"] == 0


def test_lists_come_in_pages_of_25(world: World, as_agent: SignIn) -> None:
    kind = make.make_priced_kind()
    for _each in range(27):
        world.offer(kind=kind)
    client = as_agent(None)
    first, second = client.get("/exchange/"), client.get("/exchange/?page=2")
    assert (len(first.context["rows"]), len(second.context["rows"])) == (25, 2)


def test_the_feed_holds_public_ones_that_fit(world: World, as_agent: SignIn) -> None:
    shown = world.offer(title="For all & sundry")
    world.offer(visibility="partners")
    world.offer(visibility="matched")
    make.make_need(kind=shown.kind)
    # Even a partner's feed reader gets the public ones only: feeds are passed on.
    partner = make_person("member", organization=make_organization(is_partner=True)).agent
    answer = as_agent(partner).get("/exchange/feed.rss?direction=offer")
    assert answer["Content-Type"].startswith("application/rss+xml")
    titles = [item.findtext("title") for item in ET.fromstring(answer.content).iter("item")]
    assert titles == ["Offer: For all & sundry"]


def test_suggestions_say_who_takes_it_and_what_it_becomes(textile: dict[str, Intent]) -> None:
    denim = textile["denim"].kind
    bags = make.make_priced_kind("bags")
    make.name_kind(bags, "Bags", "en")
    recipe = make.make_making(denim, bags)
    best = suggestions_for("denm offcuts", by=None)[0].as_dict()
    assert (best["kind"], best["label"]) == ("denim-offcuts", "Denim offcuts")
    assert 0 < best["score"] <= 100
    assert [taker["title"] for taker in best["takers"]] == ["Anything woven"]
    assert [(way["recipe"], way["makes"]) for way in best["pathways"]] == [(recipe.name, ["Bags"])]
