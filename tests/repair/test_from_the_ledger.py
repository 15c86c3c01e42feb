"""A library of things and a workshop meet in the ledger only."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kierto.core.quantity import Unit
from kierto.ledger.actions import cancel_commitment
from kierto.ledger.drafts import CommitmentDraft
from kierto.ledger.errors import InsufficientStock
from kierto.ledger.models import Agreement, EconomicEvent, EconomicResource
from kierto.ledger.queries import fulfilled, remaining
from kierto.notices.models import Notice
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.repair import actions
from kierto.repair.listeners import category_of
from kierto.repair.models import Ticket, Workshop
from kierto.sharing.actions.maintenance import move_maintenance, schedule_maintenance
from tests.factories.catalogue import make_kind
from tests.factories.ledger import fresh, make_agent, make_agreement, make_stock, make_transfer
from tests.factories.repair import (
    bring_to,
    make_category,
    make_repairer,
    make_ticket,
    make_workshop,
)
from tests.factories.sharing import make_collection, make_thing

pytestmark = pytest.mark.django_db


def _promised(
    workshop: Workshop, resource: EconomicResource, *, amount: str = "1", note: str = ""
) -> Agreement:
    """The promises that a library of things makes for the care of its own."""
    library, shop = resource.primary_accountable, workshop.agent
    today = timezone.localdate()

    def draft(action: str, provider: Agent, receiver: Agent) -> CommitmentDraft:
        return CommitmentDraft(
            action=action,
            provider=provider,
            receiver=receiver,
            conforms_to=resource.conforms_to,
            resource=resource,
            quantity=Decimal(amount),
            has_beginning=today,
            has_end=today + timedelta(days=7),
        )

    return make_agreement(draft("accept", library, shop), draft("modify", shop, library), note=note)


@pytest.fixture
def drill() -> EconomicResource:
    """A stock of three drills of a library of things."""
    return make_stock(kind=make_kind("drill", unit=Unit.ITEM), amount=3)


def test_promises_to_a_workshop_make_a_ticket(drill: EconomicResource) -> None:
    workshop = make_workshop()
    category = make_category(kind=drill.conforms_to)
    agreement = _promised(workshop, drill, note="The chuck slips.")
    ticket = Ticket.objects.get()
    assert (ticket.workshop, ticket.owner) == (workshop, drill.primary_accountable)
    assert (ticket.category, ticket.resource) == (category, drill)
    assert (ticket.problem, ticket.agreement) == ("The chuck slips.", agreement)
    assert ticket.ready_on == timezone.localdate() + timedelta(days=7)


def test_the_repair_keeps_both_promises(drill: EconomicResource) -> None:
    workshop = make_workshop()
    make_category(kind=drill.conforms_to)
    agreement = _promised(workshop, drill, amount="2")
    bringing, returning = agreement.commitments.order_by("action")
    ticket = bring_to(Ticket.objects.get(), "in_work")
    assert (fulfilled(bringing), remaining(returning)) == (2, 2)
    assert (fresh(drill).accounting_quantity, fresh(drill).onhand_quantity) == (3, 1)
    ticket = actions.finish(ticket, outcome="Fixed", by=system_agent())
    actions.give_back(ticket, by=system_agent())
    assert (fulfilled(bringing), fulfilled(returning)) == (2, 2)
    assert fresh(drill).onhand_quantity == 3
    assert EconomicEvent.objects.filter(action="raise").count() == 1


def test_it_goes_back_to_where_it_came_from(drill: EconomicResource) -> None:
    from tests.factories.parties import make_place

    shelf = make_place(drill.primary_accountable)
    EconomicResource.objects.filter(pk=drill.pk).update(current_location=shelf)
    workshop = make_workshop()
    make_category(kind=drill.conforms_to)
    _promised(workshop, drill, amount="3")
    ticket = bring_to(Ticket.objects.get(), "in_work")
    assert fresh(drill).current_location == workshop.place
    ticket = actions.finish(ticket, outcome="Fixed", by=system_agent())
    actions.give_back(ticket, by=system_agent())
    assert fresh(drill).current_location == shelf


def test_what_is_lent_out_cannot_be_taken_in(drill: EconomicResource) -> None:
    make_category(kind=drill.conforms_to)
    _promised(make_workshop(), drill, amount="4")
    with pytest.raises(InsufficientStock):
        bring_to(Ticket.objects.get(), "in_work")
    assert Ticket.objects.get().state == "new"


def test_promises_taken_back_cancel_the_ticket(drill: EconomicResource) -> None:
    make_category(kind=drill.conforms_to)
    agreement = _promised(make_workshop(), drill)
    cancel_commitment(agreement.commitments.first(), by=drill.primary_accountable)
    assert Ticket.objects.get().state == "cancelled"
    assert agreement.commitments.filter(cancelled_at=None).count() == 0


def test_a_declined_ticket_takes_the_promises_back(drill: EconomicResource) -> None:
    make_category(kind=drill.conforms_to)
    agreement = _promised(make_workshop(), drill)
    by = agreement.commitments.get(action="accept").receiver
    ticket = actions.move_ticket(Ticket.objects.get(), "declined", reason="Too old.", by=by)
    assert ticket.state == "declined"
    assert agreement.commitments.filter(cancelled_at=None).count() == 0


def test_a_promise_taken_back_during_the_repair_leaves_the_thing_to_be_given_back(
    drill: EconomicResource,
) -> None:
    make_category(kind=drill.conforms_to)
    agreement = _promised(make_workshop(), drill)
    ticket = bring_to(Ticket.objects.get(), "in_work")
    cancel_commitment(agreement.commitments.get(action="modify"), by=system_agent())
    ticket = actions.finish(ticket, outcome="Fixed", by=system_agent())
    assert actions.give_back(ticket, by=system_agent()).state == "collected"
    assert fresh(drill).onhand_quantity == 3


def test_promises_to_others_make_no_ticket(drill: EconomicResource) -> None:
    make_category(kind=drill.conforms_to)
    stranger = make_agent()
    today = timezone.localdate()
    make_agreement(
        CommitmentDraft(
            action="accept",
            provider=drill.primary_accountable,
            receiver=stranger,
            conforms_to=drill.conforms_to,
            resource=drill,
            quantity=Decimal(1),
            has_beginning=today,
            has_end=today,
        )
    )
    assert not Ticket.objects.exists()


def test_without_any_category_the_promise_stands_alone(drill: EconomicResource) -> None:
    assert _promised(make_workshop(), drill).commitments.count() == 2
    assert not Ticket.objects.exists()


def test_the_nearest_category_above_the_kind_is_taken() -> None:
    tools = make_kind("tools", unit=Unit.ITEM)
    drills = make_kind("drills", unit=Unit.ITEM, parent=tools)
    cordless = make_kind("cordless-drill", unit=Unit.ITEM, parent=drills)
    broad, near, misc = (
        make_category(kind=tools),
        make_category(kind=drills),
        make_category("Misc"),
    )
    assert category_of(cordless) == near
    assert category_of(tools) == broad
    assert category_of(make_kind(unit=Unit.ITEM)) == misc


def test_a_part_that_comes_into_the_stock_is_told_to_whoever_waits() -> None:
    workshop = make_workshop()
    repairer = make_repairer(workshop)
    belt = make_kind("belt", unit=Unit.ITEM)
    ticket = make_ticket(workshop, state="in_work")
    actions.assign(ticket, repairer=repairer, by=system_agent())
    actions.add_part(ticket, name="Drive belt", kind=belt, by=system_agent())
    Notice.objects.all().delete()
    make_transfer(receiver=workshop.agent, kind=belt, amount=2)
    make_transfer(receiver=make_agent(), kind=belt, amount=2)
    notice = Notice.objects.get()
    assert (notice.topic, notice.recipient.agent) == ("repair.part_arrived", repairer.agent)


def test_the_care_of_a_library_s_thing_begins_and_ends_with_its_repair() -> None:
    workshop = make_workshop()
    collection = make_collection(repairer=workshop.agent)
    thing = make_thing(collection)
    make_category(kind=thing.kind)
    begins = timezone.now() + timedelta(hours=1)
    care = schedule_maintenance(
        thing,
        begins=begins,
        ends=begins + timedelta(days=2),
        title="Sharpen it",
        makes_ticket=True,
        by=system_agent(),
    )
    ticket = Ticket.objects.get()
    assert (ticket.owner, ticket.resource) == (collection.owner, thing.resource)
    ticket = bring_to(ticket, "in_work")
    care.refresh_from_db()
    assert care.state == "in_work"
    ticket = actions.finish(ticket, outcome="Fixed", by=system_agent())
    actions.give_back(ticket, by=system_agent())
    care.refresh_from_db()
    assert care.state == "done"
    assert fresh(thing.resource).onhand_quantity == 1


def test_care_that_the_library_takes_back_cancels_the_ticket() -> None:
    workshop = make_workshop()
    thing = make_thing(make_collection(repairer=workshop.agent))
    make_category(kind=thing.kind)
    begins = timezone.now() + timedelta(hours=1)
    care = schedule_maintenance(
        thing,
        begins=begins,
        ends=begins + timedelta(days=2),
        title="Sharpen it",
        makes_ticket=True,
        by=system_agent(),
    )
    move_maintenance(care, "cancelled", by=system_agent())
    assert Ticket.objects.get().state == "cancelled"
