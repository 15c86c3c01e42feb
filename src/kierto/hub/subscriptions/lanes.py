"""Queues of notifications on their way, and the threads that send them.

Every endpoint has a few lanes of its own; a subscription stays in one of them, so its
notifications arrive in order. A thread serves one lane at a time: who is slow keeps its own lanes
waiting, nobody else's. Endpoints known to be slow share half of the threads, so that all of them
together cannot stop the others either. An endpoint that does not answer is left alone for a while,
longer each time; its rows go back to the outbox meanwhile.

Where more waits than goes out, changes of several entities travel in one notification.
"""

from __future__ import annotations

import logging
import threading
import time
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, connections

from kierto.hub.refusals import OutgoingError, Refused
from kierto.hub.subscriptions import books, delivery, index, outbox
from kierto.hub.subscriptions.budget import Budget
from kierto.hub.subscriptions.health import Health
from kierto.hub.subscriptions.index import Entry
from kierto.hub.subscriptions.outbox import Owed
from kierto.hub.subscriptions.per_process import PerProcess
from kierto.ngsild import times

logger = logging.getLogger("kierto.hub.subscriptions")

LANES: Final = 4
"""Lanes of one endpoint: so many notifications are on their way to it at once."""

THREADS: Final = 64
SLOW_THREADS: Final = 24
MOST_HELD: Final = 20_000
"""Rows in memory at most; more wait in the outbox."""

TOGETHER: Final = 100
"""Changes of so many entities at most go in one notification."""

_TURN = 16  # notifications of one lane before the next lane's turn
_IDLE_SECONDS = 10.0
_LONG = 3600.0


@dataclass(slots=True)
class Lane:
    """What goes to one endpoint, one after the other."""

    endpoint: str
    waiting: deque[Owed] = field(default_factory=deque)
    is_served: bool = False


