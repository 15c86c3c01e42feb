"""Tokens are made and withdrawn; they are never changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from kierto.hub import callers
from kierto.hub.errors.tokens import (
    TokenAllowsNothing,
    TokenEndsTooLate,
    TokenNameMissing,
    TooManyTokens,
)
from kierto.hub.models import Token
from kierto.hub.tokens import permissions
from kierto.parties.models import Agent

LONGEST_DAYS: Final = 730
MOST: Final = 50


@transaction.atomic
def make_token(
    *, name: str, agent: Agent, scopes: Iterable[str], days: int, by: Agent
) -> tuple[Token, str]:
    """A token of the default tenant for ``days`` days, and its secret, which is kept nowhere.

    Raises:
        NotAllowed, TokenNameMissing, TokenAllowsNothing, TokenEndsTooLate, TooManyTokens.
    """
    wanted = frozenset(scopes)
    permissions.can_make_token(by, agent, wanted).require()
    if not name.strip():
        raise TokenNameMissing
    if not wanted or not wanted <= callers.SCOPES:
        raise TokenAllowsNothing
    if not 1 <= days <= LONGEST_DAYS:
        raise TokenEndsTooLate(most=LONGEST_DAYS)
    Agent.objects.select_for_update().get(pk=agent.pk)
    if Token.objects.valid().filter(agent=agent).count() >= MOST:
        raise TooManyTokens(most=MOST)
    secret = callers.new_secret()
    token = Token.objects.create(
        name=name.strip()[:100],
        digest=callers.hash_of(secret),
        agent=agent,
        scopes=sorted(wanted),
        tenants=[""],
        created_by=by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    transaction.on_commit(callers.forget)
    return token, secret


@transaction.atomic
def withdraw_token(token: Token, *, by: Agent) -> Token:
    """The program that has it is let in no more, at once on this process and soon on others.

    Raises:
        NotAllowed.
    """
    token = Token.objects.select_for_update().select_related("agent").get(pk=token.pk)
    permissions.can_withdraw_token(by, token).require()
    token.withdrawn_at = timezone.now()
    token.save(update_fields=["withdrawn_at"])
    transaction.on_commit(callers.forget)
    return token
