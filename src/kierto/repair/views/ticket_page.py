"""What the page of a ticket shows, to whom."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from kierto.catalogue.models import ResourceSpecification
from kierto.core.decision import Decision
from kierto.core.quantity import Unit
from kierto.ledger.queries import stock_of
from kierto.parties.models import Agent, AgentType
from kierto.parties.queries import members_of
from kierto.repair import billing, permissions, queries
from kierto.repair.actions.custody import is_here
from kierto.repair.forms import tickets as asked
from kierto.repair.models import Answer, Repairer, Ticket, TicketPart, Volunteer, Work
from kierto.repair.names import phone_of, shown_name
from kierto.repair.states import TICKET_STEPS, PartState, TicketState, VolunteerState
from kierto.repair.visitors import is_unnamed

TONES = {
    TicketState.NEW: "info",
    TicketState.ESTIMATED: "warning",
    TicketState.ACCEPTED: "info",
    TicketState.IN_WORK: "info",
    TicketState.DONE: "success",
    TicketState.COLLECTED: "neutral",
    TicketState.DECLINED: "neutral",
    TicketState.CANCELLED: "neutral",
}
_WITH_A_FORM = frozenset({TicketState.ESTIMATED, TicketState.DECLINED, TicketState.COLLECTED})


@dataclass(frozen=True, slots=True)
class StepButton:
    """A step out of the present state that takes one press, and whether the reader may."""

    to: str
    label: Any
    decision: Decision


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part, how many of its kind the workshop has, and whether it can still change."""

    part: TicketPart
    stock: Decimal | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class WorkRow:
    """Hours of somebody."""

    work: Work
    who: str
    hours: Decimal


def context_of(ticket: Ticket, by: Agent | None, **bound: forms.Form) -> dict[str, Any]:
    """Everything for ``repair/ticket.html``; ``bound`` are forms that were refused."""
    roles = permissions.roles_for_ticket(by, ticket)
    staff, owner = permissions.STAFF in roles, permissions.OWNER in roles
    here = is_here(ticket)
    work, due = _work(ticket, staff), billing.due(ticket)
    return {
        "ticket": ticket,
        "tone": TONES[TicketState(ticket.state)],
        "is_staff": staff,
        "is_owner": owner,
        "is_here": here,
        "owner_name": shown_name(ticket.owner, to_staff=staff or owner),
        "phone": phone_of(ticket.owner) if staff else "",
        "repairer_name": ticket.repairer
        and shown_name(ticket.repairer.agent, to_staff=staff or owner),
        "steps": _steps(ticket, by, here=here),
        "may_change": permissions.can_change_ticket(by, ticket),
        "may_decline": permissions.can_move_ticket(by, ticket, TicketState.DECLINED),
        "may_give_back": permissions.can_move_ticket(by, ticket, TicketState.COLLECTED),
        "may_photo": permissions.can_add_photo(by, ticket),
        "earlier": queries.under_warranty(ticket),
        "work": work,
        "hours": sum((row.hours for row in work), Decimal(0)),
        "parts": _parts(ticket, staff=staff),
        "due": due,
        "paid": billing.paid(ticket),
        "paid_form": asked.PaidForm(initial={"amount": f"{due:.2f}"}) if staff and due else None,
        "photos": ticket.photos.all(),
        "asks": (owner or (staff and is_unnamed(ticket.owner)))
        and permissions.can_answer(by, ticket)
        and not Answer.objects.filter(ticket=ticket).exists(),
        **_forms(ticket, by, staff=staff),
        **bound,
    }


def _steps(ticket: Ticket, by: Agent | None, *, here: bool) -> list[StepButton]:
    """Steps of one press; of cancelling and having it back, the one that fits."""
    unfit = {TicketState.CANCELLED if here else TicketState.DONE}
    if billing.paid(ticket):
        unfit.add(TicketState.IN_WORK)
    return [
        StepButton(to, step.label, decision)
        for (state, to), step in TICKET_STEPS.items()
        if state == ticket.state and to not in _WITH_A_FORM and to not in unfit
        if (state, to) != (TicketState.IN_WORK, TicketState.DONE)
        if (decision := permissions.can_move_ticket(by, ticket, to))
    ]


