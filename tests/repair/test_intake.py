"""Taking in, the line, and results: numbers, order, ledger, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kierto.ledger.models import EconomicEvent
from kierto.repair import actions, programme
from kierto.repair.category_words import category_of
from kierto.repair.errors import events as errors
from kierto.repair.event_visitors import sign_up_of_code, visitor_of
from kierto.repair.models import Category, Slot, Station, Ticket, Volunteer
from kierto.repair.results import most_used, results_of
from kierto.repair.states import Barrier, Outcome, TicketState
from kierto.repair.visitors import is_unnamed
from tests.factories.exchange import picture
from tests.factories.parties import make_person
from tests.factories.repair import make_volunteer
from tests.repair.cafe import Cafe, make_cafe, past_cafe

pytestmark = pytest.mark.django_db


def bring(cafe: Cafe, **fields: object) -> Ticket:
    values = {"category": cafe.toasters, "problem": "Does not heat", "by": cafe["helper"]}
    return actions.take_in(cafe.event, **{**values, **fields})


def sign_up(cafe: Cafe, number: int, **fields: object) -> Ticket:
    values = {
        "owner": cafe["resident"],
        "category": cafe.toasters,
        "thing": "",
        "problem": "Smokes",
        "by": cafe["member"],
    }
    return actions.sign_up(cafe.slot(number), **{**values, **fields})


# --------------------------------------------------------------------------- intake


def test_a_visitor_without_a_name_gets_a_number_and_leaves_nothing_else() -> None:
    cafe = make_cafe()
    first, second = bring(cafe), bring(cafe, category=cafe.jeans)
    assert [first.queue_number, second.queue_number] == [1, 2]
    assert is_unnamed(first.owner)
    assert first.owner != second.owner
    assert (first.thing, first.shares_data) == ("Toaster", True)
    assert not bring(cafe, shares_data=False).shares_data


def test_walk_ins_only_where_they_are_welcome() -> None:
    cafe = make_cafe(takes_walk_ins=False)
    with pytest.raises(errors.WalkInsRefused):
        bring(cafe)
    assert bring(cafe, by=cafe["repairer"]).queue_number == 1


def test_nothing_is_taken_in_before_the_event_or_long_after_without_its_time() -> None:
    cafe = make_cafe(begins=timezone.now() + timedelta(days=2))
    with pytest.raises(errors.OutsideTheEvent):
        bring(cafe)
    cafe = past_cafe()
    for at in (cafe.event.begins - timedelta(hours=3), cafe.event.ends + timedelta(hours=7)):
        with pytest.raises(errors.OutsideTheEvent):
            bring(cafe, at=at)
    at = cafe.event.begins + timedelta(minutes=10)
    assert bring(cafe, at=at).created_at == at
    assert bring(cafe).created_at == cafe.event.ends


def test_who_signed_up_is_checked_in_once() -> None:
    cafe = make_cafe()
    ticket = sign_up(cafe, 2)
    bring(cafe)
    found = sign_up_of_code(cafe.event, f" {ticket.code[:3]} {ticket.code[3:].lower()}")
    assert actions.check_in(found, by=cafe["helper"]).queue_number == 2
    with pytest.raises(errors.NumberedAlready):
        actions.check_in(ticket, by=cafe["helper"])
    with pytest.raises(errors.NoSuchCode):
        sign_up_of_code(make_cafe().event, ticket.code)


def test_a_visitor_is_found_by_whole_words_only() -> None:
    cafe = make_cafe()
    person = cafe["resident"].person
    ticket = bring(cafe)
    for words in ("Aino Virtanen", " aino  virtanen ", person.user.email.upper()):
        assert visitor_of(cafe.event, words) == cafe["resident"]
    for words in ("1", ticket.code.lower()):
        assert visitor_of(cafe.event, words) == ticket.owner
    assert visitor_of(cafe.event, "  ") is None
    make_person(name="Aino Virtanen")
    for words in ("Aino", "Virtanen", "aino virtanen", "@", "77"):
        with pytest.raises(errors.VisitorNotFound):
            visitor_of(cafe.event, words)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Toaster", "Toaster"),
        ("toas", "Toaster"),
        ("leivän", "Toaster"),
        ("LEIVAN", "Toaster"),
        ("textile", "Clothing/textile"),
        ("lamp", "Lamp"),
        ("la", None),
        ("t", None),
        ("", None),
        ("aster", None),
    ],
)
def test_a_category_is_meant_by_its_beginning(text: str, name: str | None) -> None:
    categories = [
        Category(id=1, name="Toaster", names={"fi": "Leivänpaahdin"}),
        Category(id=2, name="Lamp"),
        Category(id=3, name="Laptop"),
        Category(id=4, name="Clothing/textile"),
        Category(id=5, name="Lamp shade"),
    ]
    found = category_of(text, categories)
    assert (found.name if found else None) == name


def test_the_buttons_are_what_is_brought_most() -> None:
    cafe = make_cafe()
    for category in (cafe.jeans, cafe.jeans, cafe.lamps):
        bring(cafe, category=category)
    assert most_used(cafe.workshop, 2) == [cafe.jeans, cafe.lamps]


@pytest.mark.django_db(transaction=True)
def test_no_number_is_given_twice_at_the_same_moment() -> None:
    cafe = make_cafe()

    def attempt(_number: int) -> int | None:
        try:
            return bring(cafe).queue_number
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(attempt, range(12))) == list(range(1, 13))


# --------------------------------------------------------------------------- the line


def test_sign_ups_come_at_their_time_and_others_as_they_came() -> None:
    cafe = make_cafe()
    early, late = sign_up(cafe, 0), sign_up(cafe, 3)
    first = bring(cafe)
    for ticket in (late, early):
        actions.check_in(ticket, by=cafe["helper"])
    last = bring(cafe)
    assert programme.board(cafe.event).waiting == [early, first, last, late]


@given(
    st.lists(
        st.tuples(st.integers(0, 600), st.booleans(), st.integers(0, 600)),
        max_size=8,
        unique_by=lambda row: row[0],
    )
)
def test_the_line_keeps_everybody_and_never_passes_an_earlier_turn(
    rows: list[tuple[int, bool, int]],
) -> None:
    start = timezone.now()
    tickets = [
        Ticket(
            queue_number=number,
            created_at=start + timedelta(minutes=came),
            slot=Slot(begins=start + timedelta(minutes=slot)) if signed else None,
        )
        for number, (came, signed, slot) in enumerate(rows, start=1)
    ]
    ordered = programme.line(tickets)
    assert sorted(ticket.queue_number for ticket in ordered) == list(range(1, len(rows) + 1))
    turns = [t.slot.begins if t.slot else t.created_at for t in ordered]
    assert turns == sorted(turns)


def test_the_next_one_fits_skills_and_table() -> None:
    cafe = make_cafe()
    helper = cafe.event.volunteers.get(agent=cafe["helper"])
    helper.skills.set([cafe.lamps, cafe.jeans])
    bring(cafe)
    lamp = bring(cafe, category=cafe.lamps)
    jeans = bring(cafe, category=cafe.jeans)
    actions.change_volunteer(
        helper,
        task="repairer",
        station=cafe.textiles,
        skills=[cafe.lamps, cafe.jeans],
        by=cafe["helper"],
    )
    taken = actions.take_next(cafe.event, by=cafe["helper"])
    assert (taken, taken.state, taken.station) == (jeans, TicketState.IN_WORK, cafe.textiles)
    with pytest.raises(errors.HandsFull):
        actions.take_next(cafe.event, by=cafe["helper"])
    actions.record_result(taken, outcome="Fixed", by=cafe["helper"])
    with pytest.raises(errors.NothingWaits):
        actions.take_next(cafe.event, by=cafe["helper"])
    with pytest.raises(errors.NotAHelper):
        actions.take_next(cafe.event, by=cafe["member"])
    assert actions.take(lamp, by=cafe["helper"]).station == cafe.textiles


def test_two_share_a_thing_and_both_are_free_after_its_result() -> None:
    cafe = make_cafe()
    other = make_volunteer(cafe.event).agent
    ticket = bring(cafe)
    actions.take(ticket, by=cafe["helper"])
    actions.take(ticket, by=other)
    assert set(Volunteer.objects.filter(ticket=ticket).values_list("agent", flat=True)) == {
        cafe["helper"].pk,
        other.pk,
    }
    actions.record_result(ticket, outcome="Unknown", by=other)
    assert not Volunteer.objects.filter(ticket__isnull=False).exists()
    with pytest.raises(errors.NotWaiting):
        actions.take(ticket, by=other)


def test_the_member_sends_a_thing_to_a_helper() -> None:
    cafe = make_cafe()
    row = cafe.event.volunteers.get(agent=cafe["helper"])
    actions.take(bring(cafe), volunteer=row, by=cafe["member"])
    row.refresh_from_db()
    assert row.ticket is not None
    assert row.ticket.station == cafe.electronics


@pytest.mark.django_db(transaction=True)
def test_two_who_take_the_next_at_once_get_two_things() -> None:
    cafe = make_cafe()
    tickets = {bring(cafe).pk for _each in range(4)}
    helpers = [make_volunteer(cafe.event).agent for _each in range(4)]

    def attempt(number: int) -> object:
        try:
            return actions.take_next(cafe.event, by=helpers[number]).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(attempt, range(4))) == tickets


# --------------------------------------------------------------------------- results


def story(ticket: Ticket) -> list[tuple[str, object]]:
    events = EconomicEvent.objects.filter(provenance_reference=ticket.code).order_by("number")
    return [(event.action, event.has_end) for event in events]


def test_a_result_is_accept_work_and_modify_at_the_time_of_the_event() -> None:
    cafe = past_cafe()
    ended = cafe.event.begins + timedelta(hours=1)
    ticket = bring(cafe, at=cafe.event.begins)
    ticket = actions.record_result(
        ticket,
        outcome="End of life",
        barrier="Too worn out",
        advice="The element is broken.",
        minutes=20,
        worker=cafe["repairer"],
        at=ended,
        by=cafe["helper"],
    )
    assert (ticket.state, ticket.outcome, ticket.barrier) == (
        TicketState.COLLECTED,
        Outcome.END_OF_LIFE,
        Barrier.WORN_OUT,
    )
    assert (ticket.began_at, ticket.ended_at) == (ended - timedelta(minutes=20), ended)
    events = EconomicEvent.objects.filter(provenance_reference=ticket.code).order_by("number")
    assert [event.action for event in events] == ["raise", "accept", "work", "modify"]
    _arisen, accept, work, modify = events
    assert (work.provider, work.effort_quantity) == (cafe["repairer"], Decimal("0.33"))
    assert {accept.provider, modify.receiver} == {ticket.owner}
    assert [e.has_end for e in (accept, modify)] == [ended - timedelta(minutes=20), ended]


def test_minutes_are_counted_from_taking_it() -> None:
    cafe = make_cafe()
    ticket = actions.take(bring(cafe), by=cafe["helper"])
    Ticket.objects.filter(pk=ticket.pk).update(began_at=timezone.now() - timedelta(minutes=30))
    ticket = actions.record_result(ticket, outcome="Fixed", by=cafe["helper"])
    assert ticket.work.get().event.effort_quantity == Decimal("0.50")
    assert ticket.work.get().worker == cafe["helper"]


def test_nobody_worked_where_nobody_says_so() -> None:
    cafe = past_cafe()
    ticket = actions.record_result(bring(cafe), outcome="Unknown", by=cafe["system"])
    assert [action for action, _at in story(ticket)] == ["raise", "accept", "modify"]


def test_a_result_with_a_picture_and_the_owner_s_consent() -> None:
    cafe = make_cafe()
    photo = {"image": picture(), "description": "A lamp that shines", "is_public": True}
    ticket = actions.record_result(bring(cafe), outcome="Fixed", photo=photo, by=cafe["helper"])
    assert ticket.photos.get().is_public


def test_who_signed_up_and_was_never_taken_in_gets_a_number_with_the_result() -> None:
    cafe = past_cafe()
    ticket = sign_up(cafe, 1)
    assert actions.record_result(ticket, outcome="Fixed", by=cafe["helper"]).queue_number == 1


def test_a_refused_result_leaves_everything_as_it_was() -> None:
    cafe = make_cafe()
    ticket = bring(cafe)
    before = EconomicEvent.objects.count()
    for fields in (
        {"outcome": "Mended"},
        {"outcome": "Fixed", "barrier": "Too worn out"},
        {"outcome": "Fixed", "at": timezone.now() + timedelta(hours=1)},
        {"outcome": "Fixed", "minutes": 5, "worker": cafe["resident"]},
    ):
        with pytest.raises(errors.DomainError):
            actions.record_result(ticket, by=cafe["helper"], **fields)
    ticket.refresh_from_db()
    assert (ticket.state, EconomicEvent.objects.count()) == (TicketState.NEW, before)


def test_results_are_counted_and_weighed() -> None:
    cafe = make_cafe()
    for kind, mass in ((cafe.toasters.kind, 1.5), (cafe.jeans.kind, 0.6)):
        kind.kg_per_unit = mass
        kind.save()
    done = [
        (cafe.toasters, "Fixed", ""),
        (cafe.toasters, "Fixed", ""),
        (cafe.jeans, "Fixed", ""),
        (cafe.jeans, "End of life", "Too worn out"),
        (cafe.lamps, "Unknown", ""),
    ]
    owner = bring(cafe).owner
    actions.record_result(Ticket.objects.get(), outcome="Repairable", by=cafe["helper"])
    for category, outcome, barrier in done:
        ticket = bring(cafe, category=category, owner=owner)
        actions.record_result(ticket, outcome=outcome, barrier=barrier, by=cafe["helper"])
    results = results_of(cafe.event)
    assert (results.tried, results.fixed, results.people) == (6, 3, 1)
    assert results.kilograms == pytest.approx(3.6)
    assert results.share == pytest.approx(3 / 5)
    assert results.barriers == ((Barrier.WORN_OUT, 1),)
    assert [(line.category, line.tried, line.fixed) for line in results.lines] == [
        (cafe.toasters, 3, 2),
        (cafe.jeans, 2, 1),
        (cafe.lamps, 1, 0),
    ]


def test_a_table_without_categories_takes_everything() -> None:
    cafe = make_cafe(stations=[("All", [])])
    station = Station.objects.get(event=cafe.event)
    assert programme.takes(station, cafe.jeans)
    assert programme.takes(station, None)
