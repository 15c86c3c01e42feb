"""The circulation that costs least, exactly and with proof. Pure: a problem in, a plan out.

``solve(problem)`` answers with a certified :class:`Plan`; ``explain`` says of every port why it
is matched or not; ``possibilities`` what could become of one offer or need; ``pareto`` sweeps the
carbon price; :func:`kierto.planner.folder.plan_folder` does it all from files.
"""

from __future__ import annotations

from kierto.planner.certificate import certify, require_valid
from kierto.planner.change import Change
from kierto.planner.errors import (
    Cancelled,
    Flaw,
    InvalidProblem,
    NotSolved,
    Uncertified,
    Unsupported,
)
from kierto.planner.explain import explain
from kierto.planner.explanation import Explanation, Match, Reason
from kierto.planner.live import LivePlanner
from kierto.planner.model import (
    Arc,
    Blend,
    Fallback,
    Kind,
    Need,
    Offer,
    Problem,
    Processor,
    Rate,
    Rates,
    Storage,
    Stream,
)
from kierto.planner.pareto import ParetoPoint, pareto
from kierto.planner.plan import (
    Certificate,
    Flow,
    Plan,
    Progress,
    ReportProgress,
    Siting,
    Status,
    Totals,
    Wish,
)
from kierto.planner.possibilities import Leg, NoSuchPort, Possibility, possibilities
from kierto.planner.solving import solve
from kierto.planner.validation import check, flaws_of, notes_of

__all__ = [
    "Arc",
    "Blend",
    "Cancelled",
    "Certificate",
    "Change",
    "Explanation",
    "Fallback",
    "Flaw",
    "Flow",
    "InvalidProblem",
    "Kind",
    "Leg",
    "LivePlanner",
    "Match",
    "Need",
    "NoSuchPort",
    "NotSolved",
    "Offer",
    "ParetoPoint",
    "Plan",
    "Possibility",
    "Problem",
    "Processor",
    "Progress",
    "Rate",
    "Rates",
    "Reason",
    "ReportProgress",
    "Siting",
    "Status",
    "Storage",
    "Stream",
    "Totals",
    "Uncertified",
    "Unsupported",
    "Wish",
    "certify",
    "check",
    "explain",
    "flaws_of",
    "notes_of",
    "pareto",
    "possibilities",
    "require_valid",
    "solve",
]
