"""A ticket from asking to giving back, and what stands in the ledger then."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kierto.core.errors import NotAllowed
from kierto.core.transitions import IllegalTransition
from kierto.ledger.models import EconomicEvent
from kierto.notices.models import Notice
from kierto.parties.queries import system_agent
from kierto.repair import actions, queries
from kierto.repair.errors import tickets as errors
from kierto.repair.models import Ticket
from kierto.repair.states import Outcome, TicketState
from kierto.repair.visitors import is_unnamed, unnamed_visitor
from tests.factories.ledger import fresh
from tests.factories.parties import make_organization, make_person
from tests.factories.repair import (
    bring_to,
    make_category,
    make_event,
    make_repairer,
    make_station,
    make_ticket,
    make_volunteer,
    make_workshop,
)

pytestmark = pytest.mark.django_db


def _story(ticket: Ticket) -> list[tuple[str, object, object]]:
    """Action, provider and receiver of the ticket's events, in order."""
    events = EconomicEvent.objects.filter(provenance_reference=ticket.code).order_by("number")
    return [(event.action, event.provider, event.receiver) for event in events]


def test_a_repair_is_taken_in_worked_on_and_given_back_in_one_process() -> None:
    workshop = make_workshop()
    worker = make_repairer(workshop).agent
    ticket = bring_to(make_ticket(workshop), TicketState.IN_WORK)
    actions.log_work(ticket, worker=worker, hours=Decimal("0.5"), by=worker)
    ticket = actions.finish(ticket, outcome=Outcome.FIXED, by=worker)
    ticket = actions.give_back(ticket, by=worker)

    owner, shop = ticket.owner, workshop.agent
    assert _story(ticket) == [
        ("raise", owner, owner),
        ("accept", owner, shop),
        ("work", worker, shop),
        ("modify", shop, owner),
    ]
    assert ticket.process.inputs.count() == 2
    assert ticket.process.outputs.count() == 1
    thing = fresh(ticket.resource)
    assert (thing.primary_accountable, thing.custodian) == (owner, owner)
    assert (thing.accounting_quantity, thing.onhand_quantity) == (1, 1)


def test_the_thing_lies_in_the_workshop_while_it_is_repaired() -> None:
    ticket = bring_to(make_ticket(), TicketState.IN_WORK)
    thing = fresh(ticket.resource)
    assert (thing.accounting_quantity, thing.onhand_quantity) == (1, 0)
    assert thing.current_location == ticket.workshop.place


def test_nothing_stands_in_the_ledger_before_work_begins() -> None:
    for state in ("new", "estimated", "accepted", "declined", "cancelled"):
        ticket = make_ticket(state=state)
        assert (ticket.state, _story(ticket)) == (state, [])


def test_the_visitor_without_a_name_has_a_thing_and_no_notice() -> None:
    visitor = unnamed_visitor()
    ticket = make_ticket(owner=visitor, state=TicketState.COLLECTED)
    assert is_unnamed(visitor)
    assert fresh(ticket.resource).primary_accountable == visitor
    assert Notice.objects.filter(recipient__agent=visitor).count() == 0


def test_no_two_visits_can_be_joined() -> None:
    assert unnamed_visitor() != unnamed_visitor()


def test_a_named_person_is_not_unnamed() -> None:
    assert not is_unnamed(make_person().agent)
    assert not is_unnamed(make_organization().agent)


def test_an_estimate_asks_the_owner_and_waits() -> None:
    ticket = make_ticket()
    ticket = actions.estimate(ticket, low=20, high="35.50", minutes=40, by=system_agent())
    assert (ticket.state, ticket.estimate_high) == ("estimated", Decimal("35.50"))
    assert [notice.topic for notice in Notice.objects.all()] == ["repair.estimated"]
    with pytest.raises(IllegalTransition):
        actions.move_ticket(ticket, "in_work", by=system_agent())
    ticket = actions.move_ticket(ticket, "accepted", by=ticket.owner)
    assert actions.move_ticket(ticket, "in_work", by=system_agent()).state == "in_work"


