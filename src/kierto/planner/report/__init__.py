"""A plan as one self-contained page: figures, flow diagram, map, tables, reasons, proof.

No script, no font, no picture from outside; readable in light and dark, on paper, and by ear.
"""

from __future__ import annotations

from kierto.planner.report.page import render

__all__ = ["render"]
