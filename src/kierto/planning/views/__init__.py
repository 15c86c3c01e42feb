"""Pages of planning."""

from __future__ import annotations

from kierto.planning.views.asking import cancel, new_run, propose
from kierto.planning.views.downloads import flows_csv, plan_json, sweep_csv
from kierto.planning.views.lists import runs
from kierto.planning.views.results import compare_runs, participants, run

__all__ = [
    "cancel",
    "compare_runs",
    "flows_csv",
    "new_run",
    "participants",
    "plan_json",
    "propose",
    "run",
    "runs",
    "sweep_csv",
]
