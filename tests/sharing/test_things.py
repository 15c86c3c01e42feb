"""Things: written down, changed, opened and closed; codes that survive a slip of the hand."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.core.errors import NotAllowed
from kierto.core.quantity import Unit
from kierto.core.transitions import IllegalTransition
from kierto.ledger.models import EconomicEvent
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing import codes
from kierto.sharing.actions.things import add_thing, change_thing, move_thing
from kierto.sharing.codes import thing_by_code
from kierto.sharing.errors import things as errors
from kierto.sharing.models import Collection, Thing
from kierto.sharing.states import THING_STEPS, Sort, ThingState
from tests.factories.catalogue import make_kind
from tests.factories.parties import (
    make_agents,
    make_district,
    make_organization,
    make_place,
    square,
)
from tests.factories.sharing import make_collection, make_kit, make_pool, make_terms, make_thing

KEEPERS = {"organization_admin", "operator", "node_admin", "system"}
STAFF = {"member", *KEEPERS}


@pytest.fixture
def collection(db: None) -> Collection:
    return make_collection()


@pytest.fixture
def everybody(db: None) -> tuple[Collection, dict[str, Agent | None]]:
    """A collection in a district, and an agent for every role towards it."""
    district = make_district()
    organization = make_organization()
    collection = make_collection(place=make_place(organization.agent))
    stranger = make_organization()
    agents = make_agents(organization, district)
    others = make_agents(stranger, make_district(area=square(61.5, 23.8)))
    return collection, {
        **agents,
        "stranger": others["organization_admin"],
        "system": system_agent(),
    }


def add(collection: Collection, **fields: object) -> Thing:
    values: dict[str, object] = {"sort": Sort.ITEM, "name": "Drill", "by": system_agent()}
    if "kind" not in fields:
        values["kind"] = make_kind(unit=Unit.ITEM)
    return add_thing(collection=collection, **{**values, **fields})  # type: ignore[arg-type]


def test_adding_raises_the_stock_in_the_ledger(collection: Collection) -> None:
    thing = add(collection, sort=Sort.POOL, quantity=5, name="Folding chair")
    event = EconomicEvent.objects.get(resource=thing.resource)
    assert thing.state == ThingState.DRAFT
    assert thing.resource is not None
    assert thing.resource.accounting_quantity == thing.resource.onhand_quantity == 5
    assert thing.resource.name == "Folding chair"
    assert thing.resource.current_location == collection.place
    assert (event.action, event.provider, event.receiver, event.resource_quantity) == (
        "raise",
        collection.owner,
        collection.owner,
        5,
    )


def test_who_may_add_and_change(everybody: tuple[Collection, dict[str, Agent | None]]) -> None:
    collection, agents = everybody
    thing = add(collection)
    allowed = set()
    for role, agent in agents.items():
        if agent is None:
            continue
        try:
            add(collection, by=agent)
            change_thing(thing, changes={"name": f"Drill of {role}"}, by=agent)
        except NotAllowed:
            continue
        allowed.add(role)
    assert allowed == KEEPERS


def test_every_state_by_every_role(everybody: tuple[Collection, dict[str, Agent | None]]) -> None:
    collection, agents = everybody
    thing = make_thing(collection)
    taken = set()
    for role, agent in agents.items():
        if agent is None:
            continue
        for current in ThingState:
            for wanted in ThingState:
                Thing.objects.filter(pk=thing.pk).update(state=current)
                try:
                    moved = move_thing(thing, wanted, by=agent)
                except (NotAllowed, IllegalTransition):
                    continue
                assert moved.state == wanted
                taken.add((role, str(current), str(wanted)))
    steps = set(THING_STEPS)
    by_staff = {("open", "paused"), ("paused", "open")}
    assert taken == {(role, *step) for role in KEEPERS for step in steps} | {
        ("member", *step) for step in by_staff
    }


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": "  "}, errors.NameMissing),
        ({"quantity": 2}, errors.OneOnly),
        ({"quantity": 0}, errors.AmountNotWhole),
        ({"sort": Sort.POOL, "quantity": Decimal("1.5")}, errors.AmountNotWhole),
        ({"code": "ä1"}, errors.BadCode),
        ({"code": "x"}, errors.BadCode),
        ({"changes": {"value": Decimal(-1)}}, errors.NegativePrice),
        ({"sort": Sort.KIT}, errors.KitNeedsParts),
    ],
)
def test_what_is_refused_leaves_nothing_behind(
    collection: Collection, fields: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        add(collection, **fields)
    assert (Thing.objects.count(), EconomicEvent.objects.count()) == (0, 0)


def test_things_to_borrow_are_counted_and_consumables_may_be_measured(
    collection: Collection,
) -> None:
    glue = make_kind(unit=Unit.KILOGRAM)
    with pytest.raises(errors.NotCounted):
        add(collection, kind=glue)
    bag = add(collection, kind=glue, sort=Sort.CONSUMABLE, quantity=Decimal("2.5"))
    assert bag.resource is not None
    assert bag.resource.accounting_quantity == Decimal("2.5")


def test_places_and_terms_are_those_of_the_owner(collection: Collection) -> None:
    other = make_collection()
    with pytest.raises(errors.PlaceElsewhere):
        add(collection, place=other.place)
    with pytest.raises(errors.TermsElsewhere):
        add(collection, terms=make_terms(other))
    branch = make_place(collection.owner)
    assert add(collection, place=branch).place == branch


def test_changes_keep_what_is_not_named(collection: Collection) -> None:
    thing = add(collection, changes={"brand": "Makita", "value": Decimal("80")})
    changed = change_thing(thing, changes={"name": " Hammer drill "}, by=system_agent())
    assert (changed.name, changed.brand, changed.value) == ("Hammer drill", "Makita", Decimal("80"))
    for name in ("sort", "kind", "quantity", "place", "state"):
        with pytest.raises(errors.FixedHere):
            change_thing(thing, changes={name: "kit"}, by=system_agent())


def test_a_part_is_not_retired_before_its_kit(collection: Collection) -> None:
    part, pool = make_thing(collection), make_pool(collection)
    kit = make_kit(collection, (part, 1), (pool, 2))
    with pytest.raises(errors.PartOfKit):
        move_thing(part, "retired", by=system_agent())
    assert move_thing(kit, "retired", by=system_agent()).state == ThingState.RETIRED
    assert move_thing(part, "retired", by=system_agent()).state == ThingState.RETIRED


# --------------------------------------------------------------------------- codes


def test_a_label_is_read_as_address_and_as_code(collection: Collection) -> None:
    thing = add(collection)
    assert codes.is_made(thing.code)
    for text in (
        thing.code,
        f" {thing.code.lower()} ",
        f"{thing.code[:3]} {thing.code[3:]}",
        f"https://kierto.example/t/{thing.code}/",
        f"https://kierto.example/t/{thing.code}",
        f"https://kierto.example/t/{thing.code}/?from=label",
        f"/t/{thing.code}/",
    ):
        assert thing_by_code(text) == thing
    for text in ("", " ", "/", "http://[", "https://kierto.example/", "X" * 500, "💡"):
        assert thing_by_code(text) is None


def test_own_codes_are_kept_and_unique_whatever_their_case(collection: Collection) -> None:
    thing = add(collection, code="tool-0042")
    assert thing.code == "TOOL-0042"
    with pytest.raises(errors.CodeTaken) as refused:
        add(collection, code="Tool-0042")
    assert refused.value.status == HTTPStatus.CONFLICT
    kept = change_thing(thing, changes={"code": ""}, by=system_agent())
    assert kept.code == "TOOL-0042"
    assert change_thing(thing, changes={"code": "tool-0042"}, by=system_agent()) == thing


bodies = st.text(codes.ALPHABET, min_size=codes.LENGTH - 1, max_size=codes.LENGTH - 1)


@given(bodies, st.data())
def test_one_wrong_character_or_two_that_changed_places_are_noticed(
    body: str, data: st.DataObject
) -> None:
    code = body + codes.check_character(body)
    assert codes.is_made(code)
    at = data.draw(st.integers(0, codes.LENGTH - 1))
    wrong = data.draw(st.sampled_from(codes.ALPHABET.replace(code[at], "")))
    assert not codes.is_made(code[:at] + wrong + code[at + 1 :])
    other = data.draw(st.integers(0, codes.LENGTH - 1))
    swapped = list(code)
    swapped[at], swapped[other] = swapped[other], swapped[at]
    assert codes.is_made("".join(swapped)) == (code[at] == code[other])
