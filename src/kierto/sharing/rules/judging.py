"""The judgement itself: what, who, when, and whether it is free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from kierto.core.errors import DomainError
from kierto.parties.models import Agent
from kierto.sharing.errors.rules import (
    ChosenTwice,
    CollectionClosed,
    NothingChosen,
    QuantityOutOfRange,
    ThingBroken,
    ThingIsSold,
    ThingNotLent,
    ThingOfAnotherCollection,
    TimesBackwards,
)
from kierto.sharing.models import KitPart, Thing
from kierto.sharing.permissions import is_staff
from kierto.sharing.pricing import deposit_of, price_of
from kierto.sharing.rules.times import time_refusals
from kierto.sharing.rules.who import Lines, borrower_refusals
from kierto.sharing.rules.wishes import DESK, Verdict, Wish, terms_by_thing
from kierto.sharing.states import Condition, Sort, ThingState


def judge(wish: Wish, *, by: Agent | None, now: datetime | None = None) -> Verdict:
    """Everything that stands against a wish, what it costs, and whether it needs approval.

    Staff need nobody's approval, and may override what has ``overridable``; see
    :mod:`kierto.sharing.errors.rules`. Nothing is written or locked here.
    """
    now = now or timezone.now()
    staff = is_staff(by, wish.collection)
    terms = terms_by_thing({thing.pk: thing for thing, _count in wish.lines}.values())
    lines: Lines = [(thing, count, terms[thing.pk]) for thing, count in wish.lines]
    refusals = [
        *_things(wish),
        *borrower_refusals(wish, lines, by=by, now=now),
        *time_refusals(wish, lines, at_desk=staff and wish.via == DESK, now=now),
    ]
    refusals += _shortages(wish, refusals)
    return Verdict(
        refusals=tuple(refusals),
        needs_approval=not staff and any(of.approval_needed for _thing, _count, of in lines),
        price=_total(price_of(of, wish.begins, wish.ends, count) for _t, count, of in lines),
        deposit=_total(deposit_of(of, count) for _t, count, of in lines),
        overridable=staff and bool(refusals) and all(map(_is_overridable, refusals)),
    )


def _total(amounts: Iterator[Decimal]) -> Decimal:
    return sum(amounts, Decimal("0.00"))


def _is_overridable(refusal: DomainError) -> bool:
    return bool(getattr(refusal, "overridable", False))


def _things(wish: Wish) -> Iterator[DomainError]:
    """What stands against the things themselves, and those that a kit is made of."""
    if wish.collection.state != ThingState.OPEN:
        yield CollectionClosed(collection=wish.collection.name)
    if not wish.lines:
        yield NothingChosen()
    seen: set[int] = set()
    for thing, count in wish.lines:
        if thing.pk in seen:
            yield ChosenTwice(thing=thing.name)
        seen.add(thing.pk)
        if count < 1:
            yield QuantityOutOfRange(thing=thing.name, quantity=count)
        if thing.collection_id != wish.collection.pk:
            yield ThingOfAnotherCollection(thing=thing.name, collection=thing.collection.name)
        yield from _state(thing)
    for part in _parts(wish):
        if part.pk not in seen:
            yield from _state(part)


def _parts(wish: Wish) -> list[Thing]:
    kits = [thing.pk for thing, _count in wish.lines if thing.sort == Sort.KIT]
    if not kits:
        return []
    parts = KitPart.objects.filter(kit__in=kits).select_related("part").order_by("part")
    return list({each.part_id: each.part for each in parts}.values())


def _state(thing: Thing) -> Iterator[DomainError]:
    if thing.state != ThingState.OPEN:
        yield ThingNotLent(thing=thing.name)
    elif thing.condition == Condition.BROKEN:
        yield ThingBroken(thing=thing.name)
    if thing.sort == Sort.CONSUMABLE:
        yield ThingIsSold(thing=thing.name)


def _shortages(wish: Wish, found: Sequence[DomainError]) -> list[DomainError]:
    """What is not free; asked only about things and times that can be asked about."""
    senseless = (NothingChosen, QuantityOutOfRange, ThingIsSold, TimesBackwards)
    if any(isinstance(each, senseless) for each in found):
        return []
    from kierto.sharing.availability import shortages  # availability asks for the terms here

    return list(shortages(wish))
