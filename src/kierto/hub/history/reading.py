"""Reads what was: rows of the database and of files together, each instance once.

A row of the database hides the row of the same key in the file of its month: it is later, or
says that the instance is gone. Months are read from the end asked for, ever more at a time, and
no further than needed.
"""
# ruff: noqa: S608 - statements are made of our own words; values are bound

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db.backends.utils import CursorWrapper

from kierto.hub.history import entities, files, keys, names, rows
from kierto.hub.history.files import MOST, Asked, File
from kierto.hub.history.rows import Row
from kierto.ngsild.errors import TooManyResults

#: Everything there is.
ALL = Asked(observed=False)


def load(cursor: CursorWrapper, numbers: Sequence[int], asked: Asked) -> dict[int, list[Row]]:
    """Rows of entities, by entity, in the order asked.

    Raises:
        TooManyResults: nothing bounds the question, and there are more than ``MOST``.
    """
    return files.steadily(cursor, lambda: _load(cursor, numbers, asked))


def _load(cursor: CursorWrapper, numbers: Sequence[int], asked: Asked) -> dict[int, list[Row]]:
    if asked.names is not None and not asked.names:
        return {number: [] for number in numbers}
    held = set(rows.months(cursor))
    filed = {file.month: file for file in files.listed(cursor, files.ROWS)}
    erased = _erased(cursor) if filed else {}
    known = series_of(cursor, numbers, asked)
    found: dict[int, list[Row]] = {number: [] for number in numbers}
    for group in _groups(sorted(held | filed.keys(), reverse=asked.newest), asked):
        left = [number for number in numbers if not _enough(found[number], known[number], asked)]
        if not left:
            break
        part = _merged(cursor, group, held, filed, erased, left, known, asked)
        for number in left:
            found[number].extend(part.get(number, ()))
        if sum(map(len, found.values())) > MOST:
            raise TooManyResults(
                f"More than {MOST} instances are meant; ask for less time, or for fewer entities."
            )
    return {number: _bounded(many, asked) for number, many in found.items()}


def _groups(months: Sequence[int], asked: Asked) -> Iterator[list[int]]:
    """Months that can hold what is asked, one, then two, then four …"""
    if asked.observed:
        first = None if asked.start is None else keys.month_of(asked.start)
        last = None if asked.end is None else keys.month_of(asked.end)
        months = [
            month
            for month in months
            if (first is None or month >= first) and (last is None or month <= last)
        ]
    place, size = 0, 1 if asked.each is not None or asked.every is not None else 64
    while place < len(months):
        yield list(months[place : place + size])
        place, size = place + size, min(size * 2, 64)


def series_of(
    cursor: CursorWrapper, numbers: Sequence[int], asked: Asked = ALL
) -> dict[int, list[int]]:
    """The series there are of each entity, as far as they are asked for."""
    found: dict[int, list[int]] = {number: [] for number in numbers}
    for number in numbers:
        cursor.execute(
            "SELECT series FROM hub_historyseries WHERE series BETWEEN %s AND %s",
            keys.entity_span(number),
        )
        found[number] = [
            series
            for (series,) in cursor.fetchall()
            if asked.names is None or series % keys.NAMES in asked.names
        ]
    return found


def _erased(cursor: CursorWrapper) -> dict[int, list[tuple[int, int]]]:
    cursor.execute("SELECT month, low, high FROM hub_historyerased")
    found: dict[int, list[tuple[int, int]]] = {}
    for month, low, high in cursor.fetchall():
        found.setdefault(month, []).append((low, high))
    return found


def _enough(found: Sequence[Row], known: Collection[int], asked: Asked) -> bool:
    if not known or (asked.every is not None and len(found) >= asked.every):
        return True
    if asked.each is None:
        return False
    counted = dict.fromkeys(known, 0)
    for row in found:
        counted[row.series] = counted.get(row.series, 0) + 1
    return min(counted.values()) >= asked.each


