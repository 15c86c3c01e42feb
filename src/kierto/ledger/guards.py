"""The database's own refusal to change or delete what happened, on SQLite and PostgreSQL.

Migration 0002 puts these guards up. They hold against raw SQL: UPDATE, DELETE and TRUNCATE, and
against SQLite's ``INSERT OR REPLACE``, which deletes without telling a delete trigger. A later
migration that alters one of the tables has to put them up again, because SQLite rebuilds the table;
a test of the migrated schema would say so.

Whoever owns the database can drop triggers. That is what the hash chain is for.
"""

from __future__ import annotations

EVENTS = "ledger_economicevent"
FULFILLMENTS = "ledger_fulfillment"
GUARDED = (EVENTS, FULFILLMENTS)

REFUSAL = "The ledger is append-only. Record a reversing event instead."

_UNIQUE = {
    EVENTS: "id = NEW.id OR number = NEW.number OR hash = NEW.hash OR corrects_id = NEW.corrects_id",
    FULFILLMENTS: (
        "id = NEW.id OR (event_id = NEW.event_id AND commitment_id = NEW.commitment_id)"
    ),
}


def raise_guards(vendor: str) -> list[str]:
    """Statements that put the guards up."""
    if vendor == "sqlite":
        return [statement for table in GUARDED for statement in _sqlite(table)]
    function = (
        "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    return [function, *(statement for table in GUARDED for statement in _postgresql(table))]


def lower_guards(vendor: str) -> list[str]:
    """Statements that take the guards down: for undoing the migration, and for tests."""
    if vendor == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {table}_no_{verb}"
            for table in GUARDED
            for verb in ("update", "delete", "replace")
        ]
    drops = [
        f"DROP TRIGGER IF EXISTS {table}_no_{verb} ON {table}"
        for table in GUARDED
        for verb in ("change", "truncate")
    ]
    return [*drops, "DROP FUNCTION IF EXISTS ledger_refuse()"]


def _sqlite(table: str) -> list[str]:
    refuse = f"SELECT RAISE(ABORT, '{REFUSAL}');"
    taken = f"SELECT 1 FROM {table} WHERE {_UNIQUE[table]}"  # noqa: S608 (our own names)
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {refuse} END",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {refuse} END",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS ({taken}) BEGIN {refuse} END",
    ]


def _postgresql(table: str) -> list[str]:
    # ALWAYS: also for a session that calls itself a replica.
    return [
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
    ]
