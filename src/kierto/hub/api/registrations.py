"""Registrations of context sources: register, change, delete, find (clauses 5.9, 5.10; 6.8, 6.9)."""

from __future__ import annotations

from typing import Any

from kierto.hub.distribution import listing, registering
from kierto.hub.http import answers
from kierto.hub.http.call import Call
from kierto.hub.http.messages import LD_JSON, Response
from kierto.hub.http.queries import FILTERS, filters_of
from kierto.hub.http.routing import Route
from kierto.ngsild import registrations
from kierto.ngsild.contexts import Context
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.names import read_uri
from kierto.ngsild.registrations import Stored
from kierto.ngsild.temporal import TemporalQuery, parse_temporal

PATH = "/csourceRegistrations"


def register(call: Call) -> Response:
    """POST /csourceRegistrations."""
    stored = registrations.read_registration(call.members, call.context, now=call.now)
    registering.create(call.tenant, stored, by=call.caller)
    return answers.created(f"{PATH}/{stored['id']}")


def retrieve(call: Call) -> Response:
    """GET /csourceRegistrations/{registrationId}."""
    stored = listing.with_counters(registering.find(call.tenant, _name(call)))
    return answers.of_element(call, _written(call, stored, call.context))


def change(call: Call) -> Response:
    """PATCH /csourceRegistrations/{registrationId}."""
    name, fragment, context = _name(call), call.members, call.context

    def apply(stored: Stored) -> Stored:
        return registrations.apply_patch(stored, fragment, context, now=call.now)

    registering.update(call.tenant, name, apply)
    return answers.no_content()


def delete(call: Call) -> Response:
    """DELETE /csourceRegistrations/{registrationId}."""
    registering.delete(call.tenant, _name(call))
    return answers.no_content()


def find(call: Call) -> Response:
    """GET /csourceRegistrations."""
    said = {name: text for name, text in call.query.items() if text}
    query = filters_of(said, call.context)
    wanted = listing.Wanted(
        query=query,
        csf=said.get("csf", ""),
        temporal=_temporal(said),
    )
    if not _narrows(said):
        raise BadRequestData(
            "Name an id, a type, an attribute, or say q, csf, scopeQ, or a place to find "
            "registrations."
        )
    limit, offset, count = call.paging()
    found = listing.find(call.tenant, wanted, call.context, now=call.now)
    context = call.context
    elements = [
        _written(call, listing.with_counters(row), context)
        for row in listing.rows(found[offset : offset + limit])
    ]
    return answers.of_list(
        call,
        elements,
        total=len(found) if count else None,
        more=0 < limit < len(found) - offset,
        linked_as=LD_JSON,
    )


def _narrows(said: dict[str, str]) -> bool:
    return any(name in said for name in ("id", "type", "attrs", "q", "csf", "scopeQ", "georel"))


def _temporal(said: dict[str, str]) -> TemporalQuery | None:
    if not _TEMPORAL & said.keys():
        return None
    return parse_temporal(
        timerel=said.get("timerel"),
        time_at=said.get("timeAt"),
        end_time_at=said.get("endTimeAt"),
        timeproperty=said.get("timeproperty"),
        required=True,
    )


def _name(call: Call) -> str:
    return read_uri(call.params["registrationId"], "The identifier in the address")


def _written(call: Call, stored: Stored, context: Context) -> dict[str, Any]:
    written = registrations.write_registration(stored, context, call.flag("sysAttrs"))
    if "register" not in call.caller.scopes:
        # Headers that are sent along may be secrets of whoever registered.
        written.pop("contextSourceInfo", None)
    return written


_TEMPORAL = frozenset({"timerel", "timeAt", "endTimeAt", "timeproperty"})
_SHAPE = frozenset({"options", "sysAttrs", "format"})

ROUTES = [
    Route(
        "POST",
        PATH,
        register,
        "createRegistration",
        scope="register",
        parameters=frozenset(),
        creates=True,
    ),
    Route(
        "GET",
        PATH,
        find,
        "queryRegistrations",
        parameters=FILTERS | _TEMPORAL | _SHAPE | {"limit", "offset", "count"},
    ),
    Route("GET", f"{PATH}/{{registrationId}}", retrieve, "retrieveRegistration", parameters=_SHAPE),
    Route(
        "PATCH",
        f"{PATH}/{{registrationId}}",
        change,
        "updateRegistration",
        scope="register",
        parameters=frozenset({"options"}),
    ),
    Route(
        "DELETE",
        f"{PATH}/{{registrationId}}",
        delete,
        "deleteRegistration",
        scope="register",
        parameters=frozenset(),
    ),
]
