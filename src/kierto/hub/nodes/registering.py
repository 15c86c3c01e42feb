"""The registration by which queries find the way to a node."""

from __future__ import annotations

from typing import Final

import orjson

from kierto.hub.models import Node
from kierto.ngsild import registrations, times
from kierto.ngsild.contexts import CORE
from kierto.ngsild.registrations import Stored

OPERATIONS: Final = [
    *("retrieveEntity", "queryEntity", "queryBatch", "retrieveTemporal", "queryTemporal"),
    *("retrieveEntityTypes", "retrieveEntityTypeDetails", "retrieveEntityTypeInfo"),
    *("retrieveAttrTypes", "retrieveAttrTypeDetails", "retrieveAttrTypeInfo"),
    *("createSubscription", "updateSubscription", "retrieveSubscription", "deleteSubscription"),
]
"""Nodes read from each other, and tell each other what changes. They do not write."""

TIMEOUT: Final = 4_000
COOLDOWN: Final = 10_000
"""Milliseconds a node may take, and is left in peace after it failed."""


def name_of(node: Node) -> str:
    """Identifier of the registration."""
    return f"urn:ngsi-ld:ContextSourceRegistration:node:{node.pk}"


def offers_all(node: Node) -> bool:
    """Whether the node is registered for all that nodes do for each other."""
    registered = node.registration
    return registered is not None and (orjson.loads(registered.stored)["operations"] == OPERATIONS)


def registration_of(node: Node) -> Stored | None:
    """The registration for the kinds that a node has; ``None`` where it has none yet.

    The node answers for itself only (localOnly): else a question that goes to all cities would
    go on from each to all the others.
    """
    if not node.types:
        return None
    payload = {
        "id": name_of(node),
        "type": "ContextSourceRegistration",
        "registrationName": node.name,
        "information": [{"entities": [{"type": name} for name in node.types]}],
        "mode": "inclusive",
        "operations": OPERATIONS,
        "endpoint": node.address,
        "contextSourceAlias": node.alias,
        "management": {"localOnly": True, "timeout": TIMEOUT, "cooldown": COOLDOWN},
    }
    stored = registrations.read_registration(payload, CORE, now=times.now())
    # Whose key is shown there, to whom (kierto.hub.distribution.forwarding).
    stored["node"] = str(node.pk)
    return stored
