"""Forms of planning: what to compute, for which district, at what price; candidate sites."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import Recipe
from kierto.core.quantity import NotANumber, parse_number
from kierto.ledger.fields import DecimalTextField, set_choices
from kierto.parties.models import District
from kierto.planning.models import RunKind

LARGEST_PRICE = Decimal("100000")


class RunForm(forms.Form):
    """A new run. The carbon price may be left empty: the district's own is used then."""

    district = forms.ModelChoiceField(
        label=_("District"),
        queryset=District.objects.none(),
        to_field_name="slug",
        empty_label=None,
    )
    carbon_price = forms.CharField(
        label=_("Carbon price in euros per tonne of CO₂e"),
        required=False,
        max_length=20,
        help_text=_("Leave it empty to use the district’s own price."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=_("What to compute"),
        choices=[
            (RunKind.PLAN, _("One plan at this price")),
            (RunKind.SWEEP, _("A sweep over carbon prices, to see what less carbon costs")),
            (RunKind.SITING, _("Which of the candidate sites to open")),
        ],
        initial=RunKind.PLAN,
        widget=forms.RadioSelect,
    )
    gap = forms.ChoiceField(
        label=_("How sure it must be"),
        choices=[
            ("0", _("Exact: nothing cheaper is possible")),
            ("0.001", _("Within one part in a thousand, sooner")),
            ("0.01", _("Within one part in a hundred, soonest")),
        ],
        required=False,
        initial="0",
        help_text=_("Only large districts need to choose. What is left open is always stated."),
    )

    def __init__(self, *args: Any, districts: list[District], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["district"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = District.objects.filter(pk__in=[each.pk for each in districts])

    def clean_carbon_price(self) -> Decimal | None:
        """Euros per tonne, or None where the field is empty."""
        text = self.cleaned_data["carbon_price"].strip()
        if not text:
            return None
        try:
            price = parse_number(text)
        except NotANumber as error:
            raise forms.ValidationError(str(error), code=error.code) from error
        if not 0 <= price <= LARGEST_PRICE:
            raise forms.ValidationError(
                _("Enter a price from 0 to 100,000 euros per tonne."), code="out_of_range"
            )
        return price.quantize(Decimal("0.01"))


class SiteForm(forms.Form):
    """A candidate site: what it could do, where, and what opening it costs."""

    name = forms.CharField(label=_("Name"), max_length=160)
    recipe = forms.ChoiceField(label=_("What would it do?"))
    latitude = DecimalTextField(label=_("Latitude"), help_text=_("Degrees north, such as 60.2172."))
    longitude = DecimalTextField(
        label=_("Longitude"), help_text=_("Degrees east, such as 24.7551.")
    )
    capacity = DecimalTextField(
        label=_("Capacity, levels a week"),
        help_text=_("What one level is stands with the recipe in the catalogue."),
    )
    minimum = DecimalTextField(
        label=_("Least it must run once it is open, levels a week"),
        required=False,
        help_text=_("Leave it empty if it may stand still."),
    )
    investment = DecimalTextField(label=_("Investment in euros"))
    years = forms.IntegerField(label=_("Years of use"), initial=15)
    interest = DecimalTextField(label=_("Interest in percent a year"), initial="3")
    fixed_cost = DecimalTextField(
        label=_("Fixed cost in euros a year"),
        required=False,
        help_text=_("Rent and staff that cost the same however much is processed."),
    )

    def __init__(self, *args: Any, recipes: list[Recipe], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.recipes = {recipe.code: recipe for recipe in recipes}
        set_choices(
            self,
            "recipe",
            [(recipe.code, f"{recipe.label} ({recipe.level_unit})") for recipe in recipes],
        )

    def values(self) -> dict[str, Any]:
        """What ``add_site`` and ``change_site`` take."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "recipe": self.recipes[data["recipe"]],
            "latitude": float(data["latitude"]),
            "longitude": float(data["longitude"]),
            "capacity": float(data["capacity"]),
            "minimum": float(data["minimum"] or 0),
            "investment": data["investment"],
            "years": data["years"],
            "interest": data["interest"],
            "fixed_cost": data["fixed_cost"] or Decimal(0),
        }
