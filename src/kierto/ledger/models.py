"""Resources, promises and events, in the words of ValueFlows 1.0.

Events are append-only: the database itself refuses to change or delete them (triggers in the
migrations, on SQLite and PostgreSQL), and each carries the hash of the one before. Quantities of
resources are the running fold of their events, kept beside them and never below zero.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import Recipe, ResourceSpecification
from kierto.parties.models import Agent, Place


class Action(models.TextChoices):
    """The 19 actions of ValueFlows 1.0; what each does stands in :mod:`kierto.ledger.effects`."""

    PRODUCE = "produce", _("produce")
    CONSUME = "consume", _("consume")
    USE = "use", _("use")
    CITE = "cite", _("cite")
    WORK = "work", _("work")
    DELIVER_SERVICE = "deliverService", _("deliver a service")
    PICKUP = "pickup", _("pick up")
    DROPOFF = "dropoff", _("drop off")
    ACCEPT = "accept", _("take in")
    MODIFY = "modify", _("give back changed")
    COMBINE = "combine", _("combine")
    SEPARATE = "separate", _("separate")
    TRANSFER_ALL_RIGHTS = "transferAllRights", _("transfer all rights")
    TRANSFER_CUSTODY = "transferCustody", _("hand over")
    TRANSFER = "transfer", _("transfer")
    MOVE = "move", _("move")
    COPY = "copy", _("copy")
    RAISE = "raise", _("raise")
    LOWER = "lower", _("lower")


class Visibility(models.TextChoices):
    """Who may see a single event, besides its parties and those who run the district.

    Events of people are never shown to others, whatever stands here: only what passed between
    organisations can be public.
    """

    PUBLIC = "public", _("everybody")
    PARTNERS = "partners", _("partners of the district")
    PARTIES = "parties", _("its parties")


class Provenance(models.TextChoices):
    """From what an event is known."""

    FORM = "form", _("entered in a form")
    FILE = "file", _("a row of a file")
    READING = "reading", _("a reading")
    PLAN = "plan", _("a plan")
    PROGRAM = "program", _("a program")


def _amount(verbose_name: object, **options: object) -> models.DecimalField:
    return models.DecimalField(verbose_name, max_digits=20, decimal_places=6, **options)  # type: ignore[arg-type]


class Process(models.Model):
    """Something that turns inputs into outputs, at one place and time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200)
    based_on = models.ForeignKey(
        Recipe, on_delete=models.PROTECT, null=True, blank=True, related_name="processes"
    )
    place = models.ForeignKey(
        Place, on_delete=models.PROTECT, null=True, blank=True, related_name="processes"
    )
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("process")
        verbose_name_plural = _("processes")
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class EconomicResource(models.Model):
    """A stock of one kind in somebody's hands.

    ``accounting_quantity`` is what the accountable agent owns, ``onhand_quantity`` what lies with
    the custodian; both in the kind's canonical unit.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conforms_to = models.ForeignKey(
        ResourceSpecification, on_delete=models.PROTECT, related_name="resources"
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    primary_accountable = models.ForeignKey(
        Agent, on_delete=models.PROTECT, related_name="accountable_for"
    )
    custodian = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="custodian_of")
    accounting_quantity = _amount(_("accounting quantity"), default=0)
    onhand_quantity = _amount(_("on-hand quantity"), default=0)
    current_location = models.ForeignKey(
        Place, on_delete=models.PROTECT, null=True, blank=True, related_name="resources"
    )
    stage = models.CharField(_("stage"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=60, blank=True)
    contained_in = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="contents"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="ledger_stock_not_negative",
                condition=Q(accounting_quantity__gte=0, onhand_quantity__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.conforms_to)


class Agreement(models.Model):
    """What parties have promised one another; its commitments say what, how much and when.

    Events that realise it are shown to whom ``visibility`` says, unless they say otherwise.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200)
    note = models.TextField(_("note"), blank=True)
    visibility = models.CharField(
        _("who sees its events"), max_length=8, choices=Visibility, default=Visibility.PARTIES
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="ledger_agreement_visibility_known",
                condition=Q(visibility__in=Visibility.values),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Commitment(models.Model):
    """A promised event: who gives whom what, how much, in which days (both ends included)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="commitments"
    )
    action = models.CharField(max_length=20, choices=Action)
    provider = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="gives")
    receiver = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="gets")
    conforms_to = models.ForeignKey(
        ResourceSpecification, on_delete=models.PROTECT, related_name="commitments"
    )
    resource_quantity = _amount(_("quantity"))
    # The very thing that is promised, where not any of its kind will do (resourceInventoriedAs).
    resource = models.ForeignKey(
        EconomicResource,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="commitments",
    )
    effort_quantity = _amount(_("hours of work"), null=True, blank=True)
    has_beginning = models.DateField(_("from"))
    has_end = models.DateField(_("until"))
    input_of = models.ForeignKey(
        Process, on_delete=models.PROTECT, null=True, blank=True, related_name="committed_inputs"
    )
    output_of = models.ForeignKey(
        Process, on_delete=models.PROTECT, null=True, blank=True, related_name="committed_outputs"
    )
    from_place = models.ForeignKey(
        Place, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    to_place = models.ForeignKey(
        Place, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        ordering: ClassVar = ["has_beginning"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="ledger_commitment_action_known", condition=Q(action__in=Action.values)
            ),
            models.CheckConstraint(
                name="ledger_commitment_positive", condition=Q(resource_quantity__gt=0)
            ),
            models.CheckConstraint(
                name="ledger_commitment_ends_after_start",
                condition=Q(has_end__gte=F("has_beginning")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.resource_quantity} {self.conforms_to_id}"


class EconomicEvent(models.Model):
    """What happened. Never changed, never deleted; a mistake is put right by a reversing event.

    ``resource_quantity`` is in the kind's canonical unit, ``entered_value`` and ``entered_unit``
    as somebody wrote it; ``effort_quantity`` is hours. ``number`` counts from 1 without gaps.
    A reversing event names the one it ``corrects`` and has its amounts with the other sign, so
    that sums over events are right without looking for corrections.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField(unique=True, editable=False)
    action = models.CharField(max_length=20, choices=Action)
    provider = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="events_given")
    receiver = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="events_got")
    conforms_to = models.ForeignKey(
        ResourceSpecification, on_delete=models.PROTECT, related_name="events"
    )
    resource = models.ForeignKey(
        EconomicResource, on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    to_resource = models.ForeignKey(
        EconomicResource, on_delete=models.PROTECT, null=True, blank=True, related_name="events_to"
    )
    resource_quantity = _amount(_("quantity"), null=True, blank=True)
    entered_value = models.CharField(max_length=40, blank=True)
    entered_unit = models.CharField(max_length=20, blank=True)
    effort_quantity = _amount(_("hours of work"), null=True, blank=True)
    has_beginning = models.DateTimeField(_("began"))
    has_end = models.DateTimeField(_("ended"))
    location = models.ForeignKey(
        Place, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    to_location = models.ForeignKey(
        Place, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    input_of = models.ForeignKey(
        Process, on_delete=models.PROTECT, null=True, blank=True, related_name="inputs"
    )
    output_of = models.ForeignKey(
        Process, on_delete=models.PROTECT, null=True, blank=True, related_name="outputs"
    )
    realization_of = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    state = models.CharField(max_length=60, blank=True)
    note = models.TextField(_("note"), blank=True)
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )
    triggered_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="triggers"
    )
    visibility = models.CharField(
        _("who sees it"), max_length=8, choices=Visibility, default=Visibility.PARTIES
    )
    recorded_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(editable=False)
    provenance = models.CharField(max_length=8, choices=Provenance)
    provenance_reference = models.CharField(max_length=300, blank=True)
    previous_hash = models.CharField(max_length=64, editable=False)
    hash = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering: ClassVar = ["-number"]
        indexes: ClassVar = [
            models.Index(fields=["has_end"], name="ledger_event_by_time"),
            models.Index(fields=["conforms_to", "has_end"], name="ledger_event_by_kind"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="ledger_event_action_known", condition=Q(action__in=Action.values)
            ),
            models.CheckConstraint(
                name="ledger_event_provenance_known", condition=Q(provenance__in=Provenance.values)
            ),
            models.CheckConstraint(
                name="ledger_event_visibility_known", condition=Q(visibility__in=Visibility.values)
            ),
            models.CheckConstraint(
                name="ledger_only_corrections_are_negative",
                condition=Q(corrects__isnull=False)
                | (
                    (Q(resource_quantity__isnull=True) | Q(resource_quantity__gt=0))
                    & (Q(effort_quantity__isnull=True) | Q(effort_quantity__gt=0))
                ),
            ),
            models.CheckConstraint(
                name="ledger_event_has_an_amount",
                condition=Q(resource_quantity__isnull=False) | Q(effort_quantity__isnull=False),
            ),
            models.CheckConstraint(
                name="ledger_event_ends_after_start", condition=Q(has_end__gte=F("has_beginning"))
            ),
            models.CheckConstraint(name="ledger_event_number_positive", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.action}"


class Fulfillment(models.Model):
    """How much of a promise an event kept; of a reversing event, how much it takes back."""

    event = models.ForeignKey(EconomicEvent, on_delete=models.PROTECT, related_name="fulfills")
    commitment = models.ForeignKey(
        Commitment, on_delete=models.PROTECT, related_name="fulfilled_by"
    )
    resource_quantity = _amount(_("quantity"))

    class Meta:
        verbose_name = _("fulfilment")
        verbose_name_plural = _("fulfilments")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="ledger_one_fulfillment_each", fields=["event", "commitment"]
            ),
            models.CheckConstraint(
                name="ledger_fulfillment_not_zero", condition=~Q(resource_quantity=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.commitment_id}"


class ChainHead(models.Model):
    """The end of the hash chain: the one row that recorders lock to stand in line."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="ledger_one_chain_head", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"


class ChainCheck(models.Model):
    """One verification of the whole chain. Its last hash must still stand at the next one."""

    checked_at = models.DateTimeField(default=timezone.now)
    checked_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    ok = models.BooleanField()
    events = models.BigIntegerField()
    last_hash = models.CharField(max_length=64, blank=True)
    broken_at = models.BigIntegerField(null=True, blank=True)
    reason = models.TextField(blank=True)
    expected = models.CharField(max_length=200, blank=True)
    found = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("check of the chain")
        verbose_name_plural = _("checks of the chain")
        ordering: ClassVar = ["-checked_at", "-id"]

    def __str__(self) -> str:
        return f"{self.checked_at:%Y-%m-%d} {self.ok}"
