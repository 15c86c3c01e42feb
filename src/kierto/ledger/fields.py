"""Amounts and days as people type them: fields of forms that promise or record something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError
from kierto.core.quantity import Unit, parse_number

UNITS: dict[str, tuple[tuple[str, Any], ...]] = {
    Unit.KILOGRAM: (("kg", "kg"), ("t", _("t (tonnes)")), ("g", "g")),
    Unit.KILOWATT_HOUR: (("kWh", "kWh"), ("MWh", "MWh"), ("GJ", "GJ")),
    Unit.CUBIC_METRE: (("m3", "m³"), ("l", _("l (litres)"))),
    Unit.SQUARE_METRE: (("m2", "m²"), ("ha", _("ha (hectares)"))),
    Unit.ITEM: (("item", _("items")),),
    Unit.HOUR: (("h", _("hours")), ("day", _("days"))),
    Unit.EURO: (("EUR", "€"),),
}
"""The units that fit a kind, by its canonical unit; the first is the canonical one."""


class DecimalTextField(forms.CharField):
    """A number in any European spelling, as a Decimal; None for nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.widget.attrs |= {"inputmode": "decimal", "maxlength": "30"}

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        try:
            return parse_number(str(text)[:60])
        except DomainError as error:
            raise ValidationError(str(error)) from error


class DayField(forms.DateField):
    """A calendar day, with the browser's own date picker where there is one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options
        )


def units_for(unit: str, entered: str = "") -> list[tuple[str, Any]]:
    """The choices of units for a kind; one that was entered otherwise stays choosable."""
    choices = list(UNITS[unit])
    if entered and entered not in dict(choices):
        choices.append((entered, entered))
    return choices


def set_choices(form: forms.Form, name: str, choices: Sequence[Any]) -> None:
    """Give a choice field its choices, once they are known."""
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


def add_domain_error(form: forms.Form, error: DomainError) -> None:
    """Show a refused rule at its field, or above the form when the form has no such field."""
    field = error.field if error.field and error.field in form.fields else None
    form.add_error(field, str(error))
