"""A dispatch as one self-contained page: figures, a week in pictures, tables, proof.

No script, no font, no picture from outside; readable in light and dark, on paper, and by ear.
"""

from __future__ import annotations

from kierto.planner.dispatch.report.page import render_dispatch

__all__ = ["render_dispatch"]
