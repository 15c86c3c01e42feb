"""Who sees where exactly a thing lies; see :mod:`kierto.parties.whereabouts`.

Where a person lives is shown exactly to the person, the staff, and whoever has a booking there.
"""

from __future__ import annotations

from kierto.parties.models import Agent, Place
from kierto.parties.queries import spoken_for
from kierto.parties.whereabouts import ShownPlace, is_public, shown_place
from kierto.sharing import queries
from kierto.sharing.models import Booking, Collection
from kierto.sharing.states import BookingState

PROMISED = (BookingState.CONFIRMED, BookingState.OUT)


def sees_exactly(by: Agent | None, collection: Collection) -> bool:
    """Whether ``by`` may read the street where a collection's things lie."""
    if is_public(collection.owner):
        return True
    if by is None:
        return False
    if queries.staffed_collections(by).filter(pk=collection.pk).exists():
        return True
    mine = Booking.objects.filter(borrower__in=spoken_for(by), state__in=PROMISED)
    return mine.filter(collection=collection).exists()


def place_for(by: Agent | None, collection: Collection, place: Place) -> ShownPlace:
    """The place as exactly as ``by`` may see it."""
    return shown_place(place, exact=sees_exactly(by, collection))
