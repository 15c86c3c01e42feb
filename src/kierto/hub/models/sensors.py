"""Devices that measure, what was received of them, and alarms about them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.hub.access import CITY, PARTNERS, PRIVATE, PUBLIC
from kierto.hub.models.store import Tenant
from kierto.hub.sensors.states import AlarmKind, AlarmState, DeviceState
from kierto.parties.models import Agent, District


class Openness(models.IntegerChoices):
    """Who may read what a device measures, besides its owner."""

    PUBLIC = PUBLIC, _("everybody")
    PARTNERS = PARTNERS, _("partner organisations")
    CITY = CITY, _("operators of the districts")
    PRIVATE = PRIVATE, _("nobody else")


class Device(models.Model):
    """Something that measures and sends. It writes one entity; of its key only the hash is kept.

    ``mapping`` says how to read its messages (see :mod:`kierto.hub.sensors.mapping`), ``past`` is
    what its last readings were, by attribute, as :mod:`kierto.hub.sensors.quality` keeps it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=DeviceState, default=DeviceState.DRAFT)
    key_hash = models.CharField(max_length=64, editable=False, blank=True)
    # A word of the hub's vocabulary or an IRI; and the id of what is measured.
    entity_type = models.CharField(_("kind of thing"), max_length=300)
    entity_id = models.CharField(max_length=300)
    openness = models.SmallIntegerField(
        _("who may read it"), choices=Openness, default=Openness.PRIVATE
    )
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    district = models.ForeignKey(District, null=True, on_delete=models.SET_NULL, related_name="+")
    mapping = models.JSONField(default=dict, blank=True)
    # Where an outside broker brings its messages; empty: kierto/<uuid>/up.
    topic = models.CharField(_("topic"), max_length=300, blank=True)
    # Seconds between two messages; null: it sends when it likes.
    interval = models.PositiveIntegerField(_("sends every"), null=True, blank=True)
    past = models.JSONField(default=dict, blank=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    seen_at = models.DateTimeField(null=True, editable=False)
    # The last message that could not be taken, for its owner to see why; cut where it is long.
    refused = models.TextField(blank=True, editable=False)
    refused_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ("name", "created_at")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "entity_id"],
                condition=~Q(state="retired"),
                name="hub_device_writes_alone",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="hub_device_on_earth",
            ),
            models.CheckConstraint(
                condition=~Q(state="retired") | Q(key_hash=""), name="hub_device_retired_has_no_key"
            ),
        ]
        indexes = [models.Index(fields=["state", "seen_at"], name="hub_device_silent")]

    def __str__(self) -> str:
        return self.name

    @property
    def source(self) -> str:
        """What the store calls the keeper of its entity: nobody else writes it."""
        return f"device:{self.pk.hex}"

    @property
    def up_topic(self) -> str:
        """The topic of its messages."""
        return self.topic or f"kierto/{self.pk}/up"


class Received(models.Model):
    """A message that was taken, so that it is not taken twice. Kept some weeks."""

    id = models.BigAutoField(primary_key=True)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    # Microseconds since 1970.
    received = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = _("received message")
        verbose_name_plural = _("received messages")
        constraints = [
            models.UniqueConstraint(fields=["device", "digest"], name="hub_received_once")
        ]

    def __str__(self) -> str:
        return self.digest[:8]


class Alarm(models.Model):
    """Something about a device that its owner should look at."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="alarms")
    kind = models.CharField(max_length=10, choices=AlarmKind)
    # The attribute it is about, as the mapping names it; empty for the device itself.
    attribute = models.CharField(max_length=300, blank=True)
    value = models.FloatField(null=True)
    state = models.CharField(max_length=10, choices=AlarmState, default=AlarmState.OPEN)
    raised_at = models.DateTimeField(default=timezone.now, editable=False)
    # When the owner was told.
    told_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(null=True)
    seen_note = models.CharField(max_length=500, blank=True)
    # Nobody, where a good message ended it.
    over_by = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="+")
    over_at = models.DateTimeField(null=True)
    over_note = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering = ("-raised_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["device", "kind", "attribute"],
                condition=~Q(state="over"),
                name="hub_alarm_once",
            ),
            models.CheckConstraint(
                condition=Q(state="over", over_at__isnull=False)
                | (~Q(state="over") & Q(over_at__isnull=True)),
                name="hub_alarm_over_has_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.attribute}".strip()
