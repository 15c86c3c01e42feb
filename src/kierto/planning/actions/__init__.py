"""Verbs of planning: request, run, stop, recover, propose."""

from __future__ import annotations

from kierto.planning.actions.proposing import propose_plan
from kierto.planning.actions.requesting import cancel_run, request_run
from kierto.planning.actions.running import recover_dead_runs, run_now

__all__ = ["cancel_run", "propose_plan", "recover_dead_runs", "request_run", "run_now"]
