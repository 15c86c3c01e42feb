"""What is done for a person who takes their data out, or asks to be forgotten."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from kierto.core.announce import listen
from kierto.hub.datasets.states import RequestState
from kierto.hub.models import AccessRequest
from kierto.parties.changes import PersonErased
from kierto.parties.models import Person
from kierto.parties.records import contribute_to_export


def register() -> None:
    """Listen to erasures, and add the requests of a person to their download."""
    listen(PersonErased, _forget)
    contribute_to_export("data_requests", _requests_of)


@transaction.atomic
def _forget(change: PersonErased) -> None:
    """Their requests stay without their words, and open nothing any more."""
    requests = AccessRequest.objects.filter(agent=change.agent)
    requests.filter(state=RequestState.ASKED).update(state=RequestState.WITHDRAWN)
    requests.filter(state=RequestState.GRANTED).update(state=RequestState.ENDED)
    requests.update(purpose="", reason="")


def _requests_of(person: Person) -> list[dict[str, Any]]:
    requests = AccessRequest.objects.filter(agent=person.agent_id).select_related("data_set")
    return [
        {
            "data_set": request.data_set.title,
            "purpose": request.purpose,
            "state": request.state,
            "reason": request.reason,
            "asked": request.asked_at.isoformat(),
            "until": request.until.isoformat() if request.until else None,
        }
        for request in requests.order_by("asked_at", "pk")
    ]
