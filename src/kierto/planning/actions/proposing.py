"""From a certified plan to proposals that its parties can answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from kierto.catalogue.models import ResourceSpecification
from kierto.core.quantity import PLACES, rounded
from kierto.exchange.actions import propose, withdraw_proposal
from kierto.exchange.models import Intent, Processor, Proposal
from kierto.exchange.states import IntentState, ProposalState
from kierto.parties.models import Agent
from kierto.planner import Flow, Plan, Problem
from kierto.planner.certificate import require_valid
from kierto.planning.errors import (
    AlreadyProposed,
    NewerPlanProposed,
    NoPlanHere,
    NothingToPropose,
)
from kierto.planning.models import PlanRun, RunKind
from kierto.planning.permissions import can_propose_plan, can_request_run
from kierto.planning.ports import owner_of_ports, uuid_of, wishes
from kierto.planning.queries import open_proposals
from kierto.planning.states import RunState

TERM = timedelta(weeks=13)
"""A proposal speaks of one quarter, unless its offer or need ends before."""

Key = tuple[int, UUID, UUID]
"""What a proposal joins: kind, source, sink."""

_ALONG = ("agent__organization", "agent__person", "place__district")

SAME_AMOUNT = Decimal("0.01")
"""A waiting proposal that differs by less than this share is left with its parties."""


@dataclass(frozen=True)
class _Ends:
    """What the flows' ports stand for, as it is today."""

    intents: dict[str, Intent]
    processors: dict[str, Processor]
    part_of: dict[str, str]

    def of(self, port: str) -> Intent | Processor | None:
        """The open offer, need or processor of a port, or None if it is open no more."""
        part = self.part_of[port]
        return self.intents.get(part) or self.processors.get(part)


def propose_plan(run: PlanRun, *, by: Agent) -> list[Proposal]:
    """Put every flow of a finished plan to its two parties, once.

    The certificate is recomputed first. Flows whose offer, need or processor has closed since are
    left out. Proposals of earlier plans that still wait are withdrawn, unless this plan says the
    same; those are left with their parties and are part of the answer.

    Raises:
        NotAllowed: ``by`` does not run the district.
        NoPlanHere, AlreadyProposed, NewerPlanProposed, NothingToPropose: as their names say.
        Uncertified: the stored plan does not pass its certificate.
    """
    with transaction.atomic():
        locked = PlanRun.objects.select_for_update().select_related("district").get(pk=run.pk)
        can_request_run(by, locked.district).require()
        problem, plan = _proposable(locked)
        can_propose_plan(by, locked).require()
        proposals = _propose_flows(locked, problem, plan, by)
        if not proposals:
            raise NothingToPropose
        locked.proposed_at = timezone.now()
        locked.save(update_fields=["proposed_at"])
    run.refresh_from_db()
    return proposals


def _proposable(run: PlanRun) -> tuple[Problem, Plan]:
    if run.kind != RunKind.PLAN or run.state != RunState.DONE:
        raise NoPlanHere
    if run.proposed_at is not None:
        raise AlreadyProposed
    later = PlanRun.objects.filter(
        district=run.district, created_at__gt=run.created_at, proposed_at__isnull=False
    )
    if later.exists():
        raise NewerPlanProposed
    problem, plan = Problem.from_dict(run.problem or {}), Plan.from_dict(run.plan or {})
    require_valid(problem, plan)
    return problem, plan


@dataclass(frozen=True)
class _Wanted:
    """One flow as it would be proposed today."""

    flow: Flow
    kind: ResourceSpecification
    source: Intent | Processor
    sink: Intent | Processor
    amount: Decimal
    term: tuple[date, date]

    @property
    def key(self) -> Key:
        return (self.kind.pk, self.source.pk, self.sink.pk)


def _propose_flows(run: PlanRun, problem: Problem, plan: Plan, by: Agent) -> list[Proposal]:
    wanted = list(_wanted(problem, plan))
    waiting = {_key(each): each for each in _waiting(wanted)}
    kept = [
        waiting[each.key]
        for each in wanted
        if each.key in waiting and _says_the_same(waiting[each.key], each.amount)
    ]
    for proposal in open_proposals(run.district):
        if proposal not in kept:
            withdraw_proposal(proposal, by=by)
    standing = {_key(each) for each in kept}
    return kept + [_propose_flow(run, each, by) for each in wanted if each.key not in standing]


