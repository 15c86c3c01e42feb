"""Processors, their runs, and the import of tables."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import Recipe
from kierto.exchange.actions.runs import RunFlow
from kierto.exchange.models import Processor
from kierto.ledger.fields import DecimalTextField, set_choices
from kierto.ledger.models import Visibility
from kierto.parties.models import Place


class ProcessorForm(forms.Form):
    """Who runs which recipe where, and how much of it."""

    name = forms.CharField(label=_("Name"), max_length=160)
    recipe = forms.ChoiceField(label=_("What does it do?"))
    place = forms.ChoiceField(label=_("Where is it?"))
    capacity = DecimalTextField(
        label=_("Capacity, levels a week"),
        help_text=_("What one level is stands with the recipe in the catalogue."),
    )
    cost = DecimalTextField(
        label=_("Euros per level"),
        required=False,
        help_text=_("Leave it empty to use the recipe's."),
    )
    emissions = DecimalTextField(
        label=_("kg CO₂e per level"),
        required=False,
        help_text=_("Leave it empty to use the recipe's."),
    )

    def __init__(
        self, *args: Any, recipes: Sequence[Recipe], places: Sequence[Place], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.recipes = {recipe.code: recipe for recipe in recipes}
        self.places = {str(place.pk): place for place in places}
        set_choices(
            self,
            "recipe",
            [(recipe.code, f"{recipe.label} ({recipe.level_unit})") for recipe in recipes],
        )
        set_choices(self, "place", [(pk, str(place)) for pk, place in self.places.items()])

    def values(self) -> dict[str, Any]:
        """What ``add_processor`` and ``change_processor`` take."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "recipe": self.recipes[data["recipe"]],
            "place": self.places[data["place"]],
            "capacity": float(data["capacity"]),
            "cost": _float(data["cost"]),
            "emissions": _float(data["emissions"]),
        }


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


class LevelForm(forms.Form):
    """First of all the level: the recipe proposes the rest."""

    level = DecimalTextField(label=_("Levels run"))

    def clean_level(self) -> Decimal:
        """More than nothing."""
        level: Decimal | None = self.cleaned_data["level"]
        if level is None or level <= 0:
            raise ValidationError(_("Enter more than zero."))
        return level


class RunForm(LevelForm):
    """One amount for every input and output, proposed from the recipe and free to change."""

    happened_at = forms.DateTimeField(
        label=_("When"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )
    visibility = forms.ChoiceField(
        label=_("Who may see this run"),
        choices=Visibility.choices,
        initial=Visibility.PARTIES,
        help_text=_("Shown to everybody, the way of things can be followed through it."),
    )

    def __init__(
        self,
        *args: Any,
        processor: Processor,
        inputs: Sequence[RunFlow],
        outputs: Sequence[RunFlow],
        **options: Any,
    ) -> None:
        now = timezone.localtime().replace(second=0, microsecond=0)
        options.setdefault("initial", {}).setdefault("happened_at", now)
        super().__init__(*args, **options)
        self.processor = processor
        self.flows = {"in": list(inputs), "out": list(outputs)}
        for side, flows in self.flows.items():
            for flow in flows:
                name = f"{side}_{flow.kind.code}"
                self.fields[name] = DecimalTextField(
                    label=flow.kind.label,
                    required=False,
                    initial=f"{flow.amount.normalize():f}",
                )

    def rows(self, side: str) -> list[tuple[forms.BoundField, str]]:
        """Fields of one side, each with its unit."""
        return [
            (self[f"{side}_{flow.kind.code}"], flow.kind.get_unit_display())
            for flow in self.flows[side]
        ]

    def input_rows(self) -> list[tuple[forms.BoundField, str]]:
        """What goes in."""
        return self.rows("in")

    def output_rows(self) -> list[tuple[forms.BoundField, str]]:
        """What comes out."""
        return self.rows("out")

    def values(self) -> dict[str, Any]:
        """What ``record_processing_run`` takes."""
        data = self.cleaned_data
        return {
            "level": float(data["level"]),
            "inputs": self._filled("in"),
            "outputs": self._filled("out"),
            "happened_at": data["happened_at"],
            "note": data["note"],
            "visibility": data["visibility"],
        }

    def _filled(self, side: str) -> list[RunFlow]:
        return [
            RunFlow(flow.kind, amount)
            for flow in self.flows[side]
            if (amount := self.cleaned_data[f"{side}_{flow.kind.code}"])
        ]


class ImportForm(forms.Form):
    """A table of offers, needs, processors or deliveries."""

    what = forms.ChoiceField(
        label=_("What is in the table?"),
        choices=[
            ("offer", _("Offers")),
            ("need", _("Needs")),
            ("processor", _("Processors")),
            ("delivery", _("Signed deliveries")),
        ],
        widget=forms.RadioSelect,
    )
    table = forms.FileField(
        label=_("Table (CSV or XLSX)"),
        widget=forms.FileInput({"accept": ".csv,.xlsx,text/csv"}),
    )
