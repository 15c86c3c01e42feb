"""Who else can be asked (clause 5.9), maps of distributed queries (5.14) and snapshots (5.16)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.parties.models import Agent


class OfTenant(models.Model):
    """Something of a tenant, named by a URI that nothing else of its sort there has."""

    tenant = models.BigIntegerField()
    name = models.TextField()

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="hub_%(class)s_once")
        ]

    def __str__(self) -> str:
        return self.name


class Registration(OfTenant):
    """A context source that can be asked for a part of the entities.

    ``stored`` is the JSON of :data:`kierto.ngsild.registrations.Stored`; the columns beside it are
    what is searched by.
    """

    mode = models.CharField(max_length=12)
    stored = models.TextField()
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="+")
    # How it went: added up in memory and written now and then (kierto.hub.distribution.health).
    times_sent = models.BigIntegerField(default=0)
    times_failed = models.BigIntegerField(default=0)
    last_success = models.DateTimeField(null=True)
    last_failure = models.DateTimeField(null=True)

    class Meta:
        db_table = "hub_registration"
        verbose_name = _("registration of a context source")
        verbose_name_plural = _("registrations of context sources")
        constraints: ClassVar = [
            *OfTenant.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(mode__in=["inclusive", "exclusive", "redirect", "auxiliary"]),
                name="hub_registration_mode",
            ),
        ]


class RegistrationKey(models.Model):
    """One word under which a registration is found: an entity, a type, an attribute, anything.

    A registration stands under the narrowest word each of its parts has: identifiers where it
    names them, else types, else attributes, else ``*``.
    """

    tenant = models.BigIntegerField()
    kind = models.CharField(max_length=1)
    word = models.TextField()
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="keys")

    class Meta:
        db_table = "hub_registration_key"
        verbose_name = _("word of a registration")
        verbose_name_plural = _("words of registrations")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "word", "registration"], name="hub_registration_key_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["i", "t", "a", "*"]), name="hub_registration_key_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.word}"


class RegistrationState(models.Model):
    """One row per tenant with a word that is new after every change; processes remember by it."""

    tenant = models.BigIntegerField(primary_key=True)
    state = models.UUIDField(default=uuid.uuid4)

    class Meta:
        db_table = "hub_registration_state"
        verbose_name = _("state of registrations")
        verbose_name_plural = _("states of registrations")

    def __str__(self) -> str:
        return str(self.state)


class EntityMap(OfTenant):
    """Which entities a query found, in order, and which sources have a part of each."""

    # [[entity id, [registration or "@none", …]], …]
    entries = models.TextField()
    # Who may use it: the agent it was made for, nobody for visitors, everybody on an open node.
    agent_id = models.UUIDField(null=True)
    open = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)

    class Meta(OfTenant.Meta):
        db_table = "hub_entity_map"
        verbose_name = _("entity map")
        verbose_name_plural = _("entity maps")


class Snapshot(OfTenant):
    """A frozen copy of what some queries found."""

    # Members of clause 5.2.41 as they are sent, without id, type, status and times.
    members = models.TextField()
    status = models.CharField(max_length=10, default="preparing")
    # One {"resultStatus", "numberOfEntities", …} per query.
    details = models.TextField(default="[]")
    priority = models.SmallIntegerField(default=5)
    created_by = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    modified_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        db_table = "hub_snapshot"
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        constraints: ClassVar = [
            *OfTenant.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(status__in=["preparing", "success", "incomplete", "failed"]),
                name="hub_snapshot_status",
            ),
        ]


class SnapshotEntity(models.Model):
    """One entity of a snapshot, as it was, and who may read it."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="entities")
    entity = models.TextField()
    document = models.TextField()
    visibility = models.SmallIntegerField(default=0)
    readers = models.JSONField(default=list)

    class Meta:
        db_table = "hub_snapshot_entity"
        verbose_name = _("entity of a snapshot")
        verbose_name_plural = _("entities of snapshots")
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "entity"], name="hub_snapshot_entity_once")
        ]

    def __str__(self) -> str:
        return self.entity
