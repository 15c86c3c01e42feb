"""Telling others what changed: subscriptions, the outbox, and the senders that empty it.

A change and the notifications it owes are written in one transaction (:mod:`.listening`). After
the commit the process that wrote them sends them at once (:mod:`.lanes`); what it cannot deliver,
or did not live to deliver, waits in the outbox for whoever comes next (:mod:`.clock`).
"""

from __future__ import annotations


def register() -> None:
    """Listen to changes, and let the job worker look after what waits."""
    from kierto.hub.distribution import registering
    from kierto.hub.store import writing
    from kierto.hub.subscriptions import clock, listening, sources
    from kierto.hub.subscriptions.copies import working

    writing.on_changed("subscriptions", listening.entities_changed)
    registering.on_registration_changed("subscriptions", sources.registration_changed)
    clock.register()
    working.register()