@pytest.mark.parametrize("state", ["estimated", "accepted", "in_work"])
def test_a_changed_estimate_asks_again(state: str) -> None:
    staff = make_repairer().agent
    workshop = staff.repairs_for.get().workshop
    ticket = make_ticket(workshop, state=state)
    ticket = actions.estimate(ticket, low=90, high=120, by=staff)
    assert ticket.state == "estimated"
    ticket = actions.move_ticket(ticket, "accepted", by=ticket.owner)
    assert actions.move_ticket(ticket, "in_work", by=staff).state == "in_work"
    assert [action for action, *_ in _story(ticket)] == ["raise", "accept"]


def test_a_thing_in_the_workshop_is_had_back_unrepaired_rather_than_cancelled() -> None:
    staff = make_repairer().agent
    ticket = make_ticket(staff.repairs_for.get().workshop, state="in_work")
    ticket = actions.estimate(ticket, low=90, high=120, by=staff)
    with pytest.raises(errors.ThingIsHere):
        actions.move_ticket(ticket, "cancelled", by=ticket.owner)
    ticket = actions.move_ticket(ticket, "done", reason="too dear", by=ticket.owner)
    assert (ticket.state, ticket.outcome, ticket.reason) == ("done", "Repairable", "too dear")
    assert actions.give_back(ticket, by=staff).state == "collected"


def test_a_thing_that_never_came_cannot_be_had_back() -> None:
    ticket = make_ticket(state="estimated")
    with pytest.raises(errors.ThingIsNotHere):
        actions.move_ticket(ticket, "done", by=ticket.owner)


def test_an_estimate_goes_from_less_to_more() -> None:
    with pytest.raises(errors.EstimateBackwards):
        actions.estimate(make_ticket(), low=30, high=20, by=system_agent())
    with pytest.raises(errors.AmountImplausible):
        actions.estimate(make_ticket(), low=-1, high=20, by=system_agent())
    with pytest.raises(errors.AmountImplausible):
        actions.estimate(make_ticket(), low=1, high=2, minutes=-5, by=system_agent())


def test_declining_needs_a_reason_and_frees_the_slot() -> None:
    event = make_event(stations=())
    slot = make_station(event, slots=1).slots.get()
    ticket = make_ticket(event.workshop, event=event, slot=slot)
    with pytest.raises(errors.ReasonMissing):
        actions.move_ticket(ticket, "declined", by=system_agent())
    ticket = actions.move_ticket(ticket, "declined", reason="No parts.", by=system_agent())
    assert (ticket.state, ticket.reason, ticket.slot) == ("declined", "No parts.", None)
    assert make_ticket(event.workshop, event=event, slot=slot).slot == slot


def test_a_slot_is_taken_once_and_belongs_to_its_event() -> None:
    event = make_event(stations=())
    slot = make_station(event, slots=1).slots.get()
    make_ticket(event.workshop, event=event, slot=slot)
    with pytest.raises(errors.SlotTaken):
        make_ticket(event.workshop, event=event, slot=slot)
    with pytest.raises(errors.SlotElsewhere):
        make_ticket(event.workshop, event=make_event(event.workshop), slot=slot)
    with pytest.raises(errors.SlotElsewhere):
        make_ticket(event.workshop, station=slot.station)


def test_steps_that_need_more_words_have_their_own_form() -> None:
    with pytest.raises(errors.StepHasItsForm):
        actions.move_ticket(make_ticket(), "estimated", by=system_agent())
    for state, to in (("in_work", "done"), ("done", "collected")):
        with pytest.raises(errors.StepHasItsForm):
            actions.move_ticket(make_ticket(state=state), to, by=system_agent())


def test_a_barrier_belongs_to_a_repair_that_failed() -> None:
    by = system_agent()
    barrier = "Spare parts not available"
    ticket = make_ticket(state="in_work")
    with pytest.raises(errors.BarrierNotAsked):
        actions.finish(ticket, outcome="Fixed", barrier=barrier, by=by)
    with pytest.raises(errors.BarrierNotAsked):
        actions.finish(ticket, outcome="End of life", barrier="Bad luck", by=by)
    with pytest.raises(errors.OutcomeUnknown):
        actions.finish(ticket, outcome="Mended", by=by)
    ticket = actions.finish(ticket, outcome="End of life", barrier=barrier, by=by)
    assert (ticket.outcome, ticket.barrier) == ("End of life", barrier)


