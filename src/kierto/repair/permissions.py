"""Who may do what in repair, and the sentence that says why not.

Staff work for a workshop: whoever acts for its agent, its active repairers, the operator of its
district and the node's administrators. Keepers run it and are staff too. Those who help at an
event are staff for the tickets of that event. The node itself may do what keepers may.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, refuse
from kierto.core.transitions import Table
from kierto.parties.models import Agent, AgentType, Place
from kierto.parties.queries import acts_for, administers, is_node_admin, is_system, operates
from kierto.repair import queries
from kierto.repair.models import Event, Repairer, Ticket, TicketPhoto, Volunteer, Workshop
from kierto.repair.states import TICKET_STEPS, TicketState, VolunteerState

STAFF = "staff"
KEEPER = "keeper"
OWNER = "owner"
SYSTEM = "system"

SIGN_IN = refuse(_("Sign in first."))
_STAFF_ONLY = _("Only those who work for the workshop can do this.")
_OVER = refuse(_("This ticket is closed. Open a new one."))


def _decide(by: Agent | None, allowed: bool, reason: object) -> Decision:
    if allowed:
        return ALLOWED
    return SIGN_IN if by is None else refuse(reason)


# --------------------------------------------------------------------------- roles


def roles_in(by: Agent | None, workshop: Workshop) -> frozenset[str]:
    """The roles of ``by`` towards a workshop: staff, keeper, system."""
    if by is None:
        return frozenset()
    if is_system(by):
        return frozenset({STAFF, KEEPER, SYSTEM})
    if _keeps(by, workshop):
        return frozenset({STAFF, KEEPER})
    if acts_for(by, workshop.agent) or _repairs_for(by, workshop):
        return frozenset({STAFF})
    return frozenset()


def _keeps(by: Agent, workshop: Workshop) -> bool:
    agent = workshop.agent
    if agent.pk == by.pk or operates(by, workshop.place.district_id):
        return True
    return agent.type == AgentType.ORGANIZATION and administers(by, agent.organization)


def _repairs_for(by: Agent, workshop: Workshop) -> bool:
    return Repairer.objects.filter(workshop=workshop, agent_id=by.pk, is_active=True).exists()


def helps_at(by: Agent | None, event: Event | None) -> bool:
    """Whether ``by`` is a volunteer of the event who is coming."""
    if by is None or event is None:
        return False
    return Volunteer.objects.filter(
        event=event, agent_id=by.pk, state=VolunteerState.COMING
    ).exists()


def roles_for_ticket(by: Agent | None, ticket: Ticket) -> frozenset[str]:
    """The roles of ``by`` towards a ticket: those in its workshop, and owner."""
    roles = set(roles_in(by, ticket.workshop))
    if helps_at(by, ticket.event):
        roles.add(STAFF)
    if acts_for(by, ticket.owner):
        roles.add(OWNER)
    return frozenset(roles)


def is_staff(by: Agent | None, workshop: Workshop) -> bool:
    """Whether ``by`` works for the workshop."""
    return STAFF in roles_in(by, workshop)


def can_staff(by: Agent | None, workshop: Workshop) -> Decision:
    """Whether ``by`` may do what is done in the workshop: estimate, work, give back."""
    return _decide(by, is_staff(by, workshop), _STAFF_ONLY)


def can_keep(by: Agent | None, workshop: Workshop) -> Decision:
    """Whether ``by`` may change the workshop itself: hours, prices, repairers, events."""
    allowed = KEEPER in roles_in(by, workshop)
    return _decide(by, allowed, _("Only those who run this workshop can change it."))


def judge_step(table: Table, current: str, wanted: str, roles: frozenset[str]) -> Decision:
    """Whether a step of a state table may be taken, as a decision with a reason."""
    transition = table.get((current, wanted))
    if transition is None:
        return refuse(_("This step is not possible from its present state."))
    if transition.by.isdisjoint(roles):
        return refuse(_who_may(transition.by))
    return ALLOWED


def _who_may(roles: frozenset[str]) -> object:
    if "volunteer" in roles:
        return _("Only the volunteer and those who work for the workshop can do this.")
    if OWNER in roles:
        return _("Only the owner of the thing and those who work for the workshop can do this.")
    return _STAFF_ONLY


# --------------------------------------------------------------------------- what one sees


def can_see_workshop(by: Agent | None, workshop: Workshop) -> Decision:
    """Whether ``by`` may know of it; the same rule as the lists."""
    shown = queries.visible_workshops(by).filter(pk=workshop.pk).exists()
    return ALLOWED if shown else refuse(_("This is not shown to you."))


def can_see_ticket(by: Agent | None, ticket: Ticket) -> Decision:
    """The owner, whoever acts for them, the staff, and who helps at its event."""
    shown = queries.visible_tickets(by).filter(pk=ticket.pk).exists()
    return _decide(by, shown, _("Tickets are shown to the owner and the workshop only."))


def can_see_photo(by: Agent | None, photo: TicketPhoto) -> Decision:
    """Whoever sees the ticket; everybody if the owner agreed to that."""
    shown = queries.visible_photos(by).filter(pk=photo.pk).exists()
    return _decide(by, shown, _("This picture is shown to the owner and the workshop only."))


def repairs_on(worker: Agent, ticket: Ticket) -> bool:
    """Whether hours on the ticket may be this agent's: a person who repairs there, or the firm."""
    if worker.pk == ticket.workshop.agent_id:
        return True
    if worker.type != AgentType.PERSON:
        return False
    workshop = ticket.workshop
    at_home = acts_for(worker, workshop.agent) or _repairs_for(worker, workshop)
    return at_home or helps_at(worker, ticket.event)


