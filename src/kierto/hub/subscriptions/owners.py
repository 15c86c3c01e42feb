"""Who subscribed, and what they may therefore be told.

A notification is a reading: it holds what its subscriber may read at that moment. A token that is
withdrawn, or a person who leaves, is told nothing more from then on.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.conf import settings

from kierto.hub.access import EVERYTHING, VISITOR, Reader, reader_of
from kierto.parties.models import Agent

if TYPE_CHECKING:
    from kierto.hub.callers import Caller

OPEN: Final = "open"
SYSTEM: Final = "system"
PUBLIC: Final = "public"

_REMEMBERED_SECONDS = 10.0
_lock = threading.Lock()
_readers: dict[str, tuple[float, Reader | None]] = {}


def owner_of(caller: Caller, *, public: bool = False) -> str:
    """The words under which a caller's subscriptions are kept: whom, and by which token.

    Args:
        public: they want to be told no more than everybody may read.
    """
    mine = prefix_of(caller)
    if caller.token_id and caller.agent_id:
        mine = of_token(caller.agent_id, caller.token_id)
    return f"{mine}|{PUBLIC}" if public else mine


def of_token(agent_id: UUID, token_id: UUID) -> str:
    """The words of whoever subscribes by a token of an agent."""
    return f"agent:{agent_id}|token:{token_id}"


def prefix_of(caller: Caller) -> str:
    """The words all subscriptions of a caller begin with, whichever token made them."""
    if caller.agent_id is not None:
        return f"agent:{caller.agent_id}"
    if caller.token_id is not None:
        return f"token:{caller.token_id}"
    return SYSTEM if caller.name == "system" else OPEN


def is_mine(owner: str, caller: Caller) -> bool:
    """Whether a subscription is the caller's own."""
    mine = prefix_of(caller)
    return owner == mine or owner.startswith(mine + "|")


def reader_for(owner: str) -> Reader | None:
    """What this subscriber may be told now; None is nothing at all."""
    now = time.monotonic()
    known = _readers.get(owner)
    if known is not None and known[0] > now:
        return known[1]
    reader = _read(owner)
    with _lock:
        if len(_readers) > 4096:
            _readers.clear()
        _readers[owner] = (now + _REMEMBERED_SECONDS, reader)
    return reader


def forget() -> None:
    """Look everybody up anew."""
    with _lock:
        _readers.clear()


def _read(owner: str) -> Reader | None:
    whose, _, last = owner.rpartition("|")
    if last == PUBLIC:
        return None if _read(whose) is None else VISITOR
    if owner == SYSTEM:
        return EVERYTHING
    if owner == OPEN:
        return EVERYTHING if settings.HUB_OPEN else VISITOR
    agent_id: UUID | None = None
    for part in owner.split("|"):
        word, _, name = part.partition(":")
        if word == "token" and not _token_stands(UUID(name)):
            return None
        if word == "agent":
            agent_id = UUID(name)
    return reader_of(_agent(agent_id)) if agent_id else VISITOR


def _token_stands(token_id: UUID) -> bool:
    from kierto.hub.models import Token

    return bool(Token.objects.valid().filter(pk=token_id).exists())


def _agent(agent_id: UUID) -> Agent | None:
    return Agent.objects.filter(pk=agent_id).first()
