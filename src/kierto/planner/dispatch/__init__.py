"""Electricity and heat of a district, hour by hour, at least cost and with proof.

``dispatch(problem)`` answers with a certified :class:`DispatchPlan`; ``typical_district`` makes a
problem to try; :func:`kierto.planner.dispatch.folder.dispatch_folder` does it from files.
"""

from __future__ import annotations

from kierto.planner.dispatch.certificate import certify_dispatch, require_valid_dispatch
from kierto.planner.dispatch.model import (
    Battery,
    Boiler,
    Building,
    DispatchProblem,
    Grid,
    HeatPump,
    Hours,
    Solar,
    Tank,
    WasteHeat,
)
from kierto.planner.dispatch.plan import DispatchCertificate, DispatchFigures, DispatchPlan
from kierto.planner.dispatch.solving import dispatch
from kierto.planner.dispatch.typical import typical_district
from kierto.planner.dispatch.validation import check_dispatch, dispatch_flaws

__all__ = [
    "Battery",
    "Boiler",
    "Building",
    "DispatchCertificate",
    "DispatchFigures",
    "DispatchPlan",
    "DispatchProblem",
    "Grid",
    "HeatPump",
    "Hours",
    "Solar",
    "Tank",
    "WasteHeat",
    "certify_dispatch",
    "check_dispatch",
    "dispatch",
    "dispatch_flaws",
    "require_valid_dispatch",
    "typical_district",
]
