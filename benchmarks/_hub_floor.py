"""What the database alone takes for a batch: the hub's own rows, in its tables, with nothing around.

Rows are made before the clock starts and written as the hub writes them, a thousand entities to a
durable commit: entity, index, place, history. No hub on this file can be faster.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

BATCH = 1_000
BATCHES = 20
AT = 1_790_000_000_000_000
NAMES = 1 << 24


def floor(database: Path) -> tuple[float, float]:
    """Entities a second, and entities a second of processor time, into a migrated database."""
    from kierto.hub.history import entities, rows
    from kierto.hub.store import statements

    chance = random.Random(5)
    raw = sqlite3.connect(database, isolation_level=None)
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute("PRAGMA cache_size=-96000")
    raw.execute("PRAGMA wal_autocheckpoint=8000")
    made = [_rows(1 + BATCH * number, chance) for number in range(BATCHES)]
    started, used = time.perf_counter(), time.process_time()
    for entity, terms, boxes, past, types, instances, series in made:
        raw.execute("BEGIN IMMEDIATE")
        statements.ENTITIES.on_sqlite(raw, entity)
        statements.TERMS.on_sqlite(raw, terms)
        statements.BOXES_ON_SQLITE.on_sqlite(raw, boxes)
        entities.NUMBERED.on_sqlite(raw, past)
        entities.TYPES.on_sqlite(raw, types)
        rows.ONCE.on_sqlite(raw, instances)
        rows.SERIES.on_sqlite(raw, series)
        raw.execute("COMMIT")
    used = time.process_time() - used
    elapsed = time.perf_counter() - started
    raw.close()
    return BATCH * BATCHES / elapsed, BATCH * BATCHES / used


def _rows(first: int, chance: random.Random) -> Sequence[list[tuple[Any, ...]]]:
    """A thousand street lights with five attributes; texts as long as the hub's."""
    document, instance, kind = "x" * 1_050, "y" * 230, '["' + "z" * 57 + '"]'
    keys = range(first, first + BATCH)
    ids = {key: f"urn:ngsi-ld:Floor:{key}" for key in keys}
    terms: list[tuple[Any, ...]] = []
    boxes: list[tuple[Any, ...]] = []
    for key in keys:
        terms += [
            (1, b"", key),
            (2, b"tS%09d" % key, key),
            (3, b"n" + chance.randbytes(8), key),
            (4, b"ton", key),
            (5, b"turn:ngsi-ld:District:%d" % (key % 100), key),
        ]
        x, y = 24.5 + chance.random(), 60 + chance.random() / 2
        boxes.append((key * 64, x, x, y, y, 6.0, 6.5))
    return (
        [(key, 1, ids[key], document, 1, 0, "", "", None) for key in keys],
        sorted(terms),
        boxes,
        [(key, 1, ids[key], AT, False, kind, "[]", 0, "[]", AT, None) for key in keys],
        [(1, key) for key in keys],
        [
            (
                *(680, key * NAMES + name, AT, chance.getrandbits(62), None, None, False, AT, AT),
                *(instance, False),
            )
            for key in keys
            for name in range(1, 6)
        ],
        [(key * NAMES + name, "", True) for key in keys for name in range(1, 6)],
    )
