"""Is what is written still what was written? Reads the whole chain once and folds the stocks.

Found are: an altered field of any event, a missing or moved event, events beyond the head or a
head beyond the events, a chain that was rewritten since an earlier check, and a stock that is not
the sum of its events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from kierto.core.text import Sentence as _
from kierto.ledger.effects import SIGNS
from kierto.ledger.hashing import COLUMNS, GENESIS, amount_text, event_hash
from kierto.ledger.models import (
    ChainCheck,
    ChainHead,
    EconomicEvent,
    EconomicResource,
    Fulfillment,
)

CHUNK = 2000

MISSING = _("Event %(number)s is missing.")
MOVED = _("Event %(number)s does not follow the event before it.")
ALTERED = _("Event %(number)s is not what was written: its fields do not give its hash.")
BEYOND = _("The chain should end at event %(expected)s; event %(number)s stands behind its end.")
CUT = _("The chain should end at event %(expected)s; the last one found is %(found)s.")
HEAD_DIFFERS = _("The last event's hash is not the one that the head of the chain keeps.")
REWRITTEN = _("Event %(number)s has another hash than at the check on %(date)s.")
STOCK_DIFFERS = _("Stock %(resource)s says %(found)s, but its events add up to %(expected)s.")


@dataclass(frozen=True, slots=True)
class Verification:
    """The result. ``broken_at`` is the number of the first event that does not hold.

    ``cause`` is one of the sentences of this module and ``fields`` fill it; ``expected`` and
    ``found`` are hashes, numbers or quantities, as it says.
    """

    ok: bool
    events: int
    broken_at: int | None = None
    cause: Any = ""
    expected: str = ""
    found: str = ""
    last_hash: str = ""
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """What does not hold, in the reader's language; empty when all is well."""
        return str(self.cause) % self.fields if self.fields else str(self.cause)

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            "verified": self.ok,
            "events": self.events,
            "broken_at": self.broken_at,
            "reason": self.reason,
            "expected": self.expected,
            "found": self.found,
            "last_hash": self.last_hash,
        }


class _Broken(Exception):
    def __init__(
        self, reason: Any, number: int | None, expected: Any, found: Any, **f: Any
    ) -> None:
        super().__init__(reason)
        self.reason, self.number, self.expected, self.found = reason, number, expected, found
        self.fields = {"number": number, "expected": expected, "found": found, **f}


Progress = Callable[[int, int], object]


def verify(progress: Progress | None = None) -> Verification:
    """Read the chain from its first event to its head, and compare the stocks with their fold.

    Args:
        progress: called with (events read, events in all) every :data:`CHUNK` events.
    """
    walk = _Walk(progress)
    try:
        walk.through()
        walk.compare_head()
        walk.compare_stocks()
    except _Broken as broken:
        return Verification(
            ok=False,
            events=walk.count,
            broken_at=broken.number,
            cause=broken.reason,
            expected=str(broken.expected),
            found=str(broken.found),
            last_hash=walk.hash,
            fields=broken.fields,
        )
    return Verification(ok=True, events=walk.count, last_hash=walk.hash)


