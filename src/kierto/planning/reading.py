"""A finished plan as one reader may see it: who gives what to whom, with names.

Companies may hide an offer or need from all but the planner and a matched partner. A flow is
therefore shown to those who run the district, to its two parties, and to others only if both of
its ends are visible to them. Hidden flows are counted, and summed only where at least
:data:`LEAST_HIDDEN` agents stand behind the sum.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.labels import label_of
from kierto.catalogue.models import ResourceSpecification
from kierto.core.geography import Point
from kierto.exchange.models import Intent, Processor
from kierto.exchange.queries import visible_intents
from kierto.parties.models import Agent, AgentType, Place
from kierto.parties.queries import organizations_of
from kierto.planner import Flow, Plan, Problem
from kierto.planning.errors import NoPlanHere
from kierto.planning.material import material_mass
from kierto.planning.models import PlanRun
from kierto.planning.permissions import can_see_everything
from kierto.planning.ports import is_site, owner_of_ports, uuid_of, wishes

LEAST_HIDDEN = 3
"""A sum over fewer agents would tell what one of them hides."""

UNNAMED = _("a participant who is not named here")
RESIDENT = _("a resident")
CANDIDATE = _("a candidate site")

_ALONG = ("agent__organization", "agent__person", "place")


@dataclass(frozen=True, slots=True)
class End:
    """One port of the plan, as the reader may see it."""

    port: str
    agent: uuid.UUID
    name: str
    title: str
    href: str
    point: Point | None
    visible: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One flow with its ends. Amount in the kind's unit, mass of material in kg, all a week."""

    source: End
    sink: End
    kind: ResourceSpecification
    amount: float
    mass: float
    km: float | None
    cost: float
    emissions: float

    @property
    def label(self) -> str:
        """The kind in the reader's language."""
        return label_of(self.kind)


@dataclass(frozen=True, slots=True)
class Hidden:
    """What the reader may not see in detail. ``mass`` is None where too few stand behind it."""

    flows: int
    mass: float | None


@dataclass
class Reading:
    """A plan, the problem it answers, and the reader's view of both."""

    run: PlanRun
    problem: Problem
    plan: Plan
    everything: bool
    ends: dict[str, End]
    kinds: dict[str, ResourceSpecification]
    flows: list[FlowRow] = field(default_factory=list)
    hidden: Hidden = field(default_factory=lambda: Hidden(0, None))

    @cached_property
    def circulated(self) -> float:
        """Kilograms of offered side streams a week that find a user."""
        offers = {offer.id for offer in self.problem.offers}
        return sum(_mass(flow, self.kinds) for flow in self.plan.flows if flow.source in offers)

    @cached_property
    def matched(self) -> int:
        """How many offers and needs take part in a flow."""
        moving = {port for flow in self.plan.flows for port in (flow.source, flow.sink)}
        return sum(wish.id in moving for wish in wishes(self.problem))

    @property
    def asked(self) -> int:
        """How many offers and needs the plan was computed for."""
        return len(self.problem.offers) + len(self.problem.needs)

    @cached_property
    def owner_of(self) -> dict[str, str]:
        """The offer, need or processor behind each port, by port id."""
        return owner_of_ports(self.problem)

    def end(self, port: str) -> End:
        """Who stands behind a port."""
        return self.ends[self.owner_of[port]]

    def end_of_part(self, part: str) -> End:
        """Who stands behind an offer, need or processor of the problem."""
        return self.ends[part]

    @cached_property
    def half_hidden(self) -> set[str]:
        """Ports with a flow that the reader may not see."""
        hidden = [flow for flow in self.plan.flows if not self.may_see(flow)]
        return {port for flow in hidden for port in (flow.source, flow.sink)}

    def may_see(self, flow: Flow) -> bool:
        """Whether the reader may see this flow in detail."""
        source, sink = self.end(flow.source), self.end(flow.sink)
        both = source.visible and sink.visible
        return self.everything or both or source.mine or sink.mine


def read_run(run: PlanRun, by: Agent | None) -> Reading:
    """The plan of a finished run for one reader (None: a visitor).

    Raises:
        NoPlanHere: the run holds no plan.
    """
    if run.plan is None or run.problem is None:
        raise NoPlanHere
    problem, plan = Problem.from_dict(run.problem), Plan.from_dict(run.plan)
    everything = can_see_everything(by, run).allowed
    kinds = {
        kind.code: kind
        for kind in ResourceSpecification.objects.filter(
            code__in={kind.code for kind in problem.kinds}
        ).prefetch_related("labels")
    }
    ends = {**_ends(problem, by, everything), **_site_ends(run)}
    reading = Reading(run, problem, plan, everything, ends, kinds)
    shown = [flow for flow in plan.flows if reading.may_see(flow)]
    reading.flows = sorted(
        (_row(reading, flow) for flow in shown), key=lambda row: (-row.mass, row.source.name)
    )
    reading.hidden = _hidden(reading)
    return reading


