"""What was: entities, instances of their attributes, files of older months, rules of keeping.

A series is one attribute (and dataset id) of one entity. Its number needs no table of its own:
it is the entity's number and the name's number side by side, so an entity's series stand
together, in the database as in the files.
Times are whole microseconds since 1970, UTC; months are counted from January 1970.
"""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class HistoryName(models.Model):
    """The name of an attribute (with its dataset id) or of a type; a row is never taken away."""

    attribute = models.TextField()
    dataset = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("name in the history")
        verbose_name_plural = _("names in the history")
        constraints = [
            models.UniqueConstraint(fields=["attribute", "dataset"], name="hub_history_name_once")
        ]

    def __str__(self) -> str:
        return self.attribute


class HistoryEntity(models.Model):
    """An entity that the history knows, there or gone, with who may read of it.

    ``implied``: its current state was made of the history that somebody sent.
    """

    tenant = models.IntegerField()
    entity = models.TextField()
    types = models.TextField()
    scope = models.TextField(default="[]")
    visibility = models.SmallIntegerField(default=0)
    readers = models.TextField(default="[]")
    created = models.BigIntegerField()
    modified = models.BigIntegerField()
    deleted = models.BigIntegerField(null=True)
    implied = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("entity in the history")
        verbose_name_plural = _("entities in the history")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "entity"], name="hub_history_entity_once")
        ]

    def __str__(self) -> str:
        return self.entity


class HistoryType(models.Model):
    """Which entities are, or last were, of a type."""

    pk = models.CompositePrimaryKey("name", "entity")
    name = models.BigIntegerField()
    entity = models.BigIntegerField()

    class Meta:
        verbose_name = _("type in the history")
        verbose_name_plural = _("types in the history")

    def __str__(self) -> str:
        return f"{self.entity}: {self.name}"


class HistoryInstance(models.Model):
    """One instance of an attribute. A reading of a sensor is a number with a time, no document.

    ``twin`` tells apart what happened at one time: 0 is a reading, everything else has its
    own. A row that is ``gone`` hides the row of the same key in the file of its month.
    """

    pk = models.CompositePrimaryKey("month", "series", "at", "twin")
    month = models.IntegerField()
    series = models.BigIntegerField()
    at = models.BigIntegerField()
    twin = models.BigIntegerField(default=0)
    number = models.FloatField(null=True)
    quality = models.SmallIntegerField(null=True)
    observed = models.BooleanField(default=True)
    created = models.BigIntegerField(null=True)
    modified = models.BigIntegerField(null=True)
    document = models.TextField(null=True)  # noqa: DJ001 - a reading has none, "" would be one
    gone = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("instance in the history")
        verbose_name_plural = _("instances in the history")

    def __str__(self) -> str:
        return f"{self.series} at {self.at}"


class HistorySeries(models.Model):
    """A series there is; of readings also their unit and the last of them.

    ``mixed``: not all its values are numbers.
    """

    series = models.BigIntegerField(primary_key=True)
    unit = models.TextField(blank=True, default="")
    last_at = models.BigIntegerField(null=True)
    last_number = models.FloatField(null=True)
    last_quality = models.SmallIntegerField(null=True)
    mixed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("series of readings")
        verbose_name_plural = _("series of readings")

    def __str__(self) -> str:
        return str(self.series)


class HistoryFile(models.Model):
    """The file that holds a month: its rows, or their sums by hour or by day.

    ``applied`` names the rules of keeping whose time has passed for the whole month.
    """

    month = models.IntegerField()
    kind = models.CharField(max_length=8)
    name = models.CharField(max_length=120, unique=True)
    rows = models.BigIntegerField()
    size = models.BigIntegerField()
    first_series = models.BigIntegerField(null=True)
    last_series = models.BigIntegerField(null=True)
    applied = models.TextField(default="[]")
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("file of the history")
        verbose_name_plural = _("files of the history")
        constraints = [
            models.UniqueConstraint(fields=["month", "kind"], name="hub_history_file_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["rows", "hours", "days"]), name="hub_history_file_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class HistoryErased(models.Model):
    """Series that were deleted after their month went to a file, until the file is written anew."""

    month = models.IntegerField(db_index=True)
    low = models.BigIntegerField()
    high = models.BigIntegerField()

    class Meta:
        verbose_name = _("erased part of a file")
        verbose_name_plural = _("erased parts of files")

    def __str__(self) -> str:
        return f"{self.month}: {self.low} to {self.high}"


class RetentionRule(models.Model):
    """How long a data set is kept: single values, sums by hour, sums by day. Empty: for good.

    The rule that says most (type and attribute, then type, then attribute, then none) counts.
    """

    tenant = models.IntegerField(default=0)
    name = models.CharField(_("Data set"), max_length=200)
    type = models.TextField(_("Type of the entities"), blank=True, default="")
    attribute = models.TextField(_("Attribute"), blank=True, default="")
    raw_days = models.PositiveIntegerField(
        _("Days to keep single values"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    hours_days = models.PositiveIntegerField(
        _("Days to keep sums by hour"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    days_days = models.PositiveIntegerField(
        _("Days to keep sums by day"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    reason = models.TextField(_("Why"), blank=True, default="")

    class Meta:
        verbose_name = _("rule of keeping")
        verbose_name_plural = _("rules of keeping")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "type", "attribute"], name="hub_retention_rule_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
