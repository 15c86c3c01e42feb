"""What an event must be before it is written. Each rule is one small function that refuses."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import ResourceSpecification
from kierto.core.quantity import SYMBOLS, Quantity, Unit, rounded
from kierto.ledger import errors
from kierto.ledger.books import LARGEST
from kierto.ledger.drafts import EventDraft
from kierto.ledger.effects import (
    ACTIONS,
    CLOSERS,
    INPUTS,
    NEEDS_RESOURCE,
    OPENERS,
    OUTPUTS,
    SIGNS,
    TWO_RESOURCES,
    WITHOUT_RESOURCE,
    Counts,
)
from kierto.ledger.hashing import amount_text
from kierto.ledger.models import Action, EconomicEvent, EconomicResource, Provenance, Visibility
from kierto.parties.models import Agent

_LONGEST = {"state": 60, "provenance_reference": 300, "note": 10_000}


def known(value: str, choices: type[Action | Provenance | Visibility]) -> str:
    """The value if it is one of the choices; a program that passes another has a bug.

    Raises:
        ValueError: it is not.
    """
    return choices(value).value


def amount_of(given: Quantity | Decimal | None, kind: ResourceSpecification) -> Decimal | None:
    """The amount in the kind's canonical unit, at the ledger's resolution.

    Raises:
        WrongDimension: kilograms were wanted and hours were given, or the like.
    """
    if given is None:
        return None
    if isinstance(given, Quantity):
        return given.amount_in(Unit(kind.unit))
    return rounded(Decimal(given))


def check_amounts(draft: EventDraft, quantity: Decimal | None, effort: Decimal | None) -> None:
    """Effort for work; effort and resource for use; resource otherwise; all above zero."""
    counts = ACTIONS[draft.action].counts
    unit = SYMBOLS[Unit(draft.conforms_to.unit)]
    for amount, wanted, symbol in (
        (quantity, counts in {Counts.RESOURCE, Counts.BOTH}, unit),
        (effort, counts in {Counts.EFFORT, Counts.BOTH}, SYMBOLS[Unit.HOUR]),
    ):
        if wanted and amount is None:
            raise errors.AmountMissing(action=Action(draft.action).label, unit=symbol)
        if amount is None:
            continue
        if not wanted:
            raise errors.AmountNotCounted(
                action=Action(draft.action).label, amount=f"{amount_text(amount)} {symbol}"
            )
        if amount <= 0:
            raise errors.AmountNotPositive(amount=f"{amount_text(amount)} {symbol}")
        if amount >= LARGEST:
            raise errors.StockTooLarge(limit=f"{LARGEST:,}", unit=symbol)


def times_of(draft: EventDraft) -> tuple[datetime, datetime]:
    """When it began and ended; now, if nothing is said.

    Raises:
        TimeWithoutZone, NotYetHappened, EndsBeforeStart: as they say.
    """
    now = timezone.now()
    start = draft.has_beginning or draft.happened_at or draft.has_end or now
    end = draft.has_end or draft.happened_at or draft.has_beginning or now
    for time in (start, end):
        if timezone.is_naive(time):
            raise errors.TimeWithoutZone(time=time.isoformat(sep=" "))
        if time > now:
            raise errors.NotYetHappened(time=time.isoformat(sep=" ", timespec="minutes"))
    if end < start:
        raise errors.EndsBeforeStart(start=start.isoformat(sep=" "), end=end.isoformat(sep=" "))
    return start, end


def check_texts(draft: EventDraft) -> None:
    """Texts fit their columns on every database."""
    for name, limit in _LONGEST.items():
        length = len(getattr(draft, name))
        if length > limit:
            raise errors.TextTooLong(name=name, length=length, limit=limit)


def check_sides(draft: EventDraft) -> None:
    """Inputs go in, outputs come out; pairs belong to a process; one does not give to oneself."""
    label = Action(draft.action).label
    if draft.input_of is not None and draft.action not in INPUTS:
        raise errors.WrongSide(action=label, side=_("input"))
    if draft.output_of is not None and draft.action not in OUTPUTS:
        raise errors.WrongSide(action=label, side=_("output"))
    process = draft.input_of if draft.action in OPENERS else draft.output_of
    if draft.action in OPENERS | CLOSERS and process is None:
        raise errors.ProcessMissing(action=label)
    if draft.action.startswith("transfer") and draft.provider.pk == draft.receiver.pk:
        raise errors.SameParty()


def check_resources(
    draft: EventDraft, resource: EconomicResource | None, target: EconomicResource | None
) -> None:
    """The stocks that the action needs, and none that it has no use for; all of the one kind."""
    label = Action(draft.action).label
    if resource is None and draft.action in NEEDS_RESOURCE:
        raise errors.ResourceMissing(action=label)
    if resource is not None and draft.action in WITHOUT_RESOURCE:
        raise errors.ResourceNotWanted(action=label)
    same = target is resource and draft.action != Action.MOVE  # a stock moved whole stays itself
    if target is not None and (draft.action not in TWO_RESOURCES or same):
        raise errors.ResourceNotWanted(action=label)
    for stock in filter(None, (resource, target)):
        if stock.conforms_to_id != draft.conforms_to.pk:
            raise errors.WrongKind(found=stock.conforms_to.label, wanted=draft.conforms_to.label)


def check_hands(event: EconomicEvent, *, opens: bool, opens_to: bool) -> None:
    """Who gives owns or holds it; what is taken in goes into a stock of the taker.

    With provider and receiver apart, consume, produce and the pairs imply a transfer: the
    provider's stock goes down, the receiver's goes up.
    """
    resource, target = event.resource, event.to_resource
    if resource is not None and not opens and not _may_act(event, resource):
        raise errors.NotTheirs()
    if target is not None and not opens_to and not _may_take(event, resource, target):
        raise errors.NotTheirs()


def _may_act(event: EconomicEvent, resource: EconomicResource) -> bool:
    signs = SIGNS[event.action]
    owner, holder = resource.primary_accountable_id, resource.custodian_id
    parties = {event.provider_id, event.receiver_id}
    if event.action == Action.MOVE:
        return bool(parties & {owner, holder})
    if signs.accounting < 0:
        return owner == event.provider_id and (not signs.onhand or holder in parties)
    if signs.accounting > 0:
        return owner == event.receiver_id
    if signs.onhand < 0:
        return holder == event.provider_id
    return True


def _may_take(
    event: EconomicEvent, source: EconomicResource | None, target: EconomicResource
) -> bool:
    signs = SIGNS[event.action]
    rights_stay = event.action in {Action.MOVE, Action.TRANSFER_CUSTODY}
    owner: Agent | object = (
        source.primary_accountable_id if rights_stay and source else event.receiver_id
    )
    owned = not target.accounting_quantity or not signs.to_accounting
    held = not target.onhand_quantity or not signs.to_onhand
    return (owned or target.primary_accountable_id == owner) and (
        held or target.custodian_id == event.receiver_id
    )
