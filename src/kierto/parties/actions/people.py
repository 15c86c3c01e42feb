"""Accounts, profiles and what people agreed to."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from kierto.parties.actions._given import email_of, fit, language_of, name_of
from kierto.parties.consents import TEXTS
from kierto.parties.models import Agent, AgentType, Consent, District, Person, User
from kierto.parties.permissions import can_edit_person, can_register_person


@transaction.atomic
def register_person(*, user: User | None, name: str, language: str, by: Agent) -> Person:
    """Give an account its person and opaque agent; an account that has them keeps them.

    Without an account it is somebody who comes to a desk and never signs in.
    """
    can_register_person(by).require()
    if user is not None:
        User.objects.select_for_update().get(pk=user.pk)
        existing = Person.objects.select_related("agent").filter(user=user).first()
        if existing is not None:
            return existing
    agent = Agent.objects.create(type=AgentType.PERSON)
    person = Person.objects.create(
        agent=agent, user=user, name=name_of(name)[:200], language=language_of(language)
    )
    if user is not None:
        user.person = person
    return person


@transaction.atomic
def create_account(*, email: str, name: str, language: str = "en", by: Agent) -> Person:
    """An account with a confirmed e-mail address, and its person.

    For people whom the node's administrators vouch for, and for the demonstration. An account
    with this address stays as it is.
    """
    can_register_person(by).require()
    address = email_of(email, may_be_empty=False)
    user = User.objects.filter(email__iexact=address).first() or User.objects.create_user(address)
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return register_person(user=user, name=name, language=language, by=by)


@transaction.atomic
def change_profile(
    person: Person,
    *,
    name: str | None = None,
    phone: str | None = None,
    language: str | None = None,
    home_district: District | None = None,
    keep_district: bool = True,
    notify_by_email: bool | None = None,
    by: Agent,
) -> Person:
    """Change what is given; ``keep_district=False`` sets the home district, also to none."""
    person = Person.objects.select_for_update().get(pk=person.pk)
    can_edit_person(by, person).require()
    if name is not None:
        person.name = name_of(name)
    if phone is not None:
        person.phone = phone.strip()
    if language is not None:
        person.language = language_of(language)
    if not keep_district:
        person.home_district = home_district
    if notify_by_email is not None:
        person.notify_by_email = notify_by_email
    fit(person)
    person.save()
    return person


@transaction.atomic
def give_consent(person: Person, *, purpose: str, by: Agent) -> Consent:
    """Write down that the person agrees to the purpose in its present words.

    Agreeing twice to the same words is one consent; agreeing to newer ones closes the older.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    can_edit_person(by, person).require()
    text = TEXTS[purpose]
    now = timezone.now()
    held = Consent.objects.filter(person=person, purpose=purpose, withdrawn_at=None).first()
    if held is not None and held.text_version == text.version:
        return held
    if held is not None:
        held.withdrawn_at = now
        held.save(update_fields=["withdrawn_at"])
    consent = Consent.objects.create(
        person=person, purpose=purpose, text_version=text.version, given_at=now
    )
    _follow(person)
    return consent


@transaction.atomic
def withdraw_consent(person: Person, *, purpose: str, by: Agent) -> None:
    """End a consent from now on; nothing happens when there is none."""
    person = Person.objects.select_for_update().get(pk=person.pk)
    can_edit_person(by, person).require()
    Consent.objects.filter(person=person, purpose=purpose, withdrawn_at=None).update(
        withdrawn_at=timezone.now()
    )
    _follow(person)


def _follow(person: Person) -> None:
    """Bring what is derived from consents in line with them."""
    shown = Consent.objects.filter(
        person=person, purpose=Consent.Purpose.SHOW_NAME, withdrawn_at=None
    ).exists()
    if person.name_is_public != shown:
        person.name_is_public = shown
        person.save(update_fields=["name_is_public"])
