"""The platform's own objects as entities: the same for every reader as on the pages."""

from __future__ import annotations

import itertools

import pytest
from django.db import transaction

from kierto.catalogue.changes import next_edition
from kierto.catalogue.models import ResourceSpecification
from kierto.exchange.models import Processor
from kierto.exchange.queries import visible_intents
from kierto.exchange.states import IntentState, Visibility
from kierto.hub import vocabulary
from kierto.hub.access import EVERYTHING, reader_of
from kierto.hub.projections import naming
from kierto.hub.projections.attributes import carried_over, document, prop, words
from kierto.hub.projections.exchange import AGREEMENTS, INTENTS, PROCESSORS
from kierto.hub.projections.publishing import PROJECTIONS, republish
from kierto.hub.projections.sharing import COLLECTIONS, THINGS
from kierto.hub.store import reading
from kierto.hub.store.tenants import find
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing.queries import visible_collections, visible_things
from tests.exchange.conftest import World
from tests.factories import exchange as make
from tests.factories.catalogue import make_kind
from tests.factories.parties import (
    make_agents,
    make_district,
    make_organization,
    make_person,
    make_place,
    square,
)
from tests.factories.sharing import make_collection, make_thing

NOW = "2026-11-22T07:00:00Z"


@pytest.fixture
def world(db: None) -> World:
    district = make_district(slug="kera", name="Kera")
    organization = make_organization("Kerava Weavers", slug="weavers")
    place = make_place(organization.agent, name="Mill", street="Karapellontie 1")
    return World(district, organization, place, make_agents(organization, district))


def _processor() -> Processor:
    wool, yarn = make_kind(), make_kind()
    return make.make_processor(make.make_making(wool, yarn))


def _people(world: World) -> dict[str, Agent | None]:
    elsewhere = make_district(area=square(10.0, 10.0))
    return {
        **world.agents,
        "system": system_agent(),
        "partner": make_person("member", organization=make_organization(is_partner=True)).agent,
        "operator elsewhere": make_person("operator", district=elsewhere).agent,
    }


def test_offers_and_needs_are_read_by_whom_the_pages_show_them_to(world: World) -> None:
    intents = [
        world.offer(visibility=visibility, state=state)
        for visibility, state in itertools.product(Visibility, IntentState)
        if state != IntentState.DRAFT
    ]
    for role, by in _people(world).items():
        reader, visible = reader_of(by), set(visible_intents(by))
        for intent in intents:
            published = INTENTS.describe(intent, NOW)
            assert published is not None
            assert reader.may_read(published.access) == (intent in visible), (role, intent.state)


def test_a_draft_is_not_published(world: World) -> None:
    assert INTENTS.describe(world.offer(state=IntentState.DRAFT), NOW) is None


@pytest.mark.parametrize("answered", [False, True])
def test_a_proposal_shows_a_hidden_offer_to_the_other_side(world: World, answered: bool) -> None:
    offer = world.offer(visibility=Visibility.MATCHED)
    need = make.make_need(kind=offer.kind)
    partner = make_person("member", organization=need.agent.organization).agent
    urn = INTENTS.urn(offer)
    assert reading.get(find(""), urn, reader_of(partner)) is None
    proposal = make.make_proposal(offer=offer, need=need)
    if answered:
        make.accept_all(proposal)
    found = reading.get(find(""), urn, reader_of(partner))
    assert found is not None
    assert found["id"] == urn


def test_an_agreement_is_read_by_its_parties_and_the_districts_operators(world: World) -> None:
    agreement = make.make_agreement(offer=world.offer())
    proposal = agreement.proposal
    urn = AGREEMENTS.urn(proposal)
    readers = {
        role: reading.get(find(""), urn, reader_of(by)) is not None
        for role, by in _people(world).items()
    }
    assert readers == {
        "visitor": False,
        "resident": False,
        "member": True,
        "organization_admin": True,
        "operator": True,
        "node_admin": True,
        "system": True,
        "partner": False,
        "operator elsewhere": False,
    }


def test_things_are_read_by_whom_the_pages_show_them_to(world: World) -> None:
    collection = make_collection(owner=world.offer().agent)
    things = [make_thing(collection), make_thing(collection, state="paused")]
    for role, by in _people(world).items():
        reader = reader_of(by)
        if role in {"operator", "operator elsewhere"}:
            continue  # staff of a collection are asked about below
        for thing in things:
            published = THINGS.describe(thing, NOW)
            assert published is not None
            shown = thing in set(visible_things(by))
            assert reader.may_read(published.access) == shown, (role, thing.state)
        published = COLLECTIONS.describe(collection, NOW)
        assert published is not None
        assert reader.may_read(published.access) == (collection in set(visible_collections(by)))


