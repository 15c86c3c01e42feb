"""Open repair data from elsewhere, row by row as it came."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.parties.models import Agent
from kierto.repair.models.workshops import Category
from kierto.repair.states import Barrier, Outcome


class DataSet(models.Model):
    """One file of the Open Repair Data Standard that somebody imported."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("file"), max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    source = models.CharField(_("source"), max_length=400, blank=True)
    licence = models.CharField(_("licence"), max_length=80, blank=True)
    rows = models.PositiveIntegerField(default=0)
    # How many rows are odd, by the code of what is odd about them.
    oddities = models.JSONField(default=dict)
    imported_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("open repair data set")
        verbose_name_plural = _("open repair data sets")
        ordering: ClassVar = ["-imported_at", "name"]

    def __str__(self) -> str:
        return self.name


class OpenRecord(models.Model):
    """One row: ``cells`` are its 14 columns as they stood, the rest is what we read in them.

    ``age`` and ``happened_on`` are empty where what stands there is implausible. ``odd`` holds the
    codes of what is odd about the row, with a space before and after each. A row ``counts`` in
    statistics unless another one with the same key does.
    """

    data_set = models.ForeignKey(DataSet, on_delete=models.CASCADE, related_name="records")
    line = models.PositiveIntegerField(_("line"))
    key = models.CharField(max_length=80, db_index=True)
    cells = models.JSONField()
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="open_records",
        db_index=False,
    )
    outcome = models.CharField(max_length=12, choices=Outcome)
    barrier = models.CharField(max_length=40, choices=Barrier, blank=True)
    country = models.CharField(max_length=3, blank=True)
    provider = models.CharField(_("data provider"), max_length=120, blank=True)
    age = models.FloatField(null=True, blank=True)
    happened_on = models.DateField(null=True, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    odd = models.CharField(max_length=300, blank=True)
    counts = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("open repair record")
        verbose_name_plural = _("open repair records")
        ordering: ClassVar = ["data_set", "line"]
        indexes: ClassVar = [
            # Holds all that statistics group by, so that they never read the rows themselves.
            models.Index(
                fields=[
                    "category", "outcome", "barrier", "year", "country", "provider", "age",
                    "counts",
                ],
                name="repair_record_cube",
            ),
        ]  # fmt: skip
        constraints: ClassVar = [
            models.UniqueConstraint(name="repair_one_record_each", fields=["data_set", "line"]),
            models.CheckConstraint(
                name="repair_record_outcome_known", condition=Q(outcome__in=Outcome.values)
            ),
        ]

    def __str__(self) -> str:
        return self.key
