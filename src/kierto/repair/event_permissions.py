"""Who may do what at a repair event, and the sentence that says why not.

``staff`` work for the workshop, ``volunteer`` is the person a volunteer's row is about, helpers
are volunteers who are coming. Who may see an event, :mod:`event_queries` says.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, refuse
from kierto.core.transitions import Transition, steps_from
from kierto.parties.models import Agent, AgentType
from kierto.parties.queries import acts_for
from kierto.repair import event_queries
from kierto.repair.models import Event, Repairer, Ticket, Volunteer, Workshop
from kierto.repair.permissions import (
    SIGN_IN,
    STAFF,
    can_staff,
    helps_at,
    is_staff,
    judge_step,
    roles_in,
)
from kierto.repair.states import EVENT_STEPS, VOLUNTEER_STEPS, EventState, VolunteerState

_HELPERS_ONLY = _("Only those who work for the workshop or help at this event can do this.")


def can_see_event(by: Agent | None, event: Event) -> Decision:
    """Whether ``by`` may know of it; the same rule as the lists."""
    shown = event_queries.visible_events(by).filter(pk=event.pk).exists()
    return ALLOWED if shown else refuse(_("This event is not published."))


def can_create_event(by: Agent | None, workshop: Workshop) -> Decision:
    """The staff of the workshop that holds it."""
    return can_staff(by, workshop)


def can_change_event(by: Agent | None, event: Event) -> Decision:
    """The staff, before its results are in."""
    allowed = can_staff(by, event.workshop)
    if allowed and event.state in {EventState.CLOSED, EventState.CANCELLED}:
        return refuse(_("This event is over and stays as it was."))
    return allowed


def can_move_event(by: Agent | None, event: Event, to: str) -> Decision:
    """Whether ``by`` may publish, cancel, close it and so on."""
    if by is None:
        return SIGN_IN
    return judge_step(EVENT_STEPS, event.state, to, roles_in(by, event.workshop))


def can_help_at(by: Agent | None, event: Event) -> Decision:
    """Whether ``by`` takes things in, works on them and writes results: staff and helpers."""
    if by is None:
        return SIGN_IN
    if is_staff(by, event.workshop) or helps_at(by, event):
        return ALLOWED
    return refuse(_HELPERS_ONLY)


def can_take_in(by: Agent | None, event: Event) -> Decision:
    """As to help, while the event is open."""
    helping = can_help_at(by, event)
    if helping and event.state != EventState.OPEN:
        return refuse(_("Things are taken in while the event is open."))
    return helping


def can_sign_up(by: Agent | None, event: Event, owner: Agent | None = None) -> Decision:
    """Everybody signed in, for themselves and those they act for; the staff for anybody."""
    if by is None:
        return SIGN_IN
    if event.state != EventState.OPEN:
        return refuse(_("This event is not open for sign-up."))
    if owner is None or acts_for(by, owner) or is_staff(by, event.workshop):
        return ALLOWED
    return refuse(_("You can sign up for yourself and for those you act for."))


def can_change_sign_up(by: Agent | None, ticket: Ticket) -> Decision:
    """The owner and the staff may move or cancel it."""
    if by is None:
        return SIGN_IN
    if acts_for(by, ticket.owner) or can_help_at(by, ticket.event):  # type: ignore[arg-type]
        return ALLOWED
    return refuse(_("Only whoever signed up and those who help at the event can change this."))


def can_offer_help(by: Agent | None, event: Event, agent: Agent | None = None) -> Decision:
    """People for themselves, the staff for anybody, until the results are in."""
    if by is None:
        return SIGN_IN
    if event.state in {EventState.CLOSED, EventState.CANCELLED}:
        return refuse(_("This event is over."))
    if is_staff(by, event.workshop):
        return ALLOWED
    if event.state != EventState.OPEN:
        return refuse(_("This event is not published."))
    themselves = agent is None or agent.pk == by.pk
    if themselves and by.type == AgentType.PERSON:
        return ALLOWED
    return refuse(_("You can offer help for yourself only."))


def can_invite(by: Agent | None, event: Event) -> Decision:
    """The staff, until the results are in."""
    return can_change_event(by, event)


def can_see_volunteers(by: Agent | None, event: Event) -> Decision:
    """The rota names people: it is for the staff and for those who come."""
    return can_help_at(by, event)


def volunteer_roles(by: Agent | None, volunteer: Volunteer) -> frozenset[str]:
    """The roles of ``by`` towards a volunteer's row: volunteer, staff."""
    roles = set(roles_in(by, volunteer.event.workshop)) & {STAFF}
    if by is not None and by.pk == volunteer.agent_id:
        roles.add("volunteer")
    return frozenset(roles)


def can_move_volunteer(by: Agent | None, volunteer: Volunteer, to: str) -> Decision:
    """Whether ``by`` may answer, welcome, decline or ask again."""
    if by is None:
        return SIGN_IN
    if volunteer.event.state in {EventState.CLOSED, EventState.CANCELLED}:
        return refuse(_("This event is over."))
    return judge_step(VOLUNTEER_STEPS, volunteer.state, to, volunteer_roles(by, volunteer))


def volunteer_steps(
    by: Agent | None, event: Event, rows: Iterable[Volunteer]
) -> dict[int, dict[str, Transition]]:
    """What ``by`` may do about each row, by its id and the state it would have then.

    Agrees with :func:`can_move_volunteer`, and asks who ``by`` is only once.
    """
    if event.state in {EventState.CLOSED, EventState.CANCELLED}:
        return {row.pk: {} for row in rows}
    staff = roles_in(by, event.workshop) & {STAFF}
    own = staff | {"volunteer"}
    return {
        row.pk: steps_from(
            VOLUNTEER_STEPS,
            row.state,
            own if by is not None and by.pk == row.agent_id else staff,
        )
        for row in rows
    }


def can_change_volunteer(by: Agent | None, volunteer: Volunteer) -> Decision:
    """Task, table and skills: the volunteer and the staff."""
    if by is None:
        return SIGN_IN
    if volunteer_roles(by, volunteer):
        return ALLOWED
    return refuse(_("Only the volunteer and those who work for the workshop can do this."))


def is_trusted(agent: Agent, workshop: Workshop) -> bool:
    """Whether the workshop knows them: its members and active repairers come unasked."""
    return (
        acts_for(agent, workshop.agent)
        or Repairer.objects.filter(workshop=workshop, agent=agent, is_active=True).exists()
    )


def first_state(by: Agent, agent: Agent, event: Event) -> str:
    """Where an offer of help begins: at once for those the workshop knows, else it waits."""
    if is_staff(by, event.workshop) or is_trusted(agent, event.workshop):
        return VolunteerState.COMING
    return VolunteerState.OFFERED
