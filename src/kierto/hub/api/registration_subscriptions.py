"""Subscriptions to registrations of context sources (clauses 5.11, 6.12, 6.13)."""

from __future__ import annotations

from functools import partial

from kierto.hub.api import subscriptions
from kierto.hub.http.routing import Route
from kierto.hub.subscriptions.rows import SOURCES

_ALL = "/csourceSubscriptions"
_NONE: frozenset[str] = frozenset()
_SHAPE = frozenset({"options", "sysAttrs"})
_PAGES = _SHAPE | {"limit", "offset", "count"}
_ONE = "/csourceSubscriptions/{subscriptionId}"

_create = partial(subscriptions.create_subscription, kind=SOURCES, path=_ALL)
_query = partial(subscriptions.query_subscriptions, kind=SOURCES)
_retrieve = partial(subscriptions.retrieve_subscription, kind=SOURCES)
_update = partial(subscriptions.update_subscription, kind=SOURCES)
_delete = partial(subscriptions.delete_subscription, kind=SOURCES)

ROUTES = (
    Route(
        "POST", _ALL, _create, "createRegistrationSubscription", "subscribe", _NONE, creates=True
    ),
    Route("GET", _ALL, _query, "queryRegistrationSubscription", "subscribe", _PAGES),
    Route("GET", _ONE, _retrieve, "retrieveRegistrationSubscription", "subscribe", _SHAPE),
    Route("PATCH", _ONE, _update, "updateRegistrationSubscription", "subscribe", _NONE),
    Route("DELETE", _ONE, _delete, "deleteRegistrationSubscription", "subscribe", _NONE),
)
