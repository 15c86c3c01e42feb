"""Inviting people by e-mail address. Whoever confirms that address answers."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import get_language

from kierto.core.announce import announce
from kierto.parties.actions._given import choice_of, email_of, language_of
from kierto.parties.actions.organizations import join
from kierto.parties.changes import MemberInvited
from kierto.parties.errors import AlreadyInvited, NotYourInvitation, TooManyInvitations
from kierto.parties.models import (
    Agent,
    Invitation,
    Membership,
    MembershipRole,
    Organization,
)
from kierto.parties.permissions import can_answer_invitation, can_manage_members
from kierto.parties.queries import person_of

MOST_INVITATIONS = 30
"""Open invitations of one organisation: mail to strangers must not be had without end."""


@transaction.atomic
def invite(
    organization: Organization,
    *,
    email: str,
    role: str = MembershipRole.MEMBER,
    language: str | None = None,
    by: Agent,
) -> Invitation:
    """Ask the owner of an e-mail address to act for the organisation.

    Whether the address has an account is not told to the one who asks.

    Raises:
        AlreadyInvited: there is an open invitation to the address.
        TooManyInvitations: so many wait for an answer that more would be a nuisance.
    """
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    can_manage_members(by, organization).require()
    address = email_of(email, may_be_empty=False)
    waiting = Invitation.objects.filter(organization=organization)
    if waiting.filter(email__iexact=address).exists():
        raise AlreadyInvited
    if waiting.count() >= MOST_INVITATIONS:
        raise TooManyInvitations(limit=MOST_INVITATIONS)
    invitation = Invitation.objects.create(
        organization=organization,
        email=address,
        role=choice_of(role, MembershipRole.values, "role"),
        language=language_of(language or get_language() or "en"),
        invited_by=by,
    )
    announce(MemberInvited(invitation, by))
    return invitation


@transaction.atomic
def accept_invitation(invitation: Invitation, *, by: Agent) -> Membership:
    """Join the organisation. A member keeps the higher of both roles.

    Raises:
        NotYourInvitation: it went to another address, or is gone.
    """
    invitation, person = _locked(invitation), person_of(by)
    can_answer_invitation(by, invitation).require()
    if person is None:
        raise NotYourInvitation
    organization, role = invitation.organization, invitation.role
    held = Membership.objects.filter(organization=organization, person=person).first()
    invitation.delete()
    if held is None:
        return join(organization, person, role, by)
    if role == MembershipRole.ADMIN and held.role != role:
        held.role = role
        held.save(update_fields=["role"])
    return held


@transaction.atomic
def decline_invitation(invitation: Invitation, *, by: Agent) -> None:
    """Let the invitation go."""
    invitation = _locked(invitation)
    can_answer_invitation(by, invitation).require()
    invitation.delete()


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: Agent) -> None:
    """The organisation takes the invitation back."""
    invitation = _locked(invitation)
    can_manage_members(by, invitation.organization).require()
    invitation.delete()


def _locked(invitation: Invitation) -> Invitation:
    found = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("organization__agent")
        .filter(pk=invitation.pk)
        .first()
    )
    if found is None:
        raise NotYourInvitation
    return found
