"""Pictures of a repair. Others see them only when the owner agreed."""

from __future__ import annotations

from typing import IO

from django.core.files.base import ContentFile
from django.db import transaction

from kierto.core.photos import clean_photo, photo_name
from kierto.parties.models import Agent
from kierto.repair import permissions
from kierto.repair.actions.writing import locked
from kierto.repair.errors.tickets import PhotoWithoutWords, TooManyPhotos
from kierto.repair.models import Ticket, TicketPhoto

MOST_PHOTOS = 8


@transaction.atomic
def add_photo(
    ticket: Ticket, *, image: IO[bytes], description: str, is_public: bool = False, by: Agent
) -> TicketPhoto:
    """Add a picture, decoded and written anew; ``is_public`` is the owner's consent.

    Raises:
        NotAllowed, PhotoWithoutWords, TooManyPhotos, NotAPhoto, PhotoTooLarge.
    """
    ticket = locked(ticket)
    permissions.can_add_photo(by, ticket).require()
    if not description.strip():
        raise PhotoWithoutWords
    if ticket.photos.count() >= MOST_PHOTOS:
        raise TooManyPhotos(limit=MOST_PHOTOS)
    photo = TicketPhoto(
        ticket=ticket,
        description=description.strip()[:200],
        is_public=is_public,
        created_by=by,
    )
    photo.image.save(photo_name(), ContentFile(clean_photo(image)), save=True)
    return photo


@transaction.atomic
def show_photo(photo: TicketPhoto, *, is_public: bool, by: Agent) -> TicketPhoto:
    """Give or withdraw the consent to show a picture to everybody.

    Raises:
        NotAllowed.
    """
    ticket = locked(photo.ticket)
    permissions.can_publish_photo(by, ticket).require()
    photo.is_public = is_public
    photo.save(update_fields=["is_public"])
    return photo


@transaction.atomic
def remove_photo(photo: TicketPhoto, *, by: Agent) -> None:
    """Take a picture away, and its file once that is certain.

    Raises:
        NotAllowed.
    """
    permissions.can_remove_photo(by, photo).require()
    erase(photo)


def erase(photo: TicketPhoto) -> None:
    """Delete the row now and the file on commit."""
    storage, name = photo.image.storage, photo.image.name or ""
    photo.delete()
    transaction.on_commit(lambda: storage.delete(name))
