"""The page of one entity: what is known of it now, and how that changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kierto.hub.asking import ask
from kierto.hub.entity_rows import (
    entity_address,
    name_of,
    payload_of,
    plain_text,
    points_of,
    types_of,
)
from kierto.parties.requests import reader

CHANGES = 20
_NEVER = datetime.min.replace(tzinfo=UTC)
_SYSTEM = {
    "createdAt",
    "modifiedAt",
    "expiresAt",
    "deletedAt",
    "observedAt",
    "unitCode",
    "instanceId",
}
_MEMBERS = _SYSTEM | {"type", "datasetId", "value", "object", "languageMap", "vocab", "json",
                      "valueList", "objectList", "objectType", "valueType"}  # fmt: skip


@require_safe
def entity(request: HttpRequest) -> HttpResponse:
    """An entity by its id in ``?id=``: ids hold colons and slashes that addresses do not like."""
    identifier = request.GET.get("id", "")
    by, base = reader(request), request.build_absolute_uri("/").rstrip("/")
    asked = ask(
        f"/entities/{identifier}", {"options": "sysAttrs", "local": "true"}, by=by, base=base
    )
    if asked.is_refused or not isinstance(asked.body, dict) or not identifier:
        raise Http404(_("There is no such entity, or you may not see it."))
    found = {name: value for name, value in asked.body.items() if name != "@context"}
    history = ask(
        f"/temporal/entities/{identifier}",
        {"timeproperty": "modifiedAt", "lastN": str(CHANGES), "local": "true"},
        by=by,
        base=base,
    )
    return render(
        request,
        "hub/entity.html",
        {
            "id": identifier,
            "name": name_of(found),
            "types": types_of(found),
            "created": _moment(found.get("createdAt")),
            "modified": _moment(found.get("modifiedAt")),
            "attributes": [_attribute(*pair) for pair in sorted(found.items()) if _is_own(*pair)],
            "changes": _changes(history.body) if not history.is_refused else [],
            "points": points_of(found),
            "asked": asked,
            "history": history,
        },
    )


def _is_own(name: str, value: Any) -> bool:
    return name not in {"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"}


def _attribute(name: str, value: Any) -> dict[str, Any]:
    instances = value if isinstance(value, list) else [value]
    return {"name": name, "instances": [_instance(each) for each in instances]}


def _instance(instance: Any) -> dict[str, Any]:
    if not isinstance(instance, dict):
        return {"text": plain_text(instance)}
    target = instance.get("object")
    targets = target if isinstance(target, list) else [target] if target else []
    return {
        "text": "" if targets else plain_text(instance),
        "links": [(str(each), entity_address(str(each))) for each in targets],
        "unit": instance.get("unitCode", ""),
        "observed": _moment(instance.get("observedAt")),
        "modified": _moment(instance.get("modifiedAt")),
        "dataset": instance.get("datasetId", ""),
        "about": [
            (name, plain_text(part)) for name, part in instance.items() if name not in _MEMBERS
        ],
    }


def _changes(body: Any) -> list[dict[str, Any]]:
    """Instances of all attributes, newest first."""
    if not isinstance(body, dict):
        return []
    found = []
    for name, instances in body.items():
        for instance in instances if isinstance(instances, list) else [instances]:
            if isinstance(instance, dict) and "type" in instance:
                moment = _moment(instance.get("observedAt") or instance.get("modifiedAt"))
                found.append(
                    {
                        "name": name,
                        "text": plain_text(payload_of(instance)),
                        "unit": instance.get("unitCode", ""),
                        "when": moment,
                    }
                )
    found.sort(key=lambda change: change["when"] or _NEVER, reverse=True)
    return found[:CHANGES]


def _moment(value: Any) -> datetime | None:
    value = payload_of(value)
    return parse_datetime(value) if isinstance(value, str) else None
