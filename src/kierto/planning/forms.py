"""Forms of planning: which district, at what carbon price, one plan or a sweep."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kierto.core.quantity import NotANumber, parse_number
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
        ],
        initial=RunKind.PLAN,
        widget=forms.RadioSelect,
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
