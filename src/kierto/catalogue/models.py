"""Kinds of things, what they are made of, what can be made of them, and at what cost and carbon."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.labels import in_language, label_of
from kierto.core.quantity import Unit


class CanonicalUnit(models.TextChoices):
    """The canonical units of the ledger; see :class:`kierto.core.quantity.Unit`."""

    KILOGRAM = Unit.KILOGRAM.value, "kg"
    KILOWATT_HOUR = Unit.KILOWATT_HOUR.value, "kWh"
    CUBIC_METRE = Unit.CUBIC_METRE.value, "m³"
    SQUARE_METRE = Unit.SQUARE_METRE.value, "m²"
    ITEM = Unit.ITEM.value, _("item")
    HOUR = Unit.HOUR.value, _("hour")
    EURO = Unit.EURO.value, "€"


class Theme(models.TextChoices):
    """The five pilot themes of the sustainable-district programme (6Aika, 2019–2021)."""

    PREMISES = "premises", _("Shared premises and services")
    FLOWS = "flows", _("Nutrients, energy and materials")
    FOOD = "food", _("Urban food")
    SIDE_STREAMS = "side_streams", _("Waste and side streams")
    BLUE_GREEN = "blue_green", _("Water and greenery")


class EmissionFactor(models.Model):
    """Greenhouse-gas emissions of one unit of an activity, with where the number comes from.

    ``value``, ``low`` and ``high`` are kg CO2e per ``unit``.
    """

    code = models.SlugField(_("code"), max_length=160, unique=True)
    activity = models.CharField(_("activity"), max_length=300)
    value = models.FloatField(_("kg CO2e per unit"))
    unit = models.CharField(_("unit"), max_length=20, help_text=_("kg, kWh, m3, tkm, item …"))
    low = models.FloatField(_("low"))
    high = models.FloatField(_("high"))
    source = models.CharField(_("source"), max_length=400)
    year = models.PositiveSmallIntegerField(_("year"))
    region = models.CharField(_("region"), max_length=60)
    quality = models.PositiveSmallIntegerField(
        _("quality"), help_text=_("1 is measured here and now, 5 is a rough estimate")
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("emission factor")
        verbose_name_plural = _("emission factors")
        ordering: ClassVar = ["activity"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="catalogue_factor_range",
                condition=Q(low__lte=models.F("value"), high__gte=models.F("value")),
            ),
            models.CheckConstraint(
                name="catalogue_factor_quality", condition=Q(quality__gte=1, quality__lte=5)
            ),
        ]

    def __str__(self) -> str:
        return self.activity


class TransportMode(models.Model):
    """A way of carrying: euros and kg CO2e per tonne-kilometre, and a load.

    Pipes, wires and visits are modes too: they cost nothing per tonne and end at ``longest_km``
    of road.
    """

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    names = models.JSONField(_("name by language"), default=dict, blank=True)
    cost_per_tkm = models.FloatField(_("euros per tonne-kilometre"))
    emissions_per_tkm = models.FloatField(_("kg CO2e per tonne-kilometre"))
    handling_cost_per_tonne = models.FloatField(_("euros per tonne for loading"), default=0)
    payload_kg = models.FloatField(_("payload in kg"))
    longest_km = models.FloatField(_("longest distance in km"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=400)

    class Meta:
        verbose_name = _("transport mode")
        verbose_name_plural = _("transport modes")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="catalogue_transport_not_negative",
                condition=Q(
                    cost_per_tkm__gte=0,
                    emissions_per_tkm__gte=0,
                    handling_cost_per_tonne__gte=0,
                    payload_kg__gt=0,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return in_language(self.names, self.name)


class ResourceSpecification(models.Model):
    """A kind of thing (ValueFlows ResourceSpecification; “kind” on the screen).

    Kinds form a tree: where a broader kind is wanted, a narrower one is accepted. ``path`` is the
    codes from the root joined by ``/`` with a slash at both ends, so that narrower kinds are those
    whose path starts with it. Prices are euros per canonical unit, fractions are of wet mass,
    heating value is MJ per kg of wet mass. ``kg_per_unit`` turns non-mass units into load.
    A price, factor or transport mode that is missing is inherited from the nearest broader kind
    that is counted in the same unit; ask :mod:`kierto.catalogue.queries`, never the bare field.
    """

    code = models.SlugField(_("code"), max_length=80, unique=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    path = models.CharField(max_length=600, unique=True, editable=False)
    unit = models.CharField(_("unit"), max_length=8, choices=CanonicalUnit)
    theme = models.CharField(_("theme"), max_length=16, choices=Theme)
    waste_code = models.CharField(
        _("list-of-waste code"),
        max_length=6,
        blank=True,
        validators=[RegexValidator(r"^\d{6}$", _("A list-of-waste code has six digits."))],
    )
    hazardous = models.BooleanField(_("hazardous"), default=False)
    moisture = models.FloatField(_("moisture"), null=True, blank=True)
    carbon = models.FloatField(_("carbon (C)"), null=True, blank=True)
    nitrogen = models.FloatField(_("nitrogen (N)"), null=True, blank=True)
    phosphorus = models.FloatField(_("phosphorus (P)"), null=True, blank=True)
    potassium = models.FloatField(_("potassium (K)"), null=True, blank=True)
    heating_value = models.FloatField(_("heating value (MJ/kg)"), null=True, blank=True)
    kg_per_unit = models.FloatField(_("mass of one unit in kg"), default=1)
    disposal_cost = models.FloatField(_("disposal, euros per unit"), null=True, blank=True)
    purchase_price = models.FloatField(_("buying new, euros per unit"), null=True, blank=True)
    disposal_factor = models.ForeignKey(
        EmissionFactor, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    production_factor = models.ForeignKey(
        EmissionFactor, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    transport_mode = models.ForeignKey(
        TransportMode, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    price_source = models.CharField(_("source of the prices"), max_length=400, blank=True)
    composition_source = models.CharField(
        _("source of the composition"), max_length=400, blank=True
    )

    class Meta:
        verbose_name = _("kind")
        verbose_name_plural = _("kinds")
        ordering: ClassVar = ["path"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="catalogue_kind_unit_known", condition=Q(unit__in=CanonicalUnit.values)
            ),
            models.CheckConstraint(
                name="catalogue_kind_fractions",
                condition=(Q(moisture__isnull=True) | Q(moisture__gte=0, moisture__lte=1))
                & (Q(carbon__isnull=True) | Q(carbon__gte=0, carbon__lte=1))
                & (Q(nitrogen__isnull=True) | Q(nitrogen__gte=0, nitrogen__lte=1))
                & (Q(phosphorus__isnull=True) | Q(phosphorus__gte=0, phosphorus__lte=1))
                & (Q(potassium__isnull=True) | Q(potassium__gte=0, potassium__lte=1)),
            ),
            models.CheckConstraint(
                name="catalogue_kind_weighs_something", condition=Q(kg_per_unit__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language; prefetch ``labels`` to avoid queries."""
        return label_of(self)

    @property
    def is_money(self) -> bool:
        """Whether it is promised and paid, and no thing that circulates."""
        return self.unit == CanonicalUnit.EURO

    def is_within(self, broader: ResourceSpecification) -> bool:
        """Whether this kind is ``broader`` itself or narrower."""
        return self.path.startswith(broader.path)


