"""What `kierto demo` prints: the district in numbers, all of them derived."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.utils import timezone

from kierto.core.period import Period
from kierto.core.quantity import Unit
from kierto.demo.calendar import year_before
from kierto.demo.loading import DISTRICT
from kierto.demo.people import account_list
from kierto.exchange.models import Direction, Intent, Processor
from kierto.exchange.states import IntentState
from kierto.hub.models import Alarm, Device
from kierto.hub.sensors.states import AlarmState, DeviceState
from kierto.indicators.registry import INDICATORS, Scope, compute
from kierto.ledger.chain import verify
from kierto.ledger.models import Agreement, EconomicEvent
from kierto.parties.models import District, Organization
from kierto.planner import Plan, Problem, certify
from kierto.planner.folder import summary as figures
from kierto.planning.models import PlanRun, RunKind
from kierto.planning.states import RunState

LARGEST = 8


def summarize() -> dict[str, Any]:
    """District, counts, plan, ledger and indicators, ready for JSON."""
    district = District.objects.get(slug=DISTRICT)
    intents = Intent.objects.filter(state=IntentState.OPEN, place__district=district)
    run = PlanRun.objects.filter(district=district, kind=RunKind.PLAN, state=RunState.DONE).latest(
        "created_at"
    )
    verification = verify()
    return {
        "district": district.name,
        "illustration": district.is_illustration,
        "organisations": Organization.objects.count(),
        "offers": intents.filter(direction=Direction.OFFER).count(),
        "needs": intents.filter(direction=Direction.NEED).count(),
        "processors": Processor.objects.filter(
            state=IntentState.OPEN, place__district=district
        ).count(),
        **_planned(run),
        "agreements": Agreement.objects.count(),
        "events": EconomicEvent.objects.count(),
        "sensors": _sensors(),
        "ledger": {"verified": verification.ok, "events": verification.events},
        "indicators": _indicators(district),
        "accounts": account_list(),
    }


def _planned(run: PlanRun) -> dict[str, Any]:
    problem, plan = Problem.from_dict(run.problem or {}), Plan.from_dict(run.plan or {})
    return {
        "plan": {
            **figures(plan),
            "id": str(run.pk),
            "certified": certify(problem, plan).valid,
            "seconds": plan.seconds,
        },
        "largest_flows": _largest(problem, plan),
    }


def _largest(problem: Problem, plan: Plan) -> list[dict[str, Any]]:
    """The materials' flows that carry most mass, by the names that the catalogue and the parties gave."""
    names = _names(problem)
    kinds = {kind.code: kind for kind in problem.kinds}
    carried = [
        flow
        for flow in plan.flows
        if kinds[flow.kind].unit == Unit.KILOGRAM and names[flow.source] != names[flow.sink]
    ]
    heaviest = sorted(carried, key=lambda flow: -flow.amount)[:LARGEST]
    return [
        {
            "kind": kinds[flow.kind].name,
            "amount": flow.amount,
            "unit": kinds[flow.kind].unit,
            "from": names[flow.source],
            "to": names[flow.sink],
        }
        for flow in heaviest
    ]


def _names(problem: Problem) -> dict[str, str]:
    """Who stands behind each port."""
    agents = {
        str(agent): name for agent, name in Organization.objects.values_list("agent_id", "name")
    }
    owners = {offer.id: offer.agent for offer in problem.offers}
    owners |= {need.id: need.agent for need in problem.needs}
    for each in problem.processors:
        owners |= {each.input_port(stream.kind): each.agent for stream in each.inputs}
        owners |= {each.output_port(stream.kind): each.agent for stream in each.outputs}
    return {port: agents.get(agent, agent) for port, agent in owners.items()}


def _sensors() -> dict[str, int]:
    """Devices by the kind of thing that they watch, and alarms that are not over."""
    listening = Device.objects.exclude(state=DeviceState.RETIRED)
    kinds = listening.order_by("entity_type").values_list("entity_type")
    counted = dict(kinds.annotate(number=Count("pk")))
    return {**counted, "alarms": Alarm.objects.exclude(state=AlarmState.OVER).count()}


def _indicators(district: District) -> dict[str, Any]:
    start, end = year_before(timezone.localdate())
    scope = Scope(district=district, period=Period(start, end))
    figures = {}
    for slug, indicator in INDICATORS.items():
        figure = compute(slug, scope, by=None)
        figures[slug] = {
            "name": str(indicator.name),
            "value": figure.value,
            "unit": str(figure.unit),
            "low": figure.low,
            "high": figure.high,
        }
    return figures
