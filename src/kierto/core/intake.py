"""What an import took, what it left, and why: row by row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of one row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """One row's fate. ``reason`` says why it was left, or what was odd about it."""

    file: str
    line: int
    key: str
    outcome: Outcome
    reason: Any = ""


@dataclass(slots=True)
class Intake:
    """The report of an import. A repeated import of the same file only has unchanged and left rows."""

    source: str
    rows: list[RowOutcome] = field(default_factory=list)

    def note(self, file: str, line: int, key: str, outcome: Outcome, reason: Any = "") -> None:
        """Write down one row's fate."""
        self.rows.append(RowOutcome(file, line, key, outcome, reason))

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome, every outcome named."""
        tally = Counter(row.outcome for row in self.rows)
        return {outcome.value: tally[outcome] for outcome in Outcome}

    @property
    def left(self) -> list[RowOutcome]:
        """The rows that were not taken, with their reasons."""
        return [row for row in self.rows if row.outcome is Outcome.LEFT]

    def as_dict(self) -> dict[str, Any]:
        """For programs: source, counts, and every left row with its reason."""
        return {
            "source": self.source,
            "counts": self.counts,
            "left": [
                {"file": row.file, "line": row.line, "key": row.key, "reason": str(row.reason)}
                for row in self.left
            ],
        }
