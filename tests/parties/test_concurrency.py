"""Two at the same time: the last of something stays the last."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from kierto.core.errors import DomainError
from kierto.parties import actions
from kierto.parties.models import Appointment, Membership, MembershipRole
from kierto.parties.queries import system_agent
from tests.factories.parties import make_organization, make_person

pytestmark = pytest.mark.django_db(transaction=True)


def at_the_same_time(*deeds: Callable[[], object]) -> list[str]:
    """Do them in threads that start together; the codes of the refusals."""
    together, refused = threading.Barrier(len(deeds)), []

    def do(deed: Callable[[], object]) -> None:
        try:
            together.wait()
            deed()
        except DomainError as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def test_two_administrators_who_leave_together_leave_one_behind():
    organization = make_organization()
    people = [make_person("organization_admin", organization=organization) for _ in range(2)]
    refused = at_the_same_time(
        *(
            lambda person=person: actions.remove_member(
                organization, person=person, by=person.agent
            )
            for person in people
        )
    )
    assert refused == ["last_administrator"]
    assert Membership.objects.filter(role=MembershipRole.ADMIN).count() == 1


def test_two_node_administrators_who_dismiss_one_another_leave_one_behind():
    one, other = make_person("node_admin"), make_person("node_admin")
    refused = at_the_same_time(
        lambda: actions.dismiss(one.appointments.get(), by=other.agent),
        lambda: actions.dismiss(other.appointments.get(), by=one.agent),
    )
    assert len(refused) == 1
    assert Appointment.objects.count() == 1


def test_an_invitation_that_is_accepted_twice_makes_one_member():
    organization, guest = make_organization(), make_person(email="guest@example.org")
    invitation = actions.invite(organization, email="guest@example.org", by=system_agent())
    refused = at_the_same_time(*[lambda: actions.accept_invitation(invitation, by=guest.agent)] * 3)
    assert refused == ["not_your_invitation"] * 2
    assert Membership.objects.count() == 1
