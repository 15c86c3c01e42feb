"""Organisations and who acts for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from kierto.core.announce import announce
from kierto.parties.actions._given import choice_of, email_of, fit, name_of, website_of
from kierto.parties.changes import MembershipChanged, OrganizationChanged
from kierto.parties.errors import AlreadyMember, LastAdministrator, NotAMember, SlugTaken
from kierto.parties.models import (
    Agent,
    AgentType,
    Helix,
    Membership,
    MembershipRole,
    Organization,
    Person,
)
from kierto.parties.permissions import (
    can_create_organization,
    can_edit_organization,
    can_manage_members,
    can_mark_partner,
    can_remove_member,
)
from kierto.parties.queries import person_of

RESERVED_SLUGS = frozenset({"new", "import"})
"""Words that stand in the addresses of pages where a short name would."""


@transaction.atomic
def create_organization(
    *,
    name: str,
    helix: str,
    by: Agent,
    slug: str | None = None,
    admin: Person | None = None,
    description: str = "",
    website: str = "",
    email: str = "",
    registry_number: str = "",
    is_partner: bool = False,
) -> Organization:
    """Add an organisation; a person who adds it administers it, unless ``admin`` is given.

    Raises:
        SlugTaken: the wanted short name is in use; without one, a free one is made.
    """
    can_create_organization(by).require()
    if is_partner:
        can_mark_partner(by).require()
    organization = Organization(
        agent=Agent.objects.create(type=AgentType.ORGANIZATION),
        slug=_free_slug(slug, name_of(name)),
        name=name_of(name),
        helix=choice_of(helix, Helix.values, "helix"),
        description=description.strip(),
        website=website_of(website),
        email=email_of(email),
        registry_number=registry_number.strip(),
        is_partner=is_partner,
    )
    fit(organization)
    organization.save(force_insert=True)
    admin = admin or person_of(by)
    if admin is not None:
        Membership.objects.create(
            organization=organization, person=admin, role=MembershipRole.ADMIN
        )
    announce(OrganizationChanged(organization, by))
    return organization


@transaction.atomic
def change_organization(
    organization: Organization, *, changes: Mapping[str, Any], by: Agent
) -> Organization:
    """Change what is named in ``changes``.

    It may name ``name``, ``helix``, ``description``, ``website``, ``email``, ``registry_number``
    and, for operators, ``is_partner``. The short name stays: addresses on paper point to it.
    """
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    if changes.keys() - {"is_partner"}:
        can_edit_organization(by, organization).require()
    if changes.get("is_partner", organization.is_partner) != organization.is_partner:
        can_mark_partner(by).require()
    for field in ("description", "registry_number"):
        setattr(organization, field, str(changes.get(field, getattr(organization, field))).strip())
    organization.website = website_of(changes.get("website", organization.website))
    organization.email = email_of(changes.get("email", organization.email))
    organization.name = name_of(changes.get("name", organization.name))
    organization.helix = choice_of(changes.get("helix", organization.helix), Helix.values, "helix")
    organization.is_partner = bool(changes.get("is_partner", organization.is_partner))
    fit(organization)
    organization.save()
    announce(OrganizationChanged(organization, by))
    return organization


@transaction.atomic
def add_member(
    organization: Organization,
    *,
    person: Person,
    role: str = MembershipRole.MEMBER,
    by: Agent,
) -> Membership:
    """Let a person act for the organisation.

    In the pages people are invited and join themselves; this is for administrators of the node,
    importers and the organisation's own administrators by program.

    Raises:
        AlreadyMember: the person has another role there; the same one changes nothing.
    """
    organization = _locked(organization)
    can_manage_members(by, organization).require()
    return join(organization, person, choice_of(role, MembershipRole.values, "role"), by)


@transaction.atomic
def change_role(organization: Organization, *, person: Person, role: str, by: Agent) -> Membership:
    """Make a member an administrator, or the other way round.

    Raises:
        LastAdministrator: nobody else administers the organisation.
        NotAMember: the person does not act for it.
    """
    organization = _locked(organization)
    can_manage_members(by, organization).require()
    membership = _membership(organization, person)
    if role != MembershipRole.ADMIN:
        _refuse_last_administrator(organization, membership)
    membership.role = choice_of(role, MembershipRole.values, "role")
    membership.save(update_fields=["role"])
    announce(MembershipChanged(organization, person.agent, role, by))
    return membership


@transaction.atomic
def remove_member(organization: Organization, *, person: Person, by: Agent) -> None:
    """End a membership; everybody may end their own.

    Raises:
        LastAdministrator: nobody else administers the organisation.
        NotAMember: the person does not act for it.
    """
    organization = _locked(organization)
    can_remove_member(by, organization, person).require()
    membership = _membership(organization, person)
    _refuse_last_administrator(organization, membership)
    membership.delete()
    announce(MembershipChanged(organization, person.agent, "", by))


def join(organization: Organization, person: Person, role: str, by: Agent) -> Membership:
    """Write a membership whose rightfulness the calling action has checked, and tell of it."""
    membership, is_new = Membership.objects.get_or_create(
        organization=organization, person=person, defaults={"role": role}
    )
    if not is_new and membership.role != role:
        raise AlreadyMember(organization=organization.name)
    if is_new:
        announce(MembershipChanged(organization, person.agent, role, by))
    return membership


def _locked(organization: Organization) -> Organization:
    # The organisation's row is the lock of its member list: two administrators who leave at the
    # same time must see one another.
    return (
        Organization.objects.select_for_update(of=("self",))
        .select_related("agent")
        .get(pk=organization.pk)
    )


def _membership(organization: Organization, person: Person) -> Membership:
    found = Membership.objects.filter(organization=organization, person=person).first()
    if found is None:
        raise NotAMember(organization=organization.name)
    return found


def _refuse_last_administrator(organization: Organization, membership: Membership) -> None:
    others = Membership.objects.filter(
        organization=organization, role=MembershipRole.ADMIN
    ).exclude(pk=membership.pk)
    if membership.role == MembershipRole.ADMIN and not others.exists():
        raise LastAdministrator(organization=organization.name)


def _free_slug(wanted: str | None, name: str) -> str:
    slug = slugify(wanted or name)[:70] or "organization"
    taken = RESERVED_SLUGS | set(
        Organization.objects.filter(slug__startswith=slug).values_list("slug", flat=True)
    )
    if wanted and slug in taken:
        raise SlugTaken(slug=slug)
    number = 2
    candidate = slug
    while candidate in taken:
        candidate = f"{slug}-{number}"
        number += 1
    return candidate
