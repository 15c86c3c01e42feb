"""Operations on entities that are served by this node and by registered context sources.

The interface calls these and never the store directly; with no registration that concerns a
request they cost one look into the index of registrations and call ``local``.
"""

from __future__ import annotations

from kierto.hub.distribution.answers import (
    Discovered,
    Found,
    Gathered,
    LocalBatch,
    Provided,
    ProvidedBatch,
)
from kierto.hub.distribution.batching import provide_batch, purge
from kierto.hub.distribution.consuming import discovery, query, retrieve
from kierto.hub.distribution.providing import provide

__all__ = [
    "Discovered",
    "Found",
    "Gathered",
    "LocalBatch",
    "Provided",
    "ProvidedBatch",
    "discovery",
    "provide",
    "provide_batch",
    "purge",
    "query",
    "register",
    "retrieve",
]


def register() -> None:
    """Go the round of registrations whose time is over."""
    from kierto.core import rounds
    from kierto.hub.distribution import registering

    rounds.every("hub: expired registrations", 20, registering.delete_expired)
