"""What the ledger announces to higher floors."""

from __future__ import annotations

from dataclasses import dataclass

from kierto.ledger.models import EconomicEvent


@dataclass(frozen=True, slots=True)
class EventRecorded:
    """An event was written, inside the writer's transaction. Reversals are events as well."""

    event: EconomicEvent