def test_the_workshop_s_warranty_follows_a_repair_that_succeeded() -> None:
    workshop = make_workshop(warranty_days=30)
    today = timezone.localdate()
    fixed = make_ticket(workshop, state="done")
    assert fixed.warranty_until == today + timedelta(days=30)
    failed = bring_to(make_ticket(workshop), "done", outcome="End of life")
    assert failed.warranty_until is None
    with pytest.raises(errors.WarrantyBackwards):
        actions.finish(
            make_ticket(workshop, state="in_work"),
            outcome="Fixed",
            warranty_until=today - timedelta(days=1),
            by=system_agent(),
        )


def test_no_warranty_comes_from_an_event() -> None:
    event = make_event(make_workshop(warranty_days=30))
    assert make_ticket(event.workshop, event=event, state="done").warranty_until is None


def test_the_same_thing_under_warranty_is_recognised() -> None:
    workshop, owner = make_workshop(warranty_days=30), make_person().agent
    thing = {"workshop": workshop, "owner": owner, "category": make_category(), "thing": "Lamp"}
    first = make_ticket(**thing, brand="Ikea", state="collected")
    again = make_ticket(**{**thing, "thing": "lamp"}, brand="IKEA")
    assert queries.under_warranty(again) == first
    assert queries.under_warranty(first) is None
    assert queries.under_warranty(make_ticket(**thing, brand="Other")) is None
    assert queries.under_warranty(make_ticket(**{**thing, "workshop": make_workshop()})) is None


def test_a_serial_number_is_recognised_whoever_brings_it() -> None:
    workshop, category = make_workshop(warranty_days=30), make_category()
    first = make_ticket(workshop, category=category, serial_number="SN-1", state="done")
    again = make_ticket(workshop, category=category, serial_number="sn-1")
    assert queries.under_warranty(again) == first


def test_a_warranty_that_is_over_does_not_count() -> None:
    workshop = make_workshop(warranty_days=30)
    long_ago = timezone.now() - timedelta(days=90)
    first = make_ticket(workshop, serial_number="SN-1", at=long_ago)
    first = actions.move_ticket(first, "in_work", at=long_ago, by=system_agent())
    first = actions.finish(first, outcome="Fixed", at=long_ago, by=system_agent())
    actions.give_back(first, at=long_ago, by=system_agent())
    again = make_ticket(workshop, category=first.category, serial_number="SN-1")
    assert queries.under_warranty(again) is None


def test_a_thing_with_a_serial_number_is_the_same_stock_the_second_time() -> None:
    workshop, owner, category = make_workshop(), make_person().agent, make_category()
    tickets = [
        make_ticket(
            workshop, owner=owner, category=category, serial_number="SN-7", state="collected"
        )
        for _time in range(2)
    ]
    assert tickets[0].resource == tickets[1].resource
    assert fresh(tickets[0].resource).accounting_quantity == 1


def test_working_on_it_again_takes_the_outcome_back() -> None:
    ticket = make_ticket(make_workshop(warranty_days=9), state="done")
    ticket = actions.move_ticket(ticket, "in_work", by=system_agent())
    assert (ticket.outcome, ticket.warranty_until, ticket.ended_at) == ("", None, None)
    ticket = bring_to(actions.finish(ticket, outcome="Unknown", by=system_agent()), "new")
    assert actions.give_back(ticket, by=system_agent()).outcome == "Unknown"
    assert [action for action, *_ in _story(ticket)] == ["raise", "accept", "modify"]


def test_a_repair_of_the_past_is_written_at_its_time() -> None:
    then = timezone.now() - timedelta(days=400)
    by = system_agent()
    event = make_event(begins=then, state="closed")
    helper = make_volunteer(event).agent
    ticket = make_ticket(event.workshop, event=event, at=then, by=helper)
    ticket = actions.move_ticket(ticket, "in_work", at=then, by=helper)
    later = then + timedelta(hours=1)
    actions.log_work(ticket, worker=helper, hours=Decimal(1), happened_at=later, by=helper)
    ticket = actions.finish(ticket, outcome="Fixed", at=later, by=helper)
    ticket = actions.give_back(ticket, at=later, by=helper)
    assert (ticket.created_at, ticket.began_at, ticket.ended_at) == (then, then, later)
    events = EconomicEvent.objects.filter(provenance_reference=ticket.code)
    assert {event.has_end for event in events} == {then, later}
    assert {event.recorded_by for event in events} == {event.workshop.agent}
    with pytest.raises(errors.StillToCome):
        make_ticket(at=timezone.now() + timedelta(days=1), by=by)


