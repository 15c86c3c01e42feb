"""The database's own refusal to book anything twice, on SQLite and PostgreSQL.

Migration 0002 puts these guards up. No two blocks of one slot of one thing overlap, whatever the
code above does: an exclusion constraint on PostgreSQL (ranges of whole numbers stand for "equal",
so that no extension has to be installed), triggers on SQLite. A later migration that alters the
table has to put the triggers up again, because SQLite rebuilds the table; a test of the migrated
schema would say so.

SQLite keeps moments as text in UTC, ``2026-11-22 10:00:00`` with or without six decimals of the
second. Texts of that form sort as the moments do ("10:00:00" before "10:00:00.000001"), so the
triggers compare them as they are, and a trigger of its own refuses any other form.
"""

from __future__ import annotations

from django.db import IntegrityError

TABLE = "sharing_block"
CONSTRAINT = "sharing_no_double_booking"
REFUSAL = "This slot is taken at that time."
BAD_FORM = "A moment is written as YYYY-MM-DD HH:MM:SS[.ffffff]."

_SECONDS = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
_DECIMALS = "." + "[0-9]" * 6


def raise_guards(vendor: str) -> list[str]:
    """Statements that put the guards up."""
    if vendor == "sqlite":
        return [statement for verb in ("INSERT", "UPDATE") for statement in _sqlite(verb)]
    return [
        f"ALTER TABLE {TABLE} ADD CONSTRAINT {CONSTRAINT} EXCLUDE USING gist ("
        "int8range(thing_id, thing_id, '[]') WITH &&, "
        "int4range(slot, slot, '[]') WITH &&, "
        "tstzrange(begins, ends, '[)') WITH &&)"
    ]


def lower_guards(vendor: str) -> list[str]:
    """Statements that take the guards down: for undoing the migration, and for measuring."""
    if vendor == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {CONSTRAINT}_{what}_{verb}"
            for verb in ("insert", "update")
            for what in ("taken", "form")
        ]
    return [f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS {CONSTRAINT}"]


def is_double_booking(error: IntegrityError) -> bool:
    """Whether the database refused because a slot was taken."""
    text = str(error)
    return REFUSAL in text or CONSTRAINT in text


def _sqlite(verb: str) -> list[str]:
    name = f"{CONSTRAINT}_%s_{verb.lower()}"
    itself = "" if verb == "INSERT" else " AND id <> OLD.id"
    taken = (
        f"SELECT 1 FROM {TABLE} WHERE thing_id = NEW.thing_id AND slot = NEW.slot "  # noqa: S608 (our own names)
        f"AND ends > NEW.begins AND begins < NEW.ends{itself}"
    )
    form = " OR ".join(
        f"NOT (NEW.{column} GLOB '{_SECONDS}' OR NEW.{column} GLOB '{_SECONDS}{_DECIMALS}')"
        for column in ("begins", "ends")
    )
    return [
        f"CREATE TRIGGER {name % 'form'} BEFORE {verb} ON {TABLE} "
        f"WHEN {form} BEGIN SELECT RAISE(ABORT, '{BAD_FORM}'); END",
        f"CREATE TRIGGER {name % 'taken'} BEFORE {verb} ON {TABLE} "
        f"WHEN EXISTS ({taken}) BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    ]
