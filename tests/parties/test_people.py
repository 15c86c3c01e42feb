from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from kierto.core.errors import NotAllowed
from kierto.parties import actions, consents
from kierto.parties.errors import (
    LastNodeAdministrator,
    NameMissing,
    NodeHasAdministrator,
    NotAppointed,
    OperatorNeedsDistrict,
    UnknownChoice,
    UnknownLanguage,
)
from kierto.parties.models import Agent, Appointment, Consent, Person, User
from kierto.parties.queries import is_node_admin, operates, system_agent
from tests.factories.parties import make_district, make_person

pytestmark = pytest.mark.django_db


def test_an_account_has_one_person_however_often_it_is_registered():
    user = User.objects.create_user("Aino@Example.org")
    first = actions.register_person(user=user, name="Aino", language="fi", by=system_agent())
    again = actions.register_person(user=user, name="Other", language="en", by=system_agent())
    assert first == again
    assert (user.email, again.name, again.language) == ("aino@example.org", "Aino", "fi")


def test_an_account_that_is_made_twice_is_one_account():
    first = actions.create_account(email="aino@example.org", name="Aino", by=system_agent())
    again = actions.create_account(email="AINO@example.org", name="Aino", by=system_agent())
    assert first == again
    assert User.objects.count() == 1


def test_people_cannot_register_others():
    user = User.objects.create_user("aino@example.org")
    with pytest.raises(NotAllowed):
        actions.register_person(user=user, name="Aino", language="fi", by=make_person().agent)


def test_a_name_shows_only_with_consent():
    person = make_person(name="Aino")
    assert (person.agent.name, str(person)) == ("A resident", "A resident")
    actions.give_consent(person, purpose="show_name", by=person.agent)
    assert Agent.objects.get(pk=person.pk).name == "Aino"
    actions.withdraw_consent(person, purpose="show_name", by=person.agent)
    assert Agent.objects.get(pk=person.pk).name == "A resident"


def test_consent_is_kept_with_the_version_of_its_words(monkeypatch):
    person = make_person()
    first = actions.give_consent(person, purpose="terms", by=person.agent)
    assert actions.give_consent(person, purpose="terms", by=person.agent) == first
    old = consents.TEXTS["terms"]
    newer = consents.ConsentText(old.purpose, "2099-01", old.title, old.words, old.needed)
    monkeypatch.setitem(consents.TEXTS, "terms", newer)
    actions.give_consent(person, purpose="terms", by=person.agent)
    kept = [(one.text_version, one.withdrawn_at is None) for one in Consent.objects.all()]
    assert sorted(kept) == [("2026-11", False), ("2099-01", True)]


def test_nobody_consents_for_another_person():
    person, admin = make_person(), make_person("node_admin")
    with pytest.raises(NotAllowed):
        actions.give_consent(person, purpose="research", by=admin.agent)


def test_a_profile_changes_only_what_is_given():
    person = make_person(name="Aino")
    kera = make_district()
    actions.change_profile(person, home_district=kera, keep_district=False, by=person.agent)
    changed = actions.change_profile(person, phone=" 040 ", language="ar", by=person.agent)
    assert (changed.name, changed.phone, changed.language) == ("Aino", "040", "ar")
    assert changed.home_district == kera
    with pytest.raises(UnknownLanguage):
        actions.change_profile(person, language="tlh", by=person.agent)
    with pytest.raises(NameMissing):
        actions.change_profile(person, name=" ", by=person.agent)
    with pytest.raises(NotAllowed):
        actions.change_profile(person, name="X", by=make_person("node_admin").agent)


# --------------------------------------------------------------------- roles


def test_the_first_administrator_comes_from_the_command_line_and_only_the_first():
    person = actions.appoint_first_admin("aino@example.org", "Aino")
    assert is_node_admin(person.agent)
    with pytest.raises(NodeHasAdministrator):
        actions.appoint_first_admin("eeva@example.org", "Eeva")
    assert Person.objects.count() == 1


def test_an_operator_is_appointed_for_a_district():
    person, kera, other = make_person(), make_district(), make_district()
    with pytest.raises(OperatorNeedsDistrict):
        actions.appoint(person, role="operator", by=system_agent())
    with pytest.raises(UnknownChoice):
        actions.appoint(person, role="mayor", by=system_agent())
    first = actions.appoint(person, role="operator", district=kera, by=system_agent())
    assert actions.appoint(person, role="operator", district=kera, by=system_agent()) == first
    assert (operates(person.agent, kera.pk), operates(person.agent, other.pk)) == (True, False)


def test_only_node_admins_appoint_and_dismiss():
    operator, person = make_person("operator"), make_person()
    with pytest.raises(NotAllowed):
        actions.appoint(person, role="node_admin", by=operator.agent)
    with pytest.raises(NotAllowed):
        actions.dismiss(operator.appointments.get(), by=operator.agent)


def test_the_last_node_administrator_stays():
    first, second = make_person("node_admin"), make_person("node_admin")
    appointment = second.appointments.get()
    actions.dismiss(appointment, by=first.agent)
    with pytest.raises(NotAppointed):
        actions.dismiss(appointment, by=first.agent)
    with pytest.raises(LastNodeAdministrator):
        actions.dismiss(first.appointments.get(), by=first.agent)


def test_the_database_refuses_impossible_rows():
    person, kera = make_person(), make_district()
    impossible = [
        lambda: Appointment.objects.create(person=person, role="operator"),
        lambda: Appointment.objects.create(person=person, role="node_admin", district=kera),
        lambda: Agent.objects.create(type="ghost"),
        lambda: Agent.objects.create(type="system"),
        lambda: User.objects.create(email=person.user.email.upper()),
        lambda: Person.objects.filter(pk=person.pk).update(erased_at="2026-01-01T00:00Z"),
    ]
    system_agent()
    for write in impossible:
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
