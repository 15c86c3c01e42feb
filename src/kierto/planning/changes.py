"""What planning announces to higher floors, inside the transaction that made it so."""

from __future__ import annotations

from dataclasses import dataclass

from kierto.planning.models import PlanRun


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run of the planner is done, failed or cancelled; ``run.state`` tells which."""

    run: PlanRun