class KindLabel(models.Model):
    """What a kind is called in a language, and what else people call it."""

    kind = models.ForeignKey(ResourceSpecification, on_delete=models.CASCADE, related_name="labels")
    language = models.CharField(_("language"), max_length=8)
    label = models.CharField(_("name"), max_length=120)
    synonyms = models.JSONField(_("other names"), default=list, blank=True)

    class Meta:
        verbose_name = _("name of a kind")
        verbose_name_plural = _("names of kinds")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="catalogue_one_label_a_language", fields=["kind", "language"]
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Recipe(models.Model):
    """How inputs become outputs (ValueFlows Recipe). One level is one run of the yields.

    ``level_unit`` says in words what one level is (“1 t of food waste digested”). Cost is euros,
    emissions kg CO2e per level, both without those of inputs, outputs and transport.
    """

    code = models.SlugField(_("code"), max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=200)
    names = models.JSONField(_("name by language"), default=dict, blank=True)
    level_unit = models.CharField(_("one level is"), max_length=200)
    capacity_min = models.FloatField(_("smallest capacity, levels a week"), default=0)
    capacity_max = models.FloatField(_("largest capacity, levels a week"), null=True, blank=True)
    cost = models.FloatField(_("euros per level"), default=0)
    emissions = models.FloatField(_("kg CO2e per level"), default=0)
    readiness_level = models.PositiveSmallIntegerField(
        _("technology readiness level"), null=True, blank=True
    )
    reference = models.TextField(_("reference"))
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("recipe")
        verbose_name_plural = _("recipes")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="catalogue_recipe_capacity",
                condition=Q(capacity_min__gte=0)
                & (Q(capacity_max__isnull=True) | Q(capacity_max__gte=models.F("capacity_min"))),
            ),
            models.CheckConstraint(
                name="catalogue_recipe_readiness",
                condition=Q(readiness_level__isnull=True)
                | Q(readiness_level__gte=1, readiness_level__lte=9),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return in_language(self.names, self.name)


class RecipeFlow(models.Model):
    """One input or output of a recipe: amount per level in the kind's canonical unit.

    ``limits`` holds quality limits of an input: ``{"moisture": [null, 0.7]}``; each thing that
    goes in must meet them. ``blends`` limits all that goes in together: ``[{"quality": "carbon",
    "per": "nitrogen", "low": 20, "high": 35}]`` is a range of the ratio of the two sums, without
    ``per`` one of the mean. ``main`` marks what the recipe is there for; the others (power, heat,
    water, labour) help it along.
    """

    class Direction(models.TextChoices):
        INPUT = "input", _("input")
        OUTPUT = "output", _("output")

    recipe = models.ForeignKey(Recipe, on_delete=models.CASCADE, related_name="flows")
    kind = models.ForeignKey(
        ResourceSpecification, on_delete=models.PROTECT, related_name="recipe_flows"
    )
    direction = models.CharField(max_length=6, choices=Direction)
    amount = models.FloatField(_("amount per level"))
    main = models.BooleanField(_("main"), default=False)
    limits = models.JSONField(_("quality limits"), default=dict, blank=True)
    blends = models.JSONField(_("limits of the mixture"), default=list, blank=True)
    reference = models.TextField(_("reference"), blank=True)

    class Meta:
        verbose_name = _("input or output")
        verbose_name_plural = _("inputs and outputs")
        ordering: ClassVar = ["direction", "-main", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="catalogue_flow_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(
                name="catalogue_one_flow_each", fields=["recipe", "kind", "direction"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.amount:g} {self.kind_id}"


class Displacement(models.Model):
    """How many new things a loan or a repair of a kind stands for: 1 is one bought thing less.

    Holds for the kind and narrower ones; without a kind, for all. The nearest one counts.
    """

    class Activity(models.TextChoices):
        LOAN = "loan", _("loan")
        REPAIR = "repair", _("repair")

    code = models.SlugField(_("code"), max_length=120, unique=True)
    activity = models.CharField(_("of a"), max_length=8, choices=Activity)
    kind = models.ForeignKey(
        ResourceSpecification,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="displacements",
    )
    value = models.FloatField(_("new things replaced, for each"))
    low = models.FloatField(_("low"))
    high = models.FloatField(_("high"))
    source = models.CharField(_("source"), max_length=400)
    year = models.PositiveSmallIntegerField(_("year"))
    region = models.CharField(_("region"), max_length=60)
    quality = models.PositiveSmallIntegerField(
        _("quality"), help_text=_("1 is measured here and now, 5 is a rough estimate")
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("displacement")
        verbose_name_plural = _("displacements")
        ordering: ClassVar = ["activity", "code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="catalogue_displacement_range",
                condition=Q(
                    low__gte=0, low__lte=models.F("value"), high__gte=models.F("value"), high__lte=1
                ),
            ),
            models.CheckConstraint(
                name="catalogue_displacement_activity", condition=Q(activity__in=["loan", "repair"])
            ),
            models.CheckConstraint(
                name="catalogue_displacement_quality", condition=Q(quality__gte=1, quality__lte=5)
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Edition(models.Model):
    """Which state the catalogue is in: one row, so that every process knows when to reread."""

    stamp = models.UUIDField(default=uuid.uuid4)

    class Meta:
        verbose_name = _("edition of the catalogue")
        verbose_name_plural = _("editions of the catalogue")
        constraints: ClassVar = [
            models.CheckConstraint(name="catalogue_one_edition", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return str(self.stamp)