def test_where_a_person_lives_is_published_roughly(world: World) -> None:
    person = make_person("resident", district=world.district)
    offer = make.make_offer(agent=person.agent, place=make_place(person.agent))
    published = INTENTS.describe(offer, NOW)
    assert published is not None
    text = str(published.document)
    assert "Place" not in text.replace("kierto:hub:Place", "")
    [place] = published.document["attributes"]["https://uri.etsi.org/ngsi-ld/location"]
    assert place["value"]["coordinates"] == [
        round(offer.place.longitude, 2),
        round(offer.place.latitude, 2),
    ]
    assert person.name not in text


def test_a_change_that_says_the_same_changes_nothing() -> None:
    before = document(
        "urn:a", ["Thing"], NOW, {"name": prop("saw"), "kindName": words({"en": "saw"})}
    )
    again = document("urn:a", ["Thing"], "2027-01-01T00:00:00Z", {
        "name": prop("saw"), "kindName": words({"en": "saw"}),
    })  # fmt: skip
    assert carried_over(before, again) is before


def test_a_change_keeps_what_it_does_not_touch() -> None:
    before = document("urn:a", ["Thing"], NOW, {"name": prop("saw"), "condition": prop("good")})
    after = document("urn:a", ["Thing"], "2027-01-01T00:00:00Z", {
        "name": prop("saw"), "condition": prop("worn"),
    })  # fmt: skip
    kept = carried_over(before, after)
    name, condition = kept["attributes"].values()
    assert name is next(iter(before["attributes"].values()))
    assert condition[0]["value"] == "worn"
    assert (kept["createdAt"], kept["modifiedAt"]) == (NOW, "2027-01-01T00:00:00Z")


def test_republishing_finds_nothing_to_do(world: World) -> None:
    world.offer()
    _processor()
    make.make_agreement()
    made_by_actions = [source for source in PROJECTIONS if source.startswith(("exc", "part"))]
    counted = {source: (count, differed) for source, count, differed in republish(made_by_actions)}
    assert not any(differed for _, differed in counted.values()), counted
    assert counted["exchange.intent"][0] >= 3


def test_republishing_writes_what_is_missing_once(world: World) -> None:
    make_thing(make_collection())  # by the factory, which announces nothing
    sources = [COLLECTIONS.source, THINGS.source]
    assert list(republish(sources)) == [(source, 1, 1) for source in sources]
    assert list(republish(sources)) == [(source, 1, 0) for source in sources]


def test_republishing_takes_away_what_has_no_object(world: World) -> None:
    processor = _processor()
    urn = PROCESSORS.urn(processor)
    assert reading.get(find(""), urn, reader_of(None)) is not None
    processor.delete()
    [(_, count, differed)] = republish([PROCESSORS.source])
    assert (count, differed) == (0, 1)
    assert reading.get(find(""), urn, reader_of(None)) is None


# ------------------------------------------------------------------ names of the catalogue


def _called(urn: str) -> dict[str, str]:
    entity = reading.get(find(""), urn, EVERYTHING)
    assert entity is not None
    said: dict[str, str] = entity["attributes"][vocabulary.iri("kindName")][0]["value"]
    return said


def _rename(kind: ResourceSpecification, label: str) -> None:
    with transaction.atomic():
        kind.labels.update_or_create(language="en", defaults={"label": label})
        next_edition()


def test_a_kind_that_is_called_otherwise_is_so_in_all_that_is_of_it(world: World) -> None:
    offer = world.offer()
    agreement = make.make_agreement(offer=world.offer()).proposal
    thing = make_thing()
    list(republish())
    for kind in (offer.kind, agreement.kind, thing.kind):
        _rename(kind, "Something else")
    for urn in (INTENTS.urn(offer), AGREEMENTS.urn(agreement), THINGS.urn(thing)):
        assert _called(urn)["en"] == "Something else"
    assert {differed for _source, _count, differed in republish()} == {0}


def test_a_recipe_that_is_called_otherwise_is_so_at_its_processors(world: World) -> None:
    processor = _processor()
    list(republish())
    with transaction.atomic():
        type(processor.recipe).objects.filter(pk=processor.recipe_id).update(name="Spinning")
        next_edition()
    assert _called(PROCESSORS.urn(processor))["en"] == "Spinning"


def test_only_what_is_called_otherwise_is_written(world: World) -> None:
    offer, other = make.make_offer(), make.make_offer()
    list(republish())
    assert naming.renamed(INTENTS.source, "kind", naming.of_kinds) == set()
    before = reading.get(find(""), INTENTS.urn(other), EVERYTHING)
    offer.kind.labels.update_or_create(language="en", defaults={"label": "Something else"})
    assert naming.renamed(INTENTS.source, "kind", naming.of_kinds) == {offer.kind.code}
    _rename(offer.kind, "Something else")
    assert reading.get(find(""), INTENTS.urn(other), EVERYTHING) == before
