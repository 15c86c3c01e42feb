"""The demonstration today: a plan for the coming quarter, people about to answer it, and the
question where to open what.
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from kierto.catalogue.models import Recipe
from kierto.demo.chance import share
from kierto.demo.people import People
from kierto.exchange.actions import answer_proposal
from kierto.exchange.models import Proposal
from kierto.parties.models import District
from kierto.planning.actions import add_site, propose_plan, request_run, run_now
from kierto.planning.models import PlanRun, RunKind

ANSWERED = 0.55
"""Share of the new proposals to which both parties have said yes already."""


def open_the_present(district: District, people: People) -> PlanRun:
    """Ask which of the candidate sites to open; then plan the district as it is now, put the plan
    to its parties, and let some answer."""
    run_now(request_run(district, kind=RunKind.SITING, by=people.operator))
    run = run_now(request_run(district, by=people.operator))
    for proposal in propose_plan(run, by=people.operator):
        _answer_some(proposal, people)
    return run


def add_candidate_sites(district: District, table: bytes, people: People) -> None:
    """Places where something could be opened."""
    recipes = {recipe.code: recipe for recipe in Recipe.objects.all()}
    for row in csv.DictReader(io.StringIO(table.decode())):
        add_site(
            district,
            name=row["name"],
            recipe=recipes[row["recipe"]],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            capacity=float(row["capacity"]),
            minimum=float(row["minimum"]),
            investment=Decimal(row["investment"]),
            years=int(row["years"]),
            interest=Decimal(row["interest"]),
            fixed_cost=Decimal(row["fixed_cost"]),
            by=people.operator,
        )


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
