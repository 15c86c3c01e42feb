"""How a query is answered: the index gives keys in order, documents are judged until a page is
full.

Three ways, by what a bounded count of the index says:

1. a small set: some leaf (or the box) has few entities; its keys are read and sorted;
2. a walk: every set is large, so the first matches are near; entities are judged in the order of
   their keys;
3. a cut: a walk that finds too little stops, and the large sets are cut with each other by SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson

from kierto.hub.store import selecting
from kierto.hub.store.changes import Document
from kierto.hub.store.connections import Execute
from kierto.hub.store.selecting import Ranges, Selection
from kierto.ngsild.errors import TooComplexQuery

SMALL: Final = 2_000
LARGE: Final = 100_000
WALK: Final = 4_000
"""Entities judged in vain before a walk is given up."""

TRIED: Final = 256
"""Entities looked at before large sets are counted."""

JUDGED: Final = 1_000_000
"""Entities judged for one answer."""

_JUDGE_COST: Final = 12.0
_SORT_COST: Final = 0.5
_FIRST: Final = 64
_CHUNK: Final = 1_000
_SKIPPED: Final = 10_000

Judge = Callable[[Document], bool]
Keys = Iterator[list[int]]


class Search:
    """One query on one connection."""

    def __init__(self, selection: Selection, judge: Judge, execute: Execute) -> None:
        self._selection = selection
        self._judge = judge
        self._execute = execute
        self.judged = 0
        self._counts: dict[int, int] = {}

    def skips(self, count: int) -> bool:
        """Whether so many matches are better skipped by the index than judged and dropped."""
        return self._selection.whole and (count > _SKIPPED * 2 or not self._narrow_leaves())

    # ------------------------------------------------------------ answering

    def matches(self, after: int, wanted: int | None) -> Iterator[tuple[int, Document]]:
        """Matching entities in the order of their keys; ``wanted`` says how many are needed."""
        if self._selection.empty:
            return
        for keys in self._keys(after, wanted):
            yield from self._judged(keys)

    def skip(self, after: int, count: int) -> int:
        """The key behind which ``count`` matches less are to come; only for whole selections."""
        if self._selection.empty or count == 0:
            return after
        left = count
        for keys in self._ordered_keys(after, count):
            for start in range(0, len(keys), _SKIPPED):
                seen = self._visible(keys[start : start + _SKIPPED])
                if len(seen) >= left:
                    return seen[left - 1]
                left -= len(seen)
                after = keys[min(start + _SKIPPED, len(keys)) - 1]
        return after

    def _judged(self, keys: list[int]) -> Iterator[tuple[int, Document]]:
        size = _FIRST
        start = 0
        while start < len(keys):
            for key, text in self._rows(keys[start : start + size]):
                self.judged += 1
                document = orjson.loads(text)
                if self._judge(document):
                    yield key, document
            start += size
            size = min(_CHUNK, size * 2)
            if self.judged > JUDGED:
                raise TooComplexQuery(
                    "Too many entities would have to be looked at. Ask for less: a type, a value,"
                    " a place, and no count."
                )

    def _rows(self, keys: list[int]) -> list[Any]:
        test, value = selecting.member("key", keys)
        rows = self._selection.rows
        return self._execute(
            f"SELECT key, document FROM hub_entity WHERE {test}{rows.sql} ORDER BY key",  # noqa: S608 - own
            [value, *rows.values],
        )

    def _visible(self, keys: list[int]) -> list[int]:
        test, value = selecting.member("key", keys)
        rows = self._selection.rows
        found = self._execute(
            f"SELECT key FROM hub_entity WHERE {test}{rows.sql} ORDER BY key",  # noqa: S608 - own
            [value, *rows.values],
        )
        return [key for (key,) in found]

    # ---------------------------------------------------------------- ways

    def _keys(self, after: int, wanted: int | None) -> Keys:
        best = self._smallest(SMALL)
        if best is None and (self._narrow_leaves() or self._selection.box is not None):
            # Where much matches, a few steps fill a page before a large set is even counted.
            for _ in range(0 if wanted is None else TRIED // _FIRST):
                keys = self._step(after, _FIRST)
                if not keys:
                    return
                yield keys
                after = keys[-1]
            best = self._smallest(LARGE)
            if best is not None and wanted is not None and self._walk_is_cheaper(best[1], wanted):
                best = None
        if best is not None:
            yield self._keys_of(best[0], after, few=best[1] < SMALL)
            return
        yield from self._walk(after, wanted)

    def _ordered_keys(self, after: int, count: int) -> Keys:
        """Keys for skipping: nothing is judged, so a walk costs little."""
        if self._narrow_leaves():
            while keys := self._cut(after, _SKIPPED * 10):
                yield keys
                after = keys[-1]
            return
        while keys := self._step(after, min(_SKIPPED, max(count, _FIRST))):
            yield keys
            after = keys[-1]

    def _narrow_leaves(self) -> list[Ranges]:
        return [leaf for leaf in self._selection.leaves if not leaf.by_key]

    def _smallest(self, limit: int) -> tuple[Ranges | None, int] | None:
        """The leaf (None: the box) with the fewest rows, if fewer than ``limit``."""
        best: tuple[Ranges | None, int] | None = None
        if self._selection.box is not None:
            count = selecting.count_box_up_to(self._selection, limit, self._execute)
            if count < limit:
                best = (None, count)
        for leaf in sorted(self._selection.leaves, key=lambda leaf: leaf.by_key):
            if best is not None and best[1] <= _FIRST:
                break
            count = self._counts[id(leaf)] = selecting.count_up_to(leaf, limit, self._execute)
            if count < (limit if best is None else best[1]):
                best = (leaf, count)
        return best

    def _walk_is_cheaper(self, count: int, wanted: int) -> bool:
        (top,) = self._execute("SELECT max(key) FROM hub_entity")[0]
        return wanted * (top or 0) / max(count, 1) * _JUDGE_COST < count * _SORT_COST

    def _keys_of(self, leaf: Ranges | None, after: int, *, few: bool) -> list[int]:
        sql, values = (
            selecting.box_keys(self._selection) if leaf is None else selecting.keys_in(leaf)
        )
        if few:
            found = {key for (key,) in self._execute(sql, values)}
            return sorted(key for key in found if key > after)
        return self._cut(after, LARGE * 4, first=(sql, values), left_out=leaf)

    def _walk(self, after: int, wanted: int | None) -> Keys:
        size = _FIRST if wanted is None else max(_FIRST, min(wanted * 2, _CHUNK))
        start = self.judged
        can_cut = bool(self._narrow_leaves()) or len(self._selection.leaves) > 1
        while keys := self._step(after, size):
            yield keys
            after = keys[-1]
            size = min(_CHUNK * 5, size * 2)
            if can_cut and self.judged - start > WALK:
                break
        else:
            return
        while keys := self._cut(after, LARGE):
            yield keys
            after = keys[-1]

    def _step(self, after: int, size: int) -> list[int]:
        for leaf in self._selection.leaves:
            if leaf.by_key:
                return selecting.next_keys(leaf, after, size, self._execute)
        return selecting.next_of_tenant(self._selection.tenant, after, size, self._execute)

    def _cut(
        self,
        after: int,
        limit: int,
        first: tuple[str, list[Any]] | None = None,
        left_out: Ranges | None = None,
    ) -> list[int]:
        """The next keys that are in all leaves (and in the box, if it comes first)."""
        sql, values = self._cut_sql(after, limit, first, left_out)
        return [key for (key,) in self._execute(sql, values)]

    def _cut_sql(
        self,
        after: int,
        limit: int,
        first: tuple[str, list[Any]] | None,
        left_out: Ranges | None,
        *,
        limited: bool = True,
    ) -> tuple[str, list[Any]]:
        parts = [] if first is None else [first]
        parts += [
            selecting.keys_in(leaf)
            for leaf in self._narrow_leaves()
            # Beside a small first set a huge one is not worth its reading.
            if leaf is not left_out and not (first and self._counts.get(id(leaf), 0) >= LARGE)
        ]
        by_key = [leaf for leaf in self._selection.leaves if leaf.by_key and leaf is not left_out]
        if not parts:
            parts, by_key = [selecting.keys_in(by_key[0])], by_key[1:]
        sql, values = parts[0]
        clause = selecting.Clause(
            f"SELECT DISTINCT entity FROM ({sql}) AS a WHERE entity > %s",  # noqa: S608 - own
            [*values, after],
        )
        for sql, values in parts[1:]:
            clause.also(f"entity IN ({sql})", *values)
        for leaf in by_key:
            numbers = ", ".join(["%s"] * len(leaf.parts))
            clause.also(
                f"EXISTS (SELECT 1 FROM hub_term AS t WHERE t.name IN ({numbers})"  # noqa: S608 - own
                " AND t.value = %s AND t.entity = a.entity)",
                *(part[0] for part in leaf.parts),
                b"",
            )
        if limited:
            clause.sql += " ORDER BY entity LIMIT %s"
            clause.values.append(limit)
        return clause.sql, clause.values

    # ------------------------------------------------------------- counting

    def count(self) -> int | None:
        """How many match, if the index can say cheaply; else None."""
        selection = self._selection
        if selection.empty:
            return 0
        rows = selection.rows
        if selection.forms is not None:
            test, value = selecting.member("form", selection.forms)
            return self._number(
                f"SELECT count(*) FROM hub_entity WHERE {test}{rows.sql}",  # noqa: S608 - own
                [value, *rows.values],
            )
        if not selection.whole or self._smallest(SMALL) is not None:
            return None
        if any(selecting.overflows(leaf, self._execute) for leaf in selection.leaves):
            return None
        sql, values = self._cut_sql(0, LARGE, None, None, limited=False)
        return self._number(
            f"SELECT count(*) FROM ({sql}) AS found JOIN hub_entity ON key = found.entity"  # noqa: S608 - own
            f" WHERE TRUE{rows.sql}",
            [*values, *rows.values],
        )

    def _number(self, sql: str, values: list[Any]) -> int:
        return int(self._execute(sql, values)[0][0])
