"""Plan runs (the district's state frozen, what the planner answered) and candidate sites."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import Recipe
from kierto.core.geography import Point
from kierto.parties.models import Agent, District
from kierto.planning.states import OPEN_STATES, RunState


class RunKind(models.TextChoices):
    """What a run computes."""

    PLAN = "plan", _("plan")
    SWEEP = "sweep", _("carbon-price sweep")
    SITING = "siting", _("where to open sites")


class PlanRun(models.Model):
    """One run of the planner for a district.

    ``problem`` is the frozen input (``planner.Problem.to_dict``), ``inputs_hash`` its digest:
    the same inputs give the same plan. ``plan`` is ``planner.Plan.to_dict``, certificate included;
    ``sweep`` holds the points of a carbon-price sweep, ``sites`` the candidates of a siting run as
    they were, and what is said of each, ``split`` is ``planner.fair.FairSplit.to_dict``. Cost is
    euros a week, carbon price euros per tonne CO2e. ``wanted_gap`` is the share of the money moved
    that the plan may miss the optimum by; ``objective``, ``bound`` and ``gap`` are the planner's
    last word while it computes. ``failure`` is a machine code that :mod:`kierto.planning.errors` puts into
    words, ``failure_detail`` what the computation itself said, in English. ``job`` is the id of
    the background task, ``worker`` the process that computes (host:pid), ``same_as`` an earlier
    run whose plan was verified and taken over.
    """

    Kind = RunKind

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=6, choices=RunKind, default=RunKind.PLAN)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="plan_runs")
    requested_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    carbon_price = models.DecimalField(_("carbon price"), max_digits=8, decimal_places=2)
    state = models.CharField(max_length=9, choices=RunState, default=RunState.QUEUED)
    job = models.UUIDField(null=True, blank=True, editable=False)
    worker = models.CharField(max_length=120, blank=True, editable=False)
    cancel_requested = models.BooleanField(default=False)
    enough_requested = models.BooleanField(default=False)
    wanted_gap = models.FloatField(default=0)
    objective = models.FloatField(null=True, blank=True)
    bound = models.FloatField(null=True, blank=True)
    gap = models.FloatField(null=True, blank=True)
    progress = models.FloatField(default=0)
    progress_step = models.CharField(max_length=40, blank=True)
    problem = models.JSONField(null=True, blank=True)
    inputs_hash = models.CharField(max_length=64, blank=True)
    plan = models.JSONField(null=True, blank=True)
    sweep = models.JSONField(null=True, blank=True)
    sites = models.JSONField(null=True, blank=True)
    split = models.JSONField(null=True, blank=True)
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
            models.CheckConstraint(
                name="planning_wanted_gap", condition=Q(wanted_gap__gte=0, wanted_gap__lt=1)
            ),
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


WEEKS_A_YEAR = Decimal("52.1775")
"""365.2425 days."""


class CandidateSite(models.Model):
    """A place where a district might open a processor: what it could do, and what opening costs.

    Nothing exists here yet: ordinary plans leave candidates out, and a siting run asks which of
    them to open. ``investment`` is paid back over ``years`` at ``interest`` percent a year;
    ``fixed_cost`` is euros a year for rent and staff, whatever is processed. Capacity and minimum
    are levels of the recipe a week.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="candidate_sites")
    recipe = models.ForeignKey(Recipe, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=160)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    capacity = models.FloatField(_("capacity, levels a week"))
    minimum = models.FloatField(_("least it must run, levels a week"), default=0)
    investment = models.DecimalField(_("investment in euros"), max_digits=12, decimal_places=2)
    years = models.PositiveSmallIntegerField(_("years of use"), default=15)
    interest = models.DecimalField(
        _("interest in percent a year"), max_digits=5, decimal_places=2, default=Decimal(3)
    )
    fixed_cost = models.DecimalField(
        _("fixed cost in euros a year"), max_digits=12, decimal_places=2, default=Decimal(0)
    )
    created_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("candidate site")
        verbose_name_plural = _("candidate sites")
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="planning_site_levels",
                condition=Q(capacity__gt=0, minimum__gte=0, minimum__lte=F("capacity")),
            ),
            models.CheckConstraint(
                name="planning_site_costs",
                condition=Q(investment__gte=0, fixed_cost__gte=0, interest__gte=0, years__gte=1),
            ),
            models.CheckConstraint(
                name="planning_site_on_earth",
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def point(self) -> Point:
        """Where it would stand."""
        return Point(self.latitude, self.longitude)

    @property
    def weekly_cost(self) -> Decimal:
        """Euros a week for having it open: the investment as an annuity, and the fixed cost."""
        rate = self.interest / 100
        share = rate / (1 - (1 + rate) ** -self.years) if rate else Decimal(1) / self.years
        return (self.investment * share + self.fixed_cost) / WEEKS_A_YEAR
