"""What the ledger announces to higher floors."""

from __future__ import annotations

from dataclasses import dataclass

from kierto.ledger.models import Agreement, Commitment, EconomicEvent


@dataclass(frozen=True, slots=True)
class EventRecorded:
    """An event was written, inside the writer's transaction. Reversals are events as well."""

    event: EconomicEvent


@dataclass(frozen=True, slots=True)
class AgreementMade:
    """Promises were written down, inside the writer's transaction."""

    agreement: Agreement


@dataclass(frozen=True, slots=True)
class CommitmentCancelled:
    """A promise of which nothing had been kept was taken back."""

    commitment: Commitment
