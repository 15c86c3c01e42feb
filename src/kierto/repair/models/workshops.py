"""Categories of products, workshops, their prices and their repairers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import ResourceSpecification
from kierto.parties.models import Agent, Place


class Category(models.Model):
    """A product category; ``id`` and ``name`` are those of the Open Repair Data Standard 0.3.

    Categories of our own (textiles, furniture: repair cafés see them, the standard does not)
    have ids from 1000 and are left out of its files. ``kind`` gives mass and emissions.
    """

    id = models.PositiveSmallIntegerField(primary_key=True)
    name = models.CharField(_("name"), max_length=80, unique=True)
    names = models.JSONField(_("name by language"), default=dict, blank=True)
    kind = models.ForeignKey(
        ResourceSpecification, on_delete=models.PROTECT, related_name="repair_categories"
    )

    class Meta:
        verbose_name = _("product category")
        verbose_name_plural = _("product categories")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        from kierto.catalogue.labels import in_language

        return in_language(self.names, self.name)


class Workshop(models.Model):
    """Whoever repairs: a firm, a library's corner, an association that holds repair cafés.

    ``opening_hours`` is in the syntax of OpenStreetMap; prices are euros.
    """

    slug = models.SlugField(max_length=80, unique=True)
    agent = models.OneToOneField(Agent, on_delete=models.PROTECT, related_name="workshop")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="workshops")
    name = models.CharField(_("name"), max_length=160)
    description = models.TextField(_("description"), blank=True)
    contact = models.CharField(_("how to reach it"), max_length=200, blank=True)
    opening_hours = models.CharField(_("opening hours"), max_length=500, blank=True)
    holidays = models.CharField(_("country of the public holidays"), max_length=2, default="FI")
    timezone = models.CharField(_("time zone"), max_length=60, default="Europe/Helsinki")
    categories = models.ManyToManyField(
        Category, blank=True, related_name="workshops", verbose_name=_("what it repairs")
    )
    warranty_days = models.PositiveIntegerField(_("days of warranty"), default=0)
    takes_tickets = models.BooleanField(_("takes repairs outside events"), default=True)
    is_open = models.BooleanField(_("open"), default=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("workshop")
        verbose_name_plural = _("workshops")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """A line of a workshop's price list, in euros; the same at both ends if it is fixed."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="prices")
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    name = models.CharField(_("what is done"), max_length=160)
    low = models.DecimalField(_("from, in euros"), max_digits=9, decimal_places=2)
    high = models.DecimalField(_("to, in euros"), max_digits=9, decimal_places=2)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="repair_price_range", condition=Q(low__gte=0, high__gte=F("low"))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Repairer(models.Model):
    """A person who repairs for a workshop, and what they are good at."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="repairers")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="repairs_for")
    skills = models.ManyToManyField(Category, blank=True, related_name="repairers")
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("repairer")
        verbose_name_plural = _("repairers")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="repair_one_repairer_each", fields=["workshop", "agent"]),
        ]

    def __str__(self) -> str:
        return str(self.agent_id)
