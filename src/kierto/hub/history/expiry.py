"""Single values in the database whose time has passed become sums by hour, and go.

A slice at a time: the sums of a slice and its deletion are one transaction, so a value is always
either itself or in a sum, never both.
"""
# ruff: noqa: S608 - statements are made of our own words; values are bound

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pyarrow.parquet as pq
from django.db import connection

from kierto.hub.history import counting, files, filing, keys, retention, rows

SLICE = 100_000


def drop_expired(now: int, reached: Callable[[str], None]) -> int:
    """Do it for all months without a file of rows; how many values went."""
    with connection.cursor() as cursor:
        known = [rule for rule in retention.rules(cursor) if rule.raw_days is not None]
        if not known:
            return 0
        latest = max(cut for rule in known if (cut := retention.cuts(rule, now).raw) is not None)
        filed = {file.month for file in files.listed(cursor, files.ROWS)}
        months = [
            month
            for month in rows.months(cursor)
            if month not in filed and keys.month_start(month) < latest
        ]
    gone = 0
    for month in months:
        while dropped := _drop_slice(month, now, known, reached):
            gone += dropped
    return gone


def _drop_slice(
    month: int, now: int, known: list[retention.Rule], reached: Callable[[str], None]
) -> int:
    found, cuts = _slice(month, now, known)
    if not found:
        return 0
    generation = uuid4().hex[:12]
    path = files.folder() / f"{keys.month_name(month)}-held-{generation}.parquet.part"
    try:
        pq.write_table(files.table_of(found), path)
        base = counting.base_of(month)
        spans = [(low, high) for _number, low, high in base.erased]
        work = filing.Work(month, path, base.old, spans, generation)
        made, passed = filing.make(work, cuts, reached)
        taken = counting.count(
            month, base.old, made, base.applied, [one[0] for one in base.erased], passed
        )
        reached("values are sums")
        return len(passed) if taken else 0
    finally:
        path.unlink(missing_ok=True)


def _slice(
    month: int, now: int, known: list[retention.Rule]
) -> tuple[list[tuple[Any, ...]], dict[int, retention.Cuts]]:
    """Rows of a month whose time has passed, and the cuts of their series."""
    found: list[tuple[Any, ...]] = []
    cuts: dict[int, retention.Cuts] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT series FROM hub_historyinstance WHERE month = %s", [month])
        series = [one for (one,) in cursor.fetchall()]
        for one, rule in sorted(retention.by_series(cursor, known, series).items()):
            cut = retention.cuts(rule, now)
            cursor.execute(
                f"SELECT {files.STORED}, gone FROM hub_historyinstance"
                " WHERE month = %s AND series = %s AND at < %s AND NOT gone LIMIT %s",
                [month, one, cut.raw, SLICE - len(found)],
            )
            part = cursor.fetchall()
            if part:
                cuts[one] = cut
                found.extend(part)
            if len(found) >= SLICE:
                break
    return found, cuts
