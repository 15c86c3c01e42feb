"""What the care of things hears from the ledger.

The repairer who takes a thing in begins its maintenance, and gives it back changed: then it is
done and free again. A promise that is taken back before is told to those who run the collection.

Listeners run inside the writer's transaction, which holds the head of the chain. They therefore
lock no thing (whoever books locks things first and the head after): blocks that end early are cut
in place, which can make nothing overlap.
"""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from kierto.core.announce import listen
from kierto.ledger.changes import CommitmentCancelled, EventRecorded
from kierto.ledger.models import Action, Commitment
from kierto.ledger.queries import remaining
from kierto.notices.actions import notify
from kierto.sharing.actions.maintenance import close
from kierto.sharing.models import Block, Maintenance
from kierto.sharing.states import MaintenanceState


def register() -> None:
    """Listen to the ledger."""
    listen(EventRecorded, _happened)
    listen(CommitmentCancelled, _taken_back)


def _happened(change: EventRecorded) -> None:
    event = change.event
    if event.corrects_id is not None or event.action not in (Action.ACCEPT, Action.MODIFY):
        return
    for kept in event.fulfills.select_related("commitment"):
        care_of = _care_of(kept.commitment)
        if care_of is None:
            continue
        if event.action == Action.ACCEPT and care_of.state == MaintenanceState.PLANNED:
            care_of.state = MaintenanceState.IN_WORK
            care_of.save(update_fields=["state"])
        if event.action == Action.MODIFY and not remaining(kept.commitment):
            _done(care_of)


def _done(care_of: Maintenance) -> None:
    close(care_of, MaintenanceState.DONE)
    now = timezone.now()
    Block.objects.filter(maintenance=care_of, begins__gte=now).delete()
    Block.objects.filter(maintenance=care_of, ends__gt=now).update(ends=now)
    _tell(care_of, "sharing.maintenance_over")


def _taken_back(change: CommitmentCancelled) -> None:
    if change.commitment.action != Action.ACCEPT:
        return
    care_of = _care_of(change.commitment)
    if care_of is not None:
        _tell(care_of, "sharing.maintenance_declined")


def _care_of(promise: Commitment) -> Maintenance | None:
    """The maintenance that is still to be done and for which this was promised."""
    return (
        Maintenance.objects.select_for_update(of=("self",))
        .select_related("thing__collection__owner")
        .filter(
            agreement=promise.agreement_id,
            agreement__isnull=False,
            state__in=(MaintenanceState.PLANNED, MaintenanceState.IN_WORK),
        )
        .first()
    )


def _tell(care_of: Maintenance, topic: str) -> None:
    notify(
        care_of.thing.collection.owner,
        topic,
        path=reverse("sharing:maintenance", args=[care_of.pk]),
        thing=care_of.thing.name,
        title=care_of.title,
    )
