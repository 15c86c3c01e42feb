"""A plan run: the district's state frozen, what the planner answered, and its certificate."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.parties.models import Agent, District
from kierto.planning.states import OPEN_STATES, RunState


class RunKind(models.TextChoices):
    """What a run computes."""

    PLAN = "plan", _("plan")
    SWEEP = "sweep", _("carbon-price sweep")


class PlanRun(models.Model):
    """One run of the planner for a district.

    ``problem`` is the frozen input (``planner.Problem.to_dict``), ``inputs_hash`` its digest:
    the same inputs give the same plan. ``plan`` is ``planner.Plan.to_dict``, certificate included;
    ``sweep`` holds the points of a carbon-price sweep. Cost is euros a week, carbon price euros
    per tonne CO2e. ``failure`` is a machine code that :mod:`kierto.planning.errors` puts into
    words, ``failure_detail`` what the computation itself said, in English. ``job`` is the id of
    the background task, ``worker`` the process that computes (host:pid), ``same_as`` an earlier
    run whose plan was verified and taken over.
    """

    Kind = RunKind

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=5, choices=RunKind, default=RunKind.PLAN)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="plan_runs")
    requested_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    carbon_price = models.DecimalField(_("carbon price"), max_digits=8, decimal_places=2)
    state = models.CharField(max_length=9, choices=RunState, default=RunState.QUEUED)
    job = models.UUIDField(null=True, blank=True, editable=False)
    worker = models.CharField(max_length=120, blank=True, editable=False)
    cancel_requested = models.BooleanField(default=False)
    progress = models.FloatField(default=0)
    progress_step = models.CharField(max_length=40, blank=True)
    problem = models.JSONField(null=True, blank=True)
    inputs_hash = models.CharField(max_length=64, blank=True)
    plan = models.JSONField(null=True, blank=True)
    sweep = models.JSONField(null=True, blank=True)
    same_as = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    failure = models.CharField(max_length=60, blank=True)
    failure_detail = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("plan run")
        verbose_name_plural = _("plan runs")
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["inputs_hash"], name="planning_run_by_inputs"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="planning_run_state", condition=Q(state__in=RunState.values)
            ),
            models.CheckConstraint(name="planning_run_kind", condition=Q(kind__in=RunKind.values)),
            models.CheckConstraint(
                name="planning_failed_run_says_why", condition=~Q(state="failed") | ~Q(failure="")
            ),
            models.CheckConstraint(
                name="planning_finished_run_has_time",
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "failed", "cancelled"], finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="planning_running_run_has_pulse",
                condition=~Q(state="running") | Q(heartbeat_at__isnull=False),
            ),
            models.CheckConstraint(
                name="planning_only_done_plans_are_proposed",
                condition=Q(proposed_at__isnull=True) | Q(state="done", kind="plan"),
            ),
            models.CheckConstraint(name="planning_carbon_price", condition=Q(carbon_price__gte=0)),
            models.UniqueConstraint(
                name="planning_one_open_run_each",
                fields=["district", "kind"],
                condition=Q(state__in=["queued", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.district_id} {self.created_at:%Y-%m-%d} ({self.state})"

    @property
    def is_open(self) -> bool:
        """Whether the run is still to be computed or being computed."""
        return self.state in OPEN_STATES
