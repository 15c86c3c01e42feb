"""A subscription with copies, as the subscription to sources that it is as well (5.8.1.4, 5.11)."""

from __future__ import annotations

from typing import Any

from kierto.hub.http.messages import REMOTE
from kierto.hub.models import SubscriptionCopy
from kierto.hub.subscriptions.rows import COPIED

Stored = dict[str, Any]

_KEPT = frozenset({"entities", "watched", "context", "createdAt", "modifiedAt", "expiresAt"})


def original_of(name: str) -> str:
    """The name of the subscription to entities."""
    return name.removesuffix(COPIED)


def to_sources(stored: Stored, number: int) -> Stored:
    """The stored form of a subscription to the sources of what a subscription is about.

    It says when a source was last reached, and when one was not.
    """
    shown = {name: value for name, value in stored.items() if name in _KEPT}
    endpoint = {"uri": f"{stored.get('base') or ''}{REMOTE}"}
    original = {
        name: stored["original"][name]
        for name in ("entities", "expiresAt")
        if name in stored["original"]
    }
    shown |= {
        "id": f"{stored['id']}{COPIED}",
        "type": "Subscription",
        "kind": "registrations",
        "triggers": [],
        "isActive": stored["isActive"],
        "original": {**original, "notification": {"endpoint": endpoint}},
        "notification": {"endpoint": endpoint},
    }
    copies = SubscriptionCopy.objects.filter(subscription=number).exclude(wanted="")
    for member, column in (("lastSuccess", "last_success"), ("lastFailure", "last_failure")):
        last = max(copies.values_list(column, flat=True), default="")
        if last:
            shown[member] = last
    return shown
