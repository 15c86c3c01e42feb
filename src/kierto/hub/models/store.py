"""Entities as the hub keeps them, and the index that narrows queries.

One entity is one row with its document as text. What can be asked by value stands once more in
:class:`Term`, an inverted index: a name (an attribute, a type, a scope, all of one tenant, by
number), a value whose bytes sort as the values do, and the entity. Rows of it follow from the
document alone, so a change writes the difference of two sets and nothing else.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Tenant(models.Model):
    """Entities of one tenant know nothing of another's. The default one has no name."""

    id = models.SmallAutoField(primary_key=True)
    name = models.TextField(unique=True)

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")

    def __str__(self) -> str:
        return self.name or "–"


class Name(models.Model):
    """What a tenant's entities are found by, as a number: ``kind`` and text. Never taken away."""

    id = models.AutoField(primary_key=True)
    tenant = models.SmallIntegerField()
    kind = models.CharField(max_length=1)
    text = models.TextField()

    class Meta:
        verbose_name = _("name")
        verbose_name_plural = _("names")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "kind", "text"], name="hub_name_once")
        ]

    def __str__(self) -> str:
        return self.text


class Form(models.Model):
    """Which types and attributes (with their sorts) an entity has: few of them, many entities.

    Counting by form answers which types and attributes there are without reading an entity.
    """

    id = models.AutoField(primary_key=True)
    tenant = models.SmallIntegerField()
    digest = models.CharField(max_length=32)
    content = models.TextField()

    class Meta:
        verbose_name = _("form of entities")
        verbose_name_plural = _("forms of entities")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "digest"], name="hub_form_once")
        ]

    def __str__(self) -> str:
        return self.digest


class Entity(models.Model):
    """One entity. ``readers`` are agents (hexadecimal ids with blanks) beside the visibility."""

    key = models.BigAutoField(primary_key=True)
    tenant = models.SmallIntegerField()
    entity_id = models.TextField()
    document = models.TextField()
    form = models.IntegerField()
    visibility = models.SmallIntegerField(default=0)
    readers = models.TextField(default="")
    source = models.TextField(default="")
    expires = models.FloatField(null=True)

    class Meta:
        verbose_name = _("entity")
        verbose_name_plural = _("entities")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "entity_id"], name="hub_entity_once"),
            models.CheckConstraint(
                name="hub_entity_visibility", condition=Q(visibility__gte=0, visibility__lte=3)
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "key"], name="hub_entity_tenant"),
            # Holds all that is asked when entities are counted.
            models.Index(fields=["form", "visibility", "expires"], name="hub_entity_form"),
            models.Index(
                fields=["expires"], name="hub_entity_expires", condition=Q(expires__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.entity_id


class Term(models.Model):
    """An entity under one value of one name (see :mod:`kierto.hub.store.terms`)."""

    pk = models.CompositePrimaryKey("name", "value", "entity")
    name = models.IntegerField()
    value = models.BinaryField()
    entity = models.BigIntegerField()

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")

    def __str__(self) -> str:
        return f"{self.name}: {self.entity}"


class Box(models.Model):
    """Where a geometry of an entity lies, in degrees. ``id`` is 64 times the entity's key, plus
    which of its geometries. The name is a dimension of the index like any other."""

    id = models.BigIntegerField(primary_key=True)
    west = models.FloatField()
    east = models.FloatField()
    south = models.FloatField()
    north = models.FloatField()
    name_low = models.FloatField()
    name_high = models.FloatField()

    class Meta:
        verbose_name = _("place of an entity")
        verbose_name_plural = _("places of entities")

    def __str__(self) -> str:
        return str(self.id)
