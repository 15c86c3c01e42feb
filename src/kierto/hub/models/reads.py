"""Who read what that is not for everybody: data sets given to some, and private entities.

A program may ask every second, so one row says what one reader took of one thing within an hour:
how often, how many rows, when first and when last.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kierto.hub.models.datasets import DataSet
from kierto.hub.models.tokens import Token
from kierto.parties.models import Agent


class What(models.TextChoices):
    """What was read."""

    DATA_SET = "data set", _("data set")
    ENTITY = "entity", _("entry")


class How(models.TextChoices):
    """On which way it was read."""

    PREVIEW = "preview", _("looked at, on its page")
    CSV = "csv", _("taken as CSV")
    GEOJSON = "geojson", _("taken as GeoJSON")
    PARQUET = "parquet", _("taken as Parquet")
    NGSI_LD = "ngsi-ld", _("asked for, by NGSI-LD")
    FEATURES = "features", _("asked for, as features of a map")


class ReadLog(models.Model):
    """One thing read by one reader on one way within one hour.

    ``key`` says which: a digest, so that the row is found and counted up in one statement.
    """

    key = models.CharField(max_length=64, unique=True)
    what = models.CharField(_("what"), max_length=12, choices=What)
    data_set = models.ForeignKey(DataSet, null=True, on_delete=models.CASCADE, related_name="+")
    tenant = models.SmallIntegerField(default=0)
    entity_id = models.TextField(blank=True, default="")
    reader = models.ForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    token = models.ForeignKey(Token, null=True, on_delete=models.SET_NULL, related_name="+")
    how = models.CharField(_("how"), max_length=12, choices=How)
    times = models.PositiveIntegerField(default=1)
    rows = models.BigIntegerField(default=1)
    first_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("reading of what is not open")
        verbose_name_plural = _("readings of what is not open")
        ordering = ("-at", "-pk")
        indexes = [
            models.Index(fields=["at"], name="hub_read_log_at"),
            models.Index(fields=["data_set", "at"], name="hub_read_log_data_set"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.data_set_id or self.entity_id}"


class ReadOwner(models.Model):
    """Whose entity was read: an agent that stood among its readers then."""

    read = models.ForeignKey(ReadLog, on_delete=models.CASCADE, related_name="owners")
    # No key of another table: districts and givers stand among readers too.
    owner = models.UUIDField()

    class Meta:
        verbose_name = _("owner of what was read")
        verbose_name_plural = _("owners of what was read")
        constraints = [
            models.UniqueConstraint(fields=["owner", "read"], name="hub_read_owner_once")
        ]

    def __str__(self) -> str:
        return f"{self.read_id}: {self.owner}"
