"""A plan from a folder of tables, without any database.

``read_folder`` turns the tables into a :class:`~kierto.planner.model.Problem`; ``plan_folder``
solves it and writes ``plan.json``, ``flows.csv`` and ``report.html``. The columns are described
in ``docs/reference/plan-folder.md``.
"""

from __future__ import annotations

from kierto.planner.folder.reading import Inputs, read_folder, read_inputs
from kierto.planner.folder.writing import plan_folder, plan_inputs, summary, write_plan

__all__ = [
    "Inputs",
    "plan_folder",
    "plan_inputs",
    "read_folder",
    "read_inputs",
    "summary",
    "write_plan",
]
