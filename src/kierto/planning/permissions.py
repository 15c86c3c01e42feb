"""Who may run, see, stop and propose plans. Operators run; everybody sees what was decided on."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, first_refusal, refuse
from kierto.parties.models import Agent, AgentType, District
from kierto.parties.queries import operates
from kierto.planning.models import PlanRun, RunKind
from kierto.planning.states import RunState


def runs_district(by: Agent | None, district_id: int) -> bool:
    """Whether ``by`` plans for the district: its operator, a node admin, or the node itself."""
    return by is not None and (by.type == AgentType.SYSTEM or operates(by, district_id))


def can_request_run(by: Agent | None, district: District) -> Decision:
    """Only those who run the district spend its computing time."""
    if runs_district(by, district.pk):
        return ALLOWED
    return refuse(_("Only the operators of this district can run a plan. Ask one of them."))


def can_see_run(by: Agent | None, run: PlanRun) -> Decision:
    """A finished plan is public; one in the making or failed is for those who run the district."""
    if run.state == RunState.DONE or runs_district(by, run.district_id):
        return ALLOWED
    return refuse(_("This run has no result yet. Only the operators of its district can see it."))


def can_see_everything(by: Agent | None, run: PlanRun) -> Decision:
    """All participants with their amounts, whatever they chose to show to others."""
    if runs_district(by, run.district_id):
        return ALLOWED
    return refuse(_("Some participants show their amounts only to their partners."))


def can_cancel_run(by: Agent | None, run: PlanRun) -> Decision:
    """Those who may request one may stop one, while it is not over."""
    over = refuse(_("This run is over, so there is nothing to stop."))
    return first_refusal(can_request_run(by, run.district), ALLOWED if run.is_open else over)


def can_finish_run(by: Agent | None, run: PlanRun) -> Decision:
    """Those who may stop one may keep what it has found, once it has found something."""
    if run.kind == RunKind.SWEEP:
        kept = refuse(_("A sweep is kept only whole."))
    elif run.is_open and run.objective is None:
        kept = refuse(_("No plan was found yet that could be kept. Wait a little."))
    else:
        kept = ALLOWED
    return first_refusal(can_cancel_run(by, run), kept)


def can_keep_sites(by: Agent | None, district: District) -> Decision:
    """Those who run the district say where something could be opened."""
    if runs_district(by, district.pk):
        return ALLOWED
    return refuse(_("Only the operators of this district keep its candidate sites."))


def can_propose_plan(by: Agent | None, run: PlanRun) -> Decision:
    """Those who may request a plan may send it, once, when it is done."""
    if run.kind != RunKind.PLAN or run.state != RunState.DONE:
        state = refuse(_("Only a finished plan can be sent to its participants."))
    elif run.proposed_at is not None:
        state = refuse(_("The proposals of this plan were sent before."))
    else:
        state = ALLOWED
    may = can_request_run(by, run.district)
    if not may:
        may = refuse(_("Only the operators of this district can send a plan’s proposals."))
    return first_refusal(may, state)
