"""The writer thread of a process: gathers work, commits it together, says when it is durable.

While one group is on its way to the disk, the next one gathers, so a commit's price is shared by
all who wait. A group that fails as a whole is done again, each piece of work for itself, so that
one caller's misfortune is nobody else's.
"""

from __future__ import annotations

import atexit
import itertools
import logging
import os
import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from kierto.hub.store.applying import Group
from kierto.hub.store.changes import Change, Changed, Result
from kierto.hub.store.names import Numbers
from kierto.hub.store.statements import Taken, statements_on

logger = logging.getLogger("kierto.hub.store")

GROUP: Final = 2_000
"""Changes of one commit, unless one caller brings more."""

ATTEMPTS: Final = 12
_SERIALIZATION: Final = frozenset({"40001", "40P01"})
_CACHE_KIB: Final = 96_000
_PAGES_OF_LOG: Final = 8_000
Listener = Callable[[list[Changed], CursorWrapper], Callable[[], None] | None]
listeners: dict[str, Listener] = {}


class Work:
    """What one caller wants done: changes, or a deed on a cursor."""

    __slots__ = ("changes", "deed", "done", "error", "results", "value")

    def __init__(
        self, changes: Sequence[Change] = (), deed: Callable[[CursorWrapper], Any] | None = None
    ) -> None:
        self.changes = changes
        self.deed = deed
        self.results: list[Result] = []
        self.value: Any = None
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()


def perform(works: Sequence[Work]) -> None:
    """Do the work on this thread's connection, in its open transaction.

    Listeners' functions for after the commit are registered with the transaction.
    """
    from kierto.hub.callers import SYSTEM

    numbers = Numbers()
    group = Group(statements_on(connection), numbers, SYSTEM)
    # Statements go past Django; what the database refuses is told as Django tells it.
    with connection.wrap_database_errors:
        _perform(group, works)
    transaction.on_commit(lambda: _keep(numbers))
    if group.changed:
        _tell(group.changed)


def _perform(group: Group, works: Sequence[Work]) -> None:
    for deed, some in itertools.groupby(works, key=lambda work: work.deed):
        if deed is None:
            together = list(some)
            group.read([change for work in together for change in work.changes])
            for work in together:
                work.results = group.apply(work.changes)
        group.flush()
        if deed is not None:
            for work in some:
                _do(work, deed)


def _do(work: Work, deed: Callable[[CursorWrapper], Any]) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            work.value, work.error = deed(cursor), None
    except Exception as error:
        if is_passing(error):
            raise
        work.error = error


def _keep(numbers: Numbers) -> None:
    # A test may call what waits for a commit inside a transaction that it then undoes.
    if not connection.in_atomic_block:
        numbers.keep()


def _tell(changed: list[Changed]) -> None:
    with connection.cursor() as cursor:
        for name, listener in list(listeners.items()):
            after = listener(changed, cursor)
            if after is not None:
                transaction.on_commit(_guarded(name, after))


def _guarded(name: str, after: Callable[[], None]) -> Callable[[], None]:
    def call() -> None:
        try:
            after()
        except Exception:
            logger.exception("What %s does after a commit failed.", name)

    return call


def is_passing(error: BaseException) -> bool:
    """Whether the same work may succeed when done again: somebody else was in the way."""
    if isinstance(error, Taken):
        return True
    states = {getattr(each, "sqlstate", None) for each in (error, error.__cause__)}
    return not states.isdisjoint(_SERIALIZATION)


class Writer:
    """The thread, started by the first who has work for it."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def do(self, work: Work) -> None:
        """Wait until the work is durable, or has failed."""
        # Whoever stops the thread at this moment must not leave the work on a queue nobody reads.
        with self._starting:
            if self._thread is None:
                self._start()
            self._queue.put(work)
        work.done.acquire()

    def _start(self) -> None:
        self._thread = threading.Thread(
            target=self._run, name="hub-writer", args=(self._queue,), daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Finish what has been asked, close the connection, end the thread."""
        with self._starting:
            thread, self._thread = self._thread, None
            waiting, self._queue = self._queue, queue.SimpleQueue()
        if thread is not None and thread is not threading.current_thread():
            waiting.put(None)
            thread.join(timeout=30)

    def _run(self, works: queue.SimpleQueue[Work | None]) -> None:
        try:
            ended = False
            while not ended:
                group, ended = _gather(works)
                if group:
                    self._commit(group)
        finally:
            connection.close()

    def _commit(self, group: list[Work]) -> None:
        try:
            _commit_group(group)
        except Exception as error:
            if len(group) == 1:
                group[0].error = error
            else:
                for work in group:
                    self._commit([work])
                return
        for work in group:
            work.done.release()


def _gather(works: queue.SimpleQueue[Work | None]) -> tuple[list[Work], bool]:
    first = works.get()
    if first is None:
        return [], True
    group, size = [first], len(first.changes) + 1
    while size < GROUP:
        try:
            work = works.get_nowait()
        except queue.Empty:
            break
        if work is None:
            return group, True
        group.append(work)
        size += len(work.changes) + 1
    return group, False


def _commit_group(group: list[Work]) -> None:
    for attempt in range(ATTEMPTS):
        _open()
        reached: list[str] = []
        try:
            with transaction.atomic(durable=True):
                transaction.on_commit(lambda reached=reached: reached.append("disk"))  # type: ignore[misc]
                perform(group)
                reached.append("end")
            return
        except Exception as error:
            if "disk" in reached:
                logger.exception("What was to be done after a commit failed.")
                return
            lost = connection.connection is None or not connection.is_usable()
            if lost:
                connection.close()
            # Whether a commit came to its end is unknown once the connection broke within it.
            again = is_passing(error) or (lost and not reached)
            if attempt == ATTEMPTS - 1 or not again:
                raise
            time.sleep(random.uniform(0, 0.002 * 2**attempt))  # noqa: S311 - no secret


def _open() -> None:
    if connection.connection is not None:
        return
    connection.ensure_connection()
    raw: Any = connection.connection
    if connection.vendor != "sqlite":
        # The writer's own statements are few and come again and again.
        raw.prepare_threshold = 3
    else:
        raw.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        # Pages go from the log to the file in larger portions: fewer waits for the disk.
        raw.execute(f"PRAGMA wal_autocheckpoint={_PAGES_OF_LOG}")


writer = Writer()


def _after_fork() -> None:
    global writer
    writer = Writer()


os.register_at_fork(after_in_child=_after_fork)


@atexit.register
def stop() -> None:
    """End this process's writer when what it was asked is done; the next work starts another."""
    writer.stop()