def test_what_a_workshop_does_not_repair_it_does_not_take() -> None:
    kettles, owner = make_category(), make_person().agent
    workshop = make_workshop(categories=[kettles])
    ask = {"workshop": workshop, "owner": owner, "thing": "Bicycle", "problem": "Flat tyre"}
    with pytest.raises(errors.NotRepairedHere):
        actions.open_ticket(**ask, category=make_category(), by=owner)
    assert actions.open_ticket(**ask, category=kettles, by=owner).state == "new"
    workshop.takes_tickets = False
    workshop.save()
    with pytest.raises(errors.WorkshopClosed):
        actions.open_ticket(**ask, category=kettles, by=owner)
    assert make_ticket(workshop, category=kettles).state == "new"


def test_words_and_years_are_checked() -> None:
    for wrong, error in (
        ({"thing": "  "}, errors.WordsMissing),
        ({"problem": ""}, errors.WordsMissing),
        ({"made_year": 1600}, errors.YearImplausible),
        ({"made_year": timezone.localdate().year + 1}, errors.YearImplausible),
        ({"age": Decimal(-1)}, errors.AgeImplausible),
        ({"age": Decimal(301)}, errors.AgeImplausible),
    ):
        with pytest.raises(error):
            make_ticket(**wrong)


def test_one_cannot_ask_for_somebody_else() -> None:
    with pytest.raises(NotAllowed):
        make_ticket(by=make_person().agent)


def test_words_are_corrected_by_the_owner_until_work_begins() -> None:
    ticket = make_ticket()
    assert actions.change_ticket(ticket, thing="Toaster", by=ticket.owner).thing == "Toaster"
    ticket = bring_to(ticket, "in_work")
    with pytest.raises(NotAllowed):
        actions.change_ticket(ticket, thing="Kettle", by=ticket.owner)
    assert actions.change_ticket(ticket, brand="Moccamaster", by=system_agent()).thing == "Toaster"
    with pytest.raises(NotAllowed):
        actions.change_ticket(make_ticket(state="cancelled"), brand="X", by=system_agent())


def test_only_active_repairers_of_the_workshop_are_assigned() -> None:
    ticket, by = make_ticket(), system_agent()
    repairer = make_repairer(ticket.workshop)
    assert actions.assign(ticket, repairer=repairer, by=by).repairer == repairer
    assert actions.assign(ticket, repairer=None, by=by).repairer is None
    with pytest.raises(errors.NotARepairerHere):
        actions.assign(ticket, repairer=make_repairer(), by=by)
    idle = make_repairer(ticket.workshop, is_active=False)
    with pytest.raises(errors.NotARepairerHere):
        actions.assign(ticket, repairer=idle, by=by)


def test_the_question_is_asked_once_and_may_be_skipped() -> None:
    ticket = make_ticket(state="done")
    assert actions.answer(ticket, alternative=None, by=ticket.owner).is_skipped
    with pytest.raises(errors.AnsweredAlready):
        actions.answer(ticket, alternative="new", by=ticket.owner)
    other = make_ticket(state="collected")
    with pytest.raises(errors.AlternativeUnknown):
        actions.answer(other, alternative="stolen", by=other.owner)
    assert actions.answer(other, alternative="new", by=other.owner).alternative == "new"
    with pytest.raises(NotAllowed):
        actions.answer(make_ticket(), alternative="new", by=system_agent())
    with pytest.raises(NotAllowed):
        actions.answer(make_ticket(state="done"), alternative="new", by=make_person().agent)


def test_codes_differ_and_can_be_read_aloud() -> None:
    codes = {make_ticket().code for _time in range(20)}
    assert len(codes) == 20
    assert {len(code) for code in codes} == {7}
    assert not set("".join(codes)) & set("01IOl")
