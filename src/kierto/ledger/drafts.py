"""What is to be written, before it is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from kierto.catalogue.models import ResourceSpecification
from kierto.core.quantity import Quantity
from kierto.ledger.models import (
    Agreement,
    Commitment,
    EconomicEvent,
    EconomicResource,
    Process,
    Visibility,
)
from kierto.parties.models import Agent, Place

Fulfills = Commitment | list[tuple[Commitment, Decimal]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDraft:
    """An event to record. A bare decimal ``quantity`` is in the kind's canonical unit.

    ``resource`` or ``to_resource`` may be an unsaved :class:`EconomicResource`: the first event
    of a batch that may create it does, and later drafts of the batch can name it as well.
    ``find_stock`` finds or opens the parties' own stocks of the kind where none is named;
    ``arises`` writes a ``raise`` first for whatever the provider's stock lacks (side streams
    arise in work that the ledger does not see).
    """

    action: str
    provider: Agent
    receiver: Agent
    conforms_to: ResourceSpecification
    provenance: str
    quantity: Quantity | Decimal | None = None
    effort: Decimal | None = None
    resource: EconomicResource | None = None
    to_resource: EconomicResource | None = None
    location: Place | None = None
    to_location: Place | None = None
    input_of: Process | None = None
    output_of: Process | None = None
    realization_of: Agreement | None = None
    fulfills: Fulfills = None
    happened_at: datetime | None = None
    has_beginning: datetime | None = None
    has_end: datetime | None = None
    state: str = ""
    note: str = ""
    triggered_by: EconomicEvent | None = None
    visibility: str | None = None
    provenance_reference: str = ""
    find_stock: bool = False
    arises: bool = False

    @property
    def agreement(self) -> Agreement | None:
        """The agreement that it realises: the one named, else that of the first promise kept."""
        if self.realization_of is not None:
            return self.realization_of
        match self.fulfills:
            case Commitment() as promise:
                return promise.agreement
            case [(promise, _), *_]:
                return promise.agreement
        return None

    @property
    def shown_to(self) -> str:
        """Whom the event is shown to: its own word, else its agreement's, else its parties."""
        if self.visibility is not None:
            return self.visibility
        return self.agreement.visibility if self.agreement else Visibility.PARTIES

    def raised(self, resource: EconomicResource, amount: Decimal) -> EventDraft:
        """The draft that raises the provider's stock before this one takes from it."""
        return replace(
            self,
            action="raise",
            receiver=self.provider,
            quantity=amount,
            resource=resource,
            to_resource=None,
            to_location=None,
            realization_of=None,
            input_of=None,
            output_of=None,
            fulfills=None,
            visibility=self.shown_to,
            state="",
            note="",
            has_end=self.has_beginning or self.happened_at or self.has_end,
            happened_at=None,
            find_stock=False,
            arises=False,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentDraft:
    """A promise to write into an agreement; ``has_beginning`` … ``has_end`` are whole days."""

    action: str
    provider: Agent
    receiver: Agent
    conforms_to: ResourceSpecification
    quantity: Quantity | Decimal
    has_beginning: date
    has_end: date
    effort: Decimal | None = None
    resource: EconomicResource | None = None
    input_of: Process | None = None
    output_of: Process | None = None
    from_place: Place | None = None
    to_place: Place | None = None
