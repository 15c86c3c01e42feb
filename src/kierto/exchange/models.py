"""Offers and needs, what can process them, proposals between them, and deliveries.

An offer and a need are one noun, the ValueFlows Intent: an intent with a provider is an offer,
one with a receiver is a need.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import Recipe, ResourceSpecification
from kierto.core.period import Frequency as CoreFrequency
from kierto.exchange.states import DeliveryState, IntentState, ProposalState, Visibility
from kierto.ledger.models import Agreement, Commitment, EconomicEvent, Process
from kierto.parties.models import Agent, Place


def today() -> date:
    """The calendar day here, in the node's time zone."""
    return timezone.localdate()


def _amount(verbose_name: object, **options: object) -> models.DecimalField:
    return models.DecimalField(verbose_name, max_digits=20, decimal_places=6, **options)  # type: ignore[arg-type]


class Direction(models.TextChoices):
    OFFER = "offer", _("offer")
    NEED = "need", _("need")


class Frequency(models.TextChoices):
    """How often; the words for :class:`kierto.core.period.Frequency`."""

    ONCE = CoreFrequency.ONCE.value, _("once")
    WEEK = CoreFrequency.WEEK.value, _("a week")
    MONTH = CoreFrequency.MONTH.value, _("a month")


class Intent(models.Model):
    """An offer or a need.

    ``resource_quantity`` is per ``every`` in the kind's canonical unit. ``quality`` of an offer
    gives measured fractions (``{"moisture": 0.6}``) that replace the kind's; of a need, limits
    (``{"moisture": [null, 0.7]}``). ``fallback_cost`` is euros per unit for disposal (offer) or
    buying new (need) where the agent knows better than the catalogue.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    direction = models.CharField(max_length=5, choices=Direction)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="intents")
    kind = models.ForeignKey(
        ResourceSpecification, on_delete=models.PROTECT, related_name="intents"
    )
    title = models.CharField(_("title"), max_length=160)
    description = models.TextField(_("description"), blank=True)
    resource_quantity = _amount(_("quantity"))
    entered_value = models.CharField(max_length=40)
    entered_unit = models.CharField(max_length=20)
    every = models.CharField(_("how often"), max_length=5, choices=Frequency)
    available_from = models.DateField(_("from"))
    available_until = models.DateField(_("until"), null=True, blank=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="intents")
    quality = models.JSONField(_("quality"), default=dict, blank=True)
    minimum_lot = _amount(_("smallest amount"), default=0)
    fallback_cost = models.FloatField(_("cost otherwise, euros per unit"), null=True, blank=True)
    visibility = models.CharField(
        _("who sees it"), max_length=8, choices=Visibility, default=Visibility.PUBLIC
    )
    state = models.CharField(max_length=6, choices=IntentState, default=IntentState.DRAFT)
    external_key = models.CharField(max_length=120, blank=True)
    created_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("offer or need")
        verbose_name_plural = _("offers and needs")
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["state", "direction", "kind"], name="exchange_intent_open"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="exchange_intent_direction", condition=Q(direction__in=Direction.values)
            ),
            models.CheckConstraint(
                name="exchange_intent_state", condition=Q(state__in=IntentState.values)
            ),
            models.CheckConstraint(
                name="exchange_intent_every", condition=Q(every__in=Frequency.values)
            ),
            models.CheckConstraint(
                name="exchange_intent_visibility", condition=Q(visibility__in=Visibility.values)
            ),
            models.CheckConstraint(
                name="exchange_intent_amounts",
                condition=Q(
                    resource_quantity__gt=0,
                    minimum_lot__gte=0,
                    minimum_lot__lte=F("resource_quantity"),
                ),
            ),
            models.CheckConstraint(
                name="exchange_intent_window",
                condition=Q(available_until__isnull=True)
                | Q(available_until__gte=F("available_from")),
            ),
            models.UniqueConstraint(
                name="exchange_intent_external_key",
                fields=["agent", "direction", "external_key"],
                condition=~Q(external_key=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_offer(self) -> bool:
        """Whether the agent gives (an offer) or wants to get (a need)."""
        return self.direction == Direction.OFFER

    def is_expired(self, on: date | None = None) -> bool:
        """Whether its window has passed. Derived from the calendar, stored nowhere."""
        return self.available_until is not None and self.available_until < (on or today())


class IntentPhoto(models.Model):
    """A picture of what is offered, re-encoded on upload, with words for those who cannot see it."""

    intent = models.ForeignKey(Intent, on_delete=models.CASCADE, related_name="photos")
    image = models.ImageField(upload_to="intents/%Y/%m")
    description = models.CharField(_("what the picture shows"), max_length=300)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.description


class Processor(models.Model):
    """Somebody's means to run a recipe at a place. Capacity and minimum are levels a week."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="processors")
    recipe = models.ForeignKey(Recipe, on_delete=models.PROTECT, related_name="processors")
    name = models.CharField(_("name"), max_length=160)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="processors")
    capacity = models.FloatField(_("capacity, levels a week"))
    cost = models.FloatField(_("euros per level"), null=True, blank=True)
    emissions = models.FloatField(_("kg CO2e per level"), null=True, blank=True)
    state = models.CharField(max_length=6, choices=IntentState, default=IntentState.OPEN)
    external_key = models.CharField(max_length=120, blank=True)
    created_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("processor")
        verbose_name_plural = _("processors")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(name="exchange_processor_capacity", condition=Q(capacity__gt=0)),
            models.CheckConstraint(
                name="exchange_processor_state", condition=Q(state__in=IntentState.values)
            ),
            models.UniqueConstraint(
                name="exchange_processor_external_key",
                fields=["agent", "external_key"],
                condition=~Q(external_key=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Proposal(models.Model):
    """One flow of a plan, put to its two parties.

    It comes from an offer or a processor and goes to a need or a processor. Quantity is per week
    in the kind's canonical unit; costs are euros and emissions kg CO2e per unit carried.
    ``plan`` is the id of the plan run it came from.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.UUIDField(null=True, blank=True, db_index=True)
    kind = models.ForeignKey(
        ResourceSpecification, on_delete=models.PROTECT, related_name="proposals"
    )
    provider = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="proposals_to_give")
    receiver = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="proposals_to_get")
    offer = models.ForeignKey(
        Intent, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals_from"
    )
    source_processor = models.ForeignKey(
        Processor, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals_from"
    )
    need = models.ForeignKey(
        Intent, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals_to"
    )
    target_processor = models.ForeignKey(
        Processor, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals_to"
    )
    quantity_per_week = _amount(_("quantity a week"))
    distance_km = models.FloatField(_("distance in km"))
    cost_per_unit = models.FloatField(_("carrying cost, euros per unit"))
    emissions_per_unit = models.FloatField(_("carrying emissions, kg CO2e per unit"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    answer_by = models.DateField(_("answer by"))
    state = models.CharField(max_length=9, choices=ProposalState, default=ProposalState.OPEN)
    agreement = models.OneToOneField(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="proposal"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="exchange_proposal_one_source",
                condition=Q(offer__isnull=False, source_processor__isnull=True)
                | Q(offer__isnull=True, source_processor__isnull=False),
            ),
            models.CheckConstraint(
                name="exchange_proposal_one_target",
                condition=Q(need__isnull=False, target_processor__isnull=True)
                | Q(need__isnull=True, target_processor__isnull=False),
            ),
            models.CheckConstraint(
                name="exchange_proposal_amount", condition=Q(quantity_per_week__gt=0)
            ),
            models.CheckConstraint(
                name="exchange_proposal_term", condition=Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="exchange_proposal_state", condition=Q(state__in=ProposalState.values)
            ),
            models.CheckConstraint(
                name="exchange_accepted_proposal_has_agreement",
                condition=Q(state="accepted", agreement__isnull=False)
                | (~Q(state="accepted") & Q(agreement__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} → {self.receiver_id}"

    @property
    def parties(self) -> list[Agent]:
        """Who has to answer: both ends, or the one agent that stands at both."""
        both = [self.provider, self.receiver]
        return both[:1] if self.provider_id == self.receiver_id else both

    @property
    def source_place(self) -> Place:
        """Where it is carried from; select ``offer__place`` and ``source_processor__place``."""
        source = self.offer or self.source_processor
        assert source is not None  # a constraint of the table  # noqa: S101
        return source.place

    @property
    def target_place(self) -> Place:
        """Where it is carried to; select ``need__place`` and ``target_processor__place``."""
        target = self.need or self.target_processor
        assert target is not None  # a constraint of the table  # noqa: S101
        return target.place


class ProposalAnswer(models.Model):
    """One party's answer, given once."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="answers")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    accepted = models.BooleanField()
    reason = models.TextField(_("reason"), blank=True)
    answered_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints: ClassVar = [
            models.UniqueConstraint(name="exchange_one_answer_each", fields=["proposal", "agent"]),
            models.CheckConstraint(
                name="exchange_decline_has_reason", condition=Q(accepted=True) | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.accepted}"


class Delivery(models.Model):
    """What one side says was delivered; confirmed by the other, it becomes an economic event."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="deliveries")
    commitment = models.ForeignKey(
        Commitment, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries"
    )
    resource_quantity = _amount(_("quantity"))
    entered_value = models.CharField(max_length=40)
    entered_unit = models.CharField(max_length=20)
    happened_at = models.DateTimeField(_("when"))
    note = models.TextField(_("note"), blank=True)
    photo = models.ImageField(upload_to="deliveries/%Y/%m", blank=True)
    recorded_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    recorded_for = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=9, choices=DeliveryState, default=DeliveryState.RECORDED)
    decided_by = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("what is not right"), blank=True)
    event = models.OneToOneField(
        EconomicEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="delivery"
    )

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering: ClassVar = ["-happened_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="exchange_delivery_amount", condition=Q(resource_quantity__gt=0)
            ),
            models.CheckConstraint(
                name="exchange_delivery_state", condition=Q(state__in=DeliveryState.values)
            ),
            models.CheckConstraint(
                name="exchange_confirmed_delivery_has_event",
                condition=Q(state="confirmed", event__isnull=False)
                | (~Q(state="confirmed") & Q(event__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_quantity} ({self.state})"


class ProcessingRun(models.Model):
    """A run of a processor that was recorded: links the ledger's process to the processor."""

    process = models.OneToOneField(
        Process, on_delete=models.PROTECT, primary_key=True, related_name="processing_run"
    )
    processor = models.ForeignKey(Processor, on_delete=models.PROTECT, related_name="runs")
    level = models.FloatField(_("levels run"))

    class Meta:
        verbose_name = _("processing run")
        verbose_name_plural = _("processing runs")
        constraints: ClassVar = [
            models.CheckConstraint(name="exchange_run_level", condition=Q(level__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.processor_id} × {self.level:g}"
