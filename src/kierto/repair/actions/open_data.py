"""Open repair data of others: to take a data set out again."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Min

from kierto.parties.models import Agent
from kierto.repair.models import DataSet, OpenRecord
from kierto.repair.open_data_permissions import can_remove_data_set

BATCH = 500


@transaction.atomic
def remove_data_set(data_set: DataSet, *, by: Agent) -> None:
    """Take a data set out with all its rows.

    Rows of other sets that did not count because the same ids stood in this one, count now; of
    several the one that came first.

    Raises:
        NotAllowed: ``by`` neither imported it nor administers the node.
    """
    data_set = DataSet.objects.select_for_update().get(pk=data_set.pk)
    can_remove_data_set(by, data_set).require()
    gone = data_set.records.filter(counts=True).exclude(key="").order_by().values("key")
    heirs = (
        OpenRecord.objects.exclude(data_set=data_set)
        .filter(counts=False, key__in=gone)
        .order_by()
        .values("key")
        .annotate(first=Min("pk"))
    )
    first = [each["first"] for each in heirs]
    for start in range(0, len(first), BATCH):
        OpenRecord.objects.filter(pk__in=first[start : start + BATCH]).update(counts=True)
    # In one statement: rows of open data have nothing below them that Django would look for.
    data_set.records.all()._raw_delete(data_set.records.db)
    data_set.delete()
