"""Names of operations that are forwarded, and their groups (clause 4.20)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

PROVISION: Final = (
    *("createEntity", "updateEntity", "appendAttrs", "updateAttrs", "deleteAttrs", "deleteEntity"),
    *("createBatch", "upsertBatch", "updateBatch", "deleteBatch", "mergeBatch"),
    *("upsertTemporal", "appendAttrsTemporal", "deleteAttrsTemporal", "deleteTemporal"),
    *("updateAttrInstanceTemporal", "deleteAttrInstanceTemporal"),
    *("mergeEntity", "replaceEntity", "replaceAttrs", "purgeEntity"),
)
"""Operations that write (5.6)."""

CONSUMPTION: Final = (
    *("retrieveEntity", "queryEntity", "queryBatch", "retrieveTemporal", "queryTemporal"),
    *("retrieveEntityTypes", "retrieveEntityTypeDetails", "retrieveEntityTypeInfo"),
    *("retrieveAttrTypes", "retrieveAttrTypeDetails", "retrieveAttrTypeInfo"),
)
"""Operations that read (5.7)."""

SUBSCRIPTION: Final = (
    *("createSubscription", "updateSubscription", "retrieveSubscription", "querySubscription"),
    "deleteSubscription",
)
"""Operations on subscriptions (5.8)."""

SUPPORT: Final = (
    *("retrieveEntityMap", "updateEntityMap", "deleteEntityMap"),
    *("createEntityMapQueryEntity", "createEntityMapQueryTemporal"),
    "retrieveContextSourceIdentity",
)
"""Operations that help forwarding itself (5.14, 5.15)."""

OPERATIONS: Final = frozenset(PROVISION + CONSUMPTION + SUBSCRIPTION + SUPPORT)

_DISCOVERY: Final = CONSUMPTION[5:]
_MAPS: Final = ("retrieveEntityMap", "updateEntityMap", "deleteEntityMap")
_ASSOCIATION: Final = (
    *("retrieveEntity", "queryEntity", "queryBatch"),
    *_DISCOVERY,
    *SUBSCRIPTION,
    "retrieveContextSourceIdentity",
)

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "federationOps": (*_ASSOCIATION, *_MAPS, "createEntityMapQueryEntity"),
    "associationOps": _ASSOCIATION,
    "updateOps": ("updateEntity", "updateAttrs", "replaceEntity", "replaceAttrs"),
    "retrieveOps": ("retrieveEntity", "queryEntity"),
    "redirectionOps": (
        *("createEntity", "updateEntity", "appendAttrs", "updateAttrs", "deleteAttrs"),
        *("deleteEntity", "mergeEntity", "replaceEntity", "replaceAttrs", "retrieveEntity"),
        *("queryEntity", "purgeEntity"),
        *_DISCOVERY,
        *_MAPS,
        *("createEntityMapQueryEntity", "retrieveContextSourceIdentity"),
    ),
}
"""Groups of operations, as table 4.20-2 has them."""

DEFAULT: Final = "federationOps"
"""What a registration offers that says nothing."""

NAMES: Final = OPERATIONS | GROUPS.keys()


def resolve(names: Iterable[str]) -> list[str]:
    """The operations some names stand for, groups resolved, each once."""
    return list(
        dict.fromkeys(operation for name in names for operation in GROUPS.get(name, (name,)))
    )
