"""How an endpoint or a subscription is doing, and when it is worth another try."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Final

LONGEST_WAIT: Final = 300.0
"""Seconds between two tries at most."""

PAUSED_AFTER: Final = 20
"""Failures in a row (about an hour) after which a subscription is paused."""

SLOW_SECONDS: Final = 1.0
"""An endpoint that takes this long on average works in the slow half."""


@dataclass(slots=True)
class Health:
    """Failures in a row, and not before which moment (monotonic) to try again."""

    failures: int = 0
    closed_until: float = 0.0
    seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def succeeded(self, seconds: float) -> None:
        """It answered, after so many seconds."""
        with self.lock:
            self.failures = 0
            self.closed_until = 0.0
            self.seconds += (seconds - self.seconds) * 0.3

    def failed(self, seconds: float) -> float:
        """It did not; seconds to wait before the next try, twice as many each time."""
        with self.lock:
            self.failures += 1
            self.seconds += (seconds - self.seconds) * 0.3
            wait = wait_after(self.failures)
            self.closed_until = time.monotonic() + wait
            return wait

    @property
    def wait(self) -> float:
        """Seconds until the next try; 0 is now."""
        return max(0.0, self.closed_until - time.monotonic())

    @property
    def is_slow(self) -> bool:
        """Whether it keeps its senders waiting."""
        return self.seconds > SLOW_SECONDS


def wait_after(failures: int) -> float:
    """Seconds to wait after so many failures in a row; not all at the same moment."""
    return min(LONGEST_WAIT, 2.0 ** (min(failures, 12) - 1)) * random.uniform(0.9, 1.1)  # noqa: S311
