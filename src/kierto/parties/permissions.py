"""Who may do what with people, organisations and places, and the sentence that says why not."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, refuse
from kierto.parties import queries
from kierto.parties.models import (
    Agent,
    AgentType,
    Appointment,
    District,
    Invitation,
    Membership,
    Organization,
    Person,
    Place,
)

SIGN_IN = refuse(_("Sign in first."))


def _runs_node(by: Agent | None) -> bool:
    return queries.is_system(by) or queries.is_node_admin(by)


def _decide(by: Agent | None, allowed: bool, reason: object) -> Decision:
    if allowed:
        return ALLOWED
    return SIGN_IN if by is None else refuse(reason)


# -------------------------------------------------------------------- people


def can_register_person(by: Agent | None) -> Decision:
    """The node registers who signs up; its admins may register others."""
    return _decide(by, _runs_node(by), _("Only node administrators can register other people."))


def can_see_person(by: Agent | None, person: Person) -> Decision:
    """Itself, those who act for the same organisation, and node admins."""
    allowed = by is not None and (
        by.pk == person.pk
        or _runs_node(by)
        or Membership.objects.filter(
            person=person, organization__memberships__person__agent_id=by.pk
        ).exists()
    )
    return _decide(by, allowed, _("Only people of the same organisation can see this person."))


def can_edit_person(by: Agent | None, person: Person) -> Decision:
    """Only itself: nobody speaks, consents or reads notices for another person."""
    allowed = by is not None and (by.pk == person.pk or queries.is_system(by))
    return _decide(by, allowed, _("Only the person can change this."))


def can_export_person(by: Agent | None, person: Person) -> Decision:
    """Itself, and node admins on the person's request."""
    allowed = by is not None and (by.pk == person.pk or _runs_node(by))
    return _decide(by, allowed, _("Only the person or a node administrator can do this."))


def can_erase_person(by: Agent | None, person: Person) -> Decision:
    """As for the export."""
    return can_export_person(by, person)


# ------------------------------------------------------------- organisations


def can_see_organization(by: Agent | None, organization: Organization) -> Decision:
    """Everybody: who takes part in a district is public."""
    return ALLOWED


def can_create_organization(by: Agent | None) -> Decision:
    """Every person with an account; they become its first administrator."""
    allowed = by is not None and (by.type == AgentType.PERSON or queries.is_system(by))
    return _decide(by, allowed, _("Only people can add an organisation."))


def can_edit_organization(by: Agent | None, organization: Organization) -> Decision:
    """Its administrators, and node admins."""
    allowed = queries.administers(by, organization) or _runs_node(by)
    return _decide(by, allowed, _("Only administrators of the organisation can change this."))


def can_mark_partner(by: Agent | None) -> Decision:
    """Who counts as partner is the city's to say: operators and node admins."""
    allowed = _runs_node(by) or queries.is_operator(by)
    return _decide(by, allowed, _("Only the operator of a district can name its partners."))


def can_import_organizations(by: Agent | None) -> Decision:
    """Operators and node admins."""
    allowed = _runs_node(by) or queries.is_operator(by)
    return _decide(by, allowed, _("Only the operator of a district can import organisations."))


# ------------------------------------------------------------------- members


def can_see_members(by: Agent | None, organization: Organization) -> Decision:
    """Those who act for it, and node admins."""
    allowed = by is not None and (queries.acts_for(by, organization.agent) or _runs_node(by))
    return _decide(by, allowed, _("Only members of the organisation can see who belongs to it."))


def can_see_membership(by: Agent | None, membership: Membership) -> Decision:
    """As for the list of members."""
    return can_see_members(by, membership.organization)


def can_manage_members(by: Agent | None, organization: Organization) -> Decision:
    """Its administrators, and node admins."""
    return can_edit_organization(by, organization)


def can_remove_member(by: Agent | None, organization: Organization, person: Person) -> Decision:
    """Administrators remove anybody; everybody may leave."""
    if by is not None and by.pk == person.pk:
        return ALLOWED
    return can_manage_members(by, organization)


def can_see_invitation(by: Agent | None, invitation: Invitation) -> Decision:
    """Administrators of the organisation, and whoever owns the address."""
    if can_answer_invitation(by, invitation):
        return ALLOWED
    return can_manage_members(by, invitation.organization)


def can_answer_invitation(by: Agent | None, invitation: Invitation) -> Decision:
    """Whoever has confirmed the address it went to."""
    person = queries.person_of(by)
    allowed = person is not None and invitation.email.lower() in queries.confirmed_addresses(person)
    return _decide(by, allowed, _("This invitation went to another e-mail address."))


# ---------------------------------------------------------- places, districts


def can_see_place(by: Agent | None, place: Place) -> Decision:
    """Places of organisations are public, those of people are not."""
    if place.agent.type == AgentType.ORGANIZATION or can_edit_place(by, place):
        return ALLOWED
    allowed = place.district_id is not None and queries.operates(by, place.district_id)
    return _decide(by, allowed, _("Where a person lives is not public."))


def can_add_place(by: Agent | None, agent: Agent) -> Decision:
    """Whoever speaks for the agent."""
    allowed = by is not None and (queries.acts_for(by, agent) or _runs_node(by))
    return _decide(by, allowed, _("Only members of the organisation can change its places."))


def can_edit_place(by: Agent | None, place: Place) -> Decision:
    """Whoever speaks for the agent whose place it is."""
    return can_add_place(by, place.agent)


def can_see_district(by: Agent | None, district: District) -> Decision:
    """Everybody."""
    return ALLOWED


def can_create_district(by: Agent | None) -> Decision:
    """Node admins."""
    return _decide(by, _runs_node(by), _("Only node administrators can add a district."))


def can_edit_district(by: Agent | None, district: District) -> Decision:
    """Its operators, and node admins."""
    allowed = queries.is_system(by) or queries.operates(by, district.pk)
    return _decide(by, allowed, _("Only the operator of the district can change it."))


# -------------------------------------------------------------- appointments


def can_appoint(by: Agent | None) -> Decision:
    """Node admins."""
    return _decide(by, _runs_node(by), _("Only node administrators can appoint people."))


def can_see_appointment(by: Agent | None, appointment: Appointment) -> Decision:
    """Whoever is appointed, and node admins."""
    allowed = by is not None and (by.pk == appointment.person_id or _runs_node(by))
    return _decide(by, allowed, _("Only node administrators can see who is appointed."))


def can_administer_node(by: Agent | None) -> Decision:
    """The administration pages: node admins."""
    return _decide(by, queries.is_node_admin(by), _("Only node administrators can open this page."))
