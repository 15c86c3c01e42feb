"""Changes of entities: many callers' work in one durable commit (a group commit).

Every process has one writer thread. Whoever calls :func:`write` or :func:`run` waits until the
commit that holds their work is on the disk; meanwhile the next group gathers. Work is done in the
order in which it came.

Inside an open transaction (``transaction.atomic``; every test that uses the ``db`` fixture) another
thread could neither see what the caller has written nor outlive a rollback. There, :func:`write`
and :func:`run` do the work at once on the caller's own connection, in a savepoint, and it is
durable when the caller's transaction is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from kierto.hub.store import committing
from kierto.hub.store.changes import Change, Changed, Result
from kierto.hub.store.committing import Listener, Work

__all__ = ["Change", "Changed", "Listener", "Result", "on_changed", "run", "write", "write_here"]

T = TypeVar("T")


def write(changes: Sequence[Change]) -> list[Result]:
    """Make the changes in one transaction, together with others' work; return when durable.

    An NgsiLdError of one change is its result's error and touches no other. Later changes of an
    entity see what earlier ones made of it.
    """
    if not changes:
        return []
    return _done(Work(changes)).results


def write_here(changes: Sequence[Change]) -> list[Result]:
    """The same inside the caller's open transaction, for projections of the platform's objects.

    Raises:
        TransactionManagementError: no transaction is open.
    """
    if not changes:
        return []
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("write_here needs an open transaction.")
    return _done(Work(changes)).results


def run(work: Callable[[CursorWrapper], T]) -> T:
    """Do a small write in the next group commit; its error undoes it alone and is raised here.

    ``work`` runs on the writer's thread and connection, where Django's ORM writes as well, and may
    be called again when another process was in the way.
    """
    value: T = _done(Work(deed=work)).value
    return value


def on_changed(name: str, listener: Listener) -> None:
    """Hear of all real changes, inside the transaction; what it returns is called after commit.

    A second listener of the same name takes the first one's place.
    """
    committing.listeners[name] = listener


def _done(work: Work) -> Work:
    if connection.in_atomic_block:
        with transaction.atomic():
            committing.perform([work])
    else:
        committing.writer.do(work)
    if work.error is not None:
        raise work.error
    return work
