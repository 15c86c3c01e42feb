"""Windows in threads, with a word of progress now and then and an ear for the caller's wish."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from kierto.planner.errors import Cancelled
from kierto.planner.plan import Progress, ReportProgress, Wish

T = TypeVar("T")

PAUSE_SECONDS = 0.2
"""At most this often the caller is told and asked."""


class Workers:
    """Runs tasks in threads; HiGHS lets go of Python's lock while it solves.

    ``enough`` becomes true once the caller has said :attr:`~kierto.planner.Wish.ENOUGH`.
    """

    def __init__(self, threads: int, progress: ReportProgress | None) -> None:
        self.threads = max(threads, 1)
        self.enough = False
        self._progress = progress
        self._start = time.perf_counter()
        self._stopped = threading.Event()
        self._objective: float | None = None
        self._bound: float | None = None
        self._gap: float | None = None

    @property
    def silent(self) -> bool:
        """Whether nobody wants to be told."""
        return self._progress is None

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._start

    def stopped(self) -> bool:
        """Asked by the solver in any thread: whether the caller has cancelled."""
        return self._stopped.is_set()

    def restart(self) -> None:
        """Let new tasks run after others have failed."""
        self._stopped.clear()

    def known(self, objective: float, bound: float, gap: float) -> None:
        """From now on, this goes with every word of progress."""
        self._objective, self._bound, self._gap = objective, bound, gap

    def say(self, stage: str, share: float) -> None:
        """Tell the caller.

        Raises:
            Cancelled: the answer says so.
        """
        if self._progress is None:
            return
        word = Progress(stage, share, self.elapsed(), self._objective, self._bound, self._gap)
        wish = self._progress(word)
        if wish is Wish.ENOUGH:
            self.enough = True
        elif wish is False or wish is Wish.CANCEL:
            raise Cancelled

    def run(
        self, tasks: Sequence[Callable[[], T]], stage: str, share: Callable[[], float]
    ) -> list[T]:
        """The results of all tasks, in their order; ``share`` says how far the whole work is.

        Raises:
            Cancelled: the caller said so; every thread has ended by then.
            Whatever a task raises, the first of them.
        """
        with ThreadPoolExecutor(self.threads) as pool:
            waiting: set[Future[T]] = set()
            try:
                futures = [pool.submit(task) for task in tasks]
                waiting = set(futures)
                while waiting:
                    _done, waiting = wait(waiting, timeout=PAUSE_SECONDS)
                    self.say(stage, share())
                return [future.result() for future in futures]
            except BaseException:
                self._stopped.set()
                for future in waiting:
                    future.cancel()
                raise
