"""Offers and needs: post, edit, move, and their pictures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import IO, Any, TypedDict, Unpack
from uuid import UUID, uuid4

from django.core.files.base import ContentFile
from django.db import transaction

from kierto.catalogue.models import ResourceSpecification
from kierto.core.announce import announce
from kierto.core.photos import clean_photo, photo_name
from kierto.core.quantity import Quantity
from kierto.core.transitions import move
from kierto.exchange import permissions
from kierto.exchange.changes import IntentChanged
from kierto.exchange.errors import (
    AmountTooSmall,
    IntentClosed,
    IntentOver,
    LotTooLarge,
    MoneyOffered,
    PhotoWithoutWords,
    PlaceNotTheirs,
    TooManyPhotos,
    WindowBackwards,
)
from kierto.exchange.models import Direction, Frequency, Intent, IntentPhoto
from kierto.exchange.states import INTENT_STEPS, IntentState, Visibility
from kierto.parties.models import Agent, Place

MOST_PHOTOS = 6


class IntentFields(TypedDict, total=False):
    """What can be edited on an offer or need. Quantities may be in any unit of the dimension."""

    kind: ResourceSpecification
    title: str
    description: str
    quantity: Quantity
    every: str
    place: Place
    available_from: date
    available_until: date | None
    quality: dict[str, Any]
    minimum_lot: Quantity | Decimal | None
    fallback_cost: float | None
    visibility: str


@transaction.atomic
def post_intent(
    *,
    direction: str,
    agent: Agent,
    kind: ResourceSpecification,
    title: str,
    quantity: Quantity,
    every: str,
    place: Place,
    available_from: date,
    available_until: date | None = None,
    description: str = "",
    quality: dict[str, Any] | None = None,
    minimum_lot: Quantity | Decimal | None = None,
    fallback_cost: float | None = None,
    visibility: str = Visibility.PUBLIC,
    external_key: str = "",
    identity: UUID | None = None,
    by: Agent,
) -> Intent:
    """Write an offer or need down as a draft; ``move_intent(…, "open")`` publishes it.

    ``identity`` is for rows of files, which keep their id however often they are taken.

    Raises:
        NotAllowed, PlaceNotTheirs, MoneyOffered, WrongDimension, AmountTooSmall, LotTooLarge,
            WindowBackwards.
    """
    permissions.can_post_for(by, agent, place).require()
    intent = Intent(
        id=identity or uuid4(),
        direction=Direction(direction),
        agent=agent,
        external_key=external_key,
        created_by=by,
    )
    _fill(
        intent,
        kind=kind,
        title=title,
        description=description,
        quantity=quantity,
        every=every,
        place=place,
        available_from=available_from,
        available_until=available_until,
        quality=quality or {},
        minimum_lot=minimum_lot,
        fallback_cost=fallback_cost,
        visibility=visibility,
    )
    intent.save()
    announce(IntentChanged(intent))
    return intent


@transaction.atomic
def change_intent(intent: Intent, *, by: Agent, **fields: Unpack[IntentFields]) -> Intent:
    """Edit some fields; the others stay as they are.

    Raises:
        NotAllowed, IntentClosed, and whatever posting would raise.
    """
    intent = _locked(intent)
    if intent.state == IntentState.CLOSED:
        raise IntentClosed
    permissions.can_change_intent(by, intent).require()
    _fill(intent, **fields)
    intent.save()
    announce(IntentChanged(intent))
    return intent


@transaction.atomic
def move_intent(intent: Intent, to: str, *, by: Agent) -> Intent:
    """Publish, pause, open again, close or discard.

    Raises:
        IllegalTransition: not a step from its present state.
        NotAllowed: not this person's step.
        IntentOver: it is to be open, and its last day has passed.
    """
    intent = _locked(intent)
    roles = permissions.owner_roles(by, intent.agent, intent.place)
    if (intent.state, to) in INTENT_STEPS:
        permissions.judge_step(INTENT_STEPS, intent.state, to, roles).require()
    state = move(INTENT_STEPS, intent.state, to, roles)
    if state == IntentState.OPEN and intent.is_expired():
        raise IntentOver
    intent.state = state
    intent.save(update_fields=["state", "updated_at"])
    announce(IntentChanged(intent))
    return intent


@transaction.atomic
def add_photo(intent: Intent, *, image: IO[bytes], description: str, by: Agent) -> IntentPhoto:
    """Add a picture, decoded and written anew, with the words for those who cannot see it.

    Raises:
        NotAllowed, PhotoWithoutWords, TooManyPhotos, NotAPhoto, PhotoTooLarge.
    """
    intent = _locked(intent)
    permissions.can_change_intent(by, intent).require()
    if not description.strip():
        raise PhotoWithoutWords
    if intent.photos.count() >= MOST_PHOTOS:
        raise TooManyPhotos(limit=MOST_PHOTOS)
    photo = IntentPhoto(intent=intent, description=description.strip()[:300])
    photo.image.save(photo_name(), ContentFile(clean_photo(image)), save=True)
    announce(IntentChanged(intent))
    return photo


@transaction.atomic
def remove_photo(photo: IntentPhoto, *, by: Agent) -> None:
    """Take a picture away, and its file once that is certain."""
    intent = _locked(photo.intent)
    permissions.can_change_intent(by, intent).require()
    storage, name = photo.image.storage, photo.image.name or ""
    photo.delete()
    transaction.on_commit(lambda: storage.delete(name))
    announce(IntentChanged(intent))


def _locked(intent: Intent) -> Intent:
    return (
        Intent.objects.select_for_update(of=("self",))
        .select_related("agent", "place", "kind")
        .get(pk=intent.pk)
    )


def _fill(intent: Intent, **fields: Unpack[IntentFields]) -> None:
    """Set the given fields and check the whole."""
    if "place" in fields and fields["place"].agent_id != intent.agent_id:
        raise PlaceNotTheirs
    for name in (
        "kind",
        "title",
        "description",
        "place",
        "available_from",
        "available_until",
        "quality",
        "fallback_cost",
    ):
        if name in fields:
            setattr(intent, name, fields[name])
    if "every" in fields:
        intent.every = Frequency(fields["every"])
    if "visibility" in fields:
        intent.visibility = Visibility(fields["visibility"])
    if "quantity" in fields:
        _set_quantity(intent, fields["quantity"])
    if "minimum_lot" in fields:
        intent.minimum_lot = _amount(intent.kind, fields["minimum_lot"])
    _check(intent)


def _set_quantity(intent: Intent, quantity: Quantity) -> None:
    intent.resource_quantity = quantity.amount_in(intent.kind.unit)
    intent.entered_value = f"{quantity.value.normalize():f}"
    intent.entered_unit = quantity.unit


def _amount(kind: ResourceSpecification, amount: Quantity | Decimal | None) -> Decimal:
    if amount is None:
        return Decimal(0)
    return amount.amount_in(kind.unit) if isinstance(amount, Quantity) else amount


def _check(intent: Intent) -> None:
    if intent.kind.is_money:
        raise MoneyOffered
    if intent.resource_quantity <= 0:
        raise AmountTooSmall
    if intent.minimum_lot < 0:
        raise AmountTooSmall(field="minimum_lot")
    if intent.minimum_lot > intent.resource_quantity:
        raise LotTooLarge
    if intent.available_until is not None and intent.available_until < intent.available_from:
        raise WindowBackwards
    Quantity(Decimal(intent.entered_value), intent.entered_unit).amount_in(intent.kind.unit)
