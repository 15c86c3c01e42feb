"""Who this node is (clauses 5.15, 5.2.40, 6.33)."""

from __future__ import annotations

import time
from typing import Final

from kierto.hub.distribution import identity
from kierto.hub.http import answers
from kierto.hub.http.call import Call
from kierto.hub.http.messages import Response
from kierto.hub.http.routing import Route

_STARTED: Final = time.monotonic()


def source_identity(call: Call) -> Response:
    """GET /info/sourceIdentity. Strangers learn nothing of which tenants there are."""
    alias = identity.alias(call.request.headers.get("ngsild-tenant", ""))
    body = {
        "id": f"urn:ngsi-ld:ContextSourceIdentity:{alias}",
        "type": "ContextSourceIdentity",
        "contextSourceAlias": alias,
        "contextSourceUptime": _duration(int(time.monotonic() - _STARTED)),
        "contextSourceTimeAt": call.now,
    }
    return answers.of_element(call, body)


def _duration(seconds: int) -> str:
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    return f"P{days}DT{hours}H{minutes}M{rest}S"


ROUTES = [
    Route(
        "GET",
        "/info/sourceIdentity",
        source_identity,
        "retrieveContextSourceIdentity",
        parameters=frozenset(),
        tenantless=True,
    ),
]
