"""Who asks the hub: a program with a token, anybody, or the platform itself."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.conf import settings

from kierto.hub.access import PUBLIC, Reader, reader_of
from kierto.ngsild.errors import Unauthorized

if TYPE_CHECKING:
    from kierto.hub.http.messages import Request

SCOPES: Final = frozenset({"read", "write", "subscribe", "register", "admin"})
"""What a token may allow."""

PREFIX: Final = "kierto_"
"""Tokens start so: programs that look for leaked secrets find them."""

_REMEMBERED_SECONDS = 5.0
_REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request.

    Attributes:
        name: for logs; never the token.
        agent_id: whom the token stands for.
        scopes: what it may do.
        tenants: names of tenants it may touch; ``None`` is all.
        reader: what it may read.
        token_id: which token.
    """

    name: str
    agent_id: UUID | None
    scopes: frozenset[str]
    tenants: frozenset[str] | None
    reader: Reader
    token_id: UUID | None = None

    @property
    def is_visitor(self) -> bool:
        """Whether nobody says who asks."""
        return self.agent_id is None and self.token_id is None and self.tenants is not None


VISITOR: Final = Caller(
    "visitor", None, frozenset({"read"}), frozenset({""}), Reader(frozenset({PUBLIC}), frozenset())
)
"""Anybody: reads what is public, of the default tenant."""

SYSTEM: Final = Caller(
    "system", None, SCOPES, None, Reader(frozenset(), frozenset(), everything=True)
)
"""The platform itself."""

OPEN: Final = Caller(
    "anybody", None, SCOPES, None, Reader(frozenset(), frozenset(), everything=True)
)
"""Anybody, where the node is open (KIERTO_HUB_OPEN)."""

_remembered: dict[str, tuple[float, Caller | None]] = {}
_lock = threading.Lock()


def new_secret() -> str:
    """A new token in clear: shown once, then only its hash is kept."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """What is stored of a token. It is random and long, so one round of a hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def caller_of(request: Request) -> Caller:
    """Who sent the request.

    Raises:
        Unauthorized: the token is unknown, expired or withdrawn, or no Bearer token.
    """
    header = request.headers.get("authorization")
    if header is None:
        return OPEN if settings.HUB_OPEN else VISITOR
    kind, _, secret = header.partition(" ")
    secret = secret.strip()
    if kind.lower() != "bearer" or not 0 < len(secret) <= 512:
        raise Unauthorized("The Authorization header is no Bearer token.")
    caller = _of_token(hash_of(secret))
    if caller is None:
        raise Unauthorized("The token is unknown, expired or withdrawn.")
    return caller


def caller_of_agent(agent: object, *, scopes: frozenset[str] = frozenset({"read"})) -> Caller:
    """A person at the pages of the platform, as a caller (``None`` is a visitor)."""
    if agent is None:
        return VISITOR
    return Caller(
        f"agent {agent.pk}",  # type: ignore[attr-defined]
        agent.pk,  # type: ignore[attr-defined]
        scopes,
        frozenset({""}),
        reader_of(agent),  # type: ignore[arg-type]
    )


def forget() -> None:
    """Tokens are looked up anew; called when one is made or withdrawn."""
    with _lock:
        _remembered.clear()


def _of_token(digest: str) -> Caller | None:
    now = time.monotonic()
    known = _remembered.get(digest)
    if known is not None and known[0] > now:
        return known[1]
    caller = _read_token(digest)
    with _lock:
        if len(_remembered) >= _REMEMBERED:
            _remembered.clear()
        _remembered[digest] = (now + _REMEMBERED_SECONDS, caller)
    return caller


def _read_token(digest: str) -> Caller | None:
    from kierto.hub.models import Token

    token = Token.objects.valid().filter(digest=digest).select_related("agent").first()
    if token is None:
        return None
    return Caller(
        f"token {token.name}",
        token.agent_id,
        frozenset(token.scopes) & SCOPES,
        None if token.tenants is None else frozenset(token.tenants),
        reader_of(token.agent),
        token.pk,
    )
