"""Answers about plan runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from kierto.catalogue.models import Recipe, RecipeFlow
from kierto.exchange.models import Intent, Processor, Proposal, ProposalAnswer
from kierto.exchange.staleness import TOLERATED, promise_deviation
from kierto.exchange.states import IntentState, ProposalState
from kierto.parties.models import Agent, AgentType, Appointment, District
from kierto.parties.queries import is_node_admin
from kierto.planning.models import CandidateSite, PlanRun, RunKind
from kierto.planning.states import RunState

HEAVY = ("problem", "plan", "sweep", "sites", "split")
"""Columns that lists do without."""


def visible_runs(by: Agent | None) -> QuerySet[PlanRun]:
    """Finished runs for everybody; all runs of a district for those who run it."""
    runs = PlanRun.objects.select_related("district").defer(*HEAVY)
    if by is None:
        return runs.filter(state=RunState.DONE)
    if by.type == AgentType.SYSTEM or is_node_admin(by):
        return runs
    mine = Appointment.objects.filter(
        person__agent_id=by.pk, role=Appointment.Role.OPERATOR
    ).values("district_id")
    return runs.filter(Q(state=RunState.DONE) | Q(district_id__in=mine))


def with_totals(runs: QuerySet[PlanRun]) -> QuerySet[PlanRun]:
    """Runs with their plan's totals beside them, without reading whole plans.

    Euros and kg CO2e a week: ``cost``, ``emissions``, ``baseline_cost``, ``baseline_emissions``.
    """
    return runs.annotate(
        cost=F("plan__totals__cost"),
        emissions=F("plan__totals__emissions"),
        baseline_cost=F("plan__baseline__cost"),
        baseline_emissions=F("plan__baseline__emissions"),
    )


def done_plans(district: District, kind: str = RunKind.PLAN) -> QuerySet[PlanRun]:
    """The district's finished plans (or runs of another kind), newest first, without what they hold."""
    return (
        PlanRun.objects.filter(district=district, kind=kind, state=RunState.DONE)
        .defer(*HEAVY)
        .order_by("-created_at")
    )


def candidate_sites(district: District) -> QuerySet[CandidateSite]:
    """The district's candidate sites with their recipes, by name."""
    return (
        CandidateSite.objects.filter(district=district)
        .select_related("recipe", "district")
        .prefetch_related("recipe__flows__kind")
    )


def whole_recipes() -> QuerySet[Recipe]:
    """Recipes that take something and make something: what a site could run."""
    directions = RecipeFlow.Direction
    return Recipe.objects.filter(
        Exists(RecipeFlow.objects.filter(recipe=OuterRef("pk"), direction=directions.INPUT)),
        Exists(RecipeFlow.objects.filter(recipe=OuterRef("pk"), direction=directions.OUTPUT)),
    )


def latest_plan(district: District) -> PlanRun | None:
    """The newest finished plan of the district."""
    return done_plans(district).first()


def latest_siting(district: District) -> PlanRun | None:
    """The newest finished siting run of the district."""
    return done_plans(district, RunKind.SITING).first()


def previous_plan(run: PlanRun) -> PlanRun | None:
    """The finished plan of the same district before this one."""
    return done_plans(run.district).filter(created_at__lt=run.created_at).first()


@dataclass(frozen=True, slots=True)
class Staleness:
    """One reason why a new plan is worth running: a sentence and how often it applies."""

    sentence: Any
    count: int

    def __str__(self) -> str:
        return str(self.sentence % {"count": self.count})


def reasons_for_new_plan(district: District, *, today: date | None = None) -> list[Staleness]:
    """What changed in the district since its newest plan froze its inputs.

    Derived from what exchange and ledger hold, never stored, so it cannot go stale itself.
    """
    latest = latest_plan(district)
    if latest is None or latest.started_at is None:
        waiting = Intent.objects.filter(place__district=district, state=IntentState.OPEN).count()
        never = _("there is no plan yet for the %(count)s open offers and needs")
        return [Staleness(never, waiting)] if waiting else []
    since = latest.started_at
    found = [
        Staleness(_CHANGED, _changed_intents(district, since)),
        Staleness(_ENDED, _ended_intents(district, since, today or timezone.localdate())),
        Staleness(_PROCESSORS, _new_processors(district, since)),
        Staleness(_ANSWERED, _answered(district, since)),
        Staleness(_DELIVERED, _delivered(district, latest)),
    ]
    return [reason for reason in found if reason.count]


_CHANGED = ngettext_lazy(
    "%(count)s offer or need is new or changed",
    "%(count)s offers or needs are new or changed",
    "count",
)
_ENDED = ngettext_lazy(
    "%(count)s offer or need has run out",
    "%(count)s offers or needs have run out",
    "count",
)
_PROCESSORS = ngettext_lazy("%(count)s processor is new", "%(count)s processors are new", "count")
_ANSWERED = ngettext_lazy(
    "%(count)s proposal was declined", "%(count)s proposals were declined", "count"
)
_DELIVERED = _("deliveries are %(count)s %% below what was promised")


def _changed_intents(district: District, since: datetime) -> int:
    return (
        Intent.objects.filter(place__district=district, updated_at__gt=since)
        .exclude(state=IntentState.DRAFT)
        .count()
    )


def _ended_intents(district: District, since: datetime, today: date) -> int:
    return Intent.objects.filter(
        place__district=district,
        state=IntentState.OPEN,
        available_until__gte=timezone.localdate(since),
        available_until__lt=today,
    ).count()


def _new_processors(district: District, since: datetime) -> int:
    return Processor.objects.filter(place__district=district, created_at__gt=since).count()


def _answered(district: District, since: datetime) -> int:
    return (
        ProposalAnswer.objects.filter(accepted=False, answered_at__gt=since)
        .filter(_touches(district, "proposal__"))
        .count()
    )


def _delivered(district: District, latest: PlanRun) -> int:
    """By how many percent deliveries fell short of the plan's promises, if that is too much."""
    deviation = promise_deviation(district, latest.pk, timezone.localdate())
    return round(100 * deviation) if deviation > TOLERATED else 0


def _touches(district: District, prefix: str = "") -> Q:
    """Proposals with an end in the district."""
    ends = ("offer", "need", "source_processor", "target_processor")
    return Q(*((f"{prefix}{end}__place__district", district) for end in ends), _connector=Q.OR)


def open_proposals(district: District) -> QuerySet[Proposal]:
    """Proposals of the district's plans that wait for answers."""
    return Proposal.objects.filter(
        plan__in=PlanRun.objects.filter(district=district).values("pk"),
        state=ProposalState.OPEN,
    )


def proposals_of(run: PlanRun) -> dict[str, int]:
    """How many of the run's proposals stand in each state."""
    states = Proposal.objects.filter(plan=run.pk).values_list("state", flat=True)
    counted = Counter(states)
    return {state.value: counted[state.value] for state in ProposalState if counted[state.value]}
