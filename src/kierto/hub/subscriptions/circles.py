"""Notifications that come back to the node that sent them are not taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kierto.hub.distribution import identity
from kierto.ngsild.errors import LoopDetected

MARK: Final = "NGSILD-Notification"
"""Header of every notification by HTTP: what arrives is news, and Via says whose."""

OURS: Final = frozenset({MARK.lower(), "via"})
"""Headers of a notification that its subscriber cannot choose (names in lower case)."""


def marks() -> dict[str, str]:
    """What a notification says of where it comes from: this node, whichever tenant's it is."""
    return {MARK: "true", "Via": identity.onward("")}


def refuse_own(headers: Mapping[str, str]) -> None:
    """Nothing, unless a request is a notification of this very node.

    Args:
        headers: of the request, names in lower case.

    Raises:
        LoopDetected: it is; written as an entity it might cause the next one.
    """
    if MARK.lower() not in headers:
        return
    if identity.alias() in identity.visited(headers.get("via", "")):
        raise LoopDetected("A notification of this node is not taken by this node.")
