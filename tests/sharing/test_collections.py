"""Collections are opened, changed and closed; their terms, groups and plans hold together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from kierto.core.errors import DomainError, NotAllowed
from kierto.core.opening import BadOpeningHours
from kierto.core.transitions import IllegalTransition, TransitionNotYours
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing.actions import collections as actions
from kierto.sharing.actions.lending import lend_now
from kierto.sharing.errors import collections as errors
from kierto.sharing.models import Collection, Terms
from kierto.sharing.states import Per, ThingState, Within
from kierto.sharing.today import today
from tests.factories.parties import (
    make_district,
    make_organization,
    make_person,
    make_place,
)
from tests.factories.sharing import make_collection, make_group, make_terms, make_thing

pytestmark = pytest.mark.django_db


def opened(**fields: Any) -> Collection:
    owner = fields.pop("owner", None) or make_organization().agent
    values: dict[str, Any] = {
        "owner": owner,
        "place": make_place(owner),
        "name": "Kera tool library",
        "by": system_agent(),
    }
    return actions.create_collection(**{**values, **fields})


def keeper_of(collection: Collection) -> Agent:
    return make_person("organization_admin", organization=collection.owner.organization).agent


# --------------------------------------------------------------------------- opening one


def test_a_new_collection_is_a_draft_with_general_terms() -> None:
    make_district(timezone="Europe/Lisbon")
    collection = opened()
    assert (collection.slug, collection.state) == ("kera-tool-library", ThingState.DRAFT)
    assert (collection.holidays, collection.timezone) == ("FI", "Europe/Lisbon")
    terms = Terms.objects.get(collection=collection)
    assert (terms.is_default, terms.price, terms.membership_needed) == (True, 0, False)


def test_addresses_are_unique_whatever_the_name() -> None:
    names = ["Kera tool library", "Kera tool library", "new", "مكتبة الأدوات", "مكتبة الأدوات"]
    slugs = [opened(name=name).slug for name in names]
    assert slugs == [
        "kera-tool-library",
        "kera-tool-library-2",
        "new-2",
        "collection",
        "collection-2",
    ]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": "  "}, errors.NameMissing),
        ({"name": "x" * 161}, errors.TextTooLong),
        ({"description": "x" * 4001}, errors.TextTooLong),
        ({"opening_hours": "Mo-Fr 10-18"}, BadOpeningHours),
        ({"timezone": "Espoo"}, errors.UnknownTimezone),
        ({"holidays": "FIN"}, errors.TextTooLong),
    ],
)
def test_what_does_not_fit_is_refused(fields: dict[str, str], error: type[DomainError]) -> None:
    with pytest.raises(error):
        opened(**fields)
    assert Collection.objects.count() == 0


def test_a_collection_is_at_a_place_of_its_owner_or_of_a_host_one_acts_for() -> None:
    owner, host = make_organization(), make_organization()
    admin = make_person("organization_admin", organization=owner)
    with pytest.raises(errors.PlaceOfSomebodyElse):
        opened(owner=owner.agent, place=make_place(host.agent), by=admin.agent)
    from kierto.parties.actions import add_member

    add_member(host, person=admin, by=system_agent())
    assert opened(owner=owner.agent, place=make_place(host.agent), by=admin.agent).pk


def test_only_who_runs_the_owner_opens_one_for_it() -> None:
    owner = make_organization()
    with pytest.raises(NotAllowed):
        opened(owner=owner.agent, by=make_person("member", organization=owner).agent)
    with pytest.raises(NotAllowed):
        opened(owner=owner.agent, by=make_person().agent)


# --------------------------------------------------------------------------- changing it


def test_details_change_and_the_address_stays() -> None:
    collection = opened()
    keeper = keeper_of(collection)
    changes = {"name": " Tools ", "opening_hours": " Mo 10:00-12:00 ", "holidays": "jo"}
    changed = actions.change_collection(collection, changes=changes, by=keeper)
    assert (changed.name, changed.opening_hours, changed.holidays, changed.slug) == (
        "Tools",
        "Mo 10:00-12:00",
        "JO",
        "kera-tool-library",
    )
    with pytest.raises(errors.UnknownSetting):
        actions.change_collection(collection, changes={"owner": None}, by=keeper)
    with pytest.raises(errors.PlaceOfSomebodyElse):
        actions.change_collection(collection, changes={"place": make_place()}, by=keeper)


def test_staff_change_nothing() -> None:
    collection = opened()
    staff = make_person("member", organization=collection.owner.organization).agent
    with pytest.raises(NotAllowed):
        actions.change_collection(collection, changes={"name": "Mine"}, by=staff)
    with pytest.raises(NotAllowed):
        actions.set_terms(collection, changes={"name": "Mine"}, by=staff)
    with pytest.raises(NotAllowed):
        actions.add_group(collection, name="Mine", by=staff)
    with pytest.raises(NotAllowed):
        actions.set_plan(collection, changes={"name": "Mine"}, by=staff)


def test_it_is_published_paused_opened_again_and_closed() -> None:
    collection = opened()
    keeper = keeper_of(collection)
    for state in ("open", "paused", "open", "retired"):
        collection = actions.move_collection(collection, state, by=keeper)
        assert collection.state == state
    with pytest.raises(IllegalTransition):
        actions.move_collection(collection, "open", by=keeper)


def test_staff_pause_but_do_not_publish_or_close() -> None:
    collection = opened()
    staff = make_person("member", organization=collection.owner.organization).agent
    with pytest.raises((NotAllowed, TransitionNotYours)):
        actions.move_collection(collection, "open", by=staff)
    actions.move_collection(collection, "open", by=system_agent())
    assert actions.move_collection(collection, "paused", by=staff).state == "paused"
    with pytest.raises((NotAllowed, TransitionNotYours)):
        actions.move_collection(collection, "retired", by=staff)


def test_it_does_not_close_while_something_is_out() -> None:
    collection = make_collection()
    lend_now(
        collection=collection,
        borrower=make_person().agent,
        lines=[(make_thing(collection), 1)],
        due_at=timezone.now() + timedelta(days=1),
        by=system_agent(),
    )
    with pytest.raises(errors.StillOnLoan) as caught:
        actions.move_collection(collection, "retired", by=system_agent())
    assert caught.value.fields["count"] == 1


# --------------------------------------------------------------------------- terms


def test_terms_are_written_and_changed() -> None:
    collection = opened()
    group, keeper = make_group(collection), keeper_of(collection)
    terms = actions.set_terms(
        collection,
        changes={"name": "Large", "price": "4.5", "price_per": Per.DAY, "within": Within.ANY},
        groups=[group],
        by=keeper,
    )
    assert (terms.price, list(terms.groups.all()), terms.is_default) == (
        Decimal("4.50"),
        [group],
        False,
    )
    kept = actions.set_terms(collection, terms=terms, changes={"renewals": 5}, by=keeper)
    assert (kept.pk, kept.renewals, list(kept.groups.all())) == (terms.pk, 5, [group])
    freed = actions.set_terms(collection, terms=terms, changes={}, groups=[], by=keeper)
    assert list(freed.groups.all()) == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"step_minutes": 7}, errors.StepDoesNotFit),
        ({"step_minutes": 0}, errors.NumberOutOfRange),
        ({"longest_minutes": 5}, errors.ShortestAboveLongest),
        ({"horizon_days": -1}, errors.NumberOutOfRange),
        ({"most_at_once": 0}, errors.NumberOutOfRange),
        ({"renewals": "two"}, errors.NumberOutOfRange),
        ({"price": Decimal(-1)}, errors.NumberOutOfRange),
        ({"price": Decimal("NaN")}, errors.NumberOutOfRange),
        ({"fine_most": Decimal("1e9")}, errors.NumberOutOfRange),
        ({"within": "never"}, errors.UnknownSetting),
        ({"price_per": "month"}, errors.UnknownSetting),
        ({"collection": 1}, errors.UnknownSetting),
        ({"name": " "}, errors.NameMissing),
        ({"is_default": False}, errors.DefaultTermsStay),
    ],
)
def test_terms_that_do_not_make_sense_are_refused(
    changes: dict[str, Any], error: type[DomainError]
) -> None:
    collection = opened()
    general = Terms.objects.get(collection=collection)
    with pytest.raises(error):
        actions.set_terms(collection, terms=general, changes=changes, by=system_agent())
    general.refresh_from_db()
    assert (general.step_minutes, general.is_default, general.price) == (15, True, 0)


def test_one_set_of_terms_is_the_general_one() -> None:
    collection = opened()
    more = make_terms(collection)
    actions.set_terms(collection, terms=more, changes={"is_default": True}, by=system_agent())
    general = Terms.objects.filter(collection=collection, is_default=True)
    assert [each.pk for each in general] == [more.pk]
    with pytest.raises(IntegrityError), transaction.atomic():
        make_terms(collection, is_default=True)


def test_terms_in_use_stay() -> None:
    collection = opened()
    by = system_agent()
    used, unused = make_terms(collection), make_terms(collection)
    make_thing(collection, terms=used)
    with pytest.raises(errors.TermsInUse):
        actions.remove_terms(used, by=by)
    with pytest.raises(errors.DefaultTermsStay):
        actions.remove_terms(Terms.objects.get(collection=collection, is_default=True), by=by)
    actions.remove_terms(unused, by=by)
    assert Terms.objects.filter(collection=collection).count() == 2


def test_nothing_of_another_collection_is_taken() -> None:
    collection, by = opened(), system_agent()
    foreign = make_collection()
    group, terms = make_group(foreign), make_terms(foreign)
    with pytest.raises(errors.GroupOfAnotherCollection):
        actions.set_terms(collection, terms=terms, changes={}, by=by)
    with pytest.raises(errors.GroupOfAnotherCollection):
        actions.set_terms(collection, changes={"name": "Ours"}, groups=[group], by=by)
    with pytest.raises(errors.GroupOfAnotherCollection):
        actions.set_plan(collection, changes={"name": "Ours", "group": group}, by=by)


# --------------------------------------------------------------------------- groups and plans


def test_groups_and_plans_have_names_of_their_own() -> None:
    collection, by = opened(), system_agent()
    group = actions.add_group(collection, name=" Schools ", by=by)
    assert group.name == "Schools"
    with pytest.raises(errors.NameTaken):
        actions.add_group(collection, name="Schools", by=by)
    with pytest.raises(errors.NameMissing):
        actions.rename_group(group, name=" ", by=by)
    assert actions.rename_group(group, name="All schools", by=by).name == "All schools"
    plan = actions.set_plan(collection, changes={"name": "A year", "group": group}, by=by)
    assert (plan.months, plan.price, plan.group, plan.is_open) == (12, 0, group, True)
    with pytest.raises(errors.NameTaken):
        actions.set_plan(collection, changes={"name": "A year"}, by=by)
    with pytest.raises(errors.NumberOutOfRange):
        actions.set_plan(collection, plan=plan, changes={"months": 0}, by=by)
    closed = actions.set_plan(
        collection, plan=plan, changes={"is_open": False, "group": None}, by=by
    )
    assert (closed.pk, closed.is_open, closed.group) == (plan.pk, False, None)


# --------------------------------------------------------------------------- today


@pytest.mark.parametrize(
    ("hours", "state", "is_open", "sentence"),
    [
        ("24/7", "open", True, "Open day and night."),
        ("24/7 off", "open", False, "Closed until further notice."),
        ("Mo-Su 10:00-18:00", "open", True, "Open now until 18:00."),
        ("Mo-Su 14:00-18:00", "open", False, "Closed now. Opens 14:00."),
        ("Tu 10:00-18:00", "open", False, "Closed now. Opens Tuesday November 24, 10:00."),
        ("24/7", "draft", False, "Not published yet: only its staff see this page."),
        ("24/7", "paused", False, "Paused: it lends nothing at present."),
        ("24/7", "retired", False, "Closed for good."),
    ],
)
def test_a_sentence_says_whether_it_is_open(
    hours: str, state: str, is_open: bool, sentence: str
) -> None:
    collection = Collection(
        opening_hours=hours, state=state, timezone="Europe/Helsinki", holidays="FI"
    )
    monday_noon = datetime(2026, 11, 23, 10, tzinfo=UTC)
    said = today(collection, monday_noon)
    assert (said.is_open, said.sentence) == (is_open, sentence)
