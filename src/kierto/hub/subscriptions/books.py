"""What became of notifications, added up here and written now and then in one go.

Until it is written it is added to what is read (:func:`settled`), so whoever was told and asks
at once sees that they were told. What is lost when the process is killed is sent again.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from dataclasses import dataclass
from typing import Final

from kierto.hub.subscriptions import outbox, rows
from kierto.hub.subscriptions.health import PAUSED_AFTER
from kierto.hub.subscriptions.per_process import PerProcess
from kierto.hub.subscriptions.rows import Cursor, Row

logger = logging.getLogger("kierto.hub.subscriptions")

_WRITE_SECONDS: Final = 0.03
_SPEAK_SECONDS: Final = outbox.HELD_SECONDS / 3


@dataclass(slots=True)
class Tally:
    """What happened to one subscription since the last writing."""

    sent: int = 0
    failed: int = 0
    in_a_row: int = 0
    succeeded: bool = False
    last_notification: str = ""
    last_success: str = ""
    last_failure: str = ""

    def add(self, other: Tally) -> None:
        """What came later."""
        self.sent += other.sent
        self.failed += other.failed
        self.in_a_row = other.in_a_row if other.succeeded else self.in_a_row + other.in_a_row
        self.succeeded = self.succeeded or other.succeeded
        self.last_notification = other.last_notification or self.last_notification
        self.last_success = other.last_success or self.last_success
        self.last_failure = other.last_failure or self.last_failure


class Books:
    """One process's accounts, and the thread that writes them down."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._lock = threading.Condition()
        self._writing = threading.Lock()
        self._arrived: list[int] = []
        self._later: list[tuple[float, int, int]] = []
        self._tallies: dict[int, Tally] = {}
        self._generation = 0
        self._thread: threading.Thread | None = None
        self._holding = 0

    def held(self, count: int) -> None:
        """So many rows more (or fewer) are in this process's hands."""
        with self._lock:
            self._holding += count
            self._wake()

    def arrived(
        self, subscription: int, numbers: list[int], at: str, *, again: bool = False
    ) -> None:
        """One notification brought these rows."""
        with self._lock:
            self._arrived += numbers
            self._tally(
                subscription,
                Tally(sent=int(not again), succeeded=True, last_notification=at, last_success=at),
            )

    def failed(
        self, subscription: int, numbers: list[int], at: str, wait: float, *, again: bool = False
    ) -> None:
        """One notification of these rows did not arrive; again after ``wait`` seconds.

        It is counted once, however often it is tried.
        """
        with self._lock:
            due = time.time() + wait
            self._later += [(due, 1, number) for number in numbers]
            self._tally(
                subscription,
                Tally(
                    sent=int(not again),
                    failed=int(not again),
                    in_a_row=1,
                    last_notification=at,
                    last_failure=at,
                ),
            )

    def postponed(self, numbers: list[int], wait: float, *, tried: int = 0) -> None:
        """These rows were not tried; others may after ``wait`` seconds."""
        with self._lock:
            due = time.time() + wait
            self._later += [(due, tried, number) for number in numbers]
            self._wake()

    def dropped(self, numbers: list[int]) -> None:
        """Nobody wants these any more."""
        with self._lock:
            self._arrived += numbers
            self._wake()

    def pending(self, subscription: int) -> tuple[int, Tally | None]:
        """What is not written yet, and a number that changes when it is."""
        with self._lock:
            return self._generation, self._tallies.get(subscription)

    def write(self) -> None:
        """Write everything down now."""
        with self._writing:  # two at once would both write the same
            self._write()

    def _write(self) -> None:
        from kierto.hub.store import writing

        with self._lock:
            arrived, later = self._arrived, self._later
            tallies = dict(self._tallies)
            self._arrived, self._later = [], []
        if not arrived and not later and not tallies:
            return
        try:
            writing.run(lambda cursor: _write(cursor, arrived, later, tallies))
        except Exception:
            with self._lock:
                self._arrived += arrived
                self._later += later
            raise
        with self._lock:
            self._generation += 1
            for number, tally in tallies.items():
                _subtract(self._tallies, number, tally)

    def _tally(self, subscription: int, tally: Tally) -> None:
        # A new object each time: the one before may just be on its way to the database.
        new = Tally()
        if subscription in self._tallies:
            new.add(self._tallies[subscription])
        new.add(tally)
        self._tallies[subscription] = new
        self._wake()

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._keep, name="kierto-notification-books", daemon=True
            )
            self._thread.start()
            atexit.register(self._at_exit)
        self._lock.notify_all()

    def _keep(self) -> None:
        spoken = time.monotonic()
        while True:
            with self._lock:
                if not (self._arrived or self._later or self._tallies):
                    self._lock.wait(_SPEAK_SECONDS if self._holding > 0 else None)
            time.sleep(_WRITE_SECONDS)
            try:
                self.write()
                if self._holding > 0 and time.monotonic() - spoken > _SPEAK_SECONDS:
                    _speak()
                    spoken = time.monotonic()
            except Exception:
                logger.exception("What became of notifications is not written; again in a second.")
                time.sleep(1)

    def _at_exit(self) -> None:
        try:
            if self.pid == os.getpid():
                self.write()
        except Exception:  # the rows stand in the outbox and are sent again
            logger.warning("What became of the last notifications was not written.")


def _subtract(tallies: dict[int, Tally], number: int, written: Tally) -> None:
    now = tallies.get(number)
    if now is None or now is written:
        tallies.pop(number, None)
        return
    now.sent -= written.sent
    now.failed -= written.failed
    if not now.succeeded or written.succeeded:
        now.in_a_row = max(0, now.in_a_row - written.in_a_row)


def _speak() -> None:
    from kierto.hub.store import writing

    writing.run(outbox.renew)


def _write(
    cursor: Cursor,
    arrived: list[int],
    later: list[tuple[float, int, int]],
    tallies: dict[int, Tally],
) -> None:
    outbox.settle(cursor, arrived)
    if later:
        outbox.postpone(cursor, later)
    for number, tally in sorted(tallies.items()):
        _count(cursor, number, tally)


def _count(cursor: Cursor, number: int, tally: Tally) -> None:
    row = rows.by_id(cursor, number)
    if row is None:
        return
    merged(row, tally)
    cursor.execute(
        "UPDATE hub_subscription SET times_sent = times_sent + %s, "
        "times_failed = times_failed + %s, last_notification = %s, last_success = %s, "
        "last_failure = %s, failures = %s WHERE id = %s",
        [
            *(tally.sent, tally.failed, row.last_notification, row.last_success),
            *(row.last_failure, row.failures, number),
        ],
    )
    if row.failures >= PAUSED_AFTER and tally.in_a_row:
        rows.pause(cursor, number)


def merged(row: Row, tally: Tally) -> Row:
    """The row with what happened since."""
    row.times_sent += tally.sent
    row.times_failed += tally.failed
    row.failures = tally.in_a_row if tally.succeeded else row.failures + tally.in_a_row
    row.last_notification = tally.last_notification or row.last_notification
    row.last_success = tally.last_success or row.last_success
    row.last_failure = tally.last_failure or row.last_failure
    return row


_books = PerProcess(Books)
current = _books.current
forget = _books.forget
