"""Answers about people and organisations: who is it, for whom do they speak, what do they see."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Prefetch, Q, QuerySet
from django.db.models.functions import Lower

from kierto.core.geography import Point, area_contains
from kierto.parties.models import (
    Agent,
    AgentType,
    Appointment,
    Consent,
    District,
    Invitation,
    Membership,
    MembershipRole,
    Organization,
    Person,
    Place,
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
    return list(Organization.objects.filter(memberships__person__agent=by).select_related("agent"))


def acts_for(by: Agent | None, agent: Agent) -> bool:
    """Whether ``by`` may speak for ``agent``: itself, or an organisation of theirs."""
    if by is None:
        return False
    if by.pk == agent.pk:
        return True
    return Membership.objects.filter(
        person__agent_id=by.pk, organization__agent_id=agent.pk
    ).exists()


def spoken_for(by: Agent) -> QuerySet[Agent]:
    """The agents that ``by`` may speak for, itself and its organisations: see :func:`acts_for`."""
    seats = Membership.objects.filter(person__agent_id=by.pk)
    return Agent.objects.filter(Q(pk=by.pk) | Q(pk__in=seats.values("organization__agent_id")))


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
    if (
        district_id is not None
        and Appointment.objects.filter(
            person__agent_id=by.pk, role=Appointment.Role.OPERATOR, district_id=district_id
        ).exists()
    ):
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


def is_system(by: Agent | None) -> bool:
    """Whether ``by`` is the node itself (importers, the demonstration, scheduled work)."""
    return by is not None and by.type == AgentType.SYSTEM


def is_operator(by: Agent | None) -> bool:
    """Whether ``by`` runs some district of the node."""
    return (
        by is not None
        and Appointment.objects.filter(
            person__agent_id=by.pk, role=Appointment.Role.OPERATOR
        ).exists()
    )


def sees_everything(by: Agent | None) -> bool:
    """The node itself and its administrators."""
    return is_system(by) or is_node_admin(by)


def run_districts(by: Agent) -> QuerySet[District]:
    """The districts to which ``by`` is appointed (of a node administrator none: ask apart)."""
    appointments = Appointment.objects.filter(
        person__agent_id=by.pk, role=Appointment.Role.OPERATOR
    )
    return District.objects.filter(pk__in=appointments.values("district_id"))


def operated_districts(by: Agent | None) -> QuerySet[District]:
    """The districts that ``by`` runs: their own, or all for an admin of the node."""
    if by is None:
        return District.objects.none()
    if is_node_admin(by):
        return District.objects.all()
    return District.objects.filter(
        appointments__person__agent_id=by.pk, appointments__role=Appointment.Role.OPERATOR
    )


def district_at(point: Point, districts: Iterable[District] | None = None) -> District | None:
    """The district in whose area the point lies; of overlapping ones the first by short name.

    Whoever asks for many points gives the ``districts``, ordered by short name.
    """
    for district in District.objects.order_by("slug") if districts is None else districts:
        if area_contains(district.area, point):
            return district
    return None


def members_of(agent: Agent) -> QuerySet[Person]:
    """The people who speak for an agent: the person, or the members of the organisation."""
    if agent.type == AgentType.PERSON:
        return Person.objects.filter(agent=agent, erased_at__isnull=True)
    return Person.objects.filter(memberships__organization__agent=agent)


def node_admins() -> QuerySet[Person]:
    """The people who administer the node."""
    return Person.objects.filter(appointments__role=Appointment.Role.NODE_ADMIN)


def confirmed_addresses(person: Person) -> list[str]:
    """The e-mail addresses that a person has proved to read, in small letters."""
    from allauth.account.models import EmailAddress

    if person.user_id is None:
        return []
    addresses = EmailAddress.objects.filter(user_id=person.user_id, verified=True)
    return [address.lower() for address in addresses.values_list("email", flat=True)]


def invitations_for(by: Agent | None) -> QuerySet[Invitation]:
    """The open invitations to the person's confirmed addresses."""
    person = person_of(by)
    if person is None:
        return Invitation.objects.none()
    return (
        Invitation.objects.annotate(address=Lower("email"))
        .filter(address__in=confirmed_addresses(person))
        .select_related("organization")
    )


def person_of(by: Agent | None) -> Person | None:
    """The private side of a person's agent; None for visitors, organisations and the node."""
    if by is None or by.type != AgentType.PERSON:
        return None
    return Person.objects.select_related("agent", "user").filter(agent_id=by.pk).first()


# -------------------------------------------------------------- what one sees