def _ends(problem: Problem, by: Agent | None, everything: bool) -> dict[str, End]:
    mine = {each.agent_id for each in organizations_of(by)} | ({by.pk} if by else set())
    ids = {wish.id: uuid_of(wish.id) for wish in wishes(problem)}
    seen = set(visible_intents(by).filter(pk__in=ids.values()).values_list("pk", flat=True))
    intents = {
        each.pk: each for each in Intent.objects.filter(pk__in=ids.values()).select_related(*_ALONG)
    }
    ends = {}
    for part, pk in ids.items():
        intent, visible = intents[pk], everything or pk in seen
        href = reverse("exchange:intent", args=[pk]) if visible else ""
        ends[part] = _end(part, intent, intent.title, href, visible, everything, mine)
    processors = Processor.objects.filter(
        pk__in=[uuid_of(each.id) for each in problem.processors if not is_site(each.id)]
    ).select_related(*_ALONG)
    for processor in processors:
        part = f"processor:{processor.pk}"
        href = reverse("exchange:processor", args=[processor.pk])
        ends[part] = _end(part, processor, processor.name, href, True, everything, mine)
    return ends


def _site_ends(run: PlanRun) -> dict[str, End]:
    """The candidate sites of a siting run, as it keeps them: they are nobody's yet."""
    return {
        site["id"]: End(
            port=site["id"],
            agent=uuid_of(site["id"]),
            name=site["name"],
            title=str(CANDIDATE),
            href="",
            point=Point(site["latitude"], site["longitude"]),
            visible=True,
            mine=False,
        )
        for site in (run.sites or {}).get("candidates", [])
    }


def _end(
    part: str,
    thing: Intent | Processor,
    title: str,
    href: str,
    visible: bool,
    everything: bool,
    mine: set[uuid.UUID],
) -> End:
    """Where a person lives, and who that is, is for the person and the operators."""
    agent: Agent = thing.agent
    own = agent.pk in mine
    named = everything or own or agent.type != AgentType.PERSON
    place: Place = thing.place
    name = agent.name if named else str(RESIDENT)
    return End(part, agent.pk, name, title, href, place.point if named else None, visible, own)


def _row(reading: Reading, flow: Flow) -> FlowRow:
    return FlowRow(
        reading.end(flow.source),
        reading.end(flow.sink),
        reading.kinds[flow.kind],
        flow.amount,
        _mass(flow, reading.kinds),
        flow.km,
        flow.cost,
        flow.emissions,
    )


def _mass(flow: Flow, kinds: dict[str, ResourceSpecification]) -> float:
    return material_mass(kinds[flow.kind], flow.amount)


def _hidden(reading: Reading) -> Hidden:
    flows = [flow for flow in reading.plan.flows if not reading.may_see(flow)]
    ends = [reading.end(port) for flow in flows for port in (flow.source, flow.sink)]
    agents = {end.agent for end in ends if not end.visible}
    mass = sum(_mass(flow, reading.kinds) for flow in flows)
    return Hidden(len(flows), mass if len(agents) >= LEAST_HIDDEN else None)


def as_json(reading: Reading) -> dict[str, Any]:
    """For the download: the whole plan for those who run the district, else what is visible."""
    run = reading.run
    head: dict[str, Any] = {
        "run": str(run.pk),
        "district": run.district.slug,
        "carbon_price_eur_per_tonne": float(run.carbon_price),
        "inputs_sha256": run.inputs_hash,
        "period": reading.problem.period,
    }
    if reading.everything:
        return {**head, "problem": run.problem, "plan": run.plan}
    plan = reading.plan.to_dict()
    public = {key: plan[key] for key in ("status", "totals", "baseline", "certificate")}
    flows = [flow for flow in reading.plan.flows if reading.may_see(flow)]
    return {
        **head,
        "plan": {
            **public,
            "flows": [
                {"source": flow.source, "sink": flow.sink, "kind": flow.kind, "amount": flow.amount}
                for flow in flows
            ],
            "flows_not_shown": reading.hidden.flows,
        },
    }
