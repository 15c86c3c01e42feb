"""When copies are looked after: at once after a change, by a thread; and by the job worker."""

from __future__ import annotations

import logging
import threading
from typing import Final

from django.db import connections, transaction

from kierto.hub.distribution import registry
from kierto.hub.models import SubscriptionCopy
from kierto.hub.subscriptions import index, rows
from kierto.hub.subscriptions.copies import carrying, planning
from kierto.hub.subscriptions.per_process import PerProcess

logger = logging.getLogger("kierto.hub.subscriptions")

SECONDS: Final = 3.0


class Keeper:
    """One process's thread that looks after copies; it ends when there is nothing to do."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._again = self._running = False

    def wake(self) -> None:
        """Something changed."""
        with self._lock:
            self._again = True
            if not self._running:
                self._running = True
                threading.Thread(target=self._work, name="kierto-copies", daemon=True).start()

    def wait(self, seconds: float = 20.0) -> bool:
        """Until there is nothing to do; whether it came to that."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._running, seconds)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._again:
                    self._running = False
                    self._lock.notify_all()
                    return
                self._again = False
            try:
                look_after()
            except Exception:  # the job worker comes again
                logger.exception("The copies of subscriptions were not looked after.")
            finally:
                connections.close_all()


_keeper = PerProcess(Keeper)
current = _keeper.current


def forget() -> None:
    """Begin anew."""
    _keeper.forget()
    planning.forget()


def look_after() -> int:
    """Plan and carry until nothing is due; how many copies were carried."""
    planning.plan_due()
    carried = 0
    while done := carrying.carry_due():
        carried += done
    return carried


def subscription_changed(tenant: int) -> None:
    """A subscription to entities came, changed or went."""
    if not registry.is_empty(tenant) or SubscriptionCopy.objects.exists():
        transaction.on_commit(lambda: current().wake())


def registration_changed() -> None:
    """A registration came, changed or went; called inside the transaction."""
    if index.current().has_any(rows.ENTITIES):
        transaction.on_commit(lambda: current().wake())


def register() -> None:
    """Let the job worker look after what this process did not live to do."""
    from kierto.core import rounds

    rounds.every("copies of subscriptions at other nodes", SECONDS, look_after)
