"""Signed deliveries from tables, such as the slips of a weighbridge.

``docs/reference/import-exchange.md`` describes the columns. A slip is known by its agreement and
its key, so that importing the same file again records nothing twice. What was recorded is never
changed by a file: a slip that now says something else is left, with what to do.
"""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import ResourceSpecification
from kierto.core.intake import Intake, Outcome
from kierto.core.quantity import Quantity, parse_number
from kierto.core.tables import Row
from kierto.exchange import actions
from kierto.exchange.actions import Slip
from kierto.exchange.importers.rows import Left, take_all
from kierto.exchange.models import Delivery, Proposal
from kierto.exchange.queries import visible_proposals
from kierto.exchange.states import DeliveryState, ProposalState
from kierto.parties.models import Agent

DELIVERY_REQUIRED = ("key", "quantity", "unit", "happened_at")
DELIVERY_COLUMNS = (
    *DELIVERY_REQUIRED,
    "agreement",
    "provider",
    "receiver",
    "kind",
    "note",
    "source",
)

NOON = time(12)
"""When a delivery of which only the day is known is taken to have happened, local time."""


def import_deliveries(source: Path | bytes, *, by: Agent, name: str | None = None) -> Intake:
    """Take signed deliveries from a CSV or XLSX; nobody has to confirm them again.

    Raises:
        NotAllowed: ``by`` administers no organisation and runs no district; rows of a district
            that ``by`` does not run are left.
        FaultyFile: with every fault of shape; nothing was taken.
    """
    return take_all(
        source, name, DELIVERY_REQUIRED, DELIVERY_COLUMNS, _SlipTaker(by).take, by, _identity
    )


def _identity(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in ("agreement", "provider", "receiver", "kind", "key"))


class _SlipTaker:
    def __init__(self, by: Agent) -> None:
        self._by = by
        self._agreed = visible_proposals(by).filter(
            state=ProposalState.ACCEPTED, agreement__isnull=False
        )

    def take(self, row: Row) -> Outcome:
        happened_at = _moment(row)
        proposal = self._proposal(row, happened_at)
        assert proposal.agreement is not None  # noqa: S101 (the query asks for it)
        quantity = Quantity(parse_number(row["quantity"]), row["unit"])
        known = _recorded(proposal, row["key"])
        if known is not None:
            if _says_the_same(known, quantity, happened_at):
                return Outcome.UNCHANGED
            raise Left(
                _(
                    "This slip is recorded already, with another amount or time. "
                    "Reverse its event in the ledger first, or give the row a key of its own."
                )
            )
        slip = Slip(proposal.agreement, quantity, happened_at, row["key"], row["note"])
        actions.record_slips([slip], by=self._by)
        return Outcome.ADDED

    def _proposal(self, row: Row, happened_at: datetime) -> Proposal:
        found = list(self._matching(row, happened_at)[:2])
        if not found:
            raise Left(
                _(
                    "No agreement fits this row on that day. Correct the agreement, or the "
                    "provider, the receiver and the kind."
                )
            )
        if len(found) > 1:
            raise Left(_("Several agreements fit this row. Name one in the column “agreement”."))
        return found[0]

    def _matching(self, row: Row, happened_at: datetime) -> QuerySet[Proposal]:
        if row["agreement"]:
            return self._agreed.filter(agreement=_id(row["agreement"]))
        if not (row["provider"] and row["receiver"] and row["kind"]):
            raise Left(
                _("Say which agreement it fulfils: give it, or its provider, receiver and kind.")
            )
        kind = ResourceSpecification.objects.filter(code=row["kind"]).first()
        if kind is None:
            raise Left(
                _("There is no kind “%(code)s” in the catalogue. Correct its code.")
                % {"code": row["kind"]}
            )
        day = timezone.localdate(happened_at)
        return self._agreed.filter(
            provider__organization__slug=row["provider"],
            receiver__organization__slug=row["receiver"],
            kind=kind,
            starts_on__lte=day,
            ends_on__gte=day,
        )


def _recorded(proposal: Proposal, key: str) -> Delivery | None:
    return Delivery.objects.filter(
        agreement=proposal.agreement,
        state=DeliveryState.CONFIRMED,
        event__provenance_reference=key,
        event__corrected_by__isnull=True,
    ).first()


def _says_the_same(known: Delivery, quantity: Quantity, happened_at: datetime) -> bool:
    entered = (Decimal(known.entered_value), known.entered_unit)
    return entered == (quantity.value, quantity.unit) and known.happened_at == happened_at


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Left(
            _(
                "“%(text)s” is not the number of an agreement. Copy the last part of the address of its page."
            )
            % {"text": text}
        ) from None


def _moment(row: Row) -> datetime:
    """A time without a zone is local; a day alone means noon."""
    text = row["happened_at"].replace(" ", "T", 1)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Left(
            _("“%(text)s” is not a time. Write it as 2026-05-01 or 2026-05-01 14:30.")
            % {"text": row["happened_at"]}
        ) from None
    if len(text) == len("2026-05-01"):
        moment = datetime.combine(moment.date(), NOON)
    return moment if moment.tzinfo else timezone.make_aware(moment)
