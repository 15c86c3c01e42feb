"""How an agreement stands: promised, kept, owed, and what was brought beyond.

For every promise ``kept + owed = promised``; over an agreement ``brought = kept + surplus``.
Amounts are in the kind's canonical unit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from kierto.exchange.models import today
from kierto.ledger.models import Agreement, Commitment, EconomicEvent

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Promise:
    """One period of an agreement."""

    commitment: Commitment
    promised: Decimal
    kept: Decimal

    @property
    def owed(self) -> Decimal:
        """What is still to come; never below zero."""
        return max(self.promised - self.kept, ZERO)

    def is_over(self, on: date) -> bool:
        """Whether its days have passed."""
        return self.commitment.has_end < on

    @property
    def share(self) -> int:
        """Whole percent kept."""
        return int(self.kept * 100 / self.promised)


@dataclass(frozen=True, slots=True)
class Standing:
    """One agreement on one day."""

    promises: tuple[Promise, ...]
    brought: Decimal
    on: date

    @property
    def promised(self) -> Decimal:
        """Over the whole term."""
        return sum((each.promised for each in self.promises), ZERO)

    @property
    def kept(self) -> Decimal:
        """Counted towards promises."""
        return sum((each.kept for each in self.promises), ZERO)

    @property
    def surplus(self) -> Decimal:
        """Brought beyond what was promised until then."""
        return max(self.brought - self.kept, ZERO)

    @property
    def shortfall(self) -> Decimal:
        """Still owed of periods that are over."""
        return sum((each.owed for each in self.promises if each.is_over(self.on)), ZERO)


def _with_kept(commitments: QuerySet[Commitment]) -> QuerySet[Commitment]:
    return commitments.annotate(
        kept=Coalesce(Sum("fulfilled_by__resource_quantity"), ZERO)
    ).order_by("has_beginning", "pk")


def standing_of(agreement: Agreement, on: date | None = None) -> Standing:
    """Promised, kept, owed and brought. Cancelled promises count only for what was kept."""
    return standings_of([agreement.pk], on)[agreement.pk]


def standings_of(agreements: Iterable[UUID], on: date | None = None) -> dict[UUID, Standing]:
    """The standing of several agreements, in two queries."""
    keys = list(agreements)
    promises: dict[UUID, list[Promise]] = {key: [] for key in keys}
    for commitment in _with_kept(Commitment.objects.filter(agreement__in=keys)):
        promise = _promise(commitment)
        if promise is not None and commitment.agreement_id is not None:
            promises[commitment.agreement_id].append(promise)
    # A reversing event carries the other sign, so the sum is what was brought and stayed.
    rows = (
        EconomicEvent.objects.filter(realization_of__in=keys)
        .order_by()
        .values("realization_of")
        .annotate(total=Sum("resource_quantity"))
    )
    brought = {row["realization_of"]: row["total"] for row in rows}
    day = on or today()
    return {key: Standing(tuple(promises[key]), brought.get(key) or ZERO, day) for key in keys}


def _promise(commitment: Commitment) -> Promise | None:
    kept: Decimal = commitment.kept  # type: ignore[attr-defined]
    promised = commitment.resource_quantity
    if commitment.cancelled_at is not None:
        if not kept:
            return None
        promised = kept
    return Promise(commitment, promised, kept)


def open_promises(agreement: Agreement) -> list[tuple[Commitment, Decimal]]:
    """What is owed under an agreement, oldest promise first."""
    return open_promises_of({agreement.pk}).get(agreement.pk, [])


def open_promises_of(agreements: set[UUID]) -> dict[UUID, list[tuple[Commitment, Decimal]]]:
    """What is owed under each of the agreements, oldest promise first."""
    owed: dict[UUID, list[tuple[Commitment, Decimal]]] = {}
    commitments = Commitment.objects.filter(agreement__in=agreements, cancelled_at__isnull=True)
    for each in _with_kept(commitments):
        amount = each.resource_quantity - each.kept  # type: ignore[attr-defined]
        if amount > 0 and each.agreement_id is not None:
            owed.setdefault(each.agreement_id, []).append((each, amount))
    return owed
