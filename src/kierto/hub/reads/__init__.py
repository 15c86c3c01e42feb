"""Who read what that is not for everybody: restricted data sets and private entities.

Everybody may know who read theirs. Reading what is public leaves no trace.
"""

from __future__ import annotations


def register() -> None:
    """Hear of erasures, and forget by a round what is older than a year."""
    from kierto.core import rounds
    from kierto.hub.reads import erasure, noting

    erasure.register()
    rounds.every("reads: what is older than a year is forgotten", 86_400, noting.forget_old)
