"""Bookings, the times they block, series of them, waiting lists and calendar feeds."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.ledger.models import Agreement, Commitment
from kierto.parties.models import Agent
from kierto.sharing.models.care import Maintenance
from kierto.sharing.models.collections import Collection
from kierto.sharing.models.things import Thing
from kierto.sharing.states import BookingState, WaitingState


class Series(models.Model):
    """Bookings that recur: an RRULE of RFC 5545 in the collection's time zone, and what came of it.

    ``report`` has one entry for each occurrence: ``{"begins", "ends", "booking": id or null,
    "problem": {"code", "fields"} or null}``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="series")
    borrower = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="booking_series")
    rule = models.CharField(max_length=300)
    report = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("series of bookings")
        verbose_name_plural = _("series of bookings")
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.rule


class Booking(models.Model):
    """Somebody asks for things from ``begins`` to ``ends`` (aware; buffers are in the blocks).

    Once it is confirmed its promises stand in ``agreement``. ``sequence`` counts its changes
    for calendars.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=12, unique=True)
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="bookings")
    borrower = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="bookings")
    booked_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    begins = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("until"))
    state = models.CharField(max_length=10, choices=BookingState)
    purpose = models.CharField(_("what for"), max_length=300, blank=True)
    series = models.ForeignKey(
        Series, on_delete=models.SET_NULL, null=True, blank=True, related_name="bookings"
    )
    hold_until = models.DateTimeField(null=True, blank=True)
    agreement = models.OneToOneField(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="booking"
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reminded_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(_("told that it may come late"), null=True, blank=True)

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        ordering: ClassVar = ["begins", "code"]
        indexes: ClassVar = [
            models.Index(fields=["state", "begins"], name="sharing_booking_due"),
            models.Index(fields=["borrower", "ends"], name="sharing_booking_by_borrower"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="sharing_booking_state_known", condition=Q(state__in=BookingState.values)
            ),
            models.CheckConstraint(
                name="sharing_booking_ends_after_start", condition=Q(ends__gt=F("begins"))
            ),
            models.CheckConstraint(
                name="sharing_hold_has_an_end",
                condition=~Q(state=BookingState.HELD) | Q(hold_until__isnull=False),
            ),
            models.CheckConstraint(
                name="sharing_confirmed_is_promised",
                condition=~Q(state__in=[BookingState.CONFIRMED, BookingState.OUT])
                | Q(agreement__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class BookingLine(models.Model):
    """So many of one thing (or one kit) in a booking, with its promise."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="lines")
    thing = models.ForeignKey(Thing, on_delete=models.PROTECT, related_name="booking_lines")
    quantity = models.PositiveIntegerField(_("how many"), default=1)
    commitment = models.OneToOneField(
        Commitment, on_delete=models.PROTECT, null=True, blank=True, related_name="booking_line"
    )

    class Meta:
        verbose_name = _("line of a booking")
        verbose_name_plural = _("lines of bookings")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="sharing_one_line_each", fields=["booking", "thing"]),
            models.CheckConstraint(name="sharing_line_counts", condition=Q(quantity__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.thing_id}"


class Block(models.Model):
    """One slot of a thing is taken from ``begins`` to ``ends``, buffers included.

    A thing of which there are five has the slots 0 to 4. The database refuses two blocks of one
    slot that overlap (an exclusion constraint on PostgreSQL, triggers on SQLite), so nothing is
    ever booked twice, whatever the code above does. A kit takes slots of its parts.
    """

    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="blocks")
    slot = models.PositiveIntegerField()
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    line = models.ForeignKey(
        BookingLine, on_delete=models.CASCADE, null=True, blank=True, related_name="blocks"
    )
    maintenance = models.ForeignKey(
        Maintenance, on_delete=models.CASCADE, null=True, blank=True, related_name="blocks"
    )

    class Meta:
        verbose_name = _("taken time")
        verbose_name_plural = _("taken times")
        ordering: ClassVar = ["begins", "thing", "slot"]
        indexes: ClassVar = [
            models.Index(fields=["thing", "slot", "ends"], name="sharing_block_of_slot"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="sharing_block_ends_after_start", condition=Q(ends__gt=F("begins"))
            ),
            models.CheckConstraint(
                name="sharing_block_has_one_cause",
                condition=Q(line__isnull=False, maintenance__isnull=True)
                | Q(line__isnull=True, maintenance__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.thing_id}/{self.slot}"


class WaitingEntry(models.Model):
    """Somebody waits for a thing, for a time of their own; the oldest is offered it first."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thing = models.ForeignKey(Thing, on_delete=models.PROTECT, related_name="waiting")
    quantity = models.PositiveIntegerField(_("how many"), default=1)
    borrower = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="waiting_for")
    begins = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("until"))
    state = models.CharField(max_length=10, choices=WaitingState, default=WaitingState.WAITING)
    offer = models.OneToOneField(
        Booking, on_delete=models.SET_NULL, null=True, blank=True, related_name="waited"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("place on a waiting list")
        verbose_name_plural = _("places on waiting lists")
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="sharing_waiting_state_known", condition=Q(state__in=WaitingState.values)
            ),
            models.CheckConstraint(
                name="sharing_waiting_ends_after_start", condition=Q(ends__gt=F("begins"))
            ),
            models.CheckConstraint(name="sharing_waiting_counts", condition=Q(quantity__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.thing_id} ({self.state})"


class Feed(models.Model):
    """A private calendar: whoever has the address sees it, so a new ``secret`` closes the old one.

    It shows the bookings of ``agent``, or (for its staff) all of ``collection``.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="feeds")
    collection = models.ForeignKey(
        Collection, on_delete=models.CASCADE, null=True, blank=True, related_name="feeds"
    )
    secret = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="sharing_one_own_feed",
                fields=["agent"],
                condition=Q(collection__isnull=True),
            ),
            models.UniqueConstraint(
                name="sharing_one_feed_a_collection",
                fields=["agent", "collection"],
                condition=Q(collection__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
