"""A person's own data: all of it in one download, and gone when they ask."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from kierto.core.announce import announce
from kierto.parties import accounts
from kierto.parties.changes import OrganizationWithoutAdministrator, PersonErased
from kierto.parties.errors import AlreadyErased, LastNodeAdministrator
from kierto.parties.models import (
    Agent,
    Appointment,
    Consent,
    Invitation,
    Membership,
    MembershipRole,
    Organization,
    Person,
    Place,
)
from kierto.parties.permissions import can_erase_person, can_export_person
from kierto.parties.records import collected

COARSE_DEGREES = 1
"""Decimal places kept of an erased person's places: about 10 km."""


def export_person(person: Person, *, by: Agent) -> dict[str, Any]:
    """Everything that this node keeps about a person, as JSON values.

    Returns:
        ``agent`` (the id by which the ledger knows the person), ``person``, ``account``,
        ``memberships``, ``appointments``, ``consents``, ``places``, ``invitations``, and one key
        for each higher app that keeps something.
    """
    can_export_person(by, person).require()
    return {
        "agent": str(person.agent_id),
        "person": _profile(person),
        "account": accounts.account_data(person.user),
        "memberships": [
            {"organization": one.organization.slug, "role": one.role, "since": _moment(one.since)}
            for one in person.memberships.select_related("organization")
        ],
        "appointments": [
            {"role": one.role, "district": one.district.slug if one.district else None}
            for one in person.appointments.select_related("district")
        ],
        "consents": [
            {
                "purpose": one.purpose,
                "text_version": one.text_version,
                "given_at": _moment(one.given_at),
                "withdrawn_at": _moment(one.withdrawn_at),
            }
            for one in person.consents.all()
        ],
        "places": [_place(place) for place in Place.objects.filter(agent_id=person.pk)],
        "invitations": [
            {"organization": one.organization.slug, "email": one.email, "role": one.role}
            for one in _invitations(person).select_related("organization")
        ],
        **collected(person),
    }


@transaction.atomic
def erase_person(person: Person, *, by: Agent) -> None:
    """Forget a person: account, addresses, name, memberships, consents; the opaque agent stays.

    Places of the person keep only a point rounded to a tenth of a degree, since events may refer
    to them. The ledger is not touched.

    Raises:
        AlreadyErased: nothing is left of the person.
        LastNodeAdministrator: nobody else administers the node.
    """
    person = (
        Person.objects.select_for_update(of=("self",)).select_related("agent").get(pk=person.pk)
    )
    can_erase_person(by, person).require()
    if person.erased_at is not None:
        raise AlreadyErased
    _refuse_last_node_administrator(person)
    name, user = person.name, person.user
    _invitations(person).delete()
    orphaned = _organizations_left_alone(person)
    _empty(person)
    if user is not None:
        accounts.erase_account(user)
    announce(PersonErased(person.agent, name, by))
    for organization in orphaned:
        announce(OrganizationWithoutAdministrator(organization, by))


def _empty(person: Person) -> None:
    Membership.objects.filter(person=person).delete()
    Consent.objects.filter(person=person).delete()
    Appointment.objects.filter(person=person).delete()
    for place in Place.objects.filter(agent_id=person.pk):
        place.name = place.street = place.postcode = place.locality = ""
        place.latitude = round(place.latitude, COARSE_DEGREES)
        place.longitude = round(place.longitude, COARSE_DEGREES)
        place.save()
    person.name = person.phone = ""
    person.language = str(Person._meta.get_field("language").get_default())
    person.user = person.home_district = None
    person.name_is_public = person.notify_by_email = False
    person.erased_at = timezone.now()
    person.save()


def _refuse_last_node_administrator(person: Person) -> None:
    admins = Appointment.objects.select_for_update().filter(role=Appointment.Role.NODE_ADMIN)
    if [appointment.person_id for appointment in admins] == [person.pk]:
        raise LastNodeAdministrator


def _organizations_left_alone(person: Person) -> list[Organization]:
    """Organisations that only this person administers."""
    administered = Organization.objects.filter(
        memberships__person=person, memberships__role=MembershipRole.ADMIN
    )
    others = Membership.objects.filter(role=MembershipRole.ADMIN).exclude(person=person)
    return list(administered.exclude(pk__in=others.values("organization_id")))


def _invitations(person: Person) -> Any:
    addresses = accounts.addresses_of(person.user)
    return Invitation.objects.filter(email__in=addresses)


def _profile(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "phone": person.phone,
        "language": person.language,
        "home_district": person.home_district.slug if person.home_district else None,
        "notify_by_email": person.notify_by_email,
        "name_is_public": person.name_is_public,
        "erased_at": _moment(person.erased_at),
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "id": str(place.pk),
        "name": place.name,
        "street": place.street,
        "postcode": place.postcode,
        "locality": place.locality,
        "country": place.country,
        "latitude": place.latitude,
        "longitude": place.longitude,
    }


def _moment(when: Any) -> str | None:
    return when.isoformat() if when is not None else None
