"""Other cities: nodes that ask this one and are asked by it.

Each city runs its node. One invites another by a link that works once; the other joins with it.
Each side then holds a key of the other's, and a registration by which queries find their way.
Nothing is copied: what a node knows stays there, and is asked for when somebody wants to know.
"""

from __future__ import annotations


def register() -> None:
    """Asks the other cities, by a round of the job worker, which kinds they have now."""
    from kierto.core import rounds
    from kierto.hub.nodes import actions

    rounds.every("nodes: other cities are asked for their kinds", 3600, actions.refresh_all)