# --------------------------------------------------------------------------- workshops


def can_create_workshop(by: Agent | None, agent: Agent, place: Place) -> Decision:
    """People for themselves, administrators for organisations, the operator for its district."""
    if by is None:
        return SIGN_IN
    allowed = is_system(by) or by.pk == agent.pk or operates(by, place.district_id)
    if not allowed and agent.type == AgentType.ORGANIZATION:
        allowed = administers(by, agent.organization)
    return _decide(
        by, allowed, _("You can open a workshop for yourself and for what you administer.")
    )


def can_change_repairer(by: Agent | None, repairer: Repairer) -> Decision:
    """Those who run the workshop, and the repairer: skills, note, and to stop."""
    if by is not None and by.pk == repairer.agent_id:
        return ALLOWED
    return can_keep(by, repairer.workshop)


# --------------------------------------------------------------------------- tickets


def can_open_ticket(
    by: Agent | None, workshop: Workshop, owner: Agent, event: Event | None = None
) -> Decision:
    """Owners for themselves and what they act for; staff and an event's helpers for anybody."""
    if by is None:
        return SIGN_IN
    allowed = acts_for(by, owner) or is_staff(by, workshop) or helps_at(by, event)
    return _decide(
        by, allowed, _("You can ask for a repair for yourself and for those you act for.")
    )


def can_move_ticket(by: Agent | None, ticket: Ticket, to: str) -> Decision:
    """Whether ``by`` may take it to another state."""
    if by is None:
        return SIGN_IN
    return judge_step(TICKET_STEPS, ticket.state, to, roles_for_ticket(by, ticket))


def can_work_on(by: Agent | None, ticket: Ticket) -> Decision:
    """Whether ``by`` may assign it, plan parts and log work: staff, while it is open."""
    allowed = STAFF in roles_for_ticket(by, ticket)
    if allowed and ticket.state not in queries.OPEN_STATES:
        return _OVER
    return _decide(by, allowed, _STAFF_ONLY)


def can_take_money(by: Agent | None, ticket: Ticket) -> Decision:
    """Whether ``by`` may record a payment: staff, also after the thing was given back."""
    allowed = STAFF in roles_for_ticket(by, ticket)
    return _decide(by, allowed, _STAFF_ONLY)


def can_change_ticket(by: Agent | None, ticket: Ticket) -> Decision:
    """Whether ``by`` may correct what the thing is and what is wrong with it."""
    roles = roles_for_ticket(by, ticket)
    early = ticket.state in {TicketState.NEW, TicketState.ESTIMATED, TicketState.ACCEPTED}
    if STAFF in roles or (OWNER in roles and early):
        return ALLOWED if ticket.state in queries.OPEN_STATES else _OVER
    return _decide(by, False, _("Only the owner, before work begins, and the workshop can."))


def can_add_photo(by: Agent | None, ticket: Ticket) -> Decision:
    """The owner and the staff."""
    allowed = bool(roles_for_ticket(by, ticket) & {OWNER, STAFF})
    return _decide(by, allowed, _("Only the owner and the workshop add pictures."))


def can_remove_photo(by: Agent | None, photo: TicketPhoto) -> Decision:
    """The owner of the thing, whoever added it, and the staff."""
    return can_add_photo(by, photo.ticket)


def can_publish_photo(by: Agent | None, ticket: Ticket) -> Decision:
    """To show a picture to everybody takes the owner's consent: theirs, or given at the table."""
    return can_add_photo(by, ticket)


def can_answer(by: Agent | None, ticket: Ticket) -> Decision:
    """What one would have done otherwise: the owner says, or staff who asked at the table."""
    if ticket.state not in queries.ENDED_STATES:
        return refuse(_("This is asked once the repair is ready."))
    allowed = bool(roles_for_ticket(by, ticket) & {OWNER, STAFF})
    return _decide(by, allowed, _("Only the owner is asked."))


def sees_names(by: Agent | None, ticket: Ticket) -> bool:
    """Whether ``by`` may read the owner's own name: staff, to know whose thing it is."""
    return STAFF in roles_for_ticket(by, ticket) or acts_for(by, ticket.owner) or is_node_admin(by)
