"""How this node names itself to others, and how a request that went in a circle is recognised."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from django.conf import settings

from kierto.ngsild.errors import LoopDetected

HOPS = 12
"""Nodes a request may have passed; no honest chain of cities is longer."""

_VIA = re.compile(r"(?:[A-Za-z0-9!#$%&'*+.^_`|~-]+/)?[0-9.]+\s+([^\s,()]+)")


def alias(tenant: str = "") -> str:
    """The alias of a tenant of this node (clause 5.2.40): the same for good, nobody else's.

    It is derived from the secret key of the node and says nothing about it.
    """
    return _alias_of(settings.SECRET_KEY, tenant)


@lru_cache(maxsize=1_024)
def _alias_of(key: str, tenant: str) -> str:
    told = f"{key}:alias:{tenant}".encode()
    return "kierto-" + hashlib.sha256(told).hexdigest()[:24]


def visited(via: str) -> frozenset[str]:
    """The nodes that a Via header names (RFC 9110, 7.6.3).

    Raises:
        LoopDetected: they are more than a request can have passed without going in circles.
    """
    if not via:
        return frozenset()
    names = _VIA.findall(via[:8_192])
    if len(names) > HOPS:
        raise LoopDetected(f"The request has passed {len(names)} nodes; {HOPS} are allowed.")
    return frozenset(names)


def onward(via: str, tenant: str = "") -> str:
    """The Via header of a request that is passed on."""
    own = f"1.1 {alias(tenant)}"
    return f"{via}, {own}" if via else own
