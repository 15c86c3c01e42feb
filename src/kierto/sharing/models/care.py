"""The care of things: plans by time or use, and each time that something is out for it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.ledger.models import Agreement
from kierto.parties.models import Agent
from kierto.sharing.models.things import Thing
from kierto.sharing.states import MaintenanceState


class MaintenancePlan(models.Model):
    """What a thing needs every so many days or uses, whichever comes first."""

    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="maintenance_plans")
    name = models.CharField(_("what is done"), max_length=160)
    instructions = models.TextField(_("how it is done"), blank=True)
    every_days = models.PositiveIntegerField(_("every so many days"), null=True, blank=True)
    every_uses = models.PositiveIntegerField(_("every so many uses"), null=True, blank=True)
    takes_hours = models.PositiveIntegerField(_("takes so many hours"), default=24)
    makes_ticket = models.BooleanField(_("goes to the repairer of the collection"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("maintenance plan")
        verbose_name_plural = _("maintenance plans")
        ordering: ClassVar = ["thing", "name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="sharing_plan_falls_due",
                condition=Q(every_days__gte=1) | Q(every_uses__gte=1),
            ),
            models.CheckConstraint(
                name="sharing_maintenance_takes_time", condition=Q(takes_hours__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Maintenance(models.Model):
    """Some or all of a thing are out of use from ``begins`` to ``ends``, to be cared for.

    If a repairer does it, ``agreement`` holds the promises to bring it and to give it back
    (``accept``, ``modify``); the repairer's own app makes a ticket of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thing = models.ForeignKey(Thing, on_delete=models.PROTECT, related_name="maintenances")
    plan = models.ForeignKey(
        MaintenancePlan, on_delete=models.SET_NULL, null=True, blank=True, related_name="done"
    )
    quantity = models.PositiveIntegerField(_("how many"), default=1)
    title = models.CharField(_("what is done"), max_length=160)
    note = models.TextField(_("note"), blank=True)
    begins = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("until"))
    state = models.CharField(
        max_length=10, choices=MaintenanceState, default=MaintenanceState.PLANNED
    )
    agreement = models.OneToOneField(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="maintenance"
    )
    created_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("maintenance")
        verbose_name_plural = _("maintenance")
        ordering: ClassVar = ["begins"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="sharing_maintenance_state_known",
                condition=Q(state__in=MaintenanceState.values),
            ),
            models.CheckConstraint(
                name="sharing_maintenance_ends_after_start", condition=Q(ends__gt=F("begins"))
            ),
            models.CheckConstraint(name="sharing_maintenance_counts", condition=Q(quantity__gte=1)),
        ]

    def __str__(self) -> str:
        return self.title
