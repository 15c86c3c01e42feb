"""What the store does when the app starts, and when the tables change under it."""

from __future__ import annotations

from django.db.models.signals import post_migrate

from kierto.core import rounds


def register() -> None:
    """Go the round of expired entities; forget what is known of tables that were made anew."""
    from kierto.hub.store.expiry import sweep

    rounds.every("hub: expired entities", 20, sweep)
    post_migrate.connect(_forget, dispatch_uid="hub-store")


def _forget(sender: object, **_: object) -> None:
    """After a migration, and after the flush of a test that commits, numbers mean nothing."""
    if getattr(sender, "label", "") == "hub":
        forget()


def forget() -> None:
    """Empty all memory of the store, end its writer and close its connections."""
    from kierto.hub.store import committing, connections, names, statements, tenants

    committing.stop()
    connections.close_all()
    names.forget()
    statements.forget()
    tenants.forget()
