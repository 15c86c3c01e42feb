"""A dispatch from a folder of tables, without any database.

``read_dispatch_folder`` turns the tables into a problem; ``dispatch_folder`` solves it and writes
``dispatch.json``, ``hours.csv``, ``operation.csv`` and ``report.html``;
:mod:`kierto.planner.dispatch.folder.example` writes a problem as such tables. The columns are described
in ``docs/reference/dispatch.md``.
"""

from __future__ import annotations

from kierto.planner.dispatch.folder.reading import DispatchInputs, read_dispatch_folder
from kierto.planner.dispatch.folder.writing import (
    dispatch_folder,
    dispatch_summary,
    write_dispatch,
)

__all__ = [
    "DispatchInputs",
    "dispatch_folder",
    "dispatch_summary",
    "read_dispatch_folder",
    "write_dispatch",
]
