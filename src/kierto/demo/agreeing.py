"""A plan put to its parties, and how the demonstration's people answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from kierto.catalogue.models import ResourceSpecification
from kierto.core.quantity import rounded
from kierto.demo.chance import share
from kierto.demo.people import People
from kierto.exchange.actions import answer_proposal, propose
from kierto.exchange.models import Intent, Processor, Proposal
from kierto.exchange.problem import district_problem
from kierto.exchange.states import ProposalState
from kierto.parties.models import District
from kierto.planner import Flow, Plan, Problem, solve

SMALLEST = Decimal("0.1")
"""Units a week; nobody signs an agreement for less."""

DECLINED = 0.06
"""Share of last year's proposals that a party declined."""

REASONS = (
    "Our store is too small for a delivery every week.",
    "We have a contract with another taker until the end of the year.",
    "The quality varies too much for our line.",
)


def agree_on_last_year(
    district: District, people: People, start: date, end: date
) -> list[Proposal]:
    """Plan the district as it stood at the year's start; return the proposals all accepted."""
    price = float(district.carbon_price) / 1000
    problem = district_problem(district, on=start, carbon_price=price)
    plan = solve(problem)
    proposals = propose_flows(problem, plan, people, start, end)
    answered = [_answered(each, people) for each in proposals]
    return [each for each in answered if each.state == ProposalState.ACCEPTED]


def propose_flows(
    problem: Problem, plan: Plan, people: People, start: date, end: date
) -> list[Proposal]:
    """Every flow of the plan as a proposal for the term, in the plan's own order."""
    ends = _ends(problem)
    kinds = ResourceSpecification.objects.in_bulk(
        {flow.kind for flow in plan.flows}, field_name="code"
    )
    return [
        _propose(flow, ends[flow.source], ends[flow.sink], kinds[flow.kind], people, (start, end))
        for flow in plan.flows
        if rounded(Decimal(flow.amount)) >= SMALLEST
        and ends[flow.source].place_id != ends[flow.sink].place_id
    ]


def _propose(
    flow: Flow,
    source: Intent | Processor,
    sink: Intent | Processor,
    kind: ResourceSpecification,
    people: People,
    term: tuple[date, date],
) -> Proposal:
    ends: dict[str, Any] = {
        "offer" if isinstance(source, Intent) else "source_processor": source,
        "need" if isinstance(sink, Intent) else "target_processor": sink,
    }
    return propose(
        kind=kind,
        provider=source.agent,
        receiver=sink.agent,
        quantity_per_week=rounded(Decimal(flow.amount)),
        distance_km=flow.km or 0.0,
        cost_per_unit=flow.cost / flow.amount,
        emissions_per_unit=flow.emissions / flow.amount,
        starts_on=term[0],
        ends_on=term[1],
        by=people.operator,
        **ends,
    )


def _ends(problem: Problem) -> dict[str, Intent | Processor]:
    """What every port of the problem stands for."""
    parts: dict[str, Intent | Processor] = {}
    for intent in Intent.objects.select_related("agent", "place"):
        parts[str(intent.pk)] = intent
    for processor in Processor.objects.select_related("agent", "place"):
        parts[str(processor.pk)] = processor
    ends = {offer.id: parts[offer.id.split(":")[1]] for offer in problem.offers}
    ends |= {need.id: parts[need.id.split(":")[1]] for need in problem.needs}
    for each in problem.processors:
        owner = parts[each.id.split(":")[1]]
        ends |= {each.input_port(stream.kind): owner for stream in each.inputs}
        ends |= {each.output_port(stream.kind): owner for stream in each.outputs}
    return ends


def _answered(proposal: Proposal, people: People) -> Proposal:
    """Both parties answer, unless the first declines."""
    name = _name(proposal)
    declines = share("declines", name) < DECLINED
    reason = REASONS[int(share("reason", name) * len(REASONS))]
    parties = {each.pk: each for each in (proposal.receiver, proposal.provider)}
    for agent in parties.values():
        proposal = answer_proposal(
            proposal,
            agent=agent,
            accept=not declines,
            reason=reason if declines else "",
            by=people.for_agent(agent),
        )
        if declines:
            break
    return proposal


def _name(proposal: Proposal) -> str:
    """A name that is the same in every load, unlike the ids."""
    source = proposal.offer or proposal.source_processor
    sink = proposal.need or proposal.target_processor
    return "|".join([str(source), str(sink), proposal.kind.code])