class Lanes:
    """All lanes of one process."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._lanes: dict[tuple[str, int], Lane] = {}
        self._ready: deque[Lane] = deque()
        self._ready_slow: deque[Lane] = deque()
        self._threads = self._idle = self._slow_busy = 0
        self._held = 0
        self._endpoints: dict[str, Health] = {}
        self._subscriptions: dict[int, Health] = {}
        self._budgets: dict[int, Budget] = {}
        self._on_way: dict[int, int] = {}

    # ------------------------------------------------------------ coming in

    def send(self, owed: Sequence[Owed]) -> None:
        """Put notifications on their lanes; returns at once."""
        known, book = index.current(), books.current()
        beyond: list[int] = []
        taken = 0
        with self._turn:
            for each in owed:
                entry = known.get(each.subscription)
                if self._held + taken >= MOST_HELD:
                    beyond.append(each.id)
                    continue
                taken += 1
                self._put(self._lane(entry, each), each)
            self._held += taken
        book.held(taken)
        if beyond:
            book.postponed(beyond, 1.0)

    def room(self) -> int:
        """How many more rows may be taken from the outbox."""
        return max(0, MOST_HELD // 2 - self._held)

    def wait_for(self, subscription: int, seconds: float) -> None:
        """Until nothing of this subscription is on its way, from this process or another, or so
        many seconds are over."""
        until = time.monotonic() + seconds
        while subscription in self._on_way and time.monotonic() < until:
            time.sleep(0.005)
        with connection.cursor() as cursor:
            while outbox.is_held_by_another(cursor, subscription) and time.monotonic() < until:
                time.sleep(0.02)

    def _lane(self, entry: Entry | None, owed: Owed) -> Lane:
        endpoint = delivery.endpoint_key(entry) if entry else ""
        key = (endpoint, zlib.crc32(owed.subscription.to_bytes(8)) % LANES)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(endpoint)
        return lane

    def _put(self, lane: Lane, owed: Owed) -> None:
        lane.waiting.append(owed)
        if not lane.is_served:
            lane.is_served = True
            self._make_ready(lane)

    def _make_ready(self, lane: Lane) -> None:
        health = self._endpoints.get(lane.endpoint)
        (self._ready_slow if health and health.is_slow else self._ready).append(lane)
        if self._idle:
            self._turn.notify()
        elif self._threads < THREADS:
            self._threads += 1
            threading.Thread(
                target=self._serve, name=f"kierto-notify-{self._threads}", daemon=True
            ).start()

    # ------------------------------------------------------------- going out

    def _serve(self) -> None:
        while True:
            found = self._next()
            if found is None:
                return
            lane, slow = found
            try:
                self._serve_lane(lane)
            finally:
                with self._turn:
                    self._slow_busy -= slow
                    if lane.waiting:
                        self._make_ready(lane)
                    else:
                        lane.is_served = False
                        self._forget(lane)

    def _next(self) -> tuple[Lane, bool] | None:
        found = self._ready_lane()
        if found is not None:
            return found
        # Who waits holds no connection to the database: there may be many of us.
        connections.close_all()
        until = time.monotonic() + _IDLE_SECONDS
        with self._turn:
            while True:
                found = self._ready_lane()
                left = until - time.monotonic()
                if found is not None:
                    return found
                if left <= 0:
                    self._threads -= 1
                    return None
                self._idle += 1
                self._turn.wait(left)
                self._idle -= 1

    def _ready_lane(self) -> tuple[Lane, bool] | None:
        with self._turn:
            if self._ready:
                return self._ready.popleft(), False
            if self._ready_slow and self._slow_busy < SLOW_THREADS:
                self._slow_busy += 1
                return self._ready_slow.popleft(), True
            return None

    def is_idle(self) -> bool:
        """Whether nothing is on its way, and nobody is busy."""
        with self._turn:
            return self._held == 0 and self._idle == self._threads

    def _forget(self, lane: Lane) -> None:
        """Lanes without anything in them are not kept: endpoints come and go."""
        if len(self._lanes) > 10_000:
            for key in [key for key, each in self._lanes.items() if not each.is_served]:
                del self._lanes[key]
        _forget_healthy(self._endpoints)
        _forget_healthy(self._subscriptions)
        if len(self._budgets) > 10_000:
            self._budgets.clear()

    def _serve_lane(self, lane: Lane) -> None:
        for _ in range(_TURN):
            some = self._some(lane)
            if not some:
                return
            subscription = some[0].subscription
            try:
                self._deliver(lane, some)
            except Exception:  # a mistake of ours in one notification must not stop the lane
                logger.exception("A notification could not be made.")
                self._failed(some, _LONG)
            finally:
                with self._turn:
                    self._held -= len(some)
                    self._on_way[subscription] -= 1
                    if not self._on_way[subscription]:
                        del self._on_way[subscription]
                books.current().held(-len(some))

    def _some(self, lane: Lane) -> list[Owed]:
        """The first, and what waits behind it for the same subscriber about other entities."""
        with self._turn:
            if not lane.waiting:
                return []
            some = [lane.waiting.popleft()]
            seen = {some[0].about}
            while (
                lane.waiting
                and len(some) < TOGETHER
                and some[0].about
                and lane.waiting[0].subscription == some[0].subscription
                and lane.waiting[0].about not in seen
                and lane.waiting[0].about
            ):
                seen.add(lane.waiting[0].about)
                some.append(lane.waiting.popleft())
            self._on_way[some[0].subscription] = self._on_way.get(some[0].subscription, 0) + 1
            return some

    def _deliver(self, lane: Lane, some: list[Owed]) -> None:
        book, numbers = books.current(), [each.id for each in some]
        subscription = some[0].subscription
        entry = index.current().get(subscription)
        if entry is None:
            book.dropped(numbers)
            return
        at = times.now()
        if not entry.is_active(at):
            book.postponed(numbers, _LONG)
            return
        endpoint = self._endpoints.setdefault(lane.endpoint, Health())
        own = self._subscriptions.setdefault(subscription, Health())
        wait = max(endpoint.wait, own.wait)
        if wait > 0:
            book.postponed(numbers, wait)
            return
        self._budgets.setdefault(subscription, Budget()).spend()
        self._try(entry, some, at, endpoint, own)

    def _try(self, entry: Entry, some: list[Owed], at: str, endpoint: Health, own: Health) -> None:
        book, numbers = books.current(), [each.id for each in some]
        again = all(each.attempts for each in some)
        begun = time.monotonic()
        try:
            accepted = delivery.deliver(entry, some, at)
        except Refused as error:
            logger.warning("Subscription %s is not told: %s", entry.urn, error)
            book.failed(entry.id, numbers, times.now(), own.failed(0.0), again=again)
        except OutgoingError:
            wait = endpoint.failed(time.monotonic() - begun)
            wait = max(wait, own.failed(0.0), delivery.cooldown_for(entry))
            book.failed(entry.id, numbers, times.now(), wait, again=again)
        else:
            endpoint.succeeded(time.monotonic() - begun)
            if accepted:
                own.succeeded(0.0)
                book.arrived(entry.id, numbers, times.now(), again=again)
            else:
                book.failed(entry.id, numbers, times.now(), own.failed(0.0), again=again)

    def _failed(self, some: list[Owed], wait: float) -> None:
        books.current().failed(some[0].subscription, [each.id for each in some], times.now(), wait)


def _forget_healthy(healths: dict[Any, Health]) -> None:
    if len(healths) > 10_000:
        for key in [key for key, each in healths.items() if not each.failures]:
            del healths[key]


_lanes = PerProcess(Lanes)
current = _lanes.current
forget = _lanes.forget


def send(owed: Sequence[Owed]) -> None:
    """Send what was just committed."""
    current().send(owed)


def is_idle() -> bool:
    """Whether nothing is on its way from this process."""
    return current().is_idle()
