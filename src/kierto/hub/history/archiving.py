"""Files older months, and does what the rules of keeping say. May be killed at any moment.

A month is written to new files first; then one transaction makes them count in the place of the
old ones; then its rows leave the database, a few thousand at a time. Whoever reads meanwhile
sees each instance once: a row of the database hides the row of the same key in a file. What a
killed run leaves behind (rows that are in both places, files that no list names) the next one
tidies up.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

from django.db import connection, transaction

from kierto.hub.history import counting, expiry, files, filing, handing, keys, retention, rows

#: Whole months that stay in the database besides the running one.
RECENT = 1
#: A month with fewer rows is not worth a file.
LEAST = 1_000
#: A file that nothing names any more may still be read by a question that began before.
STALE = 3600.0


def _nothing(_step: str) -> None:
    """Nobody watches the steps."""


def archive(
    *,
    now: datetime | None = None,
    recent: int = RECENT,
    least: int = LEAST,
    reached: Callable[[str], None] = _nothing,
) -> int:
    """Go over all months; how many files were written or values let go.

    Args:
        now: the clock.
        recent: whole months that stay in the database besides the running one.
        least: a month with fewer rows in the database, and no file, stays.
        reached: is told each step; a test kills there.
    """
    moment = keys.micros_of(now or datetime.now(UTC))
    done = 0
    with _alone() as alone:
        if not alone:
            return 0
        done += expiry.drop_expired(moment, reached)
        for month in _candidates():
            if month < keys.month_of(moment) - recent:
                done += _file(month, moment, least, reached)
        _tidy()
    return done


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether this process is the only one that writes files of this node's history."""
    with (files.folder() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _candidates() -> list[int]:
    with connection.cursor() as cursor:
        held = set(rows.months(cursor))
        return sorted(held | {file.month for file in files.listed(cursor)})


def _file(month: int, now: int, least: int, reached: Callable[[str], None]) -> int:
    """File one month if there is something to do about it."""
    with connection.cursor() as cursor:
        rules = retention.rules(cursor)
        base = counting.base_of(month)
        cursor.execute(
            "SELECT COUNT(*) FROM (SELECT 1 FROM hub_historyinstance WHERE month = %s"
            " LIMIT %s) AS few",
            [month, max(least, 1)],
        )
        held = cursor.fetchone()[0]
    due = {level for rule in rules for level in _passed(rule, month, now)}
    enough = held >= max(least, 1) or (held and base.old)
    if not enough and not (base.old and (base.erased or due - base.applied)):
        return 0
    generation = uuid4().hex[:12]
    path = files.folder() / f"{keys.month_name(month)}-held-{generation}.parquet.part"
    try:
        return _rewrite(month, now, base, rules, due, path, generation, reached)
    finally:
        path.unlink(missing_ok=True)


def _rewrite(
    month: int,
    now: int,
    base: counting.Base,
    rules: list[retention.Rule],
    due: set[str],
    path: files.Path,
    generation: str,
    reached: Callable[[str], None],
) -> int:
    handing.export(month, path)
    reached("rows handed over")
    spans = [(low, high) for _number, low, high in base.erased]
    work = filing.Work(month, path, base.old, spans, generation)
    with connection.cursor() as cursor:
        found = retention.by_series(cursor, rules, filing.series_of(work)) if rules else {}
    cuts = {series: retention.cuts(rule, now) for series, rule in found.items()}
    made, passed = filing.make(work, cuts, reached)
    if not counting.count(month, base.old, made, due, [one[0] for one in base.erased], passed):
        return 0
    reached("files count")
    handing.let_go(month, path)
    reached("rows let go")
    return len(made)


def _passed(rule: retention.Rule, month: int, now: int) -> list[str]:
    """Which of a rule's times are over for the whole month."""
    end = keys.month_start(month + 1)
    return [
        f"{rule.digest}:{level}"
        for level, cut in retention.cuts(rule, now)._asdict().items()
        if cut is not None and end <= cut
    ]


def _tidy() -> None:
    """Forget deletions that no file needs any more; take away files that nothing names."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM hub_historyerased WHERE month NOT IN (SELECT month FROM hub_historyfile)"
        )
        names = {file.name for file in files.listed(cursor)}
    files.sweep(names, time.time() - STALE)
