"""What was: every change of an attribute, every reading of a sensor, for as long as rules say.

The recent months stand in the database, older ones in sorted Parquet files; one question is
answered from both. What others call:

- ``register()``: the listener of the store, the round that files older months;
- ``append_readings(rows, cursor)``: readings of sensors, in the caller's transaction;
- ``reading.past(...)``: an entity's instances of a time, as ``temporal.History``;
- ``summing.sums(...)``: sums of series by hour, day or any step, over database and files;
- ``retention.rules(tenant)``: what is kept for how long.
"""

from __future__ import annotations

from kierto.hub.history.readings import Appended, Reading, append_readings

__all__ = ["Appended", "Reading", "append_readings", "register"]


def register() -> None:
    """Listen to the store; file older months by a round of the job worker."""
    from django.db.models.signals import post_migrate

    from kierto.core import rounds
    from kierto.hub.history import recording
    from kierto.hub.store import writing

    writing.on_changed("history", recording.record)
    post_migrate.connect(_forget, dispatch_uid="hub-history")
    rounds.every("history: older months to files", 3600, _archive)


def _forget(sender: object, **_: object) -> None:
    """After a migration, and after the flush of a test that commits, numbers mean nothing."""
    if getattr(sender, "label", "") == "hub":
        from kierto.hub.history import names

        names.forget()


def _archive() -> int:
    # What files need is slow to import; most processes never do.
    from kierto.hub.history import archiving

    return archiving.archive()
