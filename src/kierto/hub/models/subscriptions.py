"""Who wants to be told (clauses 5.8, 5.11), and what is still to be told to whom.

Times of the machinery are seconds since 1970 as floats: they are compared at every change.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Subscription(models.Model):
    """Somebody who wants to be told of entities (kind 0) or of context sources (kind 1).

    ``document`` is the JSON of :data:`kierto.ngsild.subscriptions.Stored`. ``version`` is the
    state of :class:`SubscriptionState` at the last change: what a process remembers is brought up
    to date by the rows that are newer. A deleted row stays a while, ``gone``, to be noticed.
    """

    tenant = models.BigIntegerField()
    kind = models.SmallIntegerField(default=0)
    urn = models.TextField()
    document = models.TextField()
    version = models.BigIntegerField(db_index=True)
    gone = models.BooleanField(default=False)
    changed_at = models.FloatField()
    # Who subscribed: {"agent": …, "token": …, "open": bool, "system": bool}; says what is told.
    owner = models.TextField()
    interval = models.FloatField(null=True)
    next_at = models.FloatField(null=True, db_index=True)
    throttled_until = models.FloatField(default=0)
    times_sent = models.BigIntegerField(default=0)
    times_failed = models.BigIntegerField(default=0)
    last_notification = models.TextField(blank=True, default="")
    last_success = models.TextField(blank=True, default="")
    last_failure = models.TextField(blank=True, default="")
    failures = models.IntegerField(default=0)

    class Meta:
        db_table = "hub_subscription"
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "urn"],
                condition=models.Q(gone=False),
                name="hub_subscription_once",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[0, 1]), name="hub_subscription_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.urn


class SubscriptionState(models.Model):
    """One row: a number that grows with every change of a subscription."""

    version = models.BigIntegerField(default=0)

    class Meta:
        db_table = "hub_subscription_state"
        verbose_name = _("state of subscriptions")
        verbose_name_plural = _("states of subscriptions")

    def __str__(self) -> str:
        return str(self.version)


class OutboxRow(models.Model):
    """A notification that is owed: written with the change, deleted when it has arrived.

    Whoever holds it (``holder``) has until ``due_at``; then anybody may take it.
    ``payload`` is JSON: what happened, from which the notification is written when it is sent.
    """

    subscription = models.BigIntegerField(db_index=True)
    about = models.TextField(blank=True, default="")
    payload = models.TextField()
    created_at = models.FloatField()
    due_at = models.FloatField(db_index=True)
    holder = models.TextField(blank=True, default="", db_index=True)
    attempts = models.IntegerField(default=0)

    class Meta:
        db_table = "hub_outbox"
        verbose_name = _("owed notification")
        verbose_name_plural = _("owed notifications")

    def __str__(self) -> str:
        return f"{self.subscription} {self.about}"


class SubscriptionCopy(models.Model):
    """What of a subscription stands at a context source, or is to stand there (clause 5.8.1.4).

    ``wanted`` is the copy as it is to be, ``standing`` as it is as far as is known; both JSON,
    empty where there is to be, or is, none. What is sent to the source next follows from the two.
    """

    subscription = models.BigIntegerField(db_index=True)
    registration = models.BigIntegerField()
    urn = models.TextField(unique=True)
    # The registration as JSON: it says where the copy stands even when it is withdrawn.
    source = models.TextField()
    # Whether the source tells what partners may see, or only what is public.
    partners = models.BooleanField(default=False)
    wanted = models.TextField(blank=True, default="")
    standing = models.TextField(blank=True, default="")
    due_at = models.FloatField(db_index=True)
    held_until = models.FloatField(default=0)
    failures = models.IntegerField(default=0)
    trouble = models.TextField(blank=True, default="")
    last_success = models.TextField(blank=True, default="")
    last_failure = models.TextField(blank=True, default="")

    class Meta:
        db_table = "hub_subscription_copy"
        verbose_name = _("copy of a subscription")
        verbose_name_plural = _("copies of subscriptions")
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "registration"],
                condition=~models.Q(wanted=""),
                name="hub_subscription_copy_once",
            )
        ]

    def __str__(self) -> str:
        return self.urn
