"""What this app tells the floors above: see :mod:`kierto.core.announce`."""

from __future__ import annotations

from dataclasses import dataclass

from kierto.parties.models import Agent, Appointment, District, Invitation, Organization, Place


@dataclass(frozen=True, slots=True)
class OrganizationChanged:
    """An organisation appeared or reads differently now."""

    organization: Organization
    by: Agent


@dataclass(frozen=True, slots=True)
class OrganizationWithoutAdministrator:
    """The last administrator of an organisation was erased."""

    organization: Organization
    by: Agent


@dataclass(frozen=True, slots=True)
class MembershipChanged:
    """Somebody joined, got another role (``role``) or left (``role`` is empty)."""

    organization: Organization
    person_agent: Agent
    role: str
    by: Agent


@dataclass(frozen=True, slots=True)
class MemberInvited:
    """An invitation was written."""

    invitation: Invitation
    by: Agent


@dataclass(frozen=True, slots=True)
class AppointmentMade:
    """Somebody serves the city from now on."""

    appointment: Appointment
    by: Agent


@dataclass(frozen=True, slots=True)
class PlaceChanged:
    """A place appeared, moved, or lies in another district now."""

    place: Place
    by: Agent


@dataclass(frozen=True, slots=True)
class DistrictChanged:
    """A district appeared or changed."""

    district: District
    by: Agent


@dataclass(frozen=True, slots=True)
class PersonErased:
    """A person asked to be forgotten: whoever keeps words of theirs lets them go now.

    Attributes:
        agent: the opaque agent, which stays.
        name: the name as it was, to find it in texts; never to be kept.
    """

    agent: Agent
    name: str
    by: Agent