class _Walk:
    """One reading of the chain; remembers how far it came."""

    def __init__(self, progress: Progress | None) -> None:
        # The head is read first: whatever is recorded meanwhile comes behind it.
        head = ChainHead.objects.filter(pk=1).first() or ChainHead()
        self.head, self.head_hash = head.number, head.hash
        self.progress = progress
        self.count, self.hash = 0, GENESIS
        self.stocks: dict[UUID, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
        self.anchors = {
            check.events: check for check in ChainCheck.objects.filter(ok=True, events__gt=0)
        }

    def through(self) -> None:
        total = self.head
        kept = _Fulfillments(self.head)
        for values in _events(self.head):
            self._step(values, kept.of(values["id"], values["number"]))
            if self.progress and self.count % CHUNK == 0:
                self.progress(self.count, total)
        if self.progress:
            self.progress(self.count, total)

    def _step(self, values: dict[str, Any], kept: list[tuple[UUID, Decimal]]) -> None:
        number, wanted = values["number"], self.count + 1
        if number != wanted:
            raise _Broken(MISSING, wanted, wanted, number)
        if values["previous_hash"] != self.hash:
            raise _Broken(MOVED, number, self.hash, values["previous_hash"])
        computed = event_hash(values, kept)
        if computed != values["hash"]:
            raise _Broken(ALTERED, number, values["hash"], computed)
        anchor = self.anchors.get(number)
        if anchor is not None and anchor.last_hash != computed:
            day = anchor.checked_at.date().isoformat()
            raise _Broken(REWRITTEN, number, anchor.last_hash, computed, date=day)
        self.count, self.hash = number, computed
        self._fold(values)

    def _fold(self, values: dict[str, Any]) -> None:
        amount = values["resource_quantity"]
        if amount is None:
            return
        signs = SIGNS[values["action"]]
        for resource, accounting, onhand in (
            (values["resource_id"], signs.accounting, signs.onhand),
            (values["to_resource_id"], signs.to_accounting, signs.to_onhand),
        ):
            if resource is not None:
                stock = self.stocks[resource]
                stock[0] += accounting * amount
                stock[1] += onhand * amount

    def compare_head(self) -> None:
        if self.count != self.head:
            raise _Broken(CUT, self.count + 1, self.head, self.count)
        if self.head and self.hash != self.head_hash:
            raise _Broken(HEAD_DIFFERS, self.head, self.head_hash, self.hash)
        latest = EconomicEvent.objects.order_by("-number").first()
        now = ChainHead.objects.filter(pk=1).values_list("number", flat=True).first() or 0
        if latest is not None and latest.number > now:
            raise _Broken(BEYOND, latest.number, now, latest.number)
        checked = max(self.anchors, default=0)
        if checked > self.count:
            raise _Broken(CUT, self.count + 1, checked, self.count)

    def compare_stocks(self) -> None:
        """Only if nobody recorded meanwhile: the fold ends at the head that was read first."""
        stocks = EconomicResource.objects.values_list(
            "pk", "accounting_quantity", "onhand_quantity"
        )
        for pk, accounting, onhand in stocks.iterator(chunk_size=CHUNK):
            expected = self.stocks.get(pk, [Decimal(0), Decimal(0)])
            if [accounting, onhand] != expected and not self._moved_since(pk):
                told, summed = (
                    " / ".join(map(amount_text, pair)) for pair in ([accounting, onhand], expected)
                )
                raise _Broken(STOCK_DIFFERS, None, summed, told, resource=pk)

    def _moved_since(self, resource: UUID) -> bool:
        later = EconomicEvent.objects.filter(number__gt=self.head)
        return (
            later.filter(resource=resource).exists() or later.filter(to_resource=resource).exists()
        )


def _events(head: int) -> Iterator[dict[str, Any]]:
    events = EconomicEvent.objects.filter(number__lte=head).order_by("number")
    return iter(events.values(*COLUMNS, "hash").iterator(chunk_size=CHUNK))


class _Fulfillments:
    """What each event kept, read beside the events in their order."""

    def __init__(self, head: int) -> None:
        rows = (
            Fulfillment.objects.filter(event__number__lte=head)
            .order_by("event__number", "pk")
            .values_list("event__number", "commitment_id", "resource_quantity")
        )
        self._rows = iter(rows.iterator(chunk_size=CHUNK))
        self._next = next(self._rows, None)

    def of(self, event: UUID, number: int) -> list[tuple[UUID, Decimal]]:
        kept = []
        while self._next is not None and self._next[0] <= number:
            if self._next[0] == number:
                kept.append((self._next[1], self._next[2]))
            self._next = next(self._rows, None)
        return kept
