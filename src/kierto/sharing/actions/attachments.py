"""Pictures of things and the papers that come with them."""

from __future__ import annotations

from typing import IO

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models.fields.files import FieldFile

from kierto.core.photos import clean_photo, photo_name
from kierto.parties.models import Agent
from kierto.sharing import permissions
from kierto.sharing.actions.things import locked
from kierto.sharing.attachments import clean_paper, paper_name
from kierto.sharing.errors import things as errors
from kierto.sharing.models import Thing, ThingFile, ThingPhoto

MOST_PHOTOS = 8
MOST_FILES = 10


@transaction.atomic
def add_photo(thing: Thing, *, image: IO[bytes], description: str, by: Agent) -> ThingPhoto:
    """Add a picture, decoded and written anew, with the words for those who cannot see it.

    Raises:
        NotAllowed, PhotoWithoutWords, TooManyPhotos, NotAPhoto, PhotoTooLarge.
    """
    thing = locked(thing)
    permissions.can_staff(by, thing.collection).require()
    if not description.strip():
        raise errors.PhotoWithoutWords
    if thing.photos.count() >= MOST_PHOTOS:
        raise errors.TooManyPhotos(limit=MOST_PHOTOS)
    photo = ThingPhoto(thing=thing, description=description.strip()[:200])
    photo.image.save(photo_name(), ContentFile(clean_photo(image)), save=True)
    return photo


@transaction.atomic
def remove_photo(photo: ThingPhoto, *, by: Agent) -> None:
    """Take a picture away, and its file once that is certain."""
    permissions.can_staff(by, locked(photo.thing).collection).require()
    _drop(photo, photo.image)


@transaction.atomic
def add_file(
    thing: Thing, *, file: IO[bytes], title: str, language: str = "", by: Agent
) -> ThingFile:
    """Add a manual or another paper: a whole PDF without anything that runs.

    Raises:
        NotAllowed, TitleMissing, TooManyFiles, FileTooLarge, NotAPaper, PaperRuns.
    """
    thing = locked(thing)
    permissions.can_staff(by, thing.collection).require()
    if not title.strip():
        raise errors.TitleMissing
    if thing.files.count() >= MOST_FILES:
        raise errors.TooManyFiles(limit=MOST_FILES)
    paper = ThingFile(thing=thing, title=title.strip()[:160], language=language[:8])
    paper.file.save(paper_name(), ContentFile(clean_paper(file)), save=True)
    return paper


@transaction.atomic
def remove_file(paper: ThingFile, *, by: Agent) -> None:
    """Take a paper away, and its file once that is certain."""
    permissions.can_staff(by, locked(paper.thing).collection).require()
    _drop(paper, paper.file)


def _drop(row: ThingPhoto | ThingFile, file: FieldFile) -> None:
    storage, name = file.storage, file.name or ""
    row.delete()
    transaction.on_commit(lambda: storage.delete(name))
