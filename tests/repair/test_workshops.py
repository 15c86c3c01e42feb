"""Workshops, their price lists, repairers and hours."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kierto.core.errors import NotAllowed
from kierto.core.opening import BadOpeningHours
from kierto.parties.queries import system_agent
from kierto.repair import actions, queries
from kierto.repair.errors import workshops as errors
from kierto.repair.errors.tickets import AmountImplausible
from kierto.repair.opening import opening_of
from tests.factories.parties import make_organization, make_person, make_place
from tests.factories.repair import (
    bring_to,
    make_category,
    make_repairer,
    make_ticket,
    make_workshop,
)

pytestmark = pytest.mark.django_db


def test_an_agent_has_one_workshop() -> None:
    place, by = make_place(), system_agent()
    category = make_category()
    workshop = actions.create_workshop(
        agent=place.agent, place=place, name="Mend", categories=[category], by=by
    )
    assert (workshop.slug, list(workshop.categories.all())) == ("mend", [category])
    with pytest.raises(errors.WorkshopExists):
        actions.create_workshop(agent=place.agent, place=place, name="Other", by=by)
    second = make_place()
    assert (
        actions.create_workshop(agent=second.agent, place=second, name="Mend", by=by).slug
        == "mend-2"
    )


def test_the_word_new_is_kept_for_the_address_of_the_form() -> None:
    place = make_place()
    opened = actions.create_workshop(agent=place.agent, place=place, name="New", by=system_agent())
    assert opened.slug == "new-2"


def test_only_those_who_run_it_change_it() -> None:
    organization = make_organization()
    workshop = make_workshop(organization)
    member = make_person("member", organization=organization).agent
    for by in (member, make_repairer(workshop).agent, make_person().agent):
        with pytest.raises(NotAllowed):
            actions.change_workshop(workshop, changes={"name": "Mine"}, by=by)
    admin = make_person("organization_admin", organization=organization).agent
    assert actions.change_workshop(workshop, changes={"name": "Ours"}, by=admin).name == "Ours"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": " "}, errors.WorkshopNameMissing),
        ({"opening_hours": "whenever"}, BadOpeningHours),
        ({"timezone": "Mars/Base"}, errors.ZoneUnknown),
        ({"warranty_days": -1}, errors.WarrantyTooLong),
        ({"warranty_days": 5000}, errors.WarrantyTooLong),
        ({"slug": "x"}, errors.FieldUnknown),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        actions.change_workshop(make_workshop(), changes=changes, by=system_agent())


def test_a_workshop_stands_at_a_place_of_its_own() -> None:
    with pytest.raises(errors.WorkshopPlaceNotTheirs):
        actions.change_workshop(make_workshop(), changes={"place": make_place()}, by=system_agent())


def test_prices_are_fixed_or_a_range() -> None:
    workshop, by = make_workshop(), system_agent()
    fixed = actions.set_price(workshop, name="Look at it", low="5", by=by)
    assert (fixed.low, fixed.high) == (5, 5)
    changed = actions.set_price(workshop, name="Look", low=5, high="7.50", price=fixed, by=by)
    assert (changed.pk, changed.high) == (fixed.pk, Decimal("7.50"))
    for wrong, error in (
        ({"name": "", "low": 5}, errors.PriceNameMissing),
        ({"name": "x", "low": 9, "high": 5}, errors.PriceBackwards),
        ({"name": "x", "low": -1}, AmountImplausible),
    ):
        with pytest.raises(error):
            actions.set_price(workshop, by=by, **wrong)
    actions.drop_price(changed, by=by)
    assert workshop.prices.count() == 0


def test_a_price_of_another_workshop_cannot_be_taken_over() -> None:
    by, first, other = system_agent(), make_workshop(), make_workshop()
    price = actions.set_price(first, name="Belt", low=5, by=by)
    with pytest.raises(type(price).DoesNotExist):
        actions.set_price(other, name="Belt", low=1, price=price, by=by)


def test_people_repair_and_organizations_do_not() -> None:
    workshop, by, person = make_workshop(), system_agent(), make_person().agent
    skill = make_category()
    repairer = actions.add_repairer(workshop, agent=person, skills=[skill], by=by)
    assert list(repairer.skills.all()) == [skill]
    with pytest.raises(errors.RepairerThere):
        actions.add_repairer(workshop, agent=person, by=by)
    with pytest.raises(errors.RepairerNotAPerson):
        actions.add_repairer(workshop, agent=make_organization().agent, by=by)


def test_repairers_say_themselves_what_they_are_good_at_and_may_stop() -> None:
    repairer = make_repairer()
    person = repairer.agent
    skill = make_category()
    changed = actions.change_repairer(repairer, skills=[skill], note="Mondays", by=person)
    assert (list(changed.skills.all()), changed.note) == ([skill], "Mondays")
    assert not actions.change_repairer(repairer, is_active=False, by=person).is_active
    with pytest.raises(NotAllowed):
        actions.change_repairer(repairer, is_active=True, by=person)
    with pytest.raises(NotAllowed):
        actions.change_repairer(repairer, note="x", by=make_person().agent)
    back = actions.add_repairer(repairer.workshop, agent=person, by=system_agent())
    assert (back.pk, back.is_active) == (repairer.pk, True)


def test_workshops_are_found_by_what_they_take() -> None:
    kettles, bikes = make_category(), make_category()
    both = make_workshop(categories=[kettles, bikes])
    bike = make_workshop(categories=[bikes])
    anything = make_workshop()
    make_workshop(categories=[kettles], is_open=False)
    assert set(queries.workshops_taking(kettles)) == {both, anything}
    assert set(queries.workshops_taking(bikes)) == {both, bike, anything}
    assert set(queries.workshops_taking(None)) == {both, bike, anything}
    district = both.place.district
    if district is not None:
        assert both in queries.workshops_taking(kettles, district=district.slug)
    assert not queries.workshops_taking(kettles, district="nowhere")


def test_the_fixed_share_counts_what_was_tried() -> None:
    workshop = make_workshop()
    bring_to(make_ticket(workshop), "collected", outcome="End of life")
    make_ticket(workshop, state="done")
    make_ticket(workshop, state="in_work")
    shown = queries.with_where(queries.visible_workshops(None)).get(pk=workshop.pk)
    assert (shown.tried, shown.fixed) == (2, 1)


def test_hours_follow_the_clock_of_the_workshop_and_its_holidays() -> None:
    workshop = make_workshop(opening_hours="Mo-Fr 09:00-17:00; PH off")
    monday = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # 12:00 in Helsinki
    opening = opening_of(workshop, monday)
    assert opening is not None
    assert (opening.is_open, opening.changes_at.isoformat()) == (
        True,
        "2026-11-23T17:00:00+02:00",
    )
    independence_day_of_a_weekday = datetime(2027, 12, 6, 10, 0, tzinfo=UTC)
    closed = opening_of(workshop, independence_day_of_a_weekday)
    assert (closed.is_open, closed.week[0].is_special) == (False, True)
    assert opening_of(make_workshop()) is None