def _forms(ticket: Ticket, by: Agent | None, *, staff: bool) -> dict[str, Any]:
    if not staff or by is None:
        return {"answer_form": asked.AnswerForm(), "photo_form": asked.PhotoForm()}
    may_work = permissions.can_work_on(by, ticket)
    in_work = ticket.state == TicketState.IN_WORK
    began = ticket.process_id is not None
    return {
        "answer_form": asked.AnswerForm(),
        "photo_form": asked.PhotoForm(),
        "reason_form": asked.ReasonForm(),
        "estimate_form": asked.EstimateForm(ticket=ticket)
        if permissions.can_move_ticket(by, ticket, TicketState.ESTIMATED)
        else None,
        "assign_form": assign_form(ticket) if may_work else None,
        "finish_form": asked.FinishForm() if in_work else None,
        "work_form": work_form(ticket, by) if may_work and began else None,
        "part_form": asked.PartForm(kinds=part_kinds()) if may_work else None,
    }


def assign_form(ticket: Ticket, data: Any = None) -> asked.AssignForm:
    """Who repairs it, of the workshop's active repairers."""
    active = Repairer.objects.filter(workshop=ticket.workshop_id, is_active=True).select_related(
        "agent__person"
    )
    named = [(repairer, shown_name(repairer.agent, to_staff=True)) for repairer in active]
    return asked.AssignForm(data, ticket=ticket, repairers=named)


def work_form(ticket: Ticket, by: Agent, data: Any = None) -> asked.WorkForm:
    """Whose hours: the reader first, then the others who repair here or help at the event."""
    workers = [agent for agent in _workers(ticket) if agent.pk != by.pk]
    first = [by] if permissions.repairs_on(by, ticket) else []
    named = [(agent, shown_name(agent, to_staff=True)) for agent in [*first, *workers]]
    return asked.WorkForm(data, workers=named)


def _workers(ticket: Ticket) -> list[Agent]:
    agents = Agent.objects.select_related("person", "organization")
    repairers = Repairer.objects.filter(workshop=ticket.workshop_id, is_active=True)
    helpers = Volunteer.objects.filter(event=ticket.event_id, state=VolunteerState.COMING)
    shop = ticket.workshop.agent
    members = members_of(shop) if shop.type == AgentType.ORGANIZATION else None
    found = agents.filter(pk__in=repairers.values("agent"))
    if ticket.event_id is not None:
        found |= agents.filter(pk__in=helpers.values("agent"))
    if members is not None:
        found |= agents.filter(pk__in=members.values("agent_id"))
    return [*found.order_by("created_at", "pk"), shop]


def part_kinds() -> list[ResourceSpecification]:
    """The kinds that are counted in pieces."""
    return list(ResourceSpecification.objects.filter(unit=Unit.ITEM).prefetch_related("labels"))


def _work(ticket: Ticket, staff: bool) -> list[WorkRow]:
    """What still stands: hours taken back are left out."""
    rows = ticket.work.filter(event__corrected_by__isnull=True).select_related(
        "worker__person", "worker__organization", "event"
    )
    return [
        WorkRow(
            row, shown_name(row.worker, to_staff=staff), row.event.effort_quantity or Decimal(0)
        )
        for row in rows.order_by("event__number")
    ]


def _parts(ticket: Ticket, *, staff: bool) -> list[PartRow]:
    settled = (PartState.FITTED, PartState.DROPPED)
    return [
        PartRow(
            part,
            stock_of(ticket.workshop.agent, part.kind) if staff and part.kind else None,
            part.state not in settled,
        )
        for part in ticket.parts.select_related("kind", "event").prefetch_related("kind__labels")
    ]
