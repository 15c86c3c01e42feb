"""How sources answer: counted in memory, written now and then, and left in peace after failures.

A source that failed rests: for the cooldown it registered (clause 5.2.34), or, where it named
none, for a moment after several failures in a row. Meanwhile requests go on without it.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import OperationalError
from django.db.models import F
from django.utils import timezone

from kierto.hub.distribution.registry import Source
from kierto.hub.models import Registration

logger = logging.getLogger("kierto.hub")

FAILURES_IN_A_ROW: Final = 5
REST_SECONDS: Final = 10.0
AT_ONCE: Final = 16
"""Requests that wait for one source at a time in this process; more go on without it. A source
that failed last time is tried by one at a time: those that hang must not hold up all the others."""

_WRITE_SECONDS: Final = 15.0
_SOURCES: Final = 20_000


@dataclass(slots=True)
class _Health:
    waiting: int = 0
    failures: int = 0
    rests_until: float = 0.0
    sent: int = 0
    failed: int = 0
    last_success: datetime | None = None
    last_failure: datetime | None = None
    written: float = 0.0


_lock = threading.Lock()
_health: dict[int, _Health] = {}


def begin(source: Source) -> bool:
    """Whether the source may be asked now; if so, :func:`end` must follow."""
    with _lock:
        if source.key not in _health and len(_health) >= _SOURCES:
            _health.clear()
        one = _health.setdefault(source.key, _Health(written=time.monotonic()))
        most = 1 if one.failures else AT_ONCE
        if one.rests_until > time.monotonic() or one.waiting >= most:
            return False
        one.waiting += 1
        return True


def end(source: Source, *, reached: bool, well: bool) -> None:
    """The source was asked.

    Args:
        reached: it answered at all.
        well: it answered what can be used (404 included).
    """
    with _lock:
        one = _health.setdefault(source.key, _Health())
        one.waiting = max(0, one.waiting - 1)
        one.sent += 1
        if well:
            one.last_success = timezone.now()
        else:
            one.failed += 1
            one.last_failure = timezone.now()
        one.failures = 0 if reached else one.failures + 1
        rest = _rest(source, one.failures)
        if not reached and rest:
            one.rests_until = time.monotonic() + rest


def _rest(source: Source, failures: int) -> float:
    cooldown = source.stored.get("management", {}).get("cooldown")
    if cooldown is not None:
        return float(cooldown) / 1000
    return REST_SECONDS if failures >= FAILURES_IN_A_ROW else 0.0


def write_due(*, all_of_them: bool = False) -> int:
    """Adds what was counted to the rows of the registrations; how many rows were written."""
    now = time.monotonic()
    with _lock:
        due = [
            (key, one)
            for key, one in _health.items()
            if one.sent and (all_of_them or one.written + _WRITE_SECONDS < now)
        ]
        counts = [
            (key, one.sent, one.failed, one.last_success, one.last_failure) for key, one in due
        ]
        for _, one in due:
            one.sent = one.failed = 0
            one.last_success = one.last_failure = None
            one.written = now
    try:
        for key, sent, failed, success, failure in counts:
            times = {"last_success": success, "last_failure": failure}
            Registration.objects.filter(pk=key).update(
                times_sent=F("times_sent") + sent,
                times_failed=F("times_failed") + failed,
                **{name: at for name, at in times.items() if at is not None},
            )
    except OperationalError:
        # A busy database: nobody's answer waits for, or fails by, what is only counted.
        logger.warning("The counters of %d sources were not written.", len(counts))
    return len(counts)


def forget() -> None:
    """Nothing is known of any source (for tests)."""
    with _lock:
        _health.clear()
