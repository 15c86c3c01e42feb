"""What repair announces to higher floors, inside the transaction that made it so."""

from __future__ import annotations

from dataclasses import dataclass

from kierto.repair.models import Event, Workshop


@dataclass(frozen=True, slots=True)
class WorkshopChanged:
    """A workshop was opened or edited."""

    workshop: Workshop


@dataclass(frozen=True, slots=True)
class RepairEventChanged:
    """A repair event was planned, edited or moved to another state."""

    event: Event
