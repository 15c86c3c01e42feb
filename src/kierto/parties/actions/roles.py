"""Serving the city: operators of districts and administrators of the node."""

from __future__ import annotations

from django.db import transaction

from kierto.core.announce import announce
from kierto.parties.actions._given import choice_of
from kierto.parties.actions.people import create_account
from kierto.parties.changes import AppointmentMade
from kierto.parties.errors import (
    LastNodeAdministrator,
    NodeHasAdministrator,
    NotAppointed,
    OperatorNeedsDistrict,
)
from kierto.parties.models import Agent, Appointment, District, Person
from kierto.parties.permissions import can_appoint
from kierto.parties.queries import node_admins, system_agent


@transaction.atomic
def appoint(
    person: Person, *, role: str, district: District | None = None, by: Agent
) -> Appointment:
    """Appoint a person as operator of a district or as administrator of the node.

    Appointing twice changes nothing.
    """
    can_appoint(by).require()
    choice_of(role, Appointment.Role.values, "role")
    is_operator = role == Appointment.Role.OPERATOR
    if is_operator and district is None:
        raise OperatorNeedsDistrict
    appointment, is_new = Appointment.objects.get_or_create(
        person=person, role=role, district=district if is_operator else None
    )
    if is_new:
        announce(AppointmentMade(appointment, by))
    return appointment


@transaction.atomic
def dismiss(appointment: Appointment, *, by: Agent) -> None:
    """End an appointment.

    Raises:
        LastNodeAdministrator: nobody else administers the node.
        NotAppointed: it ended before.
    """
    can_appoint(by).require()
    # All administrators are locked, so that two who dismiss one another must wait in line.
    held = list(Appointment.objects.select_for_update().filter(role=Appointment.Role.NODE_ADMIN))
    found = Appointment.objects.filter(pk=appointment.pk).first()
    if found is None:
        raise NotAppointed
    if held == [found]:
        raise LastNodeAdministrator
    found.delete()


@transaction.atomic
def appoint_first_admin(email: str, name: str, *, language: str = "en") -> Person:
    """Make the first administrator of a new node; the account is made if there is none.

    Called from the command line by whoever runs the machine, so the node itself acts.

    Raises:
        NodeHasAdministrator: there is one already, who can appoint others.
    """
    if node_admins().exists():
        raise NodeHasAdministrator
    by = system_agent()
    person = create_account(email=email, name=name, language=language, by=by)
    appoint(person, role=Appointment.Role.NODE_ADMIN, by=by)
    return person