def _wanted(problem: Problem, plan: Plan) -> Iterator[_Wanted]:
    """The flows whose two ends are still open."""
    ends = _ends_today(problem)
    kinds = ResourceSpecification.objects.prefetch_related("labels").in_bulk(
        {flow.kind for flow in plan.flows}, field_name="code"
    )
    for flow in plan.flows:
        source, sink = ends.of(flow.source), ends.of(flow.sink)
        amount = rounded(Decimal(flow.amount))
        if source is None or sink is None or amount < PLACES:
            continue
        if (source.agent_id, source.place_id) == (sink.agent_id, sink.place_id):
            continue  # what stays in one house needs nobody's word
        term = _term(source, sink)
        if term is not None:
            yield _Wanted(flow, kinds[flow.kind], source, sink, amount, term)


def _waiting(wanted: list[_Wanted]) -> QuerySet[Proposal]:
    """Proposals between these ends that can still be answered, whoever made them."""
    sources = [each.source.pk for each in wanted]
    return Proposal.objects.filter(
        Q(offer__in=sources) | Q(source_processor__in=sources),
        state=ProposalState.OPEN,
        answer_by__gte=timezone.localdate(),
    )


def _says_the_same(proposal: Proposal, amount: Decimal) -> bool:
    """What the parties proposed themselves stands, whatever the plan would change."""
    same = abs(proposal.quantity_per_week - amount) <= SAME_AMOUNT * amount
    return proposal.plan is None or same


def _propose_flow(run: PlanRun, wanted: _Wanted, by: Agent) -> Proposal:
    flow, source, sink = wanted.flow, wanted.source, wanted.sink
    ends: dict[str, Any] = {
        "offer" if isinstance(source, Intent) else "source_processor": source,
        "need" if isinstance(sink, Intent) else "target_processor": sink,
    }
    return propose(
        kind=wanted.kind,
        provider=source.agent,
        receiver=sink.agent,
        quantity_per_week=wanted.amount,
        distance_km=flow.km or 0.0,
        cost_per_unit=flow.cost / flow.amount,
        emissions_per_unit=flow.emissions / flow.amount,
        starts_on=wanted.term[0],
        ends_on=wanted.term[1],
        plan=run.pk,
        by=by,
        **ends,
    )


def _ends_today(problem: Problem) -> _Ends:
    """The parts of the problem that are still open, by their id in the problem."""
    today = timezone.localdate()
    intents = Intent.objects.filter(
        pk__in=[uuid_of(wish.id) for wish in wishes(problem)],
        state=IntentState.OPEN,
    ).select_related(*_ALONG)
    processors = Processor.objects.filter(
        pk__in=[uuid_of(each.id) for each in problem.processors], state=IntentState.OPEN
    ).select_related(*_ALONG)
    return _Ends(
        {
            f"{each.direction}:{each.pk}": each
            for each in intents
            if each.available_until is None or each.available_until >= today
        },
        {f"processor:{each.pk}": each for each in processors},
        owner_of_ports(problem),
    )


def _key(proposal: Proposal) -> Key:
    source = proposal.offer_id or proposal.source_processor_id
    sink = proposal.need_id or proposal.target_processor_id
    assert source is not None  # a constraint of the table  # noqa: S101
    assert sink is not None  # noqa: S101
    return (proposal.kind_id, source, sink)


def _term(source: Intent | Processor, sink: Intent | Processor) -> tuple[date, date] | None:
    """From next Monday for a quarter, within the windows of both ends.

    Where a window closes before that, from today; None where it is closed.
    """
    today = timezone.localdate()
    opens, closes = today, date.max
    for each in (source, sink):
        if isinstance(each, Intent):
            opens = max(opens, each.available_from)
            closes = min(closes, each.available_until or closes)
    start = max(opens, today + timedelta(days=7 - today.weekday()))
    if start > closes:
        start = opens
    end = min(start + TERM - timedelta(days=1), closes)
    return (start, end) if start <= end else None
