"""Subscriptions (clauses 5.8, 6.10, 6.11)."""

from __future__ import annotations

from kierto.hub.http import answers
from kierto.hub.http.call import Call
from kierto.hub.http.messages import LD_JSON, Response
from kierto.hub.http.routing import Route
from kierto.hub.subscriptions import actions
from kierto.hub.subscriptions.copies.payloads import READERSHIP
from kierto.hub.subscriptions.rows import ENTITIES
from kierto.ngsild import subscriptions


def create_subscription(
    call: Call, *, kind: int = ENTITIES, path: str = "/subscriptions"
) -> Response:
    """POST /subscriptions."""
    name = actions.subscribe(
        call.members,
        call.context,
        kind=kind,
        tenant=call.tenant,
        by=call.caller,
        now=call.now,
        base=call.request.base,
        via=call.loop,
        public=call.request.headers.get(READERSHIP.lower()) == "public",
    )
    return answers.created(f"{path}/{name}")


def query_subscriptions(call: Call, *, kind: int = ENTITIES) -> Response:
    """GET /subscriptions."""
    limit, offset, count = call.paging()
    found, total = actions.listed(
        kind=kind, tenant=call.tenant, by=call.caller, limit=limit, offset=offset
    )
    sys_attrs = call.flag("sysAttrs")
    return answers.of_list(
        call,
        [
            subscriptions.write_subscription(each, call.context, sys_attrs, now=call.now)
            for each in found
        ],
        total=total if count else None,
        more=offset + limit < total,
        linked_as=LD_JSON,
    )


def retrieve_subscription(call: Call, *, kind: int = ENTITIES) -> Response:
    """GET /subscriptions/{subscriptionId}."""
    stored = actions.retrieve(
        call.params["subscriptionId"], kind=kind, tenant=call.tenant, by=call.caller
    )
    element = subscriptions.write_subscription(
        stored, call.context, call.flag("sysAttrs"), now=call.now
    )
    return answers.of_element(call, element)


def update_subscription(call: Call, *, kind: int = ENTITIES) -> Response:
    """PATCH /subscriptions/{subscriptionId}."""
    actions.change(
        call.params["subscriptionId"],
        call.members,
        call.context,
        kind=kind,
        tenant=call.tenant,
        by=call.caller,
        now=call.now,
    )
    return answers.no_content()


def delete_subscription(call: Call, *, kind: int = ENTITIES) -> Response:
    """DELETE /subscriptions/{subscriptionId}."""
    actions.unsubscribe(
        call.params["subscriptionId"], kind=kind, tenant=call.tenant, by=call.caller
    )
    return answers.no_content()


_ALL = "/subscriptions"
_NONE: frozenset[str] = frozenset()
_SHAPE = frozenset({"options", "sysAttrs"})
_PAGES = _SHAPE | {"limit", "offset", "count"}
_ONE = "/subscriptions/{subscriptionId}"

ROUTES = (
    Route(
        "POST", _ALL, create_subscription, "createSubscription", "subscribe", _NONE, creates=True
    ),
    Route("GET", _ALL, query_subscriptions, "querySubscription", "subscribe", _PAGES),
    Route("GET", _ONE, retrieve_subscription, "retrieveSubscription", "subscribe", _SHAPE),
    Route("PATCH", _ONE, update_subscription, "updateSubscription", "subscribe", _NONE),
    Route("DELETE", _ONE, delete_subscription, "deleteSubscription", "subscribe", _NONE),
)
