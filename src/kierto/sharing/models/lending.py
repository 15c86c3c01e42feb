"""Loans, reports of condition, charges, sales, and what borrowers would have done otherwise."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.ledger.models import Commitment, EconomicEvent
from kierto.parties.models import Agent
from kierto.sharing.models.booking import Booking, BookingLine
from kierto.sharing.models.collections import Collection
from kierto.sharing.models.things import Thing
from kierto.sharing.states import Alternative, Condition, Reason


class Loan(models.Model):
    """So many of a thing are out, or were: its events in the ledger say who has them.

    For a kit there is one loan for each part. ``back`` and ``use`` are recorded together.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(BookingLine, on_delete=models.PROTECT, related_name="loans")
    thing = models.ForeignKey(Thing, on_delete=models.PROTECT, related_name="loans")
    quantity = models.PositiveIntegerField(_("how many"), default=1)
    out_at = models.DateTimeField(_("handed out"))
    due_at = models.DateTimeField(_("due back"))
    back_at = models.DateTimeField(_("came back"), null=True, blank=True)
    out_event = models.OneToOneField(
        EconomicEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="loan_out"
    )
    back_event = models.OneToOneField(
        EconomicEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="loan_back"
    )
    use_event = models.OneToOneField(
        EconomicEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="loan_use"
    )
    handed_out_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    taken_back_by = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    renewals = models.PositiveIntegerField(default=0)
    reminders = models.PositiveIntegerField(default=0)
    note = models.CharField(_("note"), max_length=300, blank=True)
    is_lost = models.BooleanField(_("lost"), default=False)

    class Meta:
        verbose_name = _("loan")
        verbose_name_plural = _("loans")
        ordering: ClassVar = ["due_at"]
        indexes: ClassVar = [
            models.Index(fields=["back_at", "due_at"], name="sharing_loan_due"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="sharing_loan_counts", condition=Q(quantity__gte=1)),
            models.CheckConstraint(
                name="sharing_loan_comes_back_later",
                condition=Q(back_at__isnull=True) | Q(back_at__gte=F("out_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.thing_id} → {self.due_at:%Y-%m-%d}"


class ConditionReport(models.Model):
    """In what shape a thing was when somebody looked: at hand-out, at return, or between."""

    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="reports")
    loan = models.ForeignKey(
        Loan, on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )
    condition = models.CharField(_("condition"), max_length=8, choices=Condition)
    note = models.TextField(_("what was seen"), blank=True)
    reported_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("report of condition")
        verbose_name_plural = _("reports of condition")
        ordering: ClassVar = ["-reported_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="sharing_report_condition_known", condition=Q(condition__in=Condition.values)
            ),
        ]

    def __str__(self) -> str:
        return self.condition


class ConditionPhoto(models.Model):
    """A picture with a report of condition."""

    report = models.ForeignKey(ConditionReport, on_delete=models.CASCADE, related_name="photos")
    image = models.ImageField(upload_to="conditions/%Y/%m/")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("photo of a condition")
        verbose_name_plural = _("photos of conditions")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return str(self.image)


class Charge(models.Model):
    """Money that a borrower owes, paid or left as a deposit: a promise in the ledger.

    What is still due is the promise less the events that keep it. A deposit is handed over
    (``transferCustody``) and handed back by ``returned``; everything else is a ``transfer``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="charges")
    borrower = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="charges")
    reason = models.CharField(_("for"), max_length=10, choices=Reason)
    commitment = models.OneToOneField(Commitment, on_delete=models.PROTECT, related_name="charge")
    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, null=True, blank=True, related_name="charges"
    )
    loan = models.ForeignKey(
        Loan, on_delete=models.PROTECT, null=True, blank=True, related_name="charges"
    )
    returned = models.OneToOneField(
        EconomicEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="charge_back"
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="sharing_charge_reason_known", condition=Q(reason__in=Reason.values)
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class Sale(models.Model):
    """So many of a consumable went to somebody for good."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thing = models.ForeignKey(Thing, on_delete=models.PROTECT, related_name="sales")
    charge = models.OneToOneField(
        Charge, on_delete=models.PROTECT, null=True, blank=True, related_name="sale"
    )
    event = models.OneToOneField(EconomicEvent, on_delete=models.PROTECT, related_name="sale")

    class Meta:
        verbose_name = _("sale")
        verbose_name_plural = _("sales")

    def __str__(self) -> str:
        return str(self.thing_id)


class Answer(models.Model):
    """What a borrower would have done without this booking; asked once, and may be skipped."""

    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="answer")
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
                name="sharing_answer_or_skip",
                condition=Q(is_skipped=True, alternative="")
                | Q(is_skipped=False, alternative__in=Alternative.values),
            ),
        ]

    def __str__(self) -> str:
        return self.alternative or "–"
