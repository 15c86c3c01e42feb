"""The mirror of an event, and what stands without it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from kierto.ledger.models import EconomicEvent, EconomicResource, Provenance
from kierto.parties.models import Agent


def mirror_of(original: EconomicEvent, reason: str, by: Agent) -> EconomicEvent:
    """An unsaved copy of the event with its amounts negated, which corrects it."""
    same: dict[str, Any] = {
        name: getattr(original, name)
        for name in (
            "action", "provider", "receiver", "conforms_to", "effort_quantity", "has_beginning",
            "has_end", "location", "to_location", "input_of", "output_of", "realization_of",
            "state", "visibility",
        )
    }  # fmt: skip
    mirror = EconomicEvent(
        **same,
        resource_quantity=original.resource_quantity,
        note=reason,
        corrects=original,
        recorded_by=by,
        provenance=Provenance.FORM,
    )
    for name in ("resource_quantity", "effort_quantity"):
        amount = getattr(mirror, name)
        setattr(mirror, name, None if amount is None else -amount)
    return mirror


def standing_on(
    resource: EconomicResource, *, without: EconomicEvent
) -> list[tuple[EconomicEvent, bool]]:
    """The events on a stock that stand, oldest first, and whether each opened it."""
    events = (
        EconomicEvent.objects.filter(Q(resource=resource) | Q(to_resource=resource))
        .select_related("resource", "output_of__based_on", "corrected_by")
        .order_by("number")
    )
    return [
        (event, index == 0)
        for index, event in enumerate(events)
        if event.corrects_id is None
        and event.pk != without.pk
        and not hasattr(event, "corrected_by")
    ]
