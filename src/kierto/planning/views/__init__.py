"""Pages of planning."""

from __future__ import annotations

from kierto.planning.views.asking import cancel, finish, new_run, propose
from kierto.planning.views.downloads import flows_csv, plan_json, split_csv, sweep_csv
from kierto.planning.views.lists import runs
from kierto.planning.views.results import compare_runs, participants, run
from kierto.planning.views.sites import edit_site, new_site, sites, take_back_site
from kierto.planning.views.splitting import fair_split

__all__ = [
    "cancel",
    "compare_runs",
    "edit_site",
    "fair_split",
    "finish",
    "flows_csv",
    "new_run",
    "new_site",
    "participants",
    "plan_json",
    "propose",
    "run",
    "runs",
    "sites",
    "split_csv",
    "sweep_csv",
    "take_back_site",
]
