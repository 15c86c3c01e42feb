"""What the sign-in packages keep about an account, in one place: to show it and to remove it."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session

from kierto.parties.models import Organization, User


def addresses_of(user: User | None) -> list[str]:
    """All e-mail addresses of the account, in small letters."""
    if user is None:
        return []
    others = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    return sorted({user.email.lower(), *(address.lower() for address in others)})


def account_data(user: User | None) -> dict[str, Any] | None:
    """The account as its owner may read it: addresses, passkeys, other sign-ons, sign-ins."""
    if user is None:
        return None
    return {
        "email": user.email,
        "since": user.date_joined.isoformat(),
        "last_sign_in": user.last_login.isoformat() if user.last_login else None,
        "addresses": [
            {"email": address.email, "confirmed": address.verified, "primary": address.primary}
            for address in EmailAddress.objects.filter(user=user)
        ],
        "keys": [
            {"type": key.type, "since": key.created_at.isoformat()}
            for key in Authenticator.objects.filter(user=user)
        ],
        "single_sign_on": [
            {"provider": account.provider, "uid": account.uid, "data": account.extra_data}
            for account in SocialAccount.objects.filter(user=user)
        ],
        "sign_ins": [
            {"at": entry.attempt_time.isoformat(), "from": entry.ip_address}
            for entry in AccessLog.objects.filter(username__in=addresses_of(user))
        ],
    }


def erase_account(user: User) -> None:
    """Delete the account and every trace of its addresses, and end its sessions."""
    for address in addresses_of(user):
        for log in (AccessAttempt, AccessFailureLog, AccessLog):
            log.objects.filter(username__iexact=address).delete()
        Organization.objects.filter(email__iexact=address).update(email="")
    LogEntry.objects.filter(object_id=str(user.pk)).delete()
    _end_sessions(user)
    user.delete()


def _end_sessions(user: User) -> None:
    # A session names its account only inside its signed data, so each has to be opened; one that
    # waits for a code holds the address alone.
    traces = [str(user.pk), *addresses_of(user)]
    mine = [
        session.pk
        for session in Session.objects.iterator()
        if any(trace in str(session.get_decoded()).lower() for trace in traces)
    ]
    Session.objects.filter(pk__in=mine).delete()