def _merged(
    cursor: CursorWrapper,
    group: Sequence[int],
    held: set[int],
    filed: dict[int, File],
    erased: dict[int, list[tuple[int, int]]],
    numbers: Sequence[int],
    known: dict[int, list[int]],
    asked: Asked,
) -> dict[int, list[Row]]:
    """Rows of a group of months, by entity, in order."""
    ours: list[Row] = []
    for month in group:
        if month in held:
            for number in numbers:
                ours.extend(_held(cursor, month, known[number], asked, month in filed))
    hiding = {(row.month, *row.key) for row in ours if row.month in filed}
    wanted = [series for number in numbers for series in known[number]]
    span = (min(wanted), max(wanted))
    mine = [filed[month] for month in group if month in filed and _spans(filed[month], span)]
    theirs = files.read_rows(mine, wanted, asked, slack=len(hiding)) if mine else []
    found: dict[int, list[Row]] = {}
    for row in [row for row in ours if not row.gone]:
        found.setdefault(row.series // keys.NAMES, []).append(row)
    for row in theirs:
        if (row.month, *row.key) in hiding or _in(erased.get(row.month, ()), row.series):
            continue
        found.setdefault(row.series // keys.NAMES, []).append(row)
    for many in found.values():
        many.sort(key=_order, reverse=asked.newest)
    return found


def _order(row: Row) -> tuple[int, int, int]:
    return row.at, row.series, row.twin


def _spans(file: File, span: tuple[int, int]) -> bool:
    return file.first is not None and file.first <= span[1] and span[0] <= (file.last or 0)


def _in(spans: Iterable[tuple[int, int]], series: int) -> bool:
    return any(low <= series <= high for low, high in spans)


def _held(
    cursor: CursorWrapper, month: int, series: Sequence[int], asked: Asked, filed: bool
) -> list[Row]:
    """Rows of the database of one month and entity; all of them where a file stands beside."""
    if not series:
        return []
    where, values = "month = %s AND series BETWEEN %s AND %s", [month, series[0], series[-1]]
    if asked.names is not None:
        where = f"month = %s AND series IN ({','.join(['%s'] * len(series))})"
        values = [month, *series]
    if not filed:
        where, values = _bounds(where, values, asked)
    order = "DESC" if asked.newest else "ASC"
    # One more than may be: who counts them sees that there are too many.
    most = asked.every if asked.every is not None and not filed else MOST + 1
    query = f"SELECT {rows.COLUMNS} FROM hub_historyinstance WHERE {where}"
    if asked.each is not None and not filed:
        query = (
            f"SELECT {rows.COLUMNS} FROM (SELECT *, ROW_NUMBER() OVER"
            f" (PARTITION BY series ORDER BY at {order}, twin) AS place"
            f" FROM hub_historyinstance WHERE {where}) AS numbered WHERE place <= {asked.each}"
        )
    cursor.execute(f"{query} ORDER BY at {order}, series, twin LIMIT {most}", values)
    found = [Row(*row) for row in cursor.fetchall()]
    return [row for row in found if _meant(row, asked) or row.gone] if filed else found


def _bounds(where: str, values: list[Any], asked: Asked) -> tuple[str, list[Any]]:
    where += " AND NOT gone"
    if asked.twin is not None:
        where, values = where + " AND twin = %s", [*values, asked.twin]
    if asked.observed:
        where += " AND observed"
        if asked.start is not None:
            where, values = where + " AND at >= %s", [*values, asked.start]
        if asked.end is not None:
            where, values = where + " AND at < %s", [*values, asked.end]
    return where, values


def _meant(row: Row, asked: Asked) -> bool:
    if asked.twin is not None and row.twin != asked.twin:
        return False
    if not asked.observed:
        return True
    return (
        bool(row.observed)
        and (asked.start is None or row.at >= asked.start)
        and (asked.end is None or row.at < asked.end)
    )


def _bounded(found: list[Row], asked: Asked) -> list[Row]:
    if asked.each is not None:
        counted: dict[int, int] = {}
        kept = []
        for row in found:
            counted[row.series] = counted.get(row.series, 0) + 1
            if counted[row.series] <= asked.each:
                kept.append(row)
        found = kept
    return found if asked.every is None else found[: asked.every]


def attributes_of(cursor: CursorWrapper, found: Sequence[Row]) -> dict[str, list[dict[str, Any]]]:
    """Rows of one entity as attributes: name, its instances in the order of the rows."""
    called = names.of(cursor, {row.series % keys.NAMES for row in found})
    units = _units(cursor, {row.series for row in found if row.document is None})
    attributes: dict[str, list[dict[str, Any]]] = {}
    for row in found:
        attribute, dataset = called[row.series % keys.NAMES]
        instance = rows.instance_of(row, units.get(row.series, ""), dataset)
        attributes.setdefault(attribute, []).append(instance)
    return attributes


def _units(cursor: CursorWrapper, series: Collection[int]) -> dict[int, str]:
    if not series:
        return {}
    cursor.execute(
        "SELECT series, unit FROM hub_historyseries WHERE series BETWEEN %s AND %s",
        [min(series), max(series)],
    )
    return dict(cursor.fetchall())


def past(
    cursor: CursorWrapper, entity: entities.Past, asked: Asked
) -> dict[str, list[dict[str, Any]]]:
    """One entity's instances by attribute."""
    return attributes_of(cursor, load(cursor, [entity.number], asked)[entity.number])