def visible_people(by: Agent | None) -> QuerySet[Person]:
    """The people whose names ``by`` may read: itself, fellow members, and all for node admins."""
    if by is None:
        return Person.objects.none()
    if is_node_admin(by) or is_system(by):
        return Person.objects.all()
    fellows = Membership.objects.filter(organization__memberships__person__agent_id=by.pk)
    return Person.objects.filter(Q(agent_id=by.pk) | Q(pk__in=fellows.values("person_id")))


def visible_organizations(by: Agent | None) -> QuerySet[Organization]:
    """All of them: who takes part in a district is public."""
    return Organization.objects.all()


def visible_memberships(by: Agent | None) -> QuerySet[Membership]:
    """Who acts for an organisation, seen by those who act for it too and by node admins."""
    if by is None:
        return Membership.objects.none()
    if is_node_admin(by) or is_system(by):
        return Membership.objects.all()
    return Membership.objects.filter(
        organization_id__in=Membership.objects.filter(person__agent_id=by.pk).values(
            "organization_id"
        )
    )


def visible_invitations(by: Agent | None) -> QuerySet[Invitation]:
    """Invitations seen by the organisation's administrators, the invited and node admins."""
    if by is None:
        return Invitation.objects.none()
    if is_node_admin(by) or is_system(by):
        return Invitation.objects.all()
    administered = Membership.objects.filter(person__agent_id=by.pk, role=MembershipRole.ADMIN)
    return Invitation.objects.filter(
        Q(organization_id__in=administered.values("organization_id"))
        | Q(pk__in=invitations_for(by).values("pk"))
    )


def visible_places(by: Agent | None) -> QuerySet[Place]:
    """Places of organisations, one's own, and those of the districts that one runs.

    Where a person lives is not public.
    """
    if by is not None and (is_node_admin(by) or is_system(by)):
        return Place.objects.all()
    public = Q(agent__type=AgentType.ORGANIZATION)
    if by is None:
        return Place.objects.filter(public)
    return Place.objects.filter(
        public | Q(agent_id=by.pk) | Q(district_id__in=operated_districts(by).values("pk"))
    )


def visible_districts(by: Agent | None) -> QuerySet[District]:
    """All of them."""
    return District.objects.all()


def visible_appointments(by: Agent | None) -> QuerySet[Appointment]:
    """One's own, and all for node admins."""
    if by is None:
        return Appointment.objects.none()
    if is_node_admin(by) or is_system(by):
        return Appointment.objects.all()
    return Appointment.objects.filter(person__agent_id=by.pk)


# -------------------------------------------------------------------- lists


def search_organizations(
    by: Agent | None, *, words: str = "", helix: str = "", district: District | None = None
) -> QuerySet[Organization]:
    """Organisations by part of their name (capitals and accents do not matter), group, district.

    Each comes with its places and their districts.
    """
    found = visible_organizations(by)
    if helix:
        found = found.filter(helix=helix)
    if district is not None:
        found = found.filter(agent__places__district=district).distinct()
    wanted = folded(words)
    if wanted:
        # Neither database folds accents by itself, and a node has some thousand names at most.
        names = found.values_list("pk", "name")
        found = visible_organizations(by).filter(
            pk__in=[pk for pk, name in names if wanted in folded(name)]
        )
    places = Place.objects.select_related("district")
    return found.select_related("agent").prefetch_related(
        Prefetch("agent__places", queryset=places)
    )


def folded(text: str) -> str:
    """Text without capitals and accents, for comparing."""
    decomposed = unicodedata.normalize("NFKD", text.strip())
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def members(organization: Organization) -> QuerySet[Membership]:
    """Who acts for the organisation, administrators first."""
    return (
        Membership.objects.filter(organization=organization)
        .select_related("person__agent", "person__user")
        .order_by("role", "since", "pk")
    )


def places_of(agent: Agent) -> QuerySet[Place]:
    """The agent's places, with their districts."""
    return Place.objects.filter(agent=agent).select_related("district", "agent")


def open_consents(person: Person) -> dict[str, Consent]:
    """The consents in force, by purpose."""
    return {one.purpose: one for one in Consent.objects.filter(person=person, withdrawn_at=None)}


def districts_with_counts(by: Agent | None) -> QuerySet[District]:
    """The districts, each with the number of organisations that have a place in it."""
    organizations = Count(
        "places__agent",
        filter=Q(places__agent__type=AgentType.ORGANIZATION),
        distinct=True,
    )
    return visible_districts(by).annotate(organization_count=organizations).order_by("name", "pk")
