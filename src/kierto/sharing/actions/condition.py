"""In what shape things are: reported with a note and pictures, by those who looked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from django.core.files.base import ContentFile
from django.db import transaction

from kierto.core.announce import announce
from kierto.core.photos import clean_photo, photo_name
from kierto.core.transitions import move
from kierto.parties.models import Agent
from kierto.sharing.changes import ThingChanged
from kierto.sharing.errors.lending import TooManyPictures
from kierto.sharing.models import ConditionPhoto, ConditionReport, Loan, Thing
from kierto.sharing.permissions import can_staff, roles_in
from kierto.sharing.states import THING_STEPS, Condition, Sort, ThingState

MOST_PICTURES = 6


@transaction.atomic
def report_condition(
    thing: Thing,
    *,
    condition: str,
    note: str = "",
    photos: Sequence[IO[bytes]] = (),
    loan: Loan | None = None,
    by: Agent,
) -> ConditionReport:
    """Write down in what shape a thing is. A broken one is paused until somebody has mended it.

    Of several equal items one may be damaged while the rest are fine: then only the report says
    so, and whoever takes it out of use says how many.

    Raises:
        NotAllowed, TooManyPictures, NotAPhoto, PhotoTooLarge.
    """
    thing = (
        Thing.objects.select_for_update(of=("self",))
        .select_related("collection__owner")
        .get(pk=thing.pk)
    )
    can_staff(by, thing.collection).require()
    if len(photos) > MOST_PICTURES:
        raise TooManyPictures(most=MOST_PICTURES)
    pictures = [clean_photo(photo) for photo in photos]
    report = ConditionReport.objects.create(
        thing=thing, loan=loan, condition=Condition(condition), note=note.strip(), reported_by=by
    )
    for picture in pictures:
        photo = ConditionPhoto(report=report)
        photo.image.save(photo_name(), ContentFile(picture), save=True)
    if thing.sort != Sort.POOL:
        _take_over(thing, report.condition, by)
    return report


def _take_over(thing: Thing, condition: str, by: Agent) -> None:
    thing.condition = condition
    if condition == Condition.BROKEN and thing.state == ThingState.OPEN:
        roles = roles_in(by, thing.collection)
        thing.state = move(THING_STEPS, thing.state, ThingState.PAUSED, roles)
    thing.save(update_fields=["condition", "state"])
    announce(ThingChanged(thing))
