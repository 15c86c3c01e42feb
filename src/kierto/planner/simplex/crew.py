"""Threads that do the same to many things; kernels let go of the lock, so they run at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

BREATH_SECONDS = 0.25
"""How often the caller is heard while the workers work."""


class Crew:
    """So many workers. Results come in the order of the tasks, so that the number of workers
    never changes a plan.

    ``breathe`` is called in the caller's own thread now and then; what it raises ends the work.
    """

    def __init__(self, pool: ThreadPoolExecutor | None, breathe: Callable[[], None]) -> None:
        self._pool = pool
        self._breathe = breathe
        self._over = False

    def map(self, work: Callable[[Task], Result], tasks: Iterable[Task]) -> list[Result]:
        """``work`` of each task."""
        if self._pool is None:
            return [work(task) for task in tasks]
        futures = [self._pool.submit(work, task) for task in tasks]
        try:
            self._await(futures)
        except BaseException:
            self._over = True
            for future in futures:
                future.cancel()
            wait(futures)
            raise
        return [future.result() for future in futures]

    def pause(self) -> bool:
        """Called by long work between its steps. ``False`` when it should end at once."""
        if self._pool is None:
            self._breathe()
        return not self._over

    def _await(self, futures: list[Future[Result]]) -> None:
        left = set(futures)
        while left:
            _done, left = wait(left, BREATH_SECONDS)
            if left:
                self._breathe()


@contextmanager
def crew_of(threads: int, breathe: Callable[[], None] = lambda: None) -> Iterator[Crew]:
    """A crew for as long as the context lasts; of one, it works in the caller's own thread."""
    if threads <= 1:
        yield Crew(None, breathe)
        return
    with ThreadPoolExecutor(threads, "planner") as pool:
        yield Crew(pool, breathe)
