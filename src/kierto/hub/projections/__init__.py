"""The platform's own objects as entities: derived from the object in the transaction that changes
it, read-only from outside, so queries, subscriptions, history and federation come for free.

A person never appears: whoever offers or borrows is an opaque agent id, and where a person lives
is shown to about a kilometre. Organisations appear by name.
"""

from __future__ import annotations


def register() -> None:
    """Hear of what changes in the apps below."""
    from kierto.hub.projections import exchange, parties, planning, repair, sharing

    for part in (parties, exchange, planning, sharing, repair):
        part.start()
