"""What sharing announces to higher floors, inside the transaction that made it so."""

from __future__ import annotations

from dataclasses import dataclass

from kierto.sharing.models import Booking, Collection, Thing


@dataclass(frozen=True, slots=True)
class BookingChanged:
    """A booking was made, edited or moved to another state; ``booking.state`` tells which."""

    booking: Booking


@dataclass(frozen=True, slots=True)
class ThingChanged:
    """A thing was added, edited, carried elsewhere or moved to another state."""

    thing: Thing


@dataclass(frozen=True, slots=True)
class CollectionChanged:
    """A collection was opened, edited or moved to another state."""

    collection: Collection
