"""Answers about people and organisations."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from kierto.parties.models import (
    Agent,
    AgentType,
    Appointment,
    Membership,
    MembershipRole,
    Organization,
    Person,
    User,
)


def agent_of(user: User | AnonymousUser) -> Agent | None:
    """The agent of a signed-in person, or None for a visitor."""
    if not user.is_authenticated:
        return None
    person = Person.objects.select_related("agent").filter(user=user).first()
    if person is None:
        return None
    # So that ``agent.person`` asks the database no second time.
    person.agent.person = person
    return person.agent


def system_agent() -> Agent:
    """The node itself: the agent by which scheduled and derived work is recorded."""
    return Agent.objects.get_or_create(type=AgentType.SYSTEM)[0]


def organizations_of(by: Agent | None) -> list[Organization]:
    """The organisations for which this person acts, by name."""
    if by is None:
        return []
    return list(
        Organization.objects.filter(memberships__person__agent=by).select_related("agent")
    )


def acts_for(by: Agent | None, agent: Agent) -> bool:
    """Whether ``by`` may speak for ``agent``: itself, or an organisation of theirs."""
    if by is None:
        return False
    if by.pk == agent.pk:
        return True
    return Membership.objects.filter(
        person__agent_id=by.pk, organization__agent_id=agent.pk
    ).exists()


def administers(by: Agent | None, organization: Organization) -> bool:
    """Whether ``by`` is an administrator of the organisation."""
    return (
        by is not None
        and Membership.objects.filter(
            person__agent_id=by.pk, organization=organization, role=MembershipRole.ADMIN
        ).exists()
    )


def is_node_admin(by: Agent | None) -> bool:
    """Whether ``by`` administers the node. The system agent does not: it has its own role."""
    return (
        by is not None
        and Appointment.objects.filter(
            person__agent_id=by.pk, role=Appointment.Role.NODE_ADMIN
        ).exists()
    )


def operates(by: Agent | None, district_id: int | None) -> bool:
    """Whether ``by`` runs the district (its operator, or an admin of the node)."""
    if by is None:
        return False
    if district_id is not None and Appointment.objects.filter(
        person__agent_id=by.pk, role=Appointment.Role.OPERATOR, district_id=district_id
    ).exists():
        return True
    return is_node_admin(by)


def is_partner(by: Agent | None) -> bool:
    """Whether ``by`` acts for a partner of the district."""
    return (
        by is not None
        and Membership.objects.filter(
            person__agent_id=by.pk, organization__is_partner=True
        ).exists()
    )
