"""Where devices send their readings over HTTP."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kierto.hub.sensors import intake, receiving

_PROBLEM = "application/problem+json"


# A device shows its key with each request and has no cookie that another site could use.
@csrf_exempt
@require_POST
def readings(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    """Take one message or a list of them; 202 when what was taken is on the disk."""
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    known = kind.lower() == "bearer" and 0 < len(key) <= 200
    device = receiving.device_of(device_id, key.strip()) if known else None
    if device is None:
        answer = _problem(HTTPStatus.UNAUTHORIZED, "The device or its key is unknown.")
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    try:
        messages = intake.messages_of(device, _body(request))
    except intake.Unreadable as error:
        return _problem(error.status, str(error))
    outcomes = receiving.receive([receiving.Upload(device, each) for each in messages])
    return _answer(outcomes, several=len(messages) > 1)


def _body(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "")
    if not length.isascii() or not length.isdigit():
        raise intake.Unreadable("Say the Content-Length.", HTTPStatus.LENGTH_REQUIRED)
    if int(length) > intake.BYTES:
        raise intake.too_large()
    body: bytes = request.read(intake.BYTES + 1)
    return body


def _answer(outcomes: list[receiving.Outcome], *, several: bool) -> HttpResponse:
    refused = [
        {"message": place, "path": fault.path, "why": str(fault.why)}
        for place, outcome in enumerate(outcomes)
        for fault in outcome.faults
    ]
    told: dict[str, Any] = {
        "taken": sum(outcome.taken for outcome in outcomes),
        "repeated": sum(outcome.repeated for outcome in outcomes),
    }
    if refused:
        told["refused"] = refused
    if all(outcome.faults for outcome in outcomes):
        detail = "None of the messages could be read." if several else "It could not be read."
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, **told)
    return HttpResponse(orjson.dumps(told), "application/json", status=HTTPStatus.ACCEPTED)


def _problem(status: HTTPStatus, detail: str, **more: Any) -> HttpResponse:
    body = {"title": status.phrase, "status": int(status), "detail": detail, **more}
    return HttpResponse(orjson.dumps(body), _PROBLEM, status=status)
