"""Tickets: one thing, one problem, what was tried and what came of it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import ResourceSpecification
from kierto.ledger.models import Agreement, EconomicEvent, EconomicResource, Process
from kierto.parties.models import Agent
from kierto.repair.models.events import Event, Slot, Station
from kierto.repair.models.workshops import Category, Repairer, Workshop
from kierto.repair.states import Alternative, Barrier, Outcome, PartState, TicketState


class Ticket(models.Model):
    """Somebody's thing with a problem, at a workshop or at one of its events.

    ``agreement`` holds the promises to bring it and to give it back; if a library of things made
    them for the care of its own, ``resource`` is that thing. The visitor of a repair café may be
    an agent without a name.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=12, unique=True)
    workshop = models.ForeignKey(Workshop, on_delete=models.PROTECT, related_name="tickets")
    owner = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="repair_tickets")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="tickets")
    thing = models.CharField(_("what it is"), max_length=160)
    brand = models.CharField(_("brand"), max_length=80, blank=True)
    model = models.CharField(_("model"), max_length=120, blank=True)
    serial_number = models.CharField(_("serial number"), max_length=80, blank=True)
    made_year = models.PositiveSmallIntegerField(_("made in the year"), null=True, blank=True)
    age = models.DecimalField(
        _("age in years"), max_digits=5, decimal_places=1, null=True, blank=True
    )
    problem = models.TextField(_("what is wrong"))
    state = models.CharField(max_length=10, choices=TicketState, default=TicketState.NEW)
    resource = models.ForeignKey(
        EconomicResource, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets"
    )
    agreement = models.OneToOneField(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="ticket"
    )
    process = models.OneToOneField(
        Process, on_delete=models.PROTECT, null=True, blank=True, related_name="ticket"
    )
    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets"
    )
    station = models.ForeignKey(
        Station, on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets"
    )
    slot = models.OneToOneField(
        Slot, on_delete=models.SET_NULL, null=True, blank=True, related_name="ticket"
    )
    queue_number = models.PositiveIntegerField(_("number in the queue"), null=True, blank=True)
    repairer = models.ForeignKey(
        Repairer, on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets"
    )
    estimate_low = models.DecimalField(
        _("estimate from, in euros"), max_digits=9, decimal_places=2, null=True, blank=True
    )
    estimate_high = models.DecimalField(
        _("estimate to, in euros"), max_digits=9, decimal_places=2, null=True, blank=True
    )
    estimate_minutes = models.PositiveIntegerField(_("minutes of work"), null=True, blank=True)
    estimate_note = models.TextField(_("what would be done"), blank=True)
    ready_on = models.DateField(_("ready by"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True)
    barrier = models.CharField(_("what prevented it"), max_length=40, choices=Barrier, blank=True)
    advice = models.TextField(_("what was done, and advice"), blank=True)
    price = models.DecimalField(
        _("price in euros"), max_digits=9, decimal_places=2, null=True, blank=True
    )
    # The promise of the price; what is paid of it, the ledger knows.
    bill = models.OneToOneField(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="repair_bill"
    )
    warranty_until = models.DateField(_("warranty until"), null=True, blank=True)
    warranty_note = models.CharField(_("what the warranty covers"), max_length=300, blank=True)
    shares_data = models.BooleanField(_("may be counted in open repair data"), default=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    created_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("repair ticket")
        verbose_name_plural = _("repair tickets")
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["workshop", "state"], name="repair_ticket_queue"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="repair_ticket_words_known",
                condition=Q(
                    state__in=TicketState.values,
                    outcome__in=["", *Outcome.values],
                    barrier__in=["", *Barrier.values],
                ),
            ),
            models.CheckConstraint(
                name="repair_done_has_an_outcome",
                condition=~Q(state__in=[TicketState.DONE, TicketState.COLLECTED]) | ~Q(outcome=""),
            ),
            models.CheckConstraint(
                name="repair_barrier_at_end_of_life",
                condition=Q(barrier="") | Q(outcome__in=[Outcome.END_OF_LIFE, Outcome.REPAIRABLE]),
            ),
            models.CheckConstraint(
                name="repair_estimate_range",
                condition=Q(estimate_low__isnull=True, estimate_high__isnull=True)
                | Q(estimate_low__gte=0, estimate_high__gte=F("estimate_low")),
            ),
            models.UniqueConstraint(
                name="repair_one_queue_number_each",
                fields=["event", "queue_number"],
                condition=Q(queue_number__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class TicketPart(models.Model):
    """A spare part. With a ``kind`` it is looked for in the exchange; fitted, it is an event."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="parts")
    name = models.CharField(_("name"), max_length=160)
    kind = models.ForeignKey(
        ResourceSpecification, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    quantity = models.PositiveIntegerField(_("how many"), default=1)
    price = models.DecimalField(
        _("price in euros"), max_digits=9, decimal_places=2, null=True, blank=True
    )
    state = models.CharField(max_length=8, choices=PartState, default=PartState.WANTED)
    event = models.OneToOneField(
        EconomicEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="repair_part"
    )

    class Meta:
        verbose_name = _("spare part")
        verbose_name_plural = _("spare parts")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="repair_part_counts", condition=Q(quantity__gte=1)),
            models.CheckConstraint(
                name="repair_part_state_known", condition=Q(state__in=PartState.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Work(models.Model):
    """Somebody worked on a ticket; how long, the event says."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="work")
    worker = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="repair_work")
    event = models.OneToOneField(
        EconomicEvent, on_delete=models.PROTECT, related_name="repair_work"
    )
    note = models.CharField(_("what was done"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("work on a repair")
        verbose_name_plural = _("work on repairs")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return str(self.event_id)


class TicketPhoto(models.Model):
    """A picture of a repair; shown to others only with the owner's consent."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="photos")
    image = models.ImageField(upload_to="repairs/%Y/%m/")
    description = models.CharField(_("what it shows"), max_length=200)
    is_public = models.BooleanField(_("may be shown to everybody"), default=False)
    created_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.description


class Answer(models.Model):
    """What the owner would have done without the repair; asked once, and may be skipped."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="answer")
    alternative = models.CharField(
        _("otherwise I would have"), max_length=10, choices=Alternative, blank=True
    )
    is_skipped = models.BooleanField(default=False)
    answered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="repair_answer_or_skip",
                condition=Q(is_skipped=True, alternative="")
                | Q(is_skipped=False, alternative__in=Alternative.values),
            ),
        ]

    def __str__(self) -> str:
        return self.alternative or "–"
