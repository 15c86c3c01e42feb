"""Things: items, pools of equal items, kits, consumables, spaces and vehicles."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import ResourceSpecification
from kierto.ledger.models import EconomicResource
from kierto.parties.models import Place
from kierto.sharing.models.collections import Collection, Terms
from kierto.sharing.states import Condition, Sort, ThingState


class Thing(models.Model):
    """Something to borrow, book or (a consumable) to buy; ``code`` stands on its label.

    How many there are, what lies here and who has the rest, ``resource`` says in the ledger; a
    kit has none, its parts have. ``place`` is where it is picked up.
    """

    code = models.CharField(_("code on the label"), max_length=20, unique=True)
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="things")
    sort = models.CharField(_("counted as"), max_length=10, choices=Sort)
    name = models.CharField(_("name"), max_length=160)
    description = models.TextField(_("description"), blank=True)
    kind = models.ForeignKey(ResourceSpecification, on_delete=models.PROTECT, related_name="things")
    resource = models.OneToOneField(
        EconomicResource, on_delete=models.PROTECT, null=True, blank=True, related_name="thing"
    )
    terms = models.ForeignKey(
        Terms, on_delete=models.PROTECT, null=True, blank=True, related_name="things"
    )
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="things")
    state = models.CharField(max_length=8, choices=ThingState, default=ThingState.DRAFT)
    condition = models.CharField(
        _("condition"), max_length=8, choices=Condition, default=Condition.GOOD
    )
    brand = models.CharField(_("brand"), max_length=80, blank=True)
    model = models.CharField(_("model"), max_length=120, blank=True)
    serial_number = models.CharField(_("serial number"), max_length=80, blank=True)
    value = models.DecimalField(
        _("value in euros"), max_digits=9, decimal_places=2, null=True, blank=True
    )
    unit_price = models.DecimalField(
        _("price of one, in euros"), max_digits=9, decimal_places=2, null=True, blank=True
    )
    safety = models.TextField(_("safety notes"), blank=True)
    accessibility = models.TextField(_("accessibility"), blank=True)
    seats = models.PositiveIntegerField(_("for how many people"), null=True, blank=True)
    features = models.JSONField(_("what it has"), default=list, blank=True)
    opening_hours = models.CharField(
        _("opening hours"),
        max_length=500,
        blank=True,
        help_text=_("Empty: those of the collection."),
    )
    external_key = models.CharField(max_length=120, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("thing")
        verbose_name_plural = _("things")
        ordering: ClassVar = ["name", "code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="sharing_thing_words_known",
                condition=Q(
                    sort__in=Sort.values,
                    state__in=ThingState.values,
                    condition__in=Condition.values,
                ),
            ),
            models.CheckConstraint(
                name="sharing_kits_have_no_stock",
                condition=~Q(sort=Sort.KIT) | Q(resource__isnull=True),
            ),
            models.UniqueConstraint(
                name="sharing_one_external_key_each",
                fields=["collection", "external_key"],
                condition=~Q(external_key=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class KitPart(models.Model):
    """So many of a thing belong to a kit."""

    kit = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="parts")
    part = models.ForeignKey(Thing, on_delete=models.PROTECT, related_name="part_of")
    quantity = models.PositiveIntegerField(_("how many"), default=1)

    class Meta:
        verbose_name = _("part of a kit")
        verbose_name_plural = _("parts of kits")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="sharing_one_part_each", fields=["kit", "part"]),
            models.CheckConstraint(name="sharing_part_counts", condition=Q(quantity__gte=1)),
            models.CheckConstraint(name="sharing_kit_not_in_itself", condition=~Q(kit=F("part"))),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.part_id}"


class ThingPhoto(models.Model):
    """A picture of a thing, with the words that stand for it."""

    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="photos")
    image = models.ImageField(upload_to="things/%Y/%m/")
    description = models.CharField(_("what it shows"), max_length=200)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.description


class ThingFile(models.Model):
    """A manual or another paper (PDF) that comes with a thing."""

    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="files")
    file = models.FileField(upload_to="manuals/%Y/%m/")
    title = models.CharField(_("title"), max_length=160)
    language = models.CharField(_("language"), max_length=8, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("manual")
        verbose_name_plural = _("manuals")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.title
