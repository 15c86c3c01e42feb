"""Verbs of planning: request, run, stop, recover, propose; keep candidate sites."""

from __future__ import annotations

from kierto.planning.actions.proposing import propose_plan
from kierto.planning.actions.requesting import cancel_run, finish_run, request_run
from kierto.planning.actions.running import recover_dead_runs, run_now
from kierto.planning.actions.siting import add_site, change_site, remove_site

__all__ = [
    "add_site",
    "cancel_run",
    "change_site",
    "finish_run",
    "propose_plan",
    "recover_dead_runs",
    "remove_site",
    "request_run",
    "run_now",
]
