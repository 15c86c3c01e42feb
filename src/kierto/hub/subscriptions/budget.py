"""How often one subscription may be told: what damps a notification that causes the next one.

Two nodes that write what the other tells them, or a subscription that points back at its own node,
go round for ever. Nothing is lost when the budget is spent; it waits, and what waits travels
together, so a circle turns no faster than the budget and does not grow.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

BURST: Final = 1000.0
PER_SECOND: Final = 200.0


@dataclass(slots=True)
class Budget:
    """Notifications that may go now; more every second, up to a burst."""

    left: float = BURST
    at: float = field(default_factory=time.monotonic)

    def spend(self) -> None:
        """Take one, and wait until there is one. One thread at a time serves a subscription."""
        now = time.monotonic()
        self.left = min(BURST, self.left + (now - self.at) * PER_SECOND)
        self.at = now
        self.left -= 1
        if self.left < 0:
            time.sleep(min(1.0, -self.left / PER_SECOND))
