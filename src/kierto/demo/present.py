"""The demonstration today: a plan for the coming quarter, and people about to answer it."""

from __future__ import annotations

from kierto.demo.chance import share
from kierto.demo.people import People
from kierto.exchange.actions import answer_proposal
from kierto.exchange.models import Proposal
from kierto.parties.models import District
from kierto.planning.actions import propose_plan, request_run, run_now
from kierto.planning.models import PlanRun

ANSWERED = 0.55
"""Share of the new proposals to which both parties have said yes already."""


def open_the_present(district: District, people: People) -> PlanRun:
    """Plan the district as it is now, put the plan to its parties, and let some answer."""
    run = run_now(request_run(district, by=people.operator))
    for proposal in propose_plan(run, by=people.operator):
        _answer_some(proposal, people)
    return run


def _answer_some(proposal: Proposal, people: People) -> None:
    """Some proposals are accepted by both, some by one side only, some wait for both."""
    source = proposal.offer or proposal.source_processor
    sink = proposal.need or proposal.target_processor
    luck = share("today", str(source), str(sink), proposal.kind.code)
    if luck < ANSWERED:
        answering = {
            proposal.receiver_id: proposal.receiver,
            proposal.provider_id: proposal.provider,
        }
    elif luck < (1 + ANSWERED) / 2:
        answering = {proposal.receiver_id: proposal.receiver}
    else:
        answering = {}
    for agent in answering.values():
        proposal = answer_proposal(proposal, agent=agent, accept=True, by=people.for_agent(agent))
