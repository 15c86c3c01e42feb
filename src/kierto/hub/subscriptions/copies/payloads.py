"""What of a subscription a source is sent: the part it can be asked for, told to this node."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings

from kierto.hub.distribution.asking import Asking, Match, filters_in
from kierto.hub.distribution.forwarding import Terms
from kierto.hub.distribution.inquiring import posted
from kierto.hub.http.messages import REMOTE
from kierto.ngsild import subscriptions
from kierto.ngsild.contexts import CORE
from kierto.ngsild.members import NULL
from kierto.ngsild.q import parse_q, write_q

WORD: Final = "Kierto-Copy-Word"
"""Header in which a source says the word it was given."""

READERSHIP: Final = "Kierto-Readership"
"""Header by which a node asks another for no more than everybody may see."""

Stored = dict[str, Any]
Payload = dict[str, Any]

_AS_IT_IS: Final = ("timeInterval", "expiresAt", "datasetId")


def word_of(urn: str) -> str:
    """The name of a copy, and what only this node and its source know of it."""
    told = hmac.new(settings.SECRET_KEY.encode(), f"copy:{urn}".encode(), hashlib.sha256)
    return f"{urn} {told.hexdigest()}"


def name_in(word: str) -> str | None:
    """The name of the copy whose word it is; ``None`` where it is no such word."""
    name = word.partition(" ")[0]
    return name if hmac.compare_digest(word.encode(), word_of(name).encode()) else None


def asking_of(stored: Stored, asking: Asking) -> Asking:
    """The question of a subscription, with its filters where a source may judge them."""
    split = stored.get("splitEntities") is True
    texts: dict[str, Any] = {name: stored[name] for name in ("scopeQ",) if name in stored}
    if "q" in stored:
        texts["q"] = write_q(parse_q(stored["q"], CORE), CORE)
    if "geo" in stored:
        texts["geoQ"] = stored["geo"]
    return Asking(
        tenant=asking.tenant,
        reader=asking.reader,
        now=asking.now,
        via=asking.via,
        split=split,
        filters=filters_in(texts),
    )


def copy_of(
    stored: Stored, match: Match, asking: Asking, terms: Terms, *, urn: str, address: str
) -> Payload | None:
    """The copy for a source; ``None`` where it has none of the attributes that are watched.

    It asks for whole entities, normalized: whether they match, and how they are told, is decided
    here.

    Args:
        asking: as :func:`asking_of` gives it.
        address: of this node, as the source reaches it.
    """
    asked = posted(asking, match, subscriptions.query_of(stored), terms, ())
    names = asked.pop("attrs", None)
    copy: Payload = {**asked, "id": urn, "type": "Subscription"}
    watched = frozenset(stored.get("watched") or ())
    if watched and match.part.attributes is not None:
        watched &= match.part.attributes
        if not watched:
            return None
    if watched:
        copy["watchedAttributes"] = sorted(terms.context.compact(name) for name in watched)
    copy |= {name: stored[name] for name in _AS_IT_IS if name in stored}
    if "notificationTrigger" in stored["original"]:
        copy["notificationTrigger"] = stored["triggers"]
    if asking.split:
        copy["splitEntities"] = True
    if match.source.local_only:
        copy["localOnly"] = True
    copy["isActive"] = stored["isActive"]
    notification: Payload = {
        "format": "normalized",
        "sysAttrs": True,
        "endpoint": {
            "uri": address + REMOTE,
            "accept": "application/json",
            "receiverInfo": [{"key": WORD, "value": word_of(urn)}],
        },
    }
    if names:
        notification["attributes"] = names
    return {**copy, "notification": notification}


def fragment(wanted: Mapping[str, Any], standing: Mapping[str, Any]) -> Payload:
    """What changes a copy that stands into the one that is wanted."""
    changed = {name: value for name, value in wanted.items() if name not in {"id", "type"}}
    return changed | {name: NULL for name in standing if name not in wanted}
