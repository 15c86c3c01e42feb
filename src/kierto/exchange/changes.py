"""What the exchange announces to higher floors, inside the transaction that made it so."""

from __future__ import annotations

from dataclasses import dataclass

from kierto.exchange.models import Delivery, Intent, ProcessingRun, Processor, Proposal


@dataclass(frozen=True, slots=True)
class IntentChanged:
    """An offer or need was posted, edited or moved to another state."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class ProcessorChanged:
    """A processor was added, edited or moved to another state."""

    processor: Processor


@dataclass(frozen=True, slots=True)
class ProposalMade:
    """A flow was put to its parties; each may now know of the other's end."""

    proposal: Proposal


@dataclass(frozen=True, slots=True)
class ProposalAnswered:
    """One party answered. ``proposal.state`` tells what has become of it."""

    proposal: Proposal


@dataclass(frozen=True, slots=True)
class DeliveryConfirmed:
    """Both sides say the same of a delivery; its events stand in the ledger."""

    delivery: Delivery


@dataclass(frozen=True, slots=True)
class ProcessingRunRecorded:
    """A processor ran; its process, inputs and outputs stand in the ledger."""

    run: ProcessingRun
